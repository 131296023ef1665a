"""What expires, and how the broker's day ends.

Kept simple: an option that is at least a cent in the money is exercised or assigned when it
expires, never before; in cash, or at its strike into its underlying (the option then closes at
zero, and the shares carry the profit). A future settles in cash at its own price.
"""

from __future__ import annotations

from quanticity.sim.exchange import figures
from quanticity.sim.exchange.accounts import Account
from quanticity.sim.exchange.events import Settled
from quanticity.sim.exchange.figures import NoPrice
from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.ledger import Ledger
from quanticity.sim.exchange.orders import Orders
from quanticity.sim.exchange.ports import Listing
from quanticity.sim.exchange.state import DONE

_IN_THE_MONEY = 0.01
# How long a position waits where the market has no settlement price yet, seconds.
_PATIENCE = 60.0


class Expiries:
    """Ends contracts and days."""

    def __init__(self, floor: Floor, orders: Orders, ledger: Ledger) -> None:
        self._floor = floor
        self._orders = orders
        self._ledger = ledger

    def expire(self, con_id: int, at: float) -> None:
        """Cancel a contract's orders and settle its positions; later, where it has no price yet."""
        state, listing = self._floor.state, self._floor.known(con_id)
        for order in self._orders.alive():
            if order.contract.con_id == con_id or con_id in dict(order.legs):
                self._orders.end(order, "Cancelled", at, "the contract has expired")
        price = self._floor.market.settlement(listing.contract, at)
        if price is None:
            state.unsettled += 1
            self._floor.schedule(at + _PATIENCE, "expire", con_id)
            return
        state.expiring.discard(con_id)
        for account in state.accounts.values():
            held = account.positions.get(con_id)
            if held is not None and held.quantity:
                self._settle(account, listing, held.quantity, price, at)

    def end_day(self, at: float) -> None:
        """Begin daily figures anew, and forget the orders and executions of the day that ended."""
        state = self._floor.state
        for account in state.accounts.values():
            account.positions = {
                con_id: each for con_id, each in account.positions.items() if each.quantity
            }
            account.realized = {}
            try:
                found = figures.figures(self._floor, account, at)
                account.day_equity = found.net_liquidation
            except NoPrice:
                account.day_equity = None  # daily figures are then None, with this as the reason
            for held in account.positions.values():
                held.realized = held.day_flow = 0.0
                try:
                    held.day_value = held.value(figures.price(self._floor, held, at))
                except NoPrice:
                    held.day_value = None
        state.executions.clear()
        state.commissions.clear()
        alive = {each.parent for each in self._orders.alive()}
        for order in list(state.orders.values()):
            if order.stage == DONE and order.perm_id not in alive:
                self._orders.forget(order)
        self._floor.schedule(self._floor.market.day_ends(at), "day", 0)

    def _settle(
        self, account: Account, listing: Listing, quantity: float, price: float, at: float
    ) -> None:
        contract = listing.contract
        if contract.sec_type not in ("OPT", "FOP"):
            self._book(account, listing, -quantity, price, at, "settled")
            return
        sign = 1 if contract.right[:1] == "C" else -1
        inside = sign * (price - contract.strike)
        if inside < _IN_THE_MONEY:
            self._book(account, listing, -quantity, 0.0, at, "expired")
        elif listing.cash_settled or listing.underlying is None:
            self._book(account, listing, -quantity, round(inside, 8), at, "settled")
        else:
            reason = "exercised" if quantity > 0 else "assigned"
            self._book(account, listing, -quantity, 0.0, at, reason)
            shares = self._floor.known(listing.underlying.con_id)
            delivered = sign * quantity * listing.multiplier
            self._book(account, shares, delivered, contract.strike, at, "delivered")

    def _book(
        self, account: Account, listing: Listing, signed: float, price: float, at: float, why: str
    ) -> None:
        self._floor.emit(Settled(at, account.name, listing.contract, signed, price, why))
        self._ledger.book(account, listing, signed, price, 0.0, at)

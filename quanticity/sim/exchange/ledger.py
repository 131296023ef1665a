"""The books: every execution enters an account here, and what changed is told."""

from __future__ import annotations

from quanticity.sim.exchange.accounts import Account
from quanticity.sim.exchange.events import AccountValue, Execution, PositionChanged
from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.model import Contract
from quanticity.sim.exchange.ports import Listing


class Ledger:
    """The accounts, kept from executions and expiries alone."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def trade(self, listing: Listing, execution: Execution, commission: float) -> float | None:
        """Book an execution with its commission. Returns what it realised, None for nothing."""
        account = self._floor.state.accounts[execution.account]
        return self.book(
            account, listing, execution.signed, execution.price, commission, execution.time
        )

    def book(
        self,
        account: Account,
        listing: Listing,
        signed: float,
        price: float,
        commission: float,
        at: float,
    ) -> float | None:
        """Book a change of a position, and see to its expiry."""
        contract = listing.contract
        realized = account.trade(contract, listing.multiplier, signed, price, commission)
        state = self._floor.state
        if listing.expires is not None and contract.con_id not in state.expiring:
            state.expiring.add(contract.con_id)
            self._floor.schedule(max(listing.expires, at), "expire", contract.con_id)
        self._tell(account, contract, at)
        return realized

    def _tell(self, account: Account, contract: Contract, at: float) -> None:
        held = account.positions[contract.con_id]
        self._floor.emit(
            PositionChanged(at, account.name, contract, held.quantity, held.average_cost)
        )
        changed = [contract.currency]
        if contract.sec_type == "CASH":
            changed.append(contract.symbol)
        for currency in changed:
            cash = f"{account.cash.get(currency, 0.0):.2f}"
            self._floor.emit(AccountValue(at, account.name, "CashBalance", cash, currency))
        realized = f"{account.realized.get(contract.currency, 0.0):.2f}"
        self._floor.emit(AccountValue(at, account.name, "RealizedPnL", realized, contract.currency))

"""The life of orders: what they become, what is told of it, and how a fill is written down."""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.sim.exchange import families
from quanticity.sim.exchange.commissions import commission
from quanticity.sim.exchange.events import (
    Commission,
    Error,
    Executed,
    Execution,
    Opened,
    StatusChanged,
)
from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.ledger import Ledger
from quanticity.sim.exchange.model import Contract, OrderState
from quanticity.sim.exchange.ports import Listing
from quanticity.sim.exchange.state import DONE, DRAFT, Working

ADDED, TOOK, AUCTIONED = 1, 2, 3
LegFill = tuple[Listing, int, float, str]  # listing, signed ratio, price, venue


class Orders:
    """Every order of the day by its number, and what may happen to one."""

    def __init__(self, floor: Floor, ledger: Ledger) -> None:
        self.floor = floor
        self._ledger = ledger
        self._index = {
            (each.client, each.order_id): each.perm_id for each in floor.state.orders.values()
        }

    def find(self, client: int, order_id: int) -> Working | None:
        """A client's order by its own number, done or not."""
        perm_id = self._index.get((client, order_id))
        return None if perm_id is None else self.floor.state.orders.get(perm_id)

    def get(self, perm_id: int) -> Working | None:
        """An order by its permanent number."""
        return self.floor.state.orders.get(perm_id)

    def add(self, order: Working) -> None:
        """Take an order in."""
        state = self.floor.state
        state.orders[order.perm_id] = order
        self._index[order.client, order.order_id] = order.perm_id

    def forget(self, order: Working) -> None:
        """Drop an order of an earlier day; its number stays used."""
        state = self.floor.state
        del state.orders[order.perm_id]
        del self._index[order.client, order.order_id]
        most = state.forgotten_ids.get(order.client, 0)
        state.forgotten_ids[order.client] = max(most, order.order_id)

    def alive(self) -> list[Working]:
        """Orders that may still fill, oldest first."""
        return [each for each in self.floor.state.orders.values() if each.stage != DONE]

    # What is told

    def error(self, client: int, order_id: int, code: int, text: str, at: float) -> None:
        """Tell a client that something is wrong, or worth knowing."""
        self.floor.emit(Error(at, client, order_id, code, text))

    def show(self, order: Working, at: float) -> None:
        """Tell the order as it now stands."""
        self.floor.emit(self.opened(order, at))

    def tell(self, order: Working, status: str, why_held: str, at: float) -> None:
        """Change an order's status, and tell order and status."""
        order.status, order.why_held = status, why_held
        self.show(order, at)
        self.floor.emit(self.status(order))

    def opened(self, order: Working, at: float) -> Opened:
        """The order as it now stands."""
        done = order.stage == DONE
        state = OrderState(
            status=order.status,
            completed_time=order.done_at,
            completed_status=order.reason if done else "",
        )
        return Opened(
            at, order.client, order.order_id, order.perm_id, order.contract, order.as_told(), state
        )

    def status(self, order: Working) -> StatusChanged:
        """The order's status as it now is."""
        parent = self.get(order.parent)
        return StatusChanged(
            time=self.floor.state.now,
            client=order.client,
            order_id=order.order_id,
            status=order.status,
            filled=order.filled,
            remaining=order.remaining,
            average_price=order.average,
            perm_id=order.perm_id,
            parent_id=parent.order_id if parent else order.order.parent_id,
            last_price=order.last_price,
            why_held=order.why_held,
        )

    def become(self, order: Working, status: str, why_held: str = "") -> None:
        """Change an order's status and tell it."""
        order.status, order.why_held = status, why_held
        self.floor.emit(self.status(order))

    def work(self, order: Working) -> None:
        """Tell that an order works; one that is being cancelled stays so until it is."""
        self.become(order, "Submitted" if order.status != "PendingCancel" else order.status)

    # What happens

    def end(
        self, order: Working, status: str, at: float, reason: str, *, tell: bool = True
    ) -> None:
        """End an order for good; its children end or are released with it.

        `tell` sends TWS's message 202 with the reason (the cancelled are told even without one).
        """
        if order.stage == DONE:
            return
        was_draft = order.stage == DRAFT
        order.stage, order.done_at, order.reason = DONE, at, reason or status
        self.become(order, status)
        if tell and not was_draft:
            text = f"Order Canceled - reason:{reason}"
            self.error(order.client, order.order_id, 202, text, at)
        families.after_end(self, order, at)

    def fill(
        self, order: Working, quantity: float, price: float, venue: str, liquidity: int, at: float
    ) -> None:
        """Write down a fill of one contract, with all that follows from it."""
        before = order.remaining
        self._advance(order, quantity, price)
        listing = self.floor.known(order.contract.con_id)
        number = self.floor.count()
        told = self._execution(order, quantity, price, venue, liquidity, at, f"{number:08x}.01.01")
        self._execute(order, order.contract, told)
        self._settle(order, before, at)
        self._charge(order, listing, told, order.filled, order.value)

    def fill_combo(
        self, order: Working, quantity: float, price: float, legs: Sequence[LegFill], at: float
    ) -> None:
        """Write down a fill of a combo: one execution for it, and one for each leg."""
        before = order.remaining
        self._advance(order, quantity, price)
        number = self.floor.count()
        told = self._execution(order, quantity, price, "SMART", TOOK, at, f"{number:08x}.01.01")
        self._execute(order, order.contract, told)
        charges = []
        for index in order.fate.legs or range(len(legs)):
            listing, ratio, leg_price, venue = legs[index]
            leg = listing.contract
            size = quantity * abs(ratio)
            sum_before = order.leg_values.get(leg.con_id, 0.0)
            order.leg_values[leg.con_id] = sum_before + size * leg_price
            exec_id = f"{number:08x}.{index + 2:02d}.01"
            average = order.leg_values[leg.con_id] / (order.filled * abs(ratio))
            told = self._execution(order, size, leg_price, venue, TOOK, at, exec_id, ratio, average)
            self._execute(order, leg, told)
            charges.append((listing, told, order.leg_values[leg.con_id]))
        self._settle(order, before, at)
        for listing, told, value in charges:
            self._charge(order, listing, told, told.cumulative, value)

    def _advance(self, order: Working, quantity: float, price: float) -> None:
        order.filled = round(order.filled + quantity, 8)
        order.value += quantity * price
        order.last_price = price

    def _execution(
        self,
        order: Working,
        quantity: float,
        price: float,
        venue: str,
        liquidity: int,
        at: float,
        exec_id: str,
        ratio: int = 0,
        average: float = 0.0,
    ) -> Execution:
        sign = order.sign * (1 if ratio >= 0 else -1)
        filled = order.filled * (abs(ratio) or 1)
        return Execution(
            exec_id=f"{self.floor.state.seed & 0xFFFF | 0x10000:08x}.{exec_id}",
            time=at,
            account=order.account,
            exchange=venue,
            side="BOT" if sign > 0 else "SLD",
            shares=quantity,
            price=price,
            perm_id=order.perm_id,
            client=order.client,
            order_id=order.order_id,
            cumulative=filled,
            average_price=average or order.average,
            order_ref=order.order.order_ref,
            last_liquidity=liquidity,
        )

    def _execute(self, order: Working, contract: Contract, told: Execution) -> None:
        executed = Executed(told.time, order.client, order.order_id, contract, told)
        self.floor.state.executions.append(executed)
        self.floor.emit(executed)

    def _settle(self, order: Working, before: float, at: float) -> None:
        """Tell the status after a fill, and let those that hang on the order follow."""
        if order.remaining <= 0:
            order.stage, order.done_at, order.reason = DONE, at, "Filled"
            self.become(order, "Filled")
        else:
            self.work(order)
        families.after_fill(self, order, before, at)

    def _charge(
        self, order: Working, listing: Listing, told: Execution, quantity: float, value: float
    ) -> None:
        """Book an execution and its commission."""
        contract = listing.contract
        total = commission(contract, quantity, value * listing.multiplier)
        charge = round(total - order.charged.get(contract.con_id, 0.0), 4)
        order.charged[contract.con_id] = total
        realized = self._ledger.trade(listing, told, charge)
        report = Commission(
            told.time, order.client, told.exec_id, charge, contract.currency, realized
        )
        self.floor.state.commissions[told.exec_id] = report
        self.floor.emit(report)

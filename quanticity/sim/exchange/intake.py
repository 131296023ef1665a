"""What arrives from clients: new orders, changes of working ones, cancels."""

from __future__ import annotations

from quanticity.sim.exchange import families
from quanticity.sim.exchange.changes import Changes
from quanticity.sim.exchange.floor import LATENCY, Floor
from quanticity.sim.exchange.hours import Hours
from quanticity.sim.exchange.matcher import Matcher
from quanticity.sim.exchange.model import CLOSING, LIMITED, Contract, Fate, Order
from quanticity.sim.exchange.orders import Orders
from quanticity.sim.exchange.previews import Previews
from quanticity.sim.exchange.refusals import WORKING_ORDERS, Refusal, invalid, rejected
from quanticity.sim.exchange.resolving import resolve
from quanticity.sim.exchange.state import CHILD, DONE, DRAFT, TRANSIT, Working

# How long before the closing auction its orders must have come, seconds.
CUTOFF = 600.0
_SET_TO_DAY = "Order TIF was set to DAY based on order preset."
_RTH_IGNORED = (
    "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the order "
    "type and destination. PlaceOrder is now being processed."
)


class Intake:
    """Checks what clients send, and sends it on its way."""

    def __init__(
        self, floor: Floor, orders: Orders, hours: Hours, matcher: Matcher, previews: Previews
    ) -> None:
        self._floor = floor
        self._orders = orders
        self._hours = hours
        self._previews = previews
        self._changes = Changes(floor, orders, hours, matcher, previews)

    def place(
        self, client: int, order_id: int, contract: Contract, order: Order, at: float, fate: Fate
    ) -> None:
        """Take a new order, or change the one of this number; what is wrong is told as an error."""
        known = self._orders.find(client, order_id)
        if known is None:
            if order_id <= self._floor.state.forgotten_ids.get(client, 0):
                self._orders.error(client, order_id, 103, "Duplicate order id", at)
                return
            self._place(client, order_id, contract, order, at, fate)
        elif known.stage != DONE:
            if self._changes.change(known, contract, order, at):
                self._transmit(known, self._orders.get(known.parent), at)
        elif known.status == "Filled":
            self._orders.error(client, order_id, 104, "Cannot modify a filled order.", at)
        else:
            self._orders.error(client, order_id, 103, "Duplicate order id", at)

    def cancel(self, client: int, order_id: int, at: float) -> None:
        """Ask for an order's end. What has not arrived yet never does; else it may still fill."""
        order = self._orders.find(client, order_id)
        if order is None:
            text = f"OrderId {order_id} that needs to be cancelled is not found."
            self._orders.error(client, order_id, 10147, text, at)
        elif order.stage == DONE:
            self._too_late(order, at)
        elif order.stage in (DRAFT, TRANSIT):
            self._orders.end(order, "ApiCancelled", at, "")
        elif order.status != "PendingCancel":
            self._orders.become(order, "PendingCancel", order.why_held)
            self._floor.schedule(at + LATENCY, "cancel", order.perm_id)

    def cancelled(self, order: Working, at: float) -> None:
        """A cancel has arrived where the order is."""
        if order.stage == DONE:
            self._too_late(order, at)
        else:
            self._orders.end(order, "Cancelled", at, "")

    def arrive(self, order: Working, at: float) -> None:
        """An order has arrived: it waits for its parent, or goes to its market."""
        if order.stage != TRANSIT:
            return
        if order.fate.inactive:
            self._orders.end(order, "Inactive", at, order.fate.inactive, tell=False)
            self._floor.schedule(at + order.fate.late, "reason", order.perm_id)
            return
        parent = self._orders.get(order.parent)
        if parent is not None and parent.stage != DONE:
            order.stage = CHILD
            self._orders.tell(order, "PreSubmitted", "child", at)
        else:
            self._hours.enter(order, at)

    def reason(self, order: Working, at: float) -> None:
        """The reason of an order that went Inactive comes late."""
        self._orders.error(order.client, order.order_id, 201, rejected(order.reason).text, at)

    def _place(
        self, client: int, order_id: int, contract: Contract, asked: Order, at: float, fate: Fate
    ) -> None:
        state = self._floor.state
        account = asked.account or next(iter(state.accounts))
        resolved, legs, refusal = resolve(self._floor, contract, asked, at)
        order = Working(
            perm_id=1_000_000_000 + (state.seed & 0xFFFF) * 10_000 + self._floor.count(),
            client=client,
            order_id=order_id,
            contract=resolved,
            order=asked,
            account=account,
            quantity=asked.total_quantity,
            placed=at,
            limit=asked.lmt_price if asked.order_type in LIMITED else None,
            legs=legs,
            fate=fate,
        )
        if refusal is None and account not in state.accounts:
            refusal = invalid(f"Invalid account code '{account}'.")
        if refusal is None and asked.what_if:
            self._floor.emit(self._previews.opened(order, at))
            return
        parent = self._orders.find(client, asked.parent_id) if asked.parent_id else None
        if refusal is None:
            refusal = self._refuse(order, parent, at)
        if refusal is not None:
            self._refuse_order(order, refusal, at)
            return
        state.last_ids[client] = max(state.last_ids.get(client, 0), order_id)
        families.join(order, parent)
        self._orders.add(order)
        if asked.transmit:
            self._transmit(order, parent, at)

    def _refuse(self, order: Working, parent: Working | None, at: float) -> Refusal | None:
        """What is wrong with an order among the others."""
        asked = order.order
        if asked.parent_id and (parent is None or (parent.stage == DONE and not parent.filled)):
            return Refusal(10006, "Missing parent order.")
        if self._count(order) >= WORKING_ORDERS:
            return rejected(
                f"The account has {WORKING_ORDERS} working orders for this contract on this side, "
                "which is the most that are allowed."
            )
        session = self._hours.session(self._hours.trades_in(order), at)
        if session is None:
            return rejected("The contract is not available for trading.")
        if asked.order_type in CLOSING and session.closes - CUTOFF < at < session.closes:
            return rejected("It is too late for orders of the closing auction.")
        if parent is None:
            return self._previews.refuse(order, at)
        return None

    def _count(self, order: Working) -> int:
        """How many orders work for an order's contract, side and account."""
        return sum(
            each.contract == order.contract
            and each.sign == order.sign
            and each.account == order.account
            and each.stage != DRAFT
            for each in self._orders.alive()
        )

    def _refuse_order(self, order: Working, refusal: Refusal, at: float) -> None:
        if refusal.inactive:
            self._orders.add(order)
            state = self._floor.state
            state.last_ids[order.client] = max(state.last_ids.get(order.client, 0), order.order_id)
            self._orders.end(order, "Inactive", at, refusal.text, tell=False)
        self._orders.error(order.client, order.order_id, refusal.code, refusal.text, at)

    def _transmit(self, order: Working, parent: Working | None, at: float) -> None:
        """Send an order and the drafts of its family on their way, parents first."""
        top = parent or order
        family = [
            each
            for each in self._orders.alive()
            if each.stage == DRAFT and top.perm_id in (each.perm_id, each.parent)
        ]
        for each in family:
            each.stage = TRANSIT
            self._orders.tell(each, "PendingSubmit", "", at)
            if each.order.tif == "":
                self._orders.error(each.client, each.order_id, 10349, _SET_TO_DAY, at)
            if each.order.outside_rth and each.order.order_type == "MKT":
                self._orders.error(each.client, each.order_id, 2109, _RTH_IGNORED, at)
            self._floor.schedule(at + LATENCY, "arrive", each.perm_id)

    def _too_late(self, order: Working, at: float) -> None:
        text = (
            f"OrderId {order.order_id} that needs to be cancelled can not be cancelled, "
            f"state: {order.status}."
        )
        self._orders.error(order.client, order.order_id, 10148, text, at)

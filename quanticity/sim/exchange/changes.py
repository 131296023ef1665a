"""Changes of orders that are not done: price, size, time in force."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.hours import Hours
from quanticity.sim.exchange.matcher import Matcher
from quanticity.sim.exchange.model import LIMITED, STOPS, TRAILS, Contract, Order
from quanticity.sim.exchange.orders import Orders
from quanticity.sim.exchange.previews import Previews
from quanticity.sim.exchange.refusals import Refusal, rejected
from quanticity.sim.exchange.resolving import resolve
from quanticity.sim.exchange.state import CLOSED, DRAFT, WORKING, Working


class Changes:
    """Changes orders as their clients ask, or says why not."""

    def __init__(
        self, floor: Floor, orders: Orders, hours: Hours, matcher: Matcher, previews: Previews
    ) -> None:
        self._floor = floor
        self._orders = orders
        self._hours = hours
        self._matcher = matcher
        self._previews = previews

    def change(self, order: Working, contract: Contract, asked: Order, at: float) -> bool:
        """Change an order. True where it was a draft, and is to be sent now."""
        refusal = self._refuse(order, contract, asked, at)
        if refusal is not None:
            text = refusal.text
            self._orders.error(order.client, order.order_id, refusal.code, text, at)
            return False
        before, quantity = order.order, order.quantity
        order.order = asked = replace(asked, parent_id=before.parent_id)
        if asked.total_quantity != before.total_quantity:
            order.quantity = asked.total_quantity
        if order.stage == DRAFT:
            order.limit = asked.lmt_price if asked.order_type in LIMITED else None
            return asked.transmit
        _reprice(order, before)
        self._orders.show(order, at)
        requeues = asked.lmt_price != before.lmt_price or order.quantity > quantity
        if order.remaining <= 0:
            self._orders.end(order, "Cancelled", at, "")
        elif order.stage == CLOSED and asked.outside_rth != before.outside_rth:
            self._hours.enter(order, at)
        elif order.stage == WORKING and order.triggered and (requeues or asked.tif != before.tif):
            self._matcher.rework(order, at)
        return False

    def _refuse(
        self, order: Working, contract: Contract, asked: Order, at: float
    ) -> Refusal | None:
        resolved, legs, refusal = resolve(self._floor, contract, asked, at)
        if refusal is not None:
            return refusal
        before = order.order
        if (
            (resolved, legs) != (order.contract, order.legs)
            or (asked.action, asked.order_type) != (before.action, before.order_type)
            or (asked.account or order.account) != order.account
        ):
            return Refusal(105, "Order being modified does not match original order.")
        if asked.total_quantity < order.filled:
            return rejected("The new quantity is below what has been filled.")
        if not order.parent and asked.total_quantity > order.quantity:
            wanted = msgspec.structs.replace(order, order=asked, quantity=asked.total_quantity)
            return self._previews.refuse(wanted, at)
        return None


def _reprice(order: Working, before: Order) -> None:
    """Let the order stand at its new prices; what a stop has become keeps its trigger."""
    asked = order.order
    if asked.order_type in TRAILS and not order.triggered:
        distance = (asked.aux_price, asked.trailing_percent)
        if distance != (before.aux_price, before.trailing_percent):
            order.stop, order.extreme = None, None  # it trails anew from the next print
        if asked.trail_stop_price not in (None, before.trail_stop_price):
            order.stop = asked.trail_stop_price
    elif asked.order_type in STOPS and not order.triggered:
        if order.stop is not None:
            order.stop = asked.aux_price
    elif asked.order_type in LIMITED and not asked.algo_strategy:
        order.limit = asked.lmt_price
    elif asked.order_type == "LMT" and _is_beyond(order, asked.lmt_price):
        # Where an algo works it moves the limit itself, but never beyond the order's own.
        order.limit = asked.lmt_price


def _is_beyond(order: Working, limit: float | None) -> bool:
    if limit is None or order.limit is None:
        return False
    return order.sign * (order.limit - limit) > 0

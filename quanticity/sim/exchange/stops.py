"""Orders that wait for the last price: stops, and stops that trail it."""

from __future__ import annotations

from quanticity.sim.exchange.matching import EPS
from quanticity.sim.exchange.model import STOPS, TRAILS, Order
from quanticity.sim.exchange.state import Working


def begin(order: Working, last: float | None) -> None:
    """Set an order to wait, where its type waits: at its stop, or trailing the last price."""
    asked = order.order
    if asked.order_type not in STOPS:
        return
    order.triggered = False
    order.limit = None
    if asked.order_type not in TRAILS:
        order.stop = asked.aux_price
        return
    order.stop = asked.trail_stop_price
    if last is not None:
        _trail(order, last)


def pass_print(order: Working, price: float) -> bool:
    """Let a waiting order see a print. True where its stop is reached; a trailing stop follows."""
    if order.stop is not None and order.sign * (price - order.stop) >= -EPS:
        return True
    if order.order.order_type in TRAILS:
        _trail(order, price)
    return False


def trigger(order: Working) -> None:
    """Turn a stop into the market or limit order that it becomes."""
    asked = order.order
    order.triggered = True
    if asked.order_type == "STP LMT":
        order.limit = asked.lmt_price
    elif asked.order_type == "TRAIL LIMIT" and order.stop is not None:
        order.limit = round(order.stop + order.sign * (asked.lmt_price_offset or 0.0), 8)
    else:
        order.limit = None


def _trail(order: Working, price: float) -> None:
    if order.extreme is not None and order.sign * (price - order.extreme) >= 0:
        return
    order.extreme = price
    stop = round(price + order.sign * _distance(order.order, price), 8)
    if order.stop is None or order.sign * (stop - order.stop) < 0:
        order.stop = stop


def _distance(asked: Order, price: float) -> float:
    if asked.trailing_percent is not None:
        return price * asked.trailing_percent / 100
    return asked.aux_price or 0.0

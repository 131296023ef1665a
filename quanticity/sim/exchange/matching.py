"""How orders meet the market: displayed levels, queues, prints. Pure, on one instrument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, nextafter

from quanticity.sim.exchange.model import TRAILS
from quanticity.sim.exchange.ports import Level
from quanticity.sim.exchange.state import Working

EPS = 1e-9


@dataclass(frozen=True, slots=True)
class Take:
    """What an order takes from one displayed level."""

    quantity: float
    price: float
    venue: str


def reaches(sign: int, limit: float | None, price: float) -> bool:
    """Whether an order (sign 1 buys) with a limit may trade at a price; None is a market order."""
    return limit is None or sign * (price - limit) <= EPS


def through(sign: int, limit: float | None, price: float) -> bool:
    """Whether a price is better than the limit, not at it."""
    return limit is None or sign * (price - limit) < -EPS


def free_levels(levels: Iterable[Level], taken: dict[float, float]) -> Iterator[Level]:
    """The levels less what our orders took of them before, best first."""
    gone = dict(taken)
    for level in levels:
        used = min(gone.get(level.price, 0.0), level.size)
        if used:
            gone[level.price] -= used
        if level.size - used > EPS:
            yield Level(level.price, round(level.size - used, 8), level.venue)


def take(
    levels: Iterable[Level],
    wanted: float,
    limit: float | None,
    sign: int,
    taken: dict[float, float],
) -> list[Take]:
    """Take what is displayed up to the limit, level by level. `taken` grows by it."""
    found: list[Take] = []
    for level in free_levels(levels, taken):
        if wanted <= EPS or not reaches(sign, limit, level.price):
            break
        size = min(wanted, level.size)
        wanted = round(wanted - size, 8)
        taken[level.price] = taken.get(level.price, 0.0) + size
        found.append(Take(size, level.price, level.venue))
    return found


def available(
    levels: Iterable[Level], limit: float | None, sign: int, taken: dict[float, float]
) -> float:
    """How much could be taken up to the limit."""
    return sum(
        level.size for level in free_levels(levels, taken) if reaches(sign, limit, level.price)
    )


def displayed(levels: Sequence[Level], price: float, sign: int) -> float | None:
    """The size displayed at a price on our own side; None where the book does not reach so far."""
    if not levels or sign * (levels[-1].price - price) > EPS:
        return None
    return sum(level.size for level in levels if abs(level.price - price) <= EPS)


def by_priority(orders: Iterable[Working]) -> list[Working]:
    """Market orders, then the better limit, then who came first; buys and sells apart."""
    return sorted(
        orders,
        key=lambda each: (
            each.sign,
            -inf if each.limit is None else -each.sign * each.limit,
            each.rank,
        ),
    )


def share(
    size: float, price: float, side: int, orders: Iterable[Working]
) -> list[tuple[Working, float]]:
    """Share a print among resting orders. Returns who gets how much; queues move up by it.

    Orders that the print went through come first, then those at its price behind the displayed
    size ahead of them. A print that our own side began at our price met the other side's offer,
    not our order. All fills together never exceed the print.
    """
    left = size
    passed = 0.0
    found: list[tuple[Working, float]] = []
    queued: list[Working] = []
    met = [each for each in by_priority(orders) if reaches(each.sign, each.limit, price)]
    for order in sorted(met, key=lambda each: each.sign * (side or -1)):  # who stood in the way
        if not through(order.sign, order.limit, price):
            if side == order.sign:
                continue
            queued.append(order)
            ahead = inf if order.ahead is None else order.ahead
            waits = min(max(ahead - passed, 0.0), left)
            passed += waits
            left -= waits
        if order.order.all_or_none and left < order.remaining - EPS:
            continue
        quantity = round(min(left, order.remaining), 8)
        if quantity > EPS:
            found.append((order, quantity))
            left -= quantity
    for order in queued:
        if order.ahead is not None:
            order.ahead = max(order.ahead - passed, 0.0)
    return found


def bounds(orders: Iterable[Working]) -> tuple[float, float]:
    """Prints at or below the first price, or at or above the second, mean something to an order."""
    low, high = -inf, inf
    for order in orders:
        if order.triggered:
            if order.limit is None:
                continue
            if order.sign > 0:
                low = max(low, order.limit + EPS)
            else:
                high = min(high, order.limit - EPS)
            continue
        if order.stop is None or (order.extreme is None and order.order.order_type in TRAILS):
            return inf, -inf
        if order.sign > 0:
            high = min(high, order.stop - EPS)
            if order.extreme is not None:
                low = max(low, nextafter(order.extreme, -inf))
        else:
            low = max(low, order.stop + EPS)
            if order.extreme is not None:
                high = min(high, nextafter(order.extreme, inf))
    return low, high

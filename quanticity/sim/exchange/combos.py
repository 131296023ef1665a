"""Combos (BAG): several legs at one net price, all of them at once.

A combo fills where its legs' displayed quotes add up to its limit or better, each leg from what is
displayed for it. Now and then it also fills at its limit inside the spread, as a market maker does:
the more of the way from the middle to the far side it gives, the more often. Each leg then trades
the same share of the way inside its own spread.
"""

from __future__ import annotations

from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.matching import free_levels, reaches
from quanticity.sim.exchange.orders import Orders
from quanticity.sim.exchange.ports import Level, Listing
from quanticity.sim.exchange.state import Working

# How often, each second, a limit in the very middle of the spread is met.
_MIDDLE = 0.04
_Leg = tuple[Listing, int, Level, float]  # listing, signed ratio, far level, price in the middle


def attempt(floor: Floor, orders: Orders, order: Working, at: float) -> None:
    """Fill a combo as far as its legs' books allow at this moment."""
    while order.remaining > 0:
        legs = _legs(floor, order, at)
        if legs is None:
            return
        far = round(sum(ratio * level.price for _, ratio, level, _ in legs), 8)
        middle = sum(ratio * price for _, ratio, _, price in legs)
        give = 0.0
        if not reaches(order.sign, order.limit, far):
            if order.limit is None or not _is_met(floor, order, far, middle):
                return
            give = (far - order.limit) / (far - middle)
        size = min(level.size // abs(ratio) for _, ratio, level, _ in legs)
        quantity = min(size, order.remaining)
        if order.order.tif == "FOK" and quantity < order.remaining:
            return
        if quantity <= 0:
            return
        _fill(floor, orders, order, legs, quantity, give, at)


def _legs(floor: Floor, order: Working, at: float) -> list[_Leg] | None:
    """Each leg's best level on the side that it has to take; None where one has none."""
    found: list[_Leg] = []
    for con_id, ratio in order.legs:
        listing = floor.known(con_id)
        book = floor.market.book(listing.contract, at)
        if book is None or floor.market.halted(listing.contract, at):
            return None
        buys = ratio * order.sign > 0
        taken = floor.taken(con_id, at)
        used = taken.asks if buys else taken.bids
        level = next(free_levels(book.asks if buys else book.bids, used), None)
        if level is None or not book.asks or not book.bids:
            return None
        found.append((listing, ratio, level, (book.bids[0].price + book.asks[0].price) / 2))
    return found


def _is_met(floor: Floor, order: Working, far: float, middle: float) -> bool:
    """Whether somebody meets a limit inside the spread: never one better for us than the middle."""
    limit = order.limit or 0.0
    if order.sign * (limit - middle) < -1e-9 or abs(far - middle) < 1e-9:
        return False
    way = (limit - middle) / (far - middle)
    order.draws += 1
    return floor.draw("combo", order.perm_id, order.draws) < _MIDDLE + (1 - _MIDDLE) * way**3


def _fill(
    floor: Floor,
    orders: Orders,
    order: Working,
    legs: list[_Leg],
    quantity: float,
    give: float,
    at: float,
) -> None:
    fills = []
    for listing, ratio, level, middle in legs:
        taken = floor.taken(listing.contract.con_id, at)
        used = taken.asks if ratio * order.sign > 0 else taken.bids
        used[level.price] = used.get(level.price, 0.0) + quantity * abs(ratio)
        price = round(level.price + give * (middle - level.price), 4)
        fills.append((listing, ratio, price, level.venue))
    net = round(sum(ratio * price for _, ratio, price, _ in fills), 8)
    if not reaches(order.sign, order.limit, net):  # what rounding the legs left over
        listing, ratio, price, venue = fills[0]
        rest = ((order.limit or 0.0) - net) / ratio
        fills[0] = (listing, ratio, round(price + rest, 8), venue)
        net = order.limit or 0.0
    orders.fill_combo(order, quantity, net, fills, at)

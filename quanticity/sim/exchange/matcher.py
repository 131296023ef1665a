"""Matches working orders with the market, moment by moment.

A resting order meets prints as they come; when it arrives and at each whole second (each tenth one,
where it is far from the market) it is held against the displayed book as well. What our orders take
of the book is gone from it until the next whole second: the market does not know of us. Resting
orders are not in the displayed book, so the market trades as if they were not there; each print
fills at most its own size of them.
"""

from __future__ import annotations

from math import inf

from quanticity.sim.exchange import adaptive, combos, stops
from quanticity.sim.exchange.floor import REFRESH, Floor, next_look
from quanticity.sim.exchange.lane import Lane
from quanticity.sim.exchange.matching import (
    available,
    by_priority,
    displayed,
    reaches,
    share,
    take,
)
from quanticity.sim.exchange.orders import ADDED, TOOK, Orders
from quanticity.sim.exchange.ports import Book, Quote
from quanticity.sim.exchange.state import WORKING, Working

# How often an order that takes liquidity trades better than displayed, where there is room.
_IMPROVES = 0.15
# From where on an order is far from the market: a share of the price, and at least so many ticks.
_FAR = 0.01
_FAR_TICKS = 25


class Matcher:
    """The lanes, each with its working orders."""

    def __init__(self, floor: Floor, orders: Orders) -> None:
        self._floor = floor
        self._orders = orders
        self._lanes: dict[int, Lane] = {}
        working = [each for each in orders.alive() if each.stage == WORKING]
        for order in sorted(working, key=lambda each: each.rank):
            self._join(order, floor.state.now)

    @property
    def is_working(self) -> bool:
        """Whether any order works."""
        return bool(self._lanes)

    def begin(self, order: Working, at: float) -> None:
        """An order begins to work: it takes what it can, then rests (or ends, where it may not)."""
        order.arrived, order.rank = at, self._floor.count()
        order.resting, order.ahead, order.stepped = False, None, 0.0
        self._join(order, at)
        if order.triggered:
            self._attempt(order, at)
            self._end_what_may_not_rest(order, at)

    def rework(self, order: Working, at: float) -> None:
        """An order's terms have changed: it takes what it now reaches, and queues anew."""
        self._requeue(order)
        self._attempt(order, at)
        self._lanes[_key(order)].look_after(at)
        self._end_what_may_not_rest(order, at)
        self.prune()

    def _requeue(self, order: Working) -> None:
        order.rank, order.resting, order.ahead = self._floor.count(), False, None

    def next_at(self, now: float, horizon: float) -> tuple[float, bool, int]:
        """The next moment that matters up to the horizon, whether it is a print's, and the lane."""
        best = (inf, False, 0)
        for key, lane in self._lanes.items():
            best = min(best, (lane.next_look(), False, key))
            best = min(best, (lane.next_print(self._floor.market, now, horizon), True, key))
        return best

    def leave(self, now: float) -> None:
        """All that the market did up to and with a moment is over."""
        for lane in self._lanes.values():
            lane.leave(now)

    def step(self, at: float, is_print: bool, key: int) -> None:
        """Do what `next_at` found: a print, or all looks that are due at this moment."""
        if is_print:
            self._print(self._lanes[key])
            self.prune(key)
            return
        due = sorted(each for each, lane in self._lanes.items() if lane.next_look() == at)
        for each in due:
            lane = self._lanes[each]
            lane.looks = at + REFRESH
            for order in by_priority(order for order in lane.orders if order.triggered):
                self._attempt(order, at)
            self.prune(each)

    def prune(self, key: int | None = None) -> None:
        """Close the lanes on which nothing works any more."""
        for each in [key] if key is not None else list(self._lanes):
            lane = self._lanes[each]
            lane.prune()
            if not lane.orders:
                del self._lanes[each]

    def _join(self, order: Working, at: float) -> None:
        key = _key(order)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(order.contract, next_look(at), at)
        lane.look_after(at)
        lane.orders.append(order)

    def _print(self, lane: Lane) -> None:
        at, price, size, side, venue = lane.take_print()
        ready = [each for each in lane.orders if each.stage == WORKING and each.arrived < at]
        resting = [each for each in ready if each.triggered and each.limit is not None]
        book = None
        for order in resting:
            if order.ahead is None and abs((order.limit or 0.0) - price) < 1e-9:
                book = book or self._floor.market.book(lane.contract, at)
                self._rest(order, book)
        for order, most in share(size, price, side, resting):
            if order.stage == WORKING:  # another's fill may have cancelled or reduced it
                quantity = min(most, order.remaining)
                limit = price if order.limit is None else order.limit
                self._orders.fill(order, quantity, limit, venue, ADDED, at)
        for order in ready:
            if order.stage != WORKING or order.triggered:
                continue
            if stops.pass_print(order, price):
                stops.trigger(order)
                lane.look_after(at)
                order.rank = self._floor.count()
                self._orders.work(order)
                self._attempt(order, at)

    def _attempt(self, order: Working, at: float) -> None:
        """Hold an order against the book: take what it reaches, else find its place in it."""
        if order.stage != WORKING:
            return
        if order.is_combo:
            combos.attempt(self._floor, self._orders, order, at)
            return
        market = self._floor.market
        quote = market.quote(order.contract, at)
        if quote is None:
            return
        if order.order.algo_strategy:
            tick = self._floor.known(order.contract.con_id).tick(quote.mid or 0.0)
            if adaptive.step(order, quote, tick, at):
                self._requeue(order)
        touch = quote.ask if order.sign > 0 else quote.bid
        order.far = self._is_far(order, touch)
        reached = touch is not None and reaches(order.sign, order.limit, touch)
        if reached and not market.halted(order.contract, at):
            self._take(order, market.book(order.contract, at), at)
        if order.stage != WORKING or order.limit is None:
            return
        if not order.resting:
            self._rest(order, market.book(order.contract, at))
        else:
            _move_up(order, quote)

    def _is_far(self, order: Working, touch: float | None) -> bool:
        if touch is None or order.limit is None or order.order.algo_strategy:
            return False
        tick = self._floor.known(order.contract.con_id).tick(touch)
        return abs(touch - order.limit) > max(_FAR * touch, _FAR_TICKS * tick)

    def _take(self, order: Working, book: Book | None, at: float) -> None:
        if book is None:
            return
        levels = book.asks if order.sign > 0 else book.bids
        taken = self._floor.taken(order.contract.con_id, at)
        used = taken.asks if order.sign > 0 else taken.bids
        whole = order.order.all_or_none or order.order.tif == "FOK"
        if whole and available(levels, order.limit, order.sign, used) < order.remaining:
            return
        better = self._improved(order, book)
        for index, each in enumerate(take(levels, order.remaining, order.limit, order.sign, used)):
            price = better if better is not None and index == 0 else each.price
            self._orders.fill(order, each.quantity, price, each.venue, TOOK, at)

    def _improved(self, order: Working, book: Book) -> float | None:
        """Now and then, a price one tick better than displayed, inside the spread."""
        if not book.bids or not book.asks:
            return None
        order.draws += 1
        if self._floor.draw("improved", order.perm_id, order.draws) >= _IMPROVES:
            return None
        touch = (book.asks if order.sign > 0 else book.bids)[0].price
        tick = self._floor.known(order.contract.con_id).tick(touch)
        if book.asks[0].price - book.bids[0].price < 2 * tick - 1e-9:
            return None
        return round(touch - order.sign * tick, 8)

    def _rest(self, order: Working, book: Book | None) -> None:
        """Join the queue at the order's price, behind what is displayed there."""
        if book is None or order.limit is None:
            return
        order.resting = True
        levels = book.bids if order.sign > 0 else book.asks
        order.ahead = displayed(levels, order.limit, order.sign)

    def _end_what_may_not_rest(self, order: Working, at: float) -> None:
        if order.order.tif in ("IOC", "FOK"):
            self._orders.end(order, "Cancelled", at, "")


def _key(order: Working) -> int:
    """The lane of an order: its contract's, of a combo one of its own."""
    return -order.perm_id if order.is_combo else order.contract.con_id


def _move_up(order: Working, quote: Quote) -> None:
    """Where less is displayed at the best price than was ahead, those before us have cancelled."""
    best, size = (quote.bid, quote.bid_size) if order.sign > 0 else (quote.ask, quote.ask_size)
    if best is not None and order.ahead is not None and best == order.limit:
        order.ahead = min(order.ahead, size)

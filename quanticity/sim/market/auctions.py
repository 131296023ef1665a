"""Opening and closing auctions of stocks and funds: the cross, and what is told before it."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

import numpy as np

from quanticity.sim.market.minutes import bid_of
from quanticity.sim.market.paths import known
from quanticity.sim.market.tape import Dated
from quanticity.sim.market.venues import is_stock

Which = Literal["open", "close"]

_TOLD = {"open": 300.0, "close": 600.0}  # seconds before the cross
_EVERY = 1.0  # seconds between two messages
_OF_CROSS = 0.55  # the largest imbalance, of the size of the cross
_PAIRED_FIRST = 0.3  # of the cross, as the first message is told
_LEANS = 0.0012  # how far, as a fraction, the cross may be from the market
_RIGHT = 0.55  # of an imbalance that is about to be right; the rest is chance


class Cross(NamedTuple):
    """What an auction trades, all at one price."""

    time: float
    price: float
    size: int


class Imbalance(NamedTuple):
    """A message before a cross.

    `side` is 1 where buyers are left over, -1 sellers, 0 nobody; `size` is the shares left over
    and `paired` those that would trade, at `reference`; `near` is the price at which most would
    trade with the orders of the book, `far` without them.
    """

    time: float
    which: Which
    side: int
    size: int
    paired: int
    reference: float
    near: float
    far: float


class Auctions:
    """The auctions of every day; a pure function of the world."""

    def __init__(self, world: Dated) -> None:
        self._world = world

    def cross(self, symbol: str, day: date, which: Which) -> Cross | None:
        """The cross of a trading day; None of what has no auctions, or on another date.

        It is the tape's print of condition `O` or `6`. KeyError where nothing trades under the
        symbol.
        """
        each = known(symbol)
        span = self._world.sessions.span(each.hours, day)
        if span is None or not is_stock(each):
            return None
        minutes = self._world.days.minutes(symbol, span)
        hours = self._world.day_of(day)
        at = hours.opens if which == "open" else hours.closes
        number = minutes.index(at)
        price = round(float(minutes.open[number]) * each.tick, each.digits)
        return Cross(at + 0.01, price, int(minutes.cross[number]))

    def imbalance(self, symbol: str, at: float) -> Imbalance | None:
        """The last message before a cross; None outside the minutes in which there are any."""
        each = known(symbol)
        hours = self._world.day(at)
        edges: tuple[tuple[Which, float], ...] = (("open", hours.opens), ("close", hours.closes))
        for which, ends in edges:
            if ends - _TOLD[which] <= at < ends and is_stock(each):
                return self._told(symbol, hours.day, which, ends, at)
        return None

    def _told(self, symbol: str, day: date, which: Which, ends: float, at: float) -> Imbalance:
        cross = self.cross(symbol, day, which)
        assert cross is not None  # noqa: S101 - asked of trading days and stocks only
        each, world = known(symbol), self._world
        begins = ends - _TOLD[which]
        time = begins + np.floor((at - begins) / _EVERY) * _EVERY
        past = (time - begins) / _TOLD[which]
        lean = self._lean(symbol, day, which, begins, cross.price)
        noise = world.dice("imbalance", symbol, day, which, int(time)).standard_normal(2)
        left = cross.size * _OF_CROSS * (lean * (1 - past) ** 0.6 + 0.03 * noise[0])
        paired = cross.size * (_PAIRED_FIRST + (1 - _PAIRED_FIRST) * past)
        mid = world.price(symbol, float(time))
        minutes = world.days.minutes(symbol, world.sessions.last(each.hours, at))
        spread = minutes.spread[minutes.index(at)]
        bid = int(bid_of(np.array([mid / each.tick]), spread)[0])
        ahead = lean * (1 - past) * _LEANS
        near, far = (
            round(round(mid * (1 + ahead * more) / each.tick) * each.tick, each.digits)
            for more in (1.0, 1.8 + 0.2 * float(noise[1]))
        )
        reference = min(max(near, bid * each.tick), (bid + int(spread)) * each.tick)
        return Imbalance(
            time=float(time),
            which=which,
            side=int(np.sign(int(left))),
            size=abs(int(left)),
            paired=int(paired),
            reference=round(reference, each.digits),
            near=near,
            far=far,
        )

    def _lean(self, symbol: str, day: date, which: Which, begins: float, price: float) -> float:
        """Who is left over, -1 to 1: partly whoever is about to be right."""
        moved = price / self._world.price(symbol, begins) - 1
        luck = self._world.dice("lean", symbol, day, which).standard_normal()
        lean = _RIGHT * np.tanh(moved / 0.002) + (1 - _RIGHT) * 0.6 * luck
        if which == "close":
            lean += self._world.scenario.of(day).imbalance
        return float(np.clip(lean, -1, 1))

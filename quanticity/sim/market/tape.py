"""The tape: every minute of a session cut into prints, which add up to it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.arrivals import Arrivals, arrivals, lots, shares
from quanticity.sim.market.columns import joined
from quanticity.sim.market.kept import Kept
from quanticity.sim.market.listing import Listed
from quanticity.sim.market.minutes import STEP, Days, bid_of
from quanticity.sim.market.paths import known
from quanticity.sim.market.ports import Ground
from quanticity.sim.market.prints import NOTHING, Bars, Prints, bars_of
from quanticity.sim.market.sessions import Span
from quanticity.sim.market.universe import primary
from quanticity.sim.market.venues import (
    CLOSING,
    DARK,
    DERIVED,
    EXTENDED,
    EXTENDED_ODD,
    LIT,
    LIT_SHARES,
    ODD,
    OPENING,
    REGULAR,
    SWEEP,
    SWEEP_ODD,
    home,
    is_stock,
)  # fmt: skip

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
OHLC = tuple[float, float, float, float]

STEPS = round(60 / STEP)
AT_STEPS = STEP * np.arange(STEPS, dtype=np.float64)
_DERIVED = 0.012  # share of dark prints whose price was made elsewhere
_AT_MID, _BETTER = 0.7, 0.1  # share of dark prints at the mid; ticks inside that the rest are
_VENUES = np.cumsum(LIT_SHARES) / sum(LIT_SHARES)
_BACK = 12  # sessions looked back for a last trade


class Dated(Ground, Protocol):
    """What a tape is cut from."""

    @property
    def days(self) -> Days:
        """The minutes of every session."""
        ...


class Tape:
    """Prints of every listing, minute by minute; a pure function of what the world is."""

    def __init__(self, world: Dated) -> None:
        self._world = world
        self.minute = Kept(self._make_minute, 5)

    def prints(self, symbol: str, since: float, until: float) -> Prints:
        """The prints from `since` on and before `until`; of an index its values, size 0.

        KeyError where nothing trades under the symbol.
        """
        parts = []
        at = since
        while at < until:
            span = self._world.sessions.at(known(symbol).hours, at)
            if span is None:
                at = self._world.sessions.next_start(known(symbol).hours, at)
                continue
            first = int((at - span.start) // 60)
            last = int(np.ceil((min(until, span.end) - span.start) / 60))
            parts += [self.minute(symbol, span, number) for number in range(first, last)]
            at = span.end
        return joined(parts, NOTHING).between(since, until)

    def volume(self, symbol: str, since: float, until: float) -> int:
        """What traded from `since` on and before `until`."""
        total, at = 0, since
        hours = known(symbol).hours
        while at < until:
            span = self._world.sessions.at(hours, at)
            if span is None:
                at = self._world.sessions.next_start(hours, at)
                continue
            end = min(until, span.end)
            total += self.done(symbol, span, end) - self.done(symbol, span, at)
            at = span.end
        return total

    def done(self, symbol: str, span: Span, at: float) -> int:
        """What a session has traded before a moment."""
        minutes = self._world.days.minutes(symbol, span)
        number = minutes.index(at)
        whole = int(minutes.total[number])
        start = span.start + 60.0 * number
        if number == len(minutes.volume) or at <= start or not minutes.volume[number]:
            return whole
        prints = self.minute(symbol, span, number)
        return whole + int(prints.size[: np.searchsorted(prints.time, at)].sum())

    def last(self, symbol: str, at: float) -> tuple[float, float, int] | None:
        """Time, price and size of the last print at or before a moment; None where none is near."""
        span = self._world.sessions.last(known(symbol).hours, at)
        for _ in range(_BACK):
            minutes = self._world.days.minutes(symbol, span)
            number = min(minutes.index(at), len(minutes.count) - 1)
            while number >= 0:
                if minutes.count[number]:
                    prints = self.minute(symbol, span, number)
                    index = int(np.searchsorted(prints.time, at, side="right")) - 1
                    if index >= 0:
                        return (
                            float(prints.time[index]),
                            float(prints.price[index]),
                            int(prints.size[index]),
                        )
                number -= 1
            at = span.start - 1
            span = self._world.sessions.last(known(symbol).hours, at)
        return None

    def bars(self, symbol: str, since: float, until: float, seconds: int) -> Bars:
        """Whole bars from `since` to `until` that have prints.

        They begin at multiples of `seconds` since the epoch.
        """
        first = np.ceil(since / seconds) * seconds
        last = np.floor(until / seconds) * seconds
        return bars_of(self.prints(symbol, float(first), float(last)), seconds)

    def bar(self, symbol: str, start: float, end: float) -> OHLC | None:
        """Open, high, low and close of what is printed between two moments of one session.

        None where nothing is. Whole minutes are looked up, only parts of minutes are cut.
        """
        each = known(symbol)
        span = self._world.sessions.last(each.hours, start)
        minutes = self._world.days.minutes(symbol, span)
        first = minutes.index(float(np.ceil((start - span.start) / 60)) * 60 + span.start)
        last = max(first, minutes.index(end))
        whole = span.start + 60.0 * first, span.start + 60.0 * last
        found: list[OHLC] = []
        if start < whole[0]:
            found += self._printed(symbol, start, min(end, whole[0]))
        inside = np.flatnonzero(minutes.count[first:last]) + first
        if len(inside):
            ticks = (
                minutes.open[inside[0]], minutes.high[inside].max(),
                minutes.low[inside].min(), minutes.close[inside[-1]],
            )  # fmt: skip
            opened, high, low, close = (round(float(t) * each.tick, each.digits) for t in ticks)
            found.append((opened, high, low, close))
        if end > whole[1] >= start:
            found += self._printed(symbol, whole[1], end)
        if not found:
            return None
        return found[0][0], max(b[1] for b in found), min(b[2] for b in found), found[-1][3]

    def _printed(self, symbol: str, start: float, end: float) -> list[OHLC]:
        price = self.prints(symbol, start, end).price
        if not len(price):
            return []
        return [(float(price[0]), float(price.max()), float(price.min()), float(price[-1]))]

    # One minute

    def _make_minute(self, symbol: str, span: Span, number: int) -> Prints:
        each = known(symbol)
        minutes = self._world.days.minutes(symbol, span)
        if not minutes.count[number]:
            return NOTHING
        start = span.start + 60.0 * number
        if not each.traded:
            return self._told(each, start)
        dice = self._world.dice("prints", symbol, span.day, number)
        mid = (
            self._world.prices_at(symbol, start + STEP * np.arange(STEPS, dtype=np.float64))
            / each.tick
        )
        flow = self._world.scenario.of(span.day).flow
        came = arrivals(minutes, number, mid, dice, flow.informed, flow.buyers)
        step = np.minimum((came.time / STEP).astype(np.int64), STEPS - 1)
        spread = int(minutes.spread[number])
        bid = bid_of(mid, minutes.spread[number])[step]
        if is_stock(each):
            day = self._world.day_of(span.day)
            regular = day.opens <= start < day.closes
            told = _stock(came, bid, spread, flow.dark, dice)
            cross = int(minutes.cross[number])
            volume = int(minutes.volume[number]) - cross
            size = _sized(volume, cross, told.venue == DARK, came.sweep, dice)
            condition = _conditions(told.condition, size, regular)
            if cross:
                told.price[0], told.side[0] = minutes.open[number], 0
                told.venue[0] = home(each, primary(symbol))
                condition[0] = OPENING if regular else CLOSING
        else:
            told = _elsewhere(came, bid, spread, home(each, ""))
            size = shares(int(minutes.volume[number]), len(came.time), dice)
            condition = told.condition
        return Prints(
            np.round(start + came.time, 6), np.round(told.price * each.tick, each.digits + 2),
            size, told.venue, condition, told.side, np.round(bid * each.tick, each.digits),
            np.round((bid + spread) * each.tick, each.digits),
        )  # fmt: skip

    def _told(self, each: Listed, start: float) -> Prints:
        """An index's values, one a second."""
        time = start + np.arange(60.0)
        ticks = np.rint(self._world.prices_at(each.symbol, time) / each.tick)
        none, nothing = np.full(60, np.nan), np.zeros(60, dtype=np.int8)
        return Prints(
            time, np.round(ticks * each.tick, each.digits), np.zeros(60, dtype=np.int64),
            np.full(60, home(each, ""), dtype=np.int8), nothing, nothing, none, none,
        )  # fmt: skip


class _Told(NamedTuple):
    """What is said of prints, sizes apart; prices in ticks."""

    price: Array
    venue: npt.NDArray[np.int8]
    condition: npt.NDArray[np.int8]
    side: npt.NDArray[np.int8]


def _elsewhere(came: Arrivals, bid: Ints, spread: int, venue: int) -> _Told:
    """Prints of what trades at one venue: at the bid or the ask."""
    return _Told(
        np.where(came.side > 0, bid + spread, bid).astype(np.float64),
        np.full(len(bid), venue, dtype=np.int8),
        np.where(came.sweep, SWEEP, REGULAR).astype(np.int8),
        came.side.astype(np.int8),
    )


def _stock(came: Arrivals, bid: Ints, spread: int, dark: float, dice: np.random.Generator) -> _Told:
    """Prints of stocks and funds: spread over venues, and some away from them all."""
    told = _elsewhere(came, bid, spread, 0)
    count = len(bid)
    lit = np.minimum(np.searchsorted(_VENUES, dice.random(count)), LIT - 1)
    away = (dice.random(count) < dark) & ~came.sweep & ~came.fixed
    luck = dice.random(count)
    at_bid = luck < (1 + _AT_MID) / 2
    inside = np.where(luck < _AT_MID, spread / 2, np.where(at_bid, _BETTER, spread - _BETTER))
    side = np.where(luck < _AT_MID, 0, np.where(at_bid, -1, 1))
    derived = away & (dice.random(count) < _DERIVED)
    return _Told(
        np.where(away, bid + inside, told.price),
        np.where(away, DARK, lit).astype(np.int8),
        np.where(derived, DERIVED, told.condition).astype(np.int8),
        np.where(away, side, told.side).astype(np.int8),
    )


def _sized(volume: int, cross: int, dark: Flags, sweep: Flags, dice: np.random.Generator) -> Ints:
    """Sizes of prints, of which a cross is the first."""
    if not cross:
        return lots(volume, dark, sweep, dice)
    if len(dark) == 1:
        return np.array([cross], dtype=np.int64)
    return np.concatenate([[cross], lots(volume, dark[1:], sweep[1:], dice)])


def _conditions(told: npt.NDArray[np.int8], size: Ints, regular: bool) -> npt.NDArray[np.int8]:
    """The same with odd lots and extended hours in them."""
    odd = size < 100
    plain, odd_plain = (REGULAR, ODD) if regular else (EXTENDED, EXTENDED_ODD)
    found = np.where(told == REGULAR, np.where(odd, odd_plain, plain), told)
    return np.where((told == SWEEP) & odd, SWEEP_ODD, found).astype(np.int8)

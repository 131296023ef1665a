"""What each option contract has traded in a day so far: added up from the option tape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import World
from quanticity.sim.market.option_tape import OptionPrints
from quanticity.sim.market.venues import SWEEP

Array = npt.NDArray[Any]

_SIDES = 3  # at the bid, between, at the ask
_KEPT = 32  # days of symbols


@dataclass(frozen=True, slots=True)
class Traded:
    """The contracts of one expiry, calls then puts, by strike (2 x strikes).

    `bid`, `mid`, `ask` and `sweep` are contracts, `premium` USD, `high`, `low` and `last` prices
    and `time` the moment of the last trade; these are NaN where nothing traded.
    """

    bid: Array
    mid: Array
    ask: Array
    sweep: Array
    premium: Array
    high: Array
    low: Array
    last: Array
    time: Array

    @property
    def volume(self) -> Array:
        """All contracts."""
        return np.asarray(self.bid + self.mid + self.ask)


class ContractDays:
    """Sums of every contract, at the begin of any minute.

    A day goes on from the minute that was asked for last; for an earlier one it begins anew.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._days: dict[tuple[str, date], _Day] = {}

    def at(self, symbol: str, expiry: date, day: TradingDay, at: float) -> Traded:
        """What one expiry's contracts have traded before the minute in which a moment lies."""
        found = self._days.get((symbol, day.day))
        if found is None or found.until > at:
            while len(self._days) >= _KEPT:
                del self._days[next(iter(self._days))]
            found = self._days[symbol, day.day] = _Day(self._world, symbol, day)
        found.advance(self._world, at)
        return found.of(expiry)


class _Day:
    """One symbol's contracts on one day, in one row each: expiry by expiry, calls then puts."""

    def __init__(self, world: World, symbol: str, day: TradingDay) -> None:
        self.symbol = symbol
        self.day = day
        self.until = day.opens
        self.expiries = world.expiries(symbol, day.day)
        self.strikes = {each: world.strikes(symbol, each, day.day) for each in self.expiries}
        self.first: dict[date, int] = {}
        count = 0
        for each in self.expiries:
            self.first[each] = count
            count += 2 * len(self.strikes[each])
        self._volume = np.zeros((_SIDES, count))
        self._sweep, self._premium = np.zeros(count), np.zeros(count)
        self._high, self._low = np.full(count, np.nan), np.full(count, np.nan)
        self._last, self._time = np.full(count, np.nan), np.full(count, np.nan)

    def advance(self, world: World, at: float) -> None:
        """Take in every whole minute before a moment."""
        end = min(at, self.day.closes)
        while self.until + 60 <= end:
            prints = world.option_tape.trades(self.symbol, self.until, self.until + 60)
            if len(prints):
                self._take(prints)
            self.until += 60

    def of(self, expiry: date) -> Traded:
        """One expiry's part."""
        first, count = self.first[expiry], len(self.strikes[expiry])
        part = slice(first, first + 2 * count)
        volume = self._volume[:, part].reshape(_SIDES, 2, count)
        rest = (self._sweep, self._premium, self._high, self._low, self._last, self._time)
        return Traded(*volume, *(column[part].reshape(2, count) for column in rest))

    def _take(self, prints: OptionPrints) -> None:
        where = np.empty(len(prints), np.int64)
        for ordinal in np.unique(prints.expiry).tolist():
            expiry = date.fromordinal(ordinal)
            mine = prints.expiry == ordinal
            strikes = self.strikes[expiry]
            index = np.searchsorted(strikes, prints.strike[mine] - 1e-9)
            put = ~prints.is_call[mine]
            where[mine] = self.first[expiry] + put * len(strikes) + index
        count = len(self._sweep)
        for side in range(_SIDES):
            size = prints.size * (prints.side + 1 == side)
            self._volume[side] += np.bincount(where, size, count)
        self._sweep += np.bincount(where, prints.size * (prints.condition == SWEEP), count)
        self._premium += np.bincount(where, prints.size * prints.price * 100, count)
        np.fmax.at(self._high, where, prints.price)
        np.fmin.at(self._low, where, prints.price)
        # In order of time: the last one stays.
        self._last[where] = prints.price
        self._time[where] = prints.time

"""Implied volatility: a level that moves with the volatility index, and a smile around it.

Total variance rises with time at every distance from the money and the smile is smooth, so that
no spread over strikes or expiries costs less than nothing (a test looks at every chain).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.instruments import Instrument, find
from quanticity.sim.market.paths import known
from quanticity.sim.market.ports import Ground

Array = npt.NDArray[np.float64]

_INDEX = "VIX"
_LONG, _SHORT, _FADES = 0.3, 0.6, 2.0  # of the index's move: at all terms, at short ones, a year
_MOOD, _MOOD_FADES = 0.08, 3.0
_MOOD_DAYS = 5
_STOCKS = 0.7  # of the index's move that is a single stock's
_SKEW, _CURVE, _BEND = 0.07, 0.035, 2.0
_LEAST_REACH, _LEAST = 0.05, 0.03


class Surface:
    """The volatility of every underlying for every term, at every moment."""

    def __init__(self, world: Ground) -> None:
        self._world = world
        self._level = lru_cache(maxsize=4096)(self._make_level)
        self._index = lru_cache(maxsize=1024)(self._make_index)

    def at_the_money(self, symbol: str, years: Array | float, at: float) -> Array:
        """At-the-money volatility (yearly, a fraction) for times to expiry, at a moment.

        It holds for a minute. KeyError where nothing trades under the symbol.
        """
        instrument, now, mood = self._level(symbol, int(at // 60))
        share = _STOCKS if instrument.kind == "stock" else 1.0
        follows = share * (_LONG + _SHORT * np.exp(-_FADES * np.asarray(years)))
        own = mood * np.exp(-_MOOD_FADES * np.asarray(years))
        return np.asarray(instrument.vol * np.exp(follows * now + own))

    def smile(
        self, symbol: str, strikes: Array, spot: Array | float, years: Array | float, at: float
    ) -> Array:
        """Volatility at each strike, for a spot and a term each or the same one."""
        day = self._world.day(at)
        skew = self._world.scenario.of(day.day).surface.skew if at >= day.opens else 1.0
        return smile(self.at_the_money(symbol, years, at), strikes, spot, years, skew)

    def _make_level(self, symbol: str, minute: int) -> tuple[Instrument, float, float]:
        """The instrument, how far volatility stands from usual (a log), and its mood."""
        instrument = find(symbol)
        if instrument is None:
            raise KeyError(symbol)
        day, now = self._index(minute)
        return instrument, now, _mood(self._world, symbol, day)

    def _make_index(self, minute: int) -> tuple[date, float]:
        """The day, and how far volatility stands from usual: the same for all symbols."""
        at = minute * 60.0
        day = self._world.day(at)
        index = known(_INDEX)
        now = float(np.log(self._world.price(_INDEX, at) / index.price))
        if at >= day.opens:
            now += float(np.log(self._world.scenario.of(day.day).surface.level))
        return day.day, now


def _mood(world: Ground, symbol: str, day: date) -> float:
    """What is a symbol's own: the same for some days, then another."""
    dice = world.dice("mood", symbol, day.toordinal() // _MOOD_DAYS)
    return float(_MOOD * dice.standard_normal())


def smile(
    level: Array | float,
    strikes: Array,
    spot: Array | float,
    years: Array | float,
    skew: float = 1.0,
) -> Array:
    """Volatility for each strike: dearer below the spot, a little dearer far above.

    A parabola near the money and straight far from it, in deviations of the price to expiry.
    """
    reach = np.maximum(_LEAST_REACH, level * np.sqrt(years))
    m = np.log(strikes / spot) / reach
    curve = 2 * _CURVE * _BEND**2 * (np.sqrt(1 + (m / _BEND) ** 2) - 1)
    return np.asarray(np.maximum(level * (1 - _SKEW * skew * m + curve), _LEAST), dtype=np.float64)

"""Prices: a mean-reverting level for each day, and a bridge of minutes from close to close."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market.instruments import Instrument

Array = npt.NDArray[np.float64]
Dice = Callable[..., np.random.Generator]

_FIRST_DAY = date(2018, 1, 1).toordinal()
_DAYS = 365 * 15
_PULL = 0.004
_YEARLY = np.sqrt(1 / 252)
_MARKET_VOL = 0.15


class Prices:
    """Every symbol's price at every moment from 2018 to 2032, from one seed."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._levels = lru_cache(maxsize=256)(self._make_levels)
        self._steps = lru_cache(maxsize=256)(self._make_steps)

    def close(self, instrument: Instrument, day: date) -> float:
        """The official close of a day (of the trading day before it, where it is none)."""
        market = instrument.beta * self._level("market", _MARKET_VOL, day)
        own = self._level(instrument.symbol, instrument.own, day) if instrument.own else 0.0
        return float(instrument.price * np.exp(market + own))

    def minutes(self, instrument: Instrument, day: TradingDay, before: date) -> Array:
        """Prices at each minute from the pre-market's start to the after-hours' end.

        `before` is the trading day before; its close is where the path begins.
        """
        path = instrument.beta * self._steps("market", _MARKET_VOL, day)
        if instrument.own:
            path = path + self._steps(instrument.symbol, instrument.own, day)
        start, end = self.close(instrument, before), self.close(instrument, day.day)
        closes = int((day.closes - day.pre_market) // 60)
        clock = np.concatenate([_variance(day), np.zeros(1)])
        done = np.concatenate([np.zeros(1), np.cumsum(clock[:-1])])
        share = np.minimum(done / done[closes], 1.0)
        return np.asarray(np.exp(np.log(start) + share * np.log(end / start) + path))

    def _level(self, name: str, vol: float, day: date) -> float:
        index = day.toordinal() - _FIRST_DAY
        if not 0 <= index < _DAYS:
            raise ValueError(f"the simulated market has no {day}: it runs from 2018 to 2032")
        return float(self._levels(name, vol)[index])

    def _make_levels(self, name: str, vol: float) -> Array:
        draws = self._dice("level", name).standard_normal(_DAYS) * vol * _YEARLY
        weekday = (np.arange(_DAYS) + _FIRST_DAY + 6) % 7
        draws[weekday >= 5] = 0.0
        level, levels = 0.0, np.empty(_DAYS)
        for index, draw in enumerate(draws):
            if weekday[index] < 5:
                level = level * (1 - _PULL) + draw
            levels[index] = level
        return levels

    def _make_steps(self, name: str, vol: float, day: TradingDay) -> Array:
        """A bridge: zero at the start, at the close and at the end of the day."""
        variance = _variance(day)
        count = len(variance)
        closes = int((day.closes - day.pre_market) // 60)
        draws = self._dice("minutes", name, day.day).standard_normal(count)
        walk = np.concatenate([np.zeros(1), np.cumsum(draws * np.sqrt(variance))]) * vol * _YEARLY
        done = np.concatenate([np.zeros(1), np.cumsum(variance)])
        before = walk[: closes + 1] - walk[closes] * done[: closes + 1] / done[closes]
        tail = walk[closes:] - walk[closes]
        left = done[closes:] - done[closes]
        after = tail - tail[-1] * left / left[-1]
        return np.asarray(np.concatenate([before, after[1:]]))


def _variance(day: TradingDay) -> Array:
    """Each minute's share of a day's variance: little before and after, a U between."""
    at = day.pre_market + 60.0 * np.arange(int((day.after_hours_end - day.pre_market) // 60))
    x = np.clip((at - day.opens) / (day.closes - day.opens), 0, 1)
    regular = (at >= day.opens) & (at < day.closes)
    weight = np.where(regular, 1 + 4 * (x - 0.5) ** 2 * 2, 0.12)
    return np.asarray(weight / weight.sum())

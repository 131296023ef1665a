"""What moves prices: a few common factors and a share of each listing's own.

A block is the time from one New York close to the next. Within a block every factor has a value
at each knot of one grid: each minute, and each five seconds in the regular session. Between two
knots a value moves in a straight line, so what a bar's high and low are is known from its knots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market.kept import Kept

Array = npt.NDArray[np.float64]
Dice = Callable[..., np.random.Generator]

FACTORS: dict[str, tuple[float, str]] = {
    "market": (0.15, "us"),
    "tech": (0.05, "us"),
    "small": (0.1, "us"),
    "dow": (0.035, "us"),
    "vol": (0.6, "us"),
    "rates": (0.065, "day"),
    "dollar": (0.065, "day"),
    "eur": (0.03, "day"),
    "gbp": (0.04, "day"),
    "jpy": (0.05, "day"),
    "aud": (0.05, "day"),
    "emerging": (0.09, "day"),
    "oil": (0.32, "day"),
    "gas": (0.55, "day"),
    "gold": (0.14, "day"),
    "crypto": (0.5, "flat"),
    "europe": (0.09, "europe"),
    "asia": (0.12, "asia"),
}
"""Yearly volatility (a fraction), and the clock that it moves by, of each common factor."""

FINE, COARSE = 5.0, 60.0
"""Seconds between knots, in the regular session and outside."""

FIRST, LAST = date(2018, 1, 1), date(2032, 12, 31)
"""The market's first and last day."""

_FIRST_DAY = FIRST.toordinal()
# The last day's own night leads to the day that follows, and options look ahead.
_BEYOND = 366
_DAYS = LAST.toordinal() - _FIRST_DAY + 1 + _BEYOND
_PULL = 0.004
# The volatility index moves against the market, but is calm again long before the market is back:
# with this share of the market the factor `vol` makes up a level that reverts fast.
_MARKET, _FEAR, _FEARS, _CALMS = "market", "vol", -4.0, 0.025
_YEARLY = np.sqrt(1 / 252)
# Weight of a minute in each hour of the Eastern day, in units of a minute of the regular session.
_CLOCKS: dict[str, tuple[float, ...]] = {
    "us": (.06,) * 3 + (.1,) * 6 + (1.0,) * 7 + (.12,) * 4 + (.06,) * 4,
    "day": (.3,) * 2 + (.6,) * 6 + (1.0,) * 4 + (.7,) * 5 + (.2,) * 2 + (.35,) * 5,
    "europe": (.1,) * 2 + (1.0,) * 10 + (.3,) * 4 + (.05,) * 8,
    "asia": (1.0,) * 3 + (.15,) * 15 + (.3,) + (1.0,) * 5,
    "flat": (1.0,) * 24,
}  # fmt: skip
_SHUT = 0.002  # of a minute of a weekend or holiday


@dataclass(frozen=True)
class Block:
    """The time from one close to the next, and where its knots are (epoch seconds)."""

    before: date
    day: TradingDay
    start: float

    @property
    def end(self) -> float:
        """The close of its day."""
        return self.day.closes

    @property
    def coarse(self) -> int:
        """How many knots come before the opening bell."""
        return round((self.day.opens - self.start) / COARSE)

    @property
    def fine(self) -> int:
        """How many steps the regular session has."""
        return round((self.day.closes - self.day.opens) / FINE)

    def times(self) -> Array:
        """Where the knots are."""
        return np.concatenate(
            [
                self.start + COARSE * np.arange(self.coarse),
                self.day.opens + FINE * np.arange(self.fine + 1),
            ]
        )

    def position(self, at: Array) -> Array:
        """Moments as numbers of knots and fractions of the way to the next."""
        opens, coarse = self.day.opens, self.coarse
        return np.where(at < opens, (at - self.start) / COARSE, coarse + (at - opens) / FINE)

    def value(self, path: Array, at: Array) -> Array:
        """What a path is at moments within the block."""
        where = np.clip(self.position(at), 0, len(path) - 1)
        low = np.minimum(where.astype(np.int64), len(path) - 2)
        part = where - low
        return np.asarray(path[low] * (1 - part) + path[low + 1] * part)


class BeyondMarket(ValueError):
    """A day of which the simulated market has nothing."""


class Levels:
    """Where every factor stands at each day's close, 2018 to 2032, as the log of a ratio."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._levels = lru_cache(maxsize=512)(self._make)

    def at(self, name: str, vol: float, day: date) -> float:
        """The level of a factor, or of a listing's own part, at the close of a day."""
        index = day.toordinal() - _FIRST_DAY
        if not 0 <= index < _DAYS:
            raise BeyondMarket(f"the simulated market has no {day}: it runs from 2018 to 2032")
        return float(self._levels(name, vol)[index])

    def _make(self, name: str, vol: float) -> Array:
        draws = self._draws(name, vol)
        if name != _FEAR:
            return _reverting(draws, _PULL)
        market = self._draws(_MARKET, FACTORS[_MARKET][0])
        fear = _reverting(draws + _FEARS * market, _CALMS)
        return np.asarray(fear - _FEARS * _reverting(market, _PULL))

    def _draws(self, name: str, vol: float) -> Array:
        """Each day's move; none at weekends."""
        draws = self._dice("level", name).standard_normal(_DAYS) * (vol * _YEARLY)
        draws[(np.arange(_DAYS) + _FIRST_DAY + 6) % 7 >= 5] = 0.0
        return np.asarray(draws)


def _reverting(draws: Array, pull: float) -> Array:
    """Levels that moves add up to, drawn back a little on each weekday."""
    level, levels = 0.0, np.empty(_DAYS)
    for index, draw in enumerate(draws.tolist()):
        if (index + _FIRST_DAY + 6) % 7 < 5:
            level = level * (1 - pull) + draw
        levels[index] = level
    return levels


@lru_cache(maxsize=64)
def weights(coarse: int, fine: int, clock: str) -> Array:
    """Each step's share of a block's variance: little at night, a U in the regular session."""
    hourly = np.array(_CLOCKS[clock])
    before = COARSE * (np.arange(coarse) - coarse)  # seconds to the bell, below 0
    hour = (before / 3600 + 9.5) % 24
    night = hourly[hour.astype(np.int64)]
    days = before / 86_400 + 9.5 / 24
    if clock != "flat":  # 20:00 after the close before, to 18:00 the evening before
        night = np.where((days < -0.25) & (days > before[0] / 86_400 + 0.55), _SHUT, night)
    elif coarse > 1440:
        night = night * (1050 / coarse)
    x = np.arange(fine) / max(fine, 1)
    regular = 1 + 8 * (x - 0.5) ** 2 if clock == "us" else hourly[(9.5 + 6.5 * x).astype(np.int64)]
    weight = np.concatenate([night, regular * (FINE / COARSE)])
    return np.asarray(weight / weight.sum())


@lru_cache(maxsize=64)
def steps(coarse: int, fine: int, clock: str) -> Array:
    """The deviation of each step, for a variance of 1 over the block."""
    return np.asarray(np.sqrt(weights(coarse, fine, clock)))


@lru_cache(maxsize=64)
def done(coarse: int, fine: int, clock: str) -> Array:
    """The share of a block's variance that is past at each knot."""
    share = np.zeros(coarse + fine + 1)
    np.cumsum(weights(coarse, fine, clock), out=share[1:])
    share /= share[-1]
    return share


class Factors:
    """The path of every factor, and of every listing's own part, over each block."""

    def __init__(self, dice: Dice, volatility: Callable[[date], float]) -> None:
        self.levels = Levels(dice)
        self._dice = dice
        self._volatility = volatility
        self.path = Kept(self._make, 1)  # each goes into a path that is kept

    def _make(self, name: str, vol: float, clock: str, block: Block, lasts: bool = True) -> Array:
        """Values at the knots; one that does not last is 0 at every close."""
        shape = (block.coarse, block.fine, clock)
        draws = self._dice("block", name, block.day.day).standard_normal(block.coarse + block.fine)
        draws *= steps(*shape)
        draws[block.coarse :] *= self._volatility(block.day.day)
        path = np.zeros(len(draws) + 1)
        np.cumsum(draws * (vol * _YEARLY), out=path[1:])
        start = end = 0.0
        if lasts:
            start = self.levels.at(name, vol, block.before)
            end = self.levels.at(name, vol, block.day.day)
        path += start + done(*shape) * (end - start - path[-1])
        return path

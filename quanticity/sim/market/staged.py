"""A scenario put on days: what it changes for a symbol at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.clock import EASTERN
from quanticity.sim.market.factors import Block
from quanticity.sim.market.scenario import ALL, QUIET, Move, Scenario, named
from quanticity.sim.market.universe import listed

Array = npt.NDArray[np.float64]

_LASTS = 0.3  # share of the night after which the day before is forgotten
_PINNED, _POINTS = "market", 6000.0  # the factor that is pinned, and the index at its level 0


class Staged:
    """A scenario on one day, or on every day where `on` is None."""

    def __init__(self, scenario: Scenario, on: date | None = None) -> None:
        self.scenario = scenario
        self._on = on
        self.halts = lru_cache(maxsize=512)(self._halts)

    def applies(self, day: date) -> bool:
        """Whether a day is one of the scenario's."""
        return self._on is None or self._on == day

    def of(self, day: date) -> Scenario:
        """The scenario of a day; a quiet one where it is not the scenario's."""
        return self.scenario if self.applies(day) else named(QUIET)

    def touches(self, name: str, day: date) -> bool:
        """Whether a day's scenario does anything to a factor."""
        found = self.of(day)
        pinned = found.pin is not None and name == _PINNED
        return pinned or any(move.factor == name for move in found.moves)

    def pushed(self, name: str, block: Block, path: Array) -> Array:
        """What is added to a factor's path over a block.

        It is 0 at first, and what it is at the block's end is forgotten in the night after.
        """
        found = self.of(block.day.day)
        times = block.times()
        added = np.zeros(len(path))
        for move in found.moves:
            if move.factor == name:
                added += move.change * _shape(move, block.day.day, times)
        if found.pin is not None and name == _PINNED:
            starts = _moment(block.day.day, found.pin.start)
            here = path + added
            level = _POINTS * np.exp(here[np.searchsorted(times, starts)])
            strike = np.log(round(level / found.pin.step) * found.pin.step / _POINTS)
            grip = np.clip((times - starts) / max(block.end - 600 - starts, 60), 0, 1)
            held = found.pin.strength * np.sqrt(grip)
            added += held * (strike - here)
        return added

    def volatility(self, day: date) -> float:
        """Moves of a day's regular session, in usual ones."""
        return self.of(day).volatility

    def volume_of(self, symbol: str, day: date) -> float:
        """Volume of a day, in units of a usual one."""
        return self.of(day).volume if _in_new_york(symbol) else 1.0

    def busy(self, symbol: str, day: date, starts: Array) -> Array:
        """Weight of minutes: 0 in a halt, more while something moves."""
        weight = np.ones(len(starts))
        for move in self.of(day).moves:
            begin, end = _moment(day, move.start), _moment(day, move.end)
            if end - begin < 4 * 3600:
                weight[(starts >= begin) & (starts < end)] *= 1.4
        for begin, end in self.halts(symbol, day):
            weight[(starts >= begin) & (starts < end)] = 0.0
        return weight

    def spread(self, symbol: str, day: date, starts: Array) -> Array:
        """Bid to ask at minutes of a day, in usual ones; wide in the minute after a halt."""
        wide = np.full(len(starts), self.of(day).spread if _in_new_york(symbol) else 1.0)
        for _, end in self.halts(symbol, day):
            wide[(starts >= end) & (starts < end + 60)] *= 3
        return wide

    def halted(self, symbol: str, day: date, at: float) -> bool:
        """Whether a symbol is halted at a moment of a day."""
        return any(begin <= at < end for begin, end in self.halts(symbol, day))

    def frozen(self, symbol: str, day: date, at: Array) -> Array:
        """Moments, those in a halt put back to where it began: prices stand still."""
        for begin, end in self.halts(symbol, day):
            at = np.where((at > begin) & (at < end), begin, at)
        return at

    def _halts(self, symbol: str, day: date) -> tuple[tuple[float, float], ...]:
        return tuple(self._each_halt(symbol, day))

    def _each_halt(self, symbol: str, day: date) -> Iterator[tuple[float, float]]:
        for halt in self.of(day).halts:
            if symbol in halt.symbols or (ALL in halt.symbols and _in_new_york(symbol)):
                begin = _moment(day, halt.start)
                yield begin, begin + 60.0 * halt.minutes


def carried(last: float, block: Block) -> Array:
    """What is left over a block of something that stood at the close before it."""
    past = (block.times() - block.start) / ((block.day.opens - block.start) * _LASTS)
    return np.asarray(last * np.clip(1 - past, 0, 1))


def _shape(move: Move, day: date, times: Array) -> Array:
    begin, end = _moment(day, move.start), _moment(day, move.end)
    x = np.clip((times - begin) / (end - begin), 0, 1)
    if move.shape == "accelerating":
        return np.asarray(x**2.5)
    return np.asarray(1 - (1 - x) ** 2.5 if move.shape == "fading" else x)


@lru_cache(maxsize=512)
def _moment(day: date, text: str) -> float:
    return datetime.combine(day, time.fromisoformat(text), EASTERN).timestamp()


@lru_cache(maxsize=4096)
def _in_new_york(symbol: str) -> bool:
    found = listed(symbol)
    return found is not None and found.hours in ("stocks", "index", "internals")

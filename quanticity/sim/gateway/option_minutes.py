"""Quotes of single options for those who look often: a minute of a contract is made at once.

They are those of the market's option book, to the last digit.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from quanticity.sim.market.chains import LEAST_YEARS, YEAR
from quanticity.sim.market.minutes import STEP
from quanticity.sim.market.option_book import OptionQuote
from quanticity.sim.market.options import RIGHTS, greeks, quotes
from quanticity.sim.market.world import World

_MINUTE = 60
_STEPS = round(_MINUTE / STEP)
_SIZES_HOLD = 5
_KEPT = 512
_WATCHED = 4096

Figures: TypeAlias = "array[float]"


class _Minute(NamedTuple):
    """One contract: at each step its market and Greeks, and what it trades."""

    bid: Figures
    ask: Figures
    iv: Figures
    delta: Figures
    gamma: Figures
    vega: Figures
    theta: Figures
    spot: Figures
    time: list[float]
    price: list[float]
    size: list[int]
    volume: list[int]


_NOTHING = (-math.inf, None, None)


class OptionMinutes:
    """The option book, by minutes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._minute = lru_cache(maxsize=_KEPT)(self._make)
        self._current: dict[
            tuple[str, date, float, str], tuple[float, OptionQuote | None, _Minute | None]
        ] = {}
        self._block = lru_cache(maxsize=_KEPT)(world.option_book.quote)

    def quote(
        self, symbol: str, expiry: date, strike: float, right: str, at: float
    ) -> OptionQuote | None:
        """As `OptionBook.quote`; `right` is C or P."""
        contract = (symbol, expiry, strike, right)
        begins, base, found = self._current.get(contract, _NOTHING)
        if not begins <= at < begins + _SIZES_HOLD:
            # Displayed sizes hold for some seconds; with them it is known whether it trades.
            begins = at // _SIZES_HOLD * _SIZES_HOLD
            base = self._block(symbol, expiry, strike, right, begins)
            found = self._minute(symbol, expiry, strike, right, int(at // _MINUTE))
            if len(self._current) >= _WATCHED:
                self._current.clear()
            self._current[contract] = (begins, base, found)
        if base is None or found is None:
            return None
        start = at // _MINUTE * _MINUTE
        step = min(int((at - start) / STEP), _STEPS - 1)
        last, last_size, volume = base.last, base.last_size, base.volume
        traded = bisect_right(found.time, at)
        if traded:
            last, last_size = found.price[traded - 1], found.size[traded - 1]
            volume = found.volume[traded - 1]
        bid = found.bid[step]
        return OptionQuote(
            start + STEP * step,
            bid,
            found.ask[step],
            base.bid_size if bid > 0 else 0,
            base.ask_size,
            last,
            last_size,
            volume,
            base.oi,
            found.iv[step],
            found.delta[step],
            found.gamma[step],
            found.vega[step],
            found.theta[step],
            found.spot[step],
        )

    def _make(
        self, symbol: str, expiry: date, strike: float, right: str, number: int
    ) -> _Minute | None:
        world = self._world
        start = float(number * _MINUTE)
        begins = world.option_book.quote(symbol, expiry, strike, right, start)
        if begins is None:
            return None
        day = world.day(start)
        listed = world.chains.contracts.of(symbol, expiry, day.day)
        side = RIGHTS[0] if right == "C" else RIGHTS[1]
        seen = np.asarray(start + STEP * np.arange(_STEPS), np.float64)
        spot = world.prices_at(symbol, seen)
        years = np.maximum((listed.expires - seen) / YEAR, LEAST_YEARS)
        strikes = np.full(_STEPS, strike)
        iv = world.chains.surface.smile(symbol, strikes, spot, years, start)
        of = greeks(spot, strikes, years, iv, side)
        bid, ask = quotes(of["mid"], world.chains.wide(day.day))
        trades = world.option_tape.trades(symbol, start, start + _MINUTE).of(expiry, strike, side)
        return _Minute(
            _figures(bid),
            _figures(ask),
            _figures(iv),
            _figures(of["delta"]),
            _figures(of["gamma"]),
            _figures(of["vega"]),
            _figures(of["theta"]),
            _figures(spot),
            trades.time.tolist(),
            trades.price.tolist(),
            trades.size.tolist(),
            (begins.volume + np.cumsum(trades.size)).tolist(),
        )


def _figures(column: Any) -> Figures:
    """A column to look into often: a quarter of a list's bytes, and plain floats as in one."""
    return array("d", column.tolist())

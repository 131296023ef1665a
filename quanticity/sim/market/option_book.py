"""Quotes of single option contracts, at any moment."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market.chains import LEAST_YEARS, YEAR
from quanticity.sim.market.contracts import Contracts
from quanticity.sim.market.minutes import STEP
from quanticity.sim.market.option_tape import Chained, OptionTape
from quanticity.sim.market.options import RIGHTS, greeks, quotes

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SIZES_HOLD = 5.0  # seconds
_USUAL = 900  # open interest of which one contract is displayed, at least some


class OptionQuote(NamedTuple):
    """One contract at a moment.

    Sizes, `volume` and `oi` in contracts of 100; `last` is the day's last price, None before the
    first; `iv` a fraction a year, `gamma` per 1, `vega` per volatility point, `theta` per day;
    `underlying` is the price that they are computed from.
    """

    time: float
    bid: float
    ask: float
    bid_size: int
    ask_size: int
    last: float | None
    last_size: int
    volume: int
    oi: int
    iv: float
    delta: float
    gamma: float
    vega: float
    theta: float
    underlying: float


class Traded(Chained, Protocol):
    """What quotes are made from."""

    @property
    def option_tape(self) -> OptionTape:
        """What trades."""
        ...


class OptionBook:
    """The quote of every contract at every moment; a pure function of the world."""

    def __init__(self, world: Traded) -> None:
        self._world = world
        self._past = lru_cache(maxsize=64)(self._make_past)
        self._gains = lru_cache(maxsize=4096)(self._make_gains)

    def quote(
        self, symbol: str, expiry: date, strike: float, right: str, at: float
    ) -> OptionQuote | None:
        """A contract's quote; None where it is not listed, has expired, or nothing trades.

        `right` is `call` or `put`, or begins as they do. KeyError where nothing trades under the
        symbol; ValueError for another right.
        """
        side = _side(right)
        world = self._world
        day = world.day(at)
        contracts = world.chains.contracts
        open_now = day.opens <= at < day.closes
        if not open_now or world.scenario.halted(symbol, day.day, at):
            return None
        if expiry not in contracts.expiries(symbol, day.day):
            return None
        listed = contracts.of(symbol, expiry, day.day)
        index = int(np.searchsorted(listed.strikes, strike - 1e-9))
        if index == len(listed.strikes) or abs(listed.strikes[index] - strike) > 1e-6:
            return None
        seen = np.floor(np.array([at]) / STEP) * STEP
        spot = world.prices_at(symbol, seen)
        years = np.maximum((listed.expires - seen) / YEAR, LEAST_YEARS)
        strikes = listed.strikes[index : index + 1]
        iv = world.chains.surface.smile(symbol, strikes, spot, years, at)
        found = greeks(spot, strikes, years, iv, RIGHTS[side])
        bid, ask = quotes(found["mid"], world.chains.wide(day.day))
        sizes = self._sizes(symbol, listed, side, index, at)
        last, last_size, volume = self._last(symbol, day, listed, side, index, at)
        return OptionQuote(
            float(seen[0]), float(bid[0]), float(ask[0]), sizes[0] if bid[0] > 0 else 0, sizes[1],
            last, last_size, volume, int(listed.open_interest[side, index]), float(iv[0]),
            float(found["delta"][0]), float(found["gamma"][0]), float(found["vega"][0]),
            float(found["theta"][0]), float(spot[0]),
        )  # fmt: skip

    def _sizes(
        self, symbol: str, listed: Contracts, side: int, index: int, at: float
    ) -> tuple[int, int]:
        """What is displayed at the bid and at the ask: the same for some seconds."""
        dice = self._world.dice(
            "option sizes", symbol, listed.expiry, side, index, int(at // _SIZES_HOLD)
        )
        usual = 8 + float(listed.open_interest[side, index]) / _USUAL * 8
        bid, ask = np.exp(0.8 * dice.standard_normal(2)) * usual
        return 1 + int(bid), 1 + int(ask)

    def _last(
        self, symbol: str, day: TradingDay, listed: Contracts, side: int, index: int, at: float
    ) -> tuple[float | None, int, int]:
        """Price and size of a contract's last trade, and its volume so far."""
        total = self._gains(symbol, day, listed.expiry, side, index)
        number = int((at - day.opens) // 60)
        strike, right = float(listed.strikes[index]), RIGHTS[side]
        first = int(day.opens // 60)
        volume = int(total[number])
        now = self._world.option_tape.minute(symbol, day, first + number)
        mine = now.of(listed.expiry, strike, right).after(day.opens - 1, at)
        if len(mine):
            return float(mine.price[-1]), int(mine.size[-1]), volume + int(mine.size.sum())
        before = np.flatnonzero(np.diff(total[: number + 1]))
        for minute in before[::-1].tolist():
            past = self._world.option_tape.minute(symbol, day, first + minute)
            mine = past.of(listed.expiry, strike, right)
            if len(mine):
                return float(mine.price[-1]), int(mine.size[-1]), volume
        return None, 0, volume

    def _make_gains(
        self, symbol: str, day: TradingDay, expiry: date, side: int, index: int
    ) -> Ints:
        """A contract's volume at the begin of each minute of a session, and at its end."""
        listed = self._world.chains.contracts.of(symbol, expiry, day.day)
        return listed.traded_all(*self._past(symbol, day), side, index)

    def _make_past(self, symbol: str, day: TradingDay) -> tuple[Array, Array]:
        """The share of a session that is past at the begin of each minute, and when that is."""
        starts = np.arange(day.opens, day.closes + 60, 60.0)
        contracts = self._world.chains.contracts
        return np.array([contracts.past(symbol, float(at), day) for at in starts]), starts


def _side(right: str) -> int:
    begins = right[:1].lower()
    if begins not in ("c", "p"):
        raise ValueError(f"an option is a call or a put, not {right!r}")
    return "cp".index(begins)

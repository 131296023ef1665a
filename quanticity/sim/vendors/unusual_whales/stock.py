"""The underlying itself: candles, last state, and shares traded at each price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import World
from quanticity.sim.market.venues import DARK
from quanticity.sim.market.world import iso
from quanticity.sim.vendors.bars import bars_of
from quanticity.sim.vendors.unusual_whales.asked import (
    DATE,
    TIMEFRAME,
    instrument,
    since,
    ticker_day,
)
from quanticity.sim.vendors.unusual_whales.written import dec, trim
from quanticity.sim.vendors.vendor import Answer, BadParameter, Param, Request, Route

Row = dict[str, Any]
Array = npt.NDArray[np.float64]
Levels = tuple[Array, npt.NDArray[Any], npt.NDArray[Any]]

_SIZES = {"1m": 1, "5m": 5, "10m": 10, "15m": 15, "30m": 30, "1h": 60, "4h": 240}
_MOST = 2500


class Stock:
    """`ohlc`, `stock-state` and `stock-volume-price-levels`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._traded = lru_cache(maxsize=8000)(self._make_traded)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        stock = "/api/stock/{ticker}"
        candles = (
            DATE,
            Param("end_date", "date"),
            TIMEFRAME,
            Param("limit", "int", default=_MOST, minimum=1, maximum=_MOST),
        )
        return [
            Route(f"{stock}/ohlc/{{candle_size}}", self.candles, candles),
            Route(f"{stock}/stock-state", self.state),
            Route(f"{stock}/stock-volume-price-levels", self.levels, (DATE,)),
        ]

    def candles(self, request: Request) -> Answer:
        """Newest first; extended hours included; daily and weekly ones carry a date only."""
        size = request.values["candle_size"]
        if size not in (*_SIZES, "1d", "1w"):
            said = f"Invalid path input: {size} (Invalid value for enum)"
            raise BadParameter("candle_size", size, said)
        asked = ticker_day(self._world, request)
        most = request.values["limit"]
        first = self._first(request, asked.day)
        last = min(request.values["end_date"] or asked.day.day, asked.day.day)
        days = [day for day in self._world.calendar.trading_days(first, last) if day.day >= first]
        rows: list[Row] = []
        for day in reversed(days):
            at = min(asked.at, day.after_hours_end)
            if size in _SIZES:
                rows += self._intraday(asked.symbol, day, at, 60 * _SIZES[size])
            elif size == "1d" or not rows or day.day.weekday() == 4:
                rows.append(self._daily(asked.symbol, day, at))
            if len(rows) >= most:
                break
        return Answer.json({"data": rows[:most]})

    @staticmethod
    def _first(request: Request, today: TradingDay) -> date:
        if request.values["date"] is not None:
            return today.day
        return since(request.values["timeframe"], request.values["end_date"] or today.day)

    def _intraday(self, symbol: str, day: TradingDay, at: float, length: int) -> list[Row]:
        rows, total = [], 0
        for bar in bars_of(self._world, symbol, day.pre_market, at, length // 60):
            total += bar.volume
            rows.append(
                {
                    "open": trim(bar.open),
                    "high": trim(bar.high),
                    "low": trim(bar.low),
                    "close": trim(bar.close),
                    "volume": bar.volume,
                    "total_volume": total,
                    "start_time": iso(bar.start, 0),
                    "end_time": iso(bar.start + length, 0),
                    "market_time": _short(day, bar.start),
                }
            )
        return rows[::-1]

    def _daily(self, symbol: str, day: TradingDay, at: float) -> Row:
        done = at >= day.closes
        opened, high, low, close = (
            self._world.daily(symbol, day.day)
            if done
            else self._world.bar(symbol, min(day.opens, at), at)
        )
        total = self._world.volume(symbol, at)
        return {
            "date": day.day.isoformat(),
            "open": trim(round(opened, 4)),
            "high": trim(round(high, 4)),
            "low": trim(round(low, 4)),
            "close": trim(round(close, 4)),
            "volume": total,
            "total_volume": total,
            "market_time": "r",
        }

    def state(self, request: Request) -> Answer:
        """The last trade's day so far. An object, not a list."""
        found = instrument(self._world, request)
        day = self._world.day(request.now)
        at = min(request.now, day.after_hours_end)
        start = day.opens if at > day.opens else day.pre_market
        opened, high, low, close = self._world.bar(found.symbol, start, max(at, start + 60))
        total = self._world.volume(found.symbol, at)
        words = {"pr": "premarket", "r": "regular", "po": "postmarket"}
        return Answer.json(
            {
                "data": {
                    "open": dec(opened),
                    "high": dec(high),
                    "low": dec(low),
                    "close": dec(close),
                    "prev_close": dec(self._world.close(found.symbol, self._world.before(day.day))),
                    "volume": total - self._world.volume(found.symbol, at - 60),
                    "total_volume": total,
                    "market_time": words[_short(day, at)],
                    "tape_time": iso(at, 0),
                }
            }
        )

    def levels(self, request: Request) -> Answer:
        """Shares on and off the exchanges at each price of the day so far; the price a number."""
        asked = ticker_day(self._world, request)
        if asked.at <= asked.day.opens or not asked.instrument.shares:
            return Answer.json({"data": []})
        symbol, end = asked.symbol, min(asked.at, asked.day.closes)
        whole = asked.day.opens + 60 * ((end - asked.day.opens) // 60)
        starts = np.arange(asked.day.opens, whole, 60.0).tolist()
        parts = [self._traded(symbol, start) for start in starts]
        parts.append(self._at_levels(symbol, whole, end))
        levels, where = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
        lit, dark = (
            np.bincount(where, np.concatenate([part[side] for part in parts]), len(levels))
            for side in (1, 2)
        )
        rows = [
            {"price": price, "lit_vol": int(on), "off_vol": int(off)}
            for price, on, off in zip(levels.tolist(), lit.tolist(), dark.tolist(), strict=True)
        ]
        return Answer.json({"data": rows})

    def _make_traded(self, symbol: str, start: float) -> Levels:
        return self._at_levels(symbol, start, start + 60)

    def _at_levels(self, symbol: str, since: float, until: float) -> Levels:
        """Price levels of a span, and the shares that traded there on and off the exchanges."""
        prints = self._world.tape.prints(symbol, since, until)
        found = self._world.find(symbol)
        tick = 0.05 if found is None or found.price < 400 else 0.25
        levels, where = np.unique(
            np.round(np.round(prints.price / tick) * tick, 2), return_inverse=True
        )
        off = np.bincount(where, prints.size * (prints.venue == DARK), len(levels))
        return levels, np.bincount(where, prints.size, len(levels)) - off, off


def _short(day: TradingDay, at: float) -> str:
    return "pr" if at < day.opens else "r" if at < day.closes else "po"

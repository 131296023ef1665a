"""Volatility and what follows from it: rank, term structure, skew, max pain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.clock import EASTERN
from quanticity.sim.market import Slice, World
from quanticity.sim.market.world import iso
from quanticity.sim.vendors.unusual_whales.asked import (
    DATE,
    TIMEFRAME,
    Asked,
    expiry,
    since,
    ticker_day,
)
from quanticity.sim.vendors.unusual_whales.written import dec, trim
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Array = npt.NDArray[np.float64]

_YEAR = 252
_MONTH = 30 / 365
_EPOCH = date(2016, 1, 1).toordinal()
_WRITTEN_AT = time(18, 35)
_SPANS = {"1m": 21, "3m": 63, "6m": 126, "1y": 251, "2y": 502}
_TENORS = (1, 5, 7, 14, 30, 60, 90, 180, 365)
_NO_HISTORY_DTE = 30
_FULL_HISTORY_DTE = 60
# The vendor's implied move is .85 of the straddle at the money, which is 0.798 deviations.
# Its own examples say so: 0.058 for 30 days at 29.9%, 0.041 for 14 at 31.1%.
_IMPLIED_MOVE = 0.85 * float(np.sqrt(2 / np.pi))


class Volatility:
    """`max-pain`, `iv-rank`, `volatility/term-structure`, `interpolated-iv` and the skew."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._past = lru_cache(maxsize=64)(self._make_past)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        stock = "/api/stock/{ticker}"
        skew = (
            DATE,
            Param("expiry", required=True),
            Param("delta", required=True, choices=("10", "25")),
            TIMEFRAME,
        )
        return [
            Route(f"{stock}/max-pain", self.max_pain, (DATE,)),
            Route(f"{stock}/iv-rank", self.iv_rank, (DATE, Param("timespan"))),
            Route(f"{stock}/volatility/term-structure", self.term_structure, (DATE,)),
            Route(f"{stock}/interpolated-iv", self.interpolated, (DATE,)),
            Route(f"{stock}/historical-risk-reversal-skew", self.skew, skew),
        ]

    def max_pain(self, request: Request) -> Answer:
        """The price that pays option holders least, for each expiry; the date stands on top."""
        asked = ticker_day(self._world, request)
        rows = [
            {"expiry": each.expiry.isoformat(), "max_pain": trim(_least_paid(each))}
            for each in self._world.chain(asked.symbol, asked.day.opens)
        ]
        return Answer.json({"date": asked.day.day.isoformat(), "data": rows})

    def iv_rank(self, request: Request) -> Answer:
        """A year of days, oldest first; the day's own row is written at 18:35 Eastern."""
        asked = ticker_day(self._world, request)
        days, levels = self._past(asked.symbol, self._last_written(asked))
        count = _SPANS.get((request.values["timespan"] or "1y").lower(), _SPANS["1y"])
        rows = []
        for index in range(max(_YEAR, len(days) - count), len(days)):
            window = levels[index - _YEAR : index + 1]
            span = float(window.max() - window.min()) or 1.0
            rows.append(
                {
                    "date": days[index].isoformat(),
                    "close": dec(self._world.close(asked.symbol, days[index])),
                    "volatility": dec(levels[index], 3),
                    "iv_rank_1y": dec(100 * float(levels[index] - window.min()) / span, 4),
                    "updated_at": iso(_written(days[index])),
                }
            )
        return Answer.json({"data": rows})

    def _last_written(self, asked: Asked) -> date:
        return (
            asked.day.day
            if asked.at >= _written(asked.day.day)
            else self._world.before(asked.day.day)
        )

    def _make_past(self, symbol: str, last: date) -> tuple[list[date], Array]:
        """Two years of days and their one-month volatility."""
        days = self._world.trading_days(last, 2 * _YEAR + 1)
        wiggle = self._world.dice("iv wiggle", symbol)
        noise = wiggle.standard_normal(6000)
        levels = [
            self._world.atm_vol(symbol, _MONTH, day) * (1 + 0.03 * noise[day.toordinal() - _EPOCH])
            for day in days
        ]
        return days, np.array(levels)

    def term_structure(self, request: Request) -> Answer:
        """At the money, for each expiry; the implied move in USD and as a fraction."""
        asked = ticker_day(self._world, request)
        rows = []
        for each in self._world.chain(asked.symbol, asked.at):
            level = self._world.atm_vol(asked.symbol, each.years, asked.day.day, asked.at)
            move = _IMPLIED_MOVE * level * float(np.sqrt(each.years))
            rows.append(
                {
                    "date": asked.day.day.isoformat(),
                    "expiry": each.expiry.isoformat(),
                    "dte": each.dte,
                    "volatility": dec(level, 4),
                    "implied_move": dec(move * each.spot, 4),
                    "implied_move_perc": dec(move, 5),
                }
            )
        return Answer.json({"data": rows})

    def interpolated(self, request: Request) -> Answer:
        """At the money, for round numbers of days."""
        asked = ticker_day(self._world, request)
        rows = []
        for days in _TENORS:
            level = self._world.atm_vol(asked.symbol, days / 365, asked.day.day, asked.at)
            rows.append(
                {
                    "date": asked.day.day.isoformat(),
                    "days": days,
                    "volatility": dec(level, 4),
                    "implied_move_perc": dec(_IMPLIED_MOVE * level * (days / 365) ** 0.5, 5),
                    "percentile": dec(min(100.0, 100 * level / asked.instrument.vol / 2), 2),
                }
            )
        return Answer.json({"data": rows})

    def skew(self, request: Request) -> Answer:
        """Put less call volatility, day by day. Near expiries have no rows, far ones a year."""
        asked = ticker_day(self._world, request)
        wanted = expiry(self._world, asked, request.values["expiry"])
        dte = (wanted - asked.day.day).days
        if dte <= _NO_HISTORY_DTE:
            return Answer.json({"data": []})
        count = 251 if dte > _FULL_HISTORY_DTE else 3 * (dte - _NO_HISTORY_DTE)
        last = self._last_written(asked)
        first = since(request.values["timeframe"], last)
        days = [day for day in self._world.trading_days(last, count) if day >= first]
        delta = int(request.values["delta"])
        usual = 0.045 if delta == 10 else 0.028
        noise = self._world.dice("skew", asked.symbol, wanted).standard_normal(6000)
        rows = [
            {
                "ticker": asked.symbol,
                "date": day.isoformat(),
                "delta": delta,
                "risk_reversal": dec(usual * (1 + 0.15 * noise[day.toordinal() - _EPOCH]), 4),
            }
            for day in days
        ]
        return Answer.json({"data": rows})


def _written(day: date) -> float:
    return datetime.combine(day, _WRITTEN_AT, EASTERN).timestamp()


def _least_paid(found: Slice) -> float:
    """The strike at which all options of an expiry are worth least."""
    at = found.strikes[:, None]
    calls = np.maximum(at - found.strikes[None, :], 0) @ found.call.oi
    puts = np.maximum(found.strikes[None, :] - at, 0) @ found.put.oi
    return float(found.strikes[int(np.argmin(calls + puts))])

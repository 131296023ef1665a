"""Who reports when, what was expected, and what the price did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

from quanticity.sim.market import FOCUS, Instrument, World
from quanticity.sim.market.instruments import find
from quanticity.sim.vendors.unusual_whales.asked import DATE, PAGE, instrument, limit, page
from quanticity.sim.vendors.unusual_whales.written import dec
from quanticity.sim.vendors.vendor import Answer, Request, Route

Row = dict[str, Any]
When = Literal["premarket", "postmarket"]

_QUARTERS = 12
_QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))
_LETTERS = "ABCDEFGHIKLMNOPRSTUVWY"


class Earnings:
    """`earnings`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._names = lru_cache(maxsize=500)(self._make_names)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        listed = (DATE, limit(100, 50), PAGE)
        return [
            Route("/api/earnings/afterhours", self.afterhours, listed),
            Route("/api/earnings/premarket", self.premarket, listed),
            Route("/api/earnings/{ticker}", self.history),
        ]

    def afterhours(self, request: Request) -> Answer:
        """Those that report after the close."""
        return self._list(request, "postmarket")

    def premarket(self, request: Request) -> Answer:
        """Those that report before the open."""
        return self._list(request, "premarket")

    def _list(self, request: Request, when: When) -> Answer:
        day: date = request.values["date"] or self._world.day(request.now).day
        rows = [
            self._row(found, day, when, request.now)
            for symbol in self._names(day, when)
            if (found := find(symbol)) is not None
        ]
        return Answer.json({"data": page(request, rows)})

    def history(self, request: Request) -> Answer:
        """Past reports and the next one, newest first. Funds and indexes have none."""
        found = instrument(self._world, request)
        if found.kind != "stock":
            return Answer.json({"data": []})
        today = self._world.day(request.now).day
        rows = []
        for back in range(-1, _QUARTERS):
            ends = _quarter_end(today, back)
            rows.append(
                self._past(found, ends, report_day(self._world, found.symbol, ends), request.now)
            )
        return Answer.json({"data": rows})

    def _make_names(self, day: date, when: When) -> list[str]:
        """Who reports: the focus companies on their day, and a crowd of others."""
        if day.weekday() >= 5:
            return []
        dice = self._world.dice("reporters", day, when)
        busy = day.month in (1, 2, 4, 5, 7, 8, 10, 11)
        count = int(dice.poisson(70 if busy else 8))
        names = {
            "".join(dice.choice(list(_LETTERS), int(dice.integers(3, 5)))) for _ in range(count)
        }
        if when == "postmarket":
            for symbol in FOCUS:
                found = find(symbol)
                if found is not None and found.kind == "stock":
                    ends = _quarter_end(day, 0)
                    if report_day(self._world, symbol, ends) == day:
                        names.add(symbol)
        return sorted(names)

    def _row(self, found: Instrument, day: date, when: When, now: float) -> Row:
        dice = self._world.dice("report", found.symbol, day)
        before = self._world.before(day) if when == "premarket" else self._world.day_of(day).day
        after = day if when == "premarket" else self._next(day)
        hours = self._world.day_of(day)
        told = now >= (hours.opens - 5400 if when == "premarket" else hours.closes + 900)
        closed = now >= self._world.day_of(after).closes and after <= self._world.day(now).day
        estimate = float(dice.normal(1.2, 0.9))
        was_known = now >= self._world.day_of(before).closes
        known = before if was_known else self._world.before(self._world.day(now).day)
        close = self._world.close(found.symbol, known)
        small = bool(dice.random() < 0.25)
        move = found.vol * 0.2
        return {
            "symbol": found.symbol,
            "full_name": found.name,
            "source": "company" if told or dice.random() < 0.7 else "estimation",
            "country_code": None if small else "US",
            "country_name": None if small else "UNITED STATES",
            "continent": None if small else "North America",
            "sector": found.sector or None,
            "has_options": not small,
            "is_s_p_500": found.symbol in FOCUS,
            "marketcap": None if small else str(int(found.shares_out * 1e9 * close)),
            "report_date": day.isoformat(),
            "report_time": when,
            "ending_fiscal_quarter": _quarter_end(day, 0).isoformat(),
            "street_mean_est": dec(estimate),
            "actual_eps": dec(estimate + float(dice.normal(0.03, 0.1))) if told else None,
            "expected_move": None if small else dec(close * move),
            "expected_move_perc": None if small else dec(move, 6),
            "reaction": dec(float(dice.normal(0, 0.05)), 4) if closed else None,
            "pre_earnings_date": before.isoformat(),
            "pre_earnings_close": dec(close),
            "post_earnings_date": after.isoformat() if closed else None,
            "post_earnings_close": dec(self._world.close(found.symbol, after)) if closed else None,
        }

    def _next(self, day: date) -> date:
        ahead = self._world.calendar.trading_days(day + timedelta(days=1), day + timedelta(days=7))
        return ahead[0].day

    def _past(self, found: Instrument, ends: date, day: date, now: float) -> Row:
        dice = self._world.dice("report", found.symbol, day)
        told = now >= self._world.day_of(day).closes + 900 and day <= self._world.day(now).day
        estimate = float(dice.normal(1.2, 0.9))
        move = found.vol * 0.2

        def maybe(spread: float) -> str | None:
            figure = dec(float(dice.normal(0, spread)), 4)
            return figure if told else None

        return {
            "report_date": day.isoformat(),
            "report_time": "postmarket",
            "ending_fiscal_quarter": ends.isoformat(),
            "source": "company" if told else "estimation",
            "street_mean_est": dec(estimate),
            "actual_eps": dec(estimate + float(dice.normal(0.03, 0.1))) if told else None,
            "expected_move": dec(found.price * move),
            "expected_move_perc": dec(move, 6),
            "long_straddle_1d": maybe(0.3),
            "long_straddle_1w": maybe(0.4),
            "short_straddle_1d": maybe(0.3),
            "short_straddle_1w": maybe(0.4),
            **{
                f"{side}_earnings_move_{span}": maybe(0.05)
                for side in ("pre", "post")
                for span in ("1d", "3d", "1w", "2w")
            },
        }


def _quarter_end(day: date, back: int) -> date:
    """The end of the quarter that was complete on `day`, or `back` quarters before that one."""
    index = day.year * 4 + (day.month - 1) // 3 - 1 - back
    month, last = _QUARTER_ENDS[index % 4]
    return date(index // 4, month, last)


def report_day(world: World, symbol: str, quarter_end: date) -> date:
    """The trading day on which a company reports a quarter."""
    later = 22 + sum(map(ord, symbol)) % 12
    return world.day_of(quarter_end + timedelta(days=later)).day


def next_report(world: World, found: Instrument, after: date) -> date | None:
    """The next day on which a company reports; None for funds and indexes."""
    if found.kind != "stock":
        return None
    days = (report_day(world, found.symbol, _quarter_end(after, back)) for back in (0, -1))
    return next(day for day in days if day >= after)

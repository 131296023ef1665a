"""Nasdaq's calendars, as its web pages ask for them: earnings and economic events.

Unofficial. Everything is a text, a blank is `&nbsp;`, and the status stands in the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from quanticity.clock import EASTERN
from quanticity.sim.vendors.companies import EarningsReport, ReportTime, earnings_on
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import Release, releases
from quanticity.sim.vendors.limits import Over, Usage, VendorLimits
from quanticity.sim.vendors.vendor import Answer, BadParameter, Param, Request, Route, Vendor

_BLANK = "&nbsp;"
_REACH = timedelta(days=2500)
_TIMES = {
    ReportTime.PRE_MARKET: "time-pre-market",
    ReportTime.AFTER_HOURS: "time-after-hours",
    ReportTime.NOT_SUPPLIED: "time-not-supplied",
}
_ABROAD = (
    ("00:30", "India", "Interest Rate Decision", "%", 5.25, 0.1),
    ("02:00", "Germany", "Industrial Production", "%", 0.2, 0.6),
    ("04:30", "United Kingdom", "Services PMI", "", 52.0, 1.2),
    ("05:00", "Euro Zone", "Retail Sales", "%", 0.1, 0.3),
    ("19:50", "Japan", "Current Account n.s.a.", "T", 2.4, 0.4),
)
_AHEAD = {
    "symbol": "Symbol",
    "name": "Company Name",
    "time": "Time",
    "marketCap": "Market Cap",
    "fiscalQuarterEnding": "Fiscal Quarter Ending",
    "epsForecast": "Consensus EPS* Forecast",
    "noOfEsts": "# of Ests",
}
_ECONOMIC = {
    "gmt": "Time",
    "country": "Country",
    "eventName": "Event",
    "actual": "Actual",
    "consensus": "Consensus",
    "previous": "Previous",
    "description": "Description",
}


class Nasdaq(Vendor):
    """`api.nasdaq.com/api/calendar`. Answers browsers; one request a second is polite."""

    name: ClassVar[str] = "nasdaq"
    hosts: ClassVar[Mapping[str, str]] = {"api.nasdaq.com": "nasdaq"}
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((5, 1.0), (60, 60.0)))

    def routes(self) -> Sequence[Route]:
        """The two calendars."""
        params = (Param("date", "date"),)
        return [
            Route("/api/calendar/earnings", self.earnings, params),
            Route("/api/calendar/economicevents", self.events, params),
        ]

    def refuse(self, request: Request) -> Answer | None:
        """A page of the content network to whoever is no browser."""
        browser = request.header("User-Agent").startswith("Mozilla/5.0")
        if browser and "application/json" in request.header("Accept"):
            return None
        page = "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Access Denied</BODY></HTML>"
        return Answer.text(page, 403, "text/html")

    def limited(self, over: Over, usage: Usage, request: Request) -> Answer:
        """The content network's 429."""
        return Answer.text("<html><title>Too Many Requests</title></html>", 429, "text/html")

    def bad_parameter(self, request: Request, problem: BadParameter) -> Answer:
        """HTTP 200 with the refusal in the body's status."""
        said = [{"code": 1001, "errorMessage": "Invalid date format"}]
        return Answer.json(_wrapped(None, 400, said))

    def no_route(self, request: Request) -> Answer:
        """The status in the body says it again."""
        said = [{"code": 1002, "errorMessage": "Not found"}]
        return Answer.json(_wrapped(None, 404, said), 404)

    def earnings(self, request: Request) -> Answer:
        """One day's reports: estimates for a day ahead, results for a day past."""
        local = datetime.fromtimestamp(request.now, EASTERN)
        day = request.values["date"] or local.date()
        past = day < local.date()
        reports = earnings_on(Draw(self.world.seed), day) if _is_known(day, local) else []
        rows = [_earnings_row(report, past) for report in reports]
        last_year = {"lastYearRptDt": "Last Year's Report Date", "lastYearEPS": "Last year's EPS*"}
        head = _AHEAD | ({"eps": "EPS*", "surprise": "% Surprise"} if past else last_year)
        data = {
            "asOf": f"{day:%a, %b} {day.day}, {day.year}",
            "headers": head,
            "rows": rows or None,
        }
        return Answer.json(_wrapped(data))

    def events(self, request: Request) -> Answer:
        """One day's releases of all countries; `gmt` holds Eastern times, whatever it is called."""
        local = datetime.fromtimestamp(request.now, EASTERN)
        day = request.values["date"] or local.date()
        draw = Draw(self.world.seed)
        known = _is_known(day, local)
        rows = [_release_row(draw, r, local) for r in (releases(day, day) if known else ())]
        if known and day.weekday() < 5:
            for time, country, name, unit, level, spread in _ABROAD:
                if draw.chance(0.5, "abroad", name, day.isoformat()):
                    release = Release(day, time, name, country, 0, unit, level, spread)
                    rows.append({**_release_row(draw, release, local), "country": country})
        rows.sort(key=lambda row: str(row["gmt"]))
        return Answer.json(_wrapped({"headers": _ECONOMIC, "rows": rows or None}))


def _is_known(day: date, local: datetime) -> bool:
    return abs(day - local.date()) < _REACH


def _wrapped(data: Any, status: int = 200, said: Any = None) -> dict[str, Any]:
    codes = {"rCode": status, "bCodeMessage": said, "developerMessage": None}
    return {"data": data, "message": None, "status": codes}


def _money(value: float | None) -> str:
    if value is None:
        return ""
    return f"(${-value:.2f})" if value < 0 else f"${value:.2f}"


def _earnings_row(report: EarningsReport, past: bool) -> dict[str, str]:
    company = report.company
    row = {
        "symbol": company.symbol,
        "name": company.name,
        "time": _TIMES[report.time],
        "marketCap": f"${company.cap:,.0f}",
        "fiscalQuarterEnding": f"{report.quarter_end:%b/%Y}",
        "epsForecast": _money(report.estimate),
        "noOfEsts": str(report.analysts),
    }
    if not past:
        return row | {
            "lastYearRptDt": _american(report.last_year_day) if report.analysts else "N/A",
            "lastYearEPS": _money(report.last_year) if report.analysts else "N/A",
        }
    surprise = "N/A"
    if report.estimate:
        share = 100 * (report.actual - report.estimate) / abs(report.estimate)
        surprise = f"{share:.2f}".rstrip("0").rstrip(".")
    return row | {"eps": _money(report.actual), "surprise": surprise}


def _american(day: date) -> str:
    return f"{day.month}/{day.day:02d}/{day.year}"


def _release_row(draw: Draw, release: Release, local: datetime) -> dict[str, str]:
    mark = (release.name, release.day.isoformat())
    out = (release.day, release.time) <= (local.date(), f"{local:%H:%M}")

    def figure(what: str) -> str:
        return f"{release.level + release.spread * draw.normal(what, *mark):.1f}{release.unit}"

    return {
        "gmt": release.time,
        "country": "United States",
        "eventName": release.name,
        "actual": figure("actual") if out else _BLANK,
        "consensus": figure("consensus") if draw.chance(0.8, "polled", *mark) else " ",
        "previous": figure("previous"),
        "description": "",
    }

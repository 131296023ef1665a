"""The Bureau of Labor Statistics: its release schedule as a calendar file, and its data API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import orjson

from quanticity.clock import EASTERN
from quanticity.config.secrets import SIMULATED
from quanticity.sim.vendors.conditional import file_answer
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import SERIES, Series, observation, published, releases
from quanticity.sim.vendors.limits import Over, Usage, VendorLimits
from quanticity.sim.vendors.vendor import Answer, Request, Route, Vendor

_KNOWN_AGENT = re.compile(r"[^@\s]+@[^@\s]+\.\w+|Mozilla/5\.0 \(")
_HEAD = """\
BEGIN:VCALENDAR
PRODID:-//Department of Labor//Bureau of Labor Statistics//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:BLS.gov Economic News Release Schedule
X-WR-TIMEZONE:US-Eastern
BEGIN:VTIMEZONE
TZID:US-Eastern
BEGIN:DAYLIGHT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZNAME:EDT
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZNAME:EST
END:STANDARD
END:VTIMEZONE



"""
_MOVERS = ("Employment Situation", "Consumer Price Index", "Producer Price Index")
# The Bureau's names of the series that the simulated economy has under FRED's.
_SERIES = {
    "CUSR0000SA0": "CPIAUCSL",
    "WPU00000000": "PPIACO",
    "LNS14000000": "UNRATE",
    "CES0000000001": "PAYEMS",
}
_MOST_SERIES, _MOST_YEARS = 25, 10


class BlsSchedule(Vendor):
    """`www.bls.gov/schedule/news_release/bls.ics`. Asks who you are: no address, no file."""

    name: ClassVar[str] = "bls"
    hosts: ClassVar[Mapping[str, str]] = {"www.bls.gov": "bls"}
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((30, 60.0),))

    def routes(self) -> Sequence[Route]:
        """The one file."""
        return [Route("/schedule/news_release/bls.ics", self.schedule)]

    def refuse(self, request: Request) -> Answer | None:
        """403 to a client that leaves neither an e-mail address nor a browser's name."""
        agent = request.header("User-Agent")
        if agent == SIMULATED or _KNOWN_AGENT.search(agent):
            return None
        page = (
            "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>"
            "<p>Automated retrieval programs (commonly called robots or bots) must leave contact "
            "information in the User-Agent.</p></body></html>"
        )
        return Answer.text(page, 403, "text/html")

    def schedule(self, request: Request) -> Answer:
        """The calendar year of the moment and what is known of the next."""
        today = datetime.fromtimestamp(request.now, EASTERN).date()
        first, until = (
            date(today.year, 1, 1),
            max(date(today.year, 12, 31), today + timedelta(days=120)),
        )
        draw = Draw(self.world.seed)
        events = [
            _event(draw, r.day, r.time, r.name) for r in releases(first, until) if r.agency == "BLS"
        ]
        body = _HEAD + "\n".join(events) + "\nEND:VCALENDAR\n"
        return file_answer(request, body.encode(), "text/calendar")


class BlsData(Vendor):
    """`api.bls.gov/publicAPI`: version 1 needs no key and answers 25 requests a day."""

    name: ClassVar[str] = "bls_data"
    hosts: ClassVar[Mapping[str, str]] = {"api.bls.gov": "bls_data"}
    limits: ClassVar[VendorLimits] = VendorLimits(
        windows=((50, 10.0),), per_day=25, day_resets_at=0
    )

    def routes(self) -> Sequence[Route]:
        """Version 1, as a POST with a list of series."""
        return [Route("/publicAPI/v1/timeseries/data/", self.data, method="POST")]

    def data(self, request: Request) -> Answer:
        """Three years of each series, newest first."""
        today = datetime.fromtimestamp(request.now, EASTERN).date()
        try:
            asked = orjson.loads(request.body)
            names = list(asked["seriesid"])
            end = min(int(asked.get("endyear", today.year)), today.year)
            start = max(int(asked.get("startyear", today.year - 2)), end - _MOST_YEARS)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return _not_processed("No Series for the request.", status="REQUEST_FAILED")
        draw = Draw(self.world.seed)
        messages = [
            f"Series does not exist for Series {name}" for name in names if name not in _SERIES
        ]
        found = [
            {"seriesID": name, "data": _rows(draw, SERIES[_SERIES[name]], start, end, today)}
            if name in _SERIES
            else {"seriesID": name, "data": []}
            for name in names[:_MOST_SERIES]
        ]
        return Answer.json(
            {
                "status": "REQUEST_SUCCEEDED",
                "responseTime": 80 + draw.integer(0, 90, "time", int(request.now)),
                "message": messages,
                "Results": {"series": found},
            }
        )

    def limited(self, over: Over, usage: Usage, request: Request) -> Answer:
        """Errors come as status 200."""
        if over is Over.DAY:
            return _not_processed(
                "Request could not be serviced, as the daily threshold for total number of "
                "requests allocated to the user has been reached."
            )
        return Answer.text("Too Many Requests", 429)


def _not_processed(message: str, status: str = "REQUEST_NOT_PROCESSED") -> Answer:
    return Answer.json({"status": status, "responseTime": 0, "message": [message], "Results": {}})


def _event(draw: Draw, day: date, time: str, name: str) -> str:
    number = int(draw.digits(30, "event", name, day.isoformat()))
    weight = "IMPORTANT, BLS" if name in _MOVERS else "BLS"
    return (
        "BEGIN:VEVENT\nSEQUENCE:1\nCLASS:PUBLIC\n"
        f"UID:{UUID(int=number % 2**128, version=4)}\n"
        f"DTSTART;TZID=US-Eastern:{day:%Y%m%d}T{time.replace(':', '')}00\n"
        f"DURATION:PT0M\nSUMMARY:{name}\nLOCATION:Washington\\, DC\nTRANSP:TRANSPARENT\n"
        f"CATEGORIES:{weight}\nEND:VEVENT"
    )


def _rows(draw: Draw, series: Series, start: int, end: int, today: date) -> list[dict[str, Any]]:
    known = published(series, today)
    rows: list[dict[str, Any]] = []
    for year in range(end, start - 1, -1):
        for month in range(12, 0, -1):
            day = date(year, month, 1)
            value = observation(draw, series, day)
            if day > known or value is None:
                continue
            row: dict[str, Any] = {
                "year": str(year),
                "period": f"M{month:02d}",
                "periodName": f"{day:%B}",
                "value": f"{value:.{series.decimals}f}",
                "footnotes": [{}],
            }
            if not rows:
                row["latest"] = "true"
            if len(rows) < 2 and series.id == "PAYEMS":
                row["footnotes"] = [{"code": "P", "text": "preliminary"}]
            if (year, month) == (2025, 10):
                row["value"] = "-"
                lapse = "Data unavailable due to the 2025 lapse in appropriations"
                row["footnotes"] = [{"code": "X", "text": lapse}]
            rows.append(row)
    return rows

"""FRED: its keyed API, and the graph's CSV that needs no key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from xml.sax.saxutils import quoteattr

from quanticity.clock import EASTERN
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import (
    SERIES,
    Series,
    observation,
    observation_days,
    published,
    releases,
)
from quanticity.sim.vendors.limits import Over, Usage, VendorLimits
from quanticity.sim.vendors.vendor import Answer, BadParameter, Param, Request, Route, Vendor

_FIRST = date(2014, 1, 1)
_FOREVER = date(9999, 12, 31)
_COMMON = (
    Param("api_key"),
    Param("file_type", choices=("xml", "json"), default="xml"),
    Param("realtime_start", "date"),
    Param("realtime_end", "date"),
    Param("offset", "int", default=0, minimum=0),
)
_OBSERVATIONS = (
    *_COMMON,
    Param("series_id", required=True),
    Param("observation_start", "date", default=date(1776, 7, 4)),
    Param("observation_end", "date", default=_FOREVER),
    Param("units", choices=("lin", "chg", "pch"), default="lin"),
    Param("sort_order", choices=("asc", "desc"), default="asc"),
    Param("limit", "int", default=100_000, minimum=1, maximum=100_000),
)
_DATES = (
    *_COMMON,
    Param("order_by", choices=("release_date", "release_id", "release_name")),
    Param("sort_order", choices=("asc", "desc"), default="desc"),
    Param("include_release_dates_with_no_data", "bool", default=False),
    Param("limit", "int", default=1000, minimum=1, maximum=1000),
)
_NO_KEY = (
    "Bad Request.  Variable api_key is not set.  "
    "Read https://fred.stlouisfed.org/docs/api/api_key.html for more information."
)
_WRONG_KEY = (
    "Bad Request.  The value for variable api_key is not registered.  "
    "Read https://fred.stlouisfed.org/docs/api/api_key.html for more information."
)


class Fred(Vendor):
    """`api.stlouisfed.org/fred`: 120 requests a minute a key; XML unless JSON is asked for."""

    name: ClassVar[str] = "fred"
    hosts: ClassVar[Mapping[str, str]] = {"api.stlouisfed.org": "fred"}
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((120, 60.0),))

    def routes(self) -> Sequence[Route]:
        """Observations of a series, and the dates of all releases."""
        return [
            Route("/fred/series/observations", self.observations, _OBSERVATIONS),
            Route("/fred/releases/dates", self.release_dates, _DATES),
        ]

    def account(self, request: Request) -> str:
        """A budget for each key."""
        return "".join(request.query.get("api_key", ()))

    def refuse(self, request: Request) -> Answer | None:
        """Status 400 without a key, or with one that says it is invalid."""
        key = self.account(request)
        if key and "invalid" not in key:
            return None
        return _error(request, 400, _WRONG_KEY if key else _NO_KEY)

    def limited(self, over: Over, usage: Usage, request: Request) -> Answer:
        """Status 429."""
        return _error(request, 429, "Too Many Requests.  Exceeded Rate Limit")

    def bad_parameter(self, request: Request, problem: BadParameter) -> Answer:
        """Status 400 that names the variable."""
        if problem.value is None:
            said = f"Bad Request.  Variable {problem.name} is not set."
        else:
            said = f"Bad Request.  Value of {problem.name} is not valid."
        return _error(request, 400, said)

    def observations(self, request: Request) -> Answer:
        """One series: texts, with "." for a day without a value."""
        asked = request.values
        series = SERIES.get(asked["series_id"])
        if series is None:
            return _error(request, 400, "Bad Request.  The series does not exist.")
        today = _today(request)
        day = (asked["realtime_start"] or today).isoformat()
        rows = [
            {"realtime_start": day, "realtime_end": day, "date": at, "value": value or "."}
            for at, value in _values(
                Draw(self.world.seed), series, today,
                asked["observation_start"], asked["observation_end"],
            )
        ]  # fmt: skip
        if asked["units"] != "lin":
            rows = _changes(rows, series.decimals, percent=asked["units"] == "pch")
        if asked["sort_order"] == "desc":
            rows.reverse()
        head = {
            "realtime_start": day,
            "realtime_end": day,
            "observation_start": asked["observation_start"].isoformat(),
            "observation_end": asked["observation_end"].isoformat(),
            "units": asked["units"],
            "output_type": 1,
            "file_type": asked["file_type"],
            "order_by": "observation_date",
        }
        return _listing(request, head, "observations", "observation", rows)

    def release_dates(self, request: Request) -> Answer:
        """Dates of releases, no times; future ones only where dates without data are asked for."""
        asked, today = request.values, _today(request)
        first = asked["realtime_start"] or date(today.year, 1, 1)
        until = asked["realtime_end"] or today
        ahead = asked["include_release_dates_with_no_data"]
        until = min(until, today + timedelta(days=365) if ahead else today)
        rows: list[dict[str, Any]] = [
            {"release_id": r.fred_id, "release_name": r.name, "date": r.day.isoformat()}
            for r in releases(max(first, _FIRST), until)
        ]
        order = asked["order_by"] or "release_date"
        rows.sort(key=lambda row: row["date" if order == "release_date" else order])
        if asked["sort_order"] == "desc":
            rows.reverse()
        head = {
            "realtime_start": first.isoformat(),
            "realtime_end": (asked["realtime_end"] or _FOREVER).isoformat(),
            "order_by": order,
        }
        return _listing(request, head, "release_dates", "release_date", rows)


class FredGraph(Vendor):
    """`fred.stlouisfed.org/graph/fredgraph.csv`: no key, no published limit."""

    name: ClassVar[str] = "fred_csv"
    hosts: ClassVar[Mapping[str, str]] = {"fred.stlouisfed.org": "fred_graph"}
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((60, 60.0),))

    def routes(self) -> Sequence[Route]:
        """One series as two columns."""
        params = (
            Param("id", required=True),
            Param("cosd", "date", default=_FIRST),
            Param("coed", "date", default=_FOREVER),
        )
        return [Route("/graph/fredgraph.csv", self.csv, params)]

    def csv(self, request: Request) -> Answer:
        """A line for each date; nothing after the comma where there is no value."""
        asked = request.values
        series = SERIES.get(asked["id"])
        if series is None:
            return self.no_route(request)
        rows = _values(Draw(self.world.seed), series, _today(request), asked["cosd"], asked["coed"])
        lines = [f"observation_date,{series.id}", *(f"{at},{value}" for at, value in rows)]
        return Answer.text("\n".join(lines) + "\n", 200, "application/csv")

    def no_route(self, request: Request) -> Answer:
        """An HTML page."""
        return Answer.text("<html><body>FRED: not found</body></html>", 404, "text/html")


def _today(request: Request) -> date:
    return datetime.fromtimestamp(request.now, EASTERN).date()


def _values(
    draw: Draw, series: Series, today: date, start: date, end: date
) -> list[tuple[str, str]]:
    until = min(end, published(series, today))
    found = []
    for day in observation_days(series, max(start, _FIRST), until):
        value = observation(draw, series, day)
        found.append((day.isoformat(), "" if value is None else f"{value:.{series.decimals}f}"))
    return found


def _changes(rows: list[dict[str, str]], decimals: int, *, percent: bool) -> list[dict[str, str]]:
    """Each observation against the one before; a point where either is missing."""
    changed = []
    before: float | None = None
    for row in rows:
        value = None if row["value"] == "." else float(row["value"])
        text = "."
        if value is not None and before:
            change = 100 * (value / before - 1) if percent else value - before
            text = f"{change:.{5 if percent else decimals}f}"
        changed.append({**row, "value": text})
        before = value
    return changed


def _listing(
    request: Request, head: dict[str, Any], many: str, one: str, rows: list[dict[str, Any]]
) -> Answer:
    asked = request.values
    head |= {
        "sort_order": asked["sort_order"],
        "count": len(rows),
        "offset": asked["offset"],
        "limit": asked["limit"],
    }
    rows = rows[asked["offset"] : asked["offset"] + asked["limit"]]
    if asked["file_type"] == "json":
        return Answer.json({**head, many: rows})
    lines = "\n".join(f"  <{one} {_attributes(row)}/>" for row in rows)
    body = (
        f'<?xml version="1.0" encoding="utf-8" ?>\n<{many} {_attributes(head)}>\n{lines}\n</{many}>'
    )
    return Answer.text(body, 200, "text/xml")


def _attributes(row: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={quoteattr(str(value))}" for name, value in row.items())


def _error(request: Request, status: int, message: str) -> Answer:
    if request.query.get("file_type") == ("json",):
        return Answer.json({"error_code": status, "error_message": message}, status)
    error = f'<error code="{status}" message={quoteattr(message)}/>'
    body = f'<?xml version="1.0" encoding="utf-8" ?>\n{error}'
    return Answer.text(body, status, "text/xml")

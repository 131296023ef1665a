"""Financial Modeling Prep, stable API: a list when all is well, a mapping when it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from quanticity.clock import EASTERN
from quanticity.sim.vendors.companies import EarningsReport, earnings_on
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import SERIES, Release, is_business_day, observation, releases
from quanticity.sim.vendors.limits import Over, Usage, VendorLimits
from quanticity.sim.vendors.vendor import Answer, BadParameter, Param, Request, Route, Vendor

_RANGE = (Param("from", "date"), Param("to", "date"))
_MOST_DAYS = 90
_HORIZON = timedelta(days=365)
_IMPACT = {50: "High", 10: "High", 53: "High", 46: "Medium", 180: "Medium", 9: "High"}
_TENORS = {
    "month1": 0.08, "month2": 0.16, "month3": 0.25, "month6": 0.5, "year1": 1, "year2": 2,
    "year3": 3, "year5": 5, "year7": 7, "year10": 10, "year20": 20, "year30": 30,
}  # fmt: skip


class Fmp(Vendor):
    """`financialmodelingprep.com/stable`. The free plan: 250 requests a day."""

    name: ClassVar[str] = "fmp"
    hosts: ClassVar[Mapping[str, str]] = {"financialmodelingprep.com": "fmp"}
    limits: ClassVar[VendorLimits] = VendorLimits(
        windows=((300, 60.0),), per_day=250, day_resets_at=0
    )

    def routes(self) -> Sequence[Route]:
        """Calendars and rates; the old versions say that they are gone."""
        return [
            Route("/stable/earnings-calendar", self.earnings, _RANGE),
            Route("/stable/economic-calendar", self.economic, _RANGE),
            Route("/stable/treasury-rates", self.rates, _RANGE),
            Route("/api/v3/{name}", self.legacy),
            Route("/api/v4/{name}", self.legacy),
        ]

    def account(self, request: Request) -> str:
        """A budget for each key."""
        return _key(request)

    def refuse(self, request: Request) -> Answer | None:
        """401 without a key, or with one that says it is invalid."""
        key = _key(request)
        if key and "invalid" not in key:
            return None
        return _error(
            401,
            "Invalid API KEY. Feel free to create a Free API Key or visit "
            "https://site.financialmodelingprep.com/faqs?search=why-is-my-api-key-invalid "
            "for more information.",
        )

    def limited(self, over: Over, usage: Usage, request: Request) -> Answer:
        """The day's end comes as 429; a burst too."""
        return _error(
            429,
            "Limit Reach . Please upgrade your plan or visit our documentation for more details "
            "at https://site.financialmodelingprep.com/",
        )

    def bad_parameter(self, request: Request, problem: BadParameter) -> Answer:
        """400 in the same words as every other error."""
        return _error(400, f"Invalid value for query parameter: {problem.name}")

    def no_route(self, request: Request) -> Answer:
        """An empty list: FMP does not say that an endpoint is unknown."""
        return Answer.json([], 404)

    def legacy(self, request: Request) -> Answer:
        """403 for keys made after August 2025."""
        return _error(
            403,
            "Legacy Endpoint : Due to Legacy endpoints being no longer supported - This endpoint "
            "is only available for legacy users with valid subscriptions prior August 31, 2025.",
        )

    def earnings(self, request: Request) -> Answer:
        """Reports from `from` to `to`, latest first; actual figures once they are out."""
        local = datetime.fromtimestamp(request.now, EASTERN)
        first, last = _span(request, local.date())
        draw = Draw(self.world.seed)
        days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
        rows = [_report(report, local) for day in days for report in earnings_on(draw, day)]
        return Answer.json(rows)

    def economic(self, request: Request) -> Answer:
        """Releases from `from` to `to`, latest first. Times are UTC without saying so."""
        local = datetime.fromtimestamp(request.now, EASTERN)
        first, last = _span(request, local.date())
        draw = Draw(self.world.seed)
        rows = [_release(draw, release, local) for release in releases(first, last)]
        return Answer.json(rows[::-1])

    def rates(self, request: Request) -> Answer:
        """The Treasury's yield curve of each business day, latest first."""
        local = datetime.fromtimestamp(request.now, EASTERN)
        first, last = _span(request, local.date(), ahead=0)
        known = local.date() if local.hour >= 17 else local.date() - timedelta(days=1)
        draw = Draw(self.world.seed)
        rows = []
        day = min(last, known)
        while day >= first:
            if is_business_day(day):
                rows.append(_curve(draw, day))
            day -= timedelta(days=1)
        return Answer.json(rows)


def _key(request: Request) -> str:
    return "".join(request.query.get("apikey", ())) or request.header("apikey")


def _error(status: int, message: str) -> Answer:
    return Answer.json({"Error Message": message}, status)


def _span(request: Request, today: date, ahead: int = 7) -> tuple[date, date]:
    last = min(request.values["to"] or today + timedelta(days=ahead), today + _HORIZON)
    first = request.values["from"] or min(today, last - timedelta(days=30))
    return max(first, last - min(timedelta(days=_MOST_DAYS), last - date.min)), last


def _report(report: EarningsReport, local: datetime) -> dict[str, Any]:
    out = (report.day, report.hour) <= (local.date(), local.hour)
    scale = report.company.cap / 60
    estimated = None if report.estimate is None else round(scale * 0.9)
    return {
        "symbol": report.company.symbol,
        "date": report.day.isoformat(),
        "epsActual": report.actual if out else None,
        "epsEstimated": report.estimate,
        "revenueActual": round(scale * 0.91) if out else None,
        "revenueEstimated": estimated,
        "lastUpdated": min(report.day, local.date()).isoformat(),
    }


def _release(draw: Draw, release: Release, local: datetime) -> dict[str, Any]:
    at = datetime.strptime(f"{release.day} {release.time}", "%Y-%m-%d %H:%M").replace(
        tzinfo=EASTERN
    )
    mark = (release.name, release.day.isoformat())
    figures = {
        name: round(release.level + release.spread * draw.normal(name, *mark), 2)
        for name in ("actual", "consensus", "previous")
    }
    actual = figures["actual"] if at <= local else None
    change = None if actual is None else round(actual - figures["previous"], 3)
    share = None
    if change is not None and figures["previous"]:
        share = round(100 * change / abs(figures["previous"]), 3)
    return {
        "date": f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "country": "US",
        "event": release.name,
        "currency": "USD",
        "previous": figures["previous"],
        "estimate": figures["consensus"],
        "actual": actual,
        "change": change,
        "impact": _IMPACT.get(release.fred_id, "Low"),
        "changePercentage": share,
        "unit": release.unit or None,
    }


def _curve(draw: Draw, day: date) -> dict[str, Any]:
    short = observation(draw, SERIES["DGS2"], day) or 0.0
    long = observation(draw, SERIES["DGS10"], day) or 0.0
    row: dict[str, Any] = {"date": day.isoformat()}
    for name, years in _TENORS.items():
        share = (years**0.4 - 2**0.4) / (10**0.4 - 2**0.4)
        row[name] = round(short + share * (long - short), 2)
    return row

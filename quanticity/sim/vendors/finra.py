"""FINRA: the daily short-volume file on its content network, and its query API."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar

import orjson

from quanticity.clock import EASTERN
from quanticity.sim.market import World
from quanticity.sim.vendors.companies import COMPANIES
from quanticity.sim.vendors.conditional import access_denied, file_answer
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import business_day, month_end
from quanticity.sim.vendors.limits import VendorLimits
from quanticity.sim.vendors.vendor import Answer, Request, Route, Vendor

_FUNDS = ("SPY", "QQQ", "IWM", "DIA", "TLT", "GLD", "XLF", "XLK", "XLE", "SMH")
_SMALL = tuple(f"A{a}{b}" for a in "ABCDEFGH" for b in "ACEGIKMOQSUW")
_OUT_AT = 18
_KEPT = timedelta(days=800)
_DATASET = "/data/group/otcMarket/name/consolidatedShortInterest"
_FIELDS = (
    "settlementDate", "symbolCode", "issueName", "marketClassCode",
    "currentShortPositionQuantity", "previousShortPositionQuantity",
    "averageDailyVolumeQuantity", "daysToCoverQuantity", "changePreviousNumber",
    "changePercent", "revisionFlag", "stockSplitFlag",
)  # fmt: skip
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda a, b: str(a) == str(b),
    "GREATER": lambda a, b: str(a) > str(b),
    "LESSER": lambda a, b: str(a) < str(b),
    "GTE": lambda a, b: str(a) >= str(b),
    "LTE": lambda a, b: str(a) <= str(b),
}
_NO_DAYS_TO_COVER = 999.99
_MOST = 5000


class Finra(Vendor):
    """`cdn.finra.org` (files) and `api.finra.org` (query API). No key for either."""

    name: ClassVar[str] = "finra"
    hosts: ClassVar[Mapping[str, str]] = {
        "cdn.finra.org": "finra_cdn",
        "api.finra.org": "finra_api",
    }
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((20, 1.0), (1200, 60.0)))

    def __init__(self, world: World) -> None:
        super().__init__(world)
        draw = Draw(world.seed)
        self._positions = lru_cache(maxsize=2)(lambda today: list(_positions(draw, today)))

    def routes(self) -> Sequence[Route]:
        """The consolidated tape's short volume, and consolidated short interest."""
        api = "api.finra.org"
        return [
            Route("/equity/regsho/daily/{file}", self.short_volume, host="cdn.finra.org"),
            Route(_DATASET, self.short_interest, method="POST", host=api),
            Route(_DATASET, self.short_interest, method="GET", host=api),
        ]

    def short_volume(self, request: Request) -> Answer:
        """One trading day's file; 403 where there is none, as for weekends and before 18:00."""
        name = request.values["file"]
        try:
            day = datetime.strptime(name, "CNMSshvol%Y%m%d.txt").date()  # noqa: DTZ007 - a date
        except ValueError:
            return access_denied(request.path)
        local = datetime.fromtimestamp(request.now, EASTERN)
        if day < local.date() - _KEPT:
            return access_denied(request.path)
        out = day < local.date() or (day == local.date() and local.hour >= _OUT_AT)
        if not out or not self.world.calendar.trading_days(day, day):
            return access_denied(request.path)
        return file_answer(request, _file(Draw(self.world.seed), day), "text/plain")

    def short_interest(self, request: Request) -> Answer:
        """Rows by filter, newest settlement last unless sorted. CSV unless JSON is accepted."""
        try:
            asked = _Query.read(request.body)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
            return _bad(f"Request body is not valid: {error}")
        today = datetime.fromtimestamp(request.now, EASTERN).date()
        rows = [row for row in self._positions(today) if asked.wants(row)]
        for name in reversed(asked.order):
            rows.sort(key=lambda row: str(row[name.lstrip("-+")]), reverse=name.startswith("-"))
        total = {"record-total": str(len(rows))}
        part = rows[asked.offset : asked.offset + asked.limit]
        rows = [{name: row[name] for name in asked.fields} for row in part]
        if not rows:
            return Answer(b"", 204, headers=total)
        if "json" in request.header("Accept"):
            return Answer.json(rows, headers=total)
        text = io.StringIO()
        table = csv.DictWriter(text, asked.fields, quoting=csv.QUOTE_ALL)
        table.writeheader()
        table.writerows(rows)
        return Answer(text.getvalue().encode(), 200, "text/plain", total)

    def no_route(self, request: Request) -> Answer:
        """A content network's denial, or the API's own."""
        if request.host == "cdn.finra.org":
            return access_denied(request.path)
        return _bad("Dataset not found", 404)


@dataclass(frozen=True, slots=True)
class _Query:
    """A request's body, checked."""

    fields: tuple[str, ...]
    order: tuple[str, ...]
    domains: tuple[tuple[str, tuple[str, ...]], ...]
    comparisons: tuple[tuple[str, str, Any], ...]
    limit: int
    offset: int

    @classmethod
    def read(cls, body: bytes) -> _Query:
        """From JSON; ValueError, KeyError or TypeError where it is no query."""
        asked = orjson.loads(body) if body else {}
        found = cls(
            fields=tuple(asked.get("fields") or _FIELDS),
            order=tuple(asked.get("sortFields") or ("settlementDate",)),
            domains=tuple(
                (each["fieldName"], tuple(each["values"]))
                for each in asked.get("domainFilters") or ()
            ),
            comparisons=tuple(
                (each["fieldName"], each["compareType"], each["fieldValue"])
                for each in asked.get("compareFilters") or ()
            ),
            limit=int(asked.get("limit", 1000)),
            offset=int(asked.get("offset", 0)),
        )
        named = {*found.fields, *(name.lstrip("-+") for name in found.order)}
        named |= {name for name, _ in found.domains} | {name for name, _, _ in found.comparisons}
        unknown = sorted(str(name) for name in named - set(_FIELDS))
        if unknown:
            raise ValueError(f"Invalid field name(s): {', '.join(unknown)}")
        if not 0 < found.limit <= _MOST or found.offset < 0:
            raise ValueError(f"limit must be between 1 and {_MOST}")
        if any(kind not in _COMPARISONS for _, kind, _ in found.comparisons):
            raise ValueError(f"compareType must be one of {', '.join(_COMPARISONS)}")
        return found

    def wants(self, row: Mapping[str, Any]) -> bool:
        """Whether a row passes every filter."""
        return all(row[name] in values for name, values in self.domains) and all(
            _COMPARISONS[kind](row[name], value) for name, kind, value in self.comparisons
        )


def _bad(message: str, status: int = 400) -> Answer:
    return Answer.json({"statusCode": status, "statusDescription": message}, status)


def _file(draw: Draw, day: date) -> bytes:
    rows = []
    for symbol in sorted({*_FUNDS, *COMPANIES, *_SMALL}):
        mark = (symbol, day.isoformat())
        big = symbol in COMPANIES or symbol in _FUNDS
        total = 10 ** draw.between(6.2 if big else 2, 7.8 if big else 5.4, "volume", *mark)
        short = total * draw.between(0.25, 0.65, "short", *mark)
        exempt = draw.integer(0, 5000, "exempt", *mark) if big else 0
        market = "B,Q,N" if big else draw.pick(("Q", "B,Q", "B,Q,N"), "market", *mark)
        rows.append(f"{day:%Y%m%d}|{symbol}|{short:.6f}|{exempt}|{total:.6f}|{market}")
    head = "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market"
    return "\r\n".join([head, *rows, str(len(rows)), ""]).encode()


def _settlements(today: date) -> Iterator[date]:
    """Mid-month and month-end dates whose figures are out, newest first, two years back."""
    year, month = today.year, today.month
    for _ in range(24):
        for day in (month_end(year, month), date(year, month, 15)):
            settled = business_day(day, -1)
            if settled + timedelta(days=12) <= today:
                yield settled
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)


def _positions(draw: Draw, today: date) -> Iterator[dict[str, Any]]:
    for settled in _settlements(today):
        for company in COMPANIES.values():
            mark = (company.symbol, settled.isoformat())
            current = int(company.cap / 1e5 * draw.between(0.4, 2.5, "position", *mark))
            previous = int(current * draw.between(0.8, 1.2, "previous", *mark))
            daily = int(company.cap / 3e5 * draw.between(0.5, 1.5, "daily", *mark))
            yield {
                "settlementDate": settled.isoformat(),
                "symbolCode": company.symbol,
                "issueName": f"{company.name} Common Stock",
                "marketClassCode": "NNM" if len(company.symbol) == 4 else "NYSE",
                "currentShortPositionQuantity": current,
                "previousShortPositionQuantity": previous,
                "averageDailyVolumeQuantity": daily,
                "daysToCoverQuantity": round(current / daily, 2) if daily else _NO_DAYS_TO_COVER,
                "changePreviousNumber": current - previous,
                "changePercent": round(100 * (current - previous) / previous, 2) if previous else 0,
                "revisionFlag": None,
                "stockSplitFlag": None,
            }

"""The Treasury's Fiscal Data: auctions. Every value is a text, and what is missing is "null"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import eq, ge, gt, le, lt
from typing import Any, ClassVar

from quanticity.clock import EASTERN
from quanticity.sim.vendors.auctions import Auction, auctions
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.limits import VendorLimits
from quanticity.sim.vendors.vendor import Answer, BadParameter, Param, Request, Route, Vendor

_ROOT = "/services/api/fiscal_service/v1/accounting/od"
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "eq": eq,
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}
_FILTER = re.compile(r"(\w+):(eq|lt|lte|gt|gte|in):(\([^)]*\)|[^,]*)")
_PARAMS = (
    Param("fields"),
    Param("filter"),
    Param("sort"),
    Param("format", choices=("json",), default="json"),
    Param("page[size]", "int", default=100, minimum=1, maximum=10_000),
    Param("page[number]", "int", default=1, minimum=1),
)
_UPCOMING = (
    "record_date", "security_type", "security_term", "reopening", "cusip", "offering_amt",
    "announcemt_date", "auction_date", "issue_date",
)  # fmt: skip
_HISTORY_DAYS = 500


class Treasury(Vendor):
    """`api.fiscaldata.treasury.gov`. No key, no published limit."""

    name: ClassVar[str] = "treasury"
    hosts: ClassVar[Mapping[str, str]] = {"api.fiscaldata.treasury.gov": "treasury"}
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((60, 60.0),))

    def routes(self) -> Sequence[Route]:
        """The two tables of auctions."""
        return [
            Route(f"{_ROOT}/upcoming_auctions", self.upcoming, _PARAMS),
            Route(f"{_ROOT}/auctions_query", self.query, _PARAMS),
        ]

    def upcoming(self, request: Request) -> Answer:
        """Auctions of the next two weeks; those not announced yet have no CUSIP and no size."""
        draw, today = Draw(self.world.seed), _today(request)
        rows = [
            {name: value for name, value in _row(draw, a, today).items() if name in _UPCOMING}
            for a in auctions(today, today + timedelta(days=14))
        ]
        return _page(request, rows)

    def query(self, request: Request) -> Answer:
        """Announced and past auctions, by record date ascending unless sorted."""
        draw, today = Draw(self.world.seed), _today(request)
        rows = [
            _row(draw, a, today)
            for a in auctions(today - timedelta(days=_HISTORY_DAYS), today + timedelta(days=14))
            if a.announced <= today
        ]
        return _page(request, rows)

    def bad_parameter(self, request: Request, problem: BadParameter) -> Answer:
        """Status 400 with two texts."""
        return Answer.json({"error": "Invalid Query Param", "message": problem.said}, 400)

    def no_route(self, request: Request) -> Answer:
        """Status 404 with two texts."""
        said = f"Path '{request.path}' does not exist."
        return Answer.json({"error": "Not Found", "message": said}, 404)


def _today(request: Request) -> date:
    # A result is published with the close of bidding, at 13:00 Eastern at the latest.
    return (
        datetime.fromtimestamp(request.now, EASTERN) - timedelta(hours=13, minutes=5)
    ).date() + (timedelta(days=1))


def _row(draw: Draw, a: Auction, today: date) -> dict[str, str]:
    known, done = a.announced <= today, a.day < today
    bill = a.kind == "Bill"
    rate = a.rate(draw)
    cover = draw.between(2.2, 3.1, "cover", a.day.isoformat(), a.term)
    accepted = a.size * 1.06
    row: dict[str, Any] = {
        "record_date": a.issued if known else today,
        "cusip": a.cusip(draw) if known else None,
        "security_type": a.kind,
        "security_term": a.term,
        "auction_date": a.day,
        "issue_date": a.issued,
        "maturity_date": a.matures,
        "price_per100": f"{100 - rate * 0.05:.6f}" if done else None,
        "allocation_pctage": f"{draw.between(5, 95, 'allot', a.cusip(draw)):.6f}" if done else None,
        "announcemt_date": a.announced,
        "auction_format": "Single-Price",
        "bid_to_cover_ratio": f"{cover:.6f}" if done else None,
        "cash_management_bill_cmb": "No",
        "closing_time_comp": "11:30 AM" if bill else "01:00 PM",
        "closing_time_noncomp": "11:00 AM" if bill else "12:00 PM",
        "currently_outstanding": None,
        "direct_bidder_accepted": f"{accepted * 0.18:.0f}" if done else None,
        "floating_rate": "No",
        "high_discnt_rate": f"{rate:.6f}" if done and bill else None,
        "high_investment_rate": f"{rate * 1.02:.6f}" if done and bill else None,
        "high_price": f"{100 - rate * 0.05:.6f}" if done else None,
        "high_yield": f"{rate:.4f}" if done and not bill else None,
        "indirect_bidder_accepted": f"{accepted * 0.66:.0f}" if done else None,
        "inflation_index_security": "No",
        "int_payment_frequency": "None" if bill else "Semi-Annual",
        "int_rate": f"{int(rate * 8) / 8:.6f}" if done and not bill else None,
        "offering_amt": a.size if known else None,
        "original_security_term": a.original_term,
        "primary_dealer_accepted": f"{accepted * 0.16:.0f}" if done else None,
        "reopening": "Yes" if a.reopening else "No",
        "security_term_day_month": f"{(a.matures - a.issued).days}-Day" if bill else a.term,
        "security_term_week_year": a.original_term,
        "soma_accepted": f"{a.size * 0.06:.0f}" if done else None,
        "total_accepted": f"{accepted:.0f}" if done else None,
        "total_tendered": f"{accepted * cover:.0f}" if done else None,
    }
    return {name: "null" if value is None else str(value) for name, value in row.items()}


def _page(request: Request, rows: list[dict[str, str]]) -> Answer:
    asked = request.values
    known = set(rows[0]) if rows else set()
    rows = [row for row in rows if _passes(row, asked["filter"] or "", known)]
    for name in reversed((asked["sort"] or "record_date").split(",")):
        column = name.lstrip("-")
        _must_know(column, known, "sort")
        rows = sorted(rows, key=lambda row: row[column], reverse=name.startswith("-"))
    if asked["fields"]:
        wanted = asked["fields"].split(",")
        for column in wanted:
            _must_know(column, known, "fields")
        rows = [{column: row[column] for column in wanted} for row in rows]
    size, number = asked["page[size]"], asked["page[number]"]
    pages = max(1, -(-len(rows) // size))
    part = rows[(number - 1) * size : number * size]
    return Answer.json(
        {
            "data": part,
            "meta": {
                "count": len(part),
                "labels": {name: name.replace("_", " ").title() for name in sorted(known)},
                "dataTypes": dict.fromkeys(sorted(known), "STRING"),
                "total-count": len(rows),
                "total-pages": pages,
            },
            "links": {
                "self": _link(number, size),
                "first": _link(1, size),
                "prev": _link(number - 1, size) if number > 1 else None,
                "next": _link(number + 1, size) if number < pages else None,
                "last": _link(pages, size),
            },
        }
    )


def _link(number: int, size: int) -> str:
    return f"&page%5Bnumber%5D={number}&page%5Bsize%5D={size}"


def _passes(row: dict[str, str], text: str, known: set[str]) -> bool:
    for column, operator, value in _FILTER.findall(text):
        _must_know(column, known, "filter")
        if operator == "in":
            if row[column] not in value.strip("()").split(","):
                return False
        elif row[column] == "null" or not _COMPARE[operator](row[column], value):
            return False
    return True


def _must_know(column: str, known: set[str], where: str) -> None:
    if known and column not in known:
        raise BadParameter(
            where, column, f"Invalid query parameter '{where}' with value '[{column}]'."
        )

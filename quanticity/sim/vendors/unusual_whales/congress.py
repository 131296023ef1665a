"""What members of Congress have filed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from quanticity.sim.market import World
from quanticity.sim.market.instruments import TRADED_BY_PEOPLE
from quanticity.sim.vendors.unusual_whales.asked import DATE, PAGE, limit, page
from quanticity.sim.vendors.unusual_whales.written import uuid
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Row = dict[str, Any]

_MEMBERS = (
    ("Avery Whitcomb", "house"),
    ("Jordan Ellery", "senate"),
    ("Morgan Castellan", "house"),
    ("Riley Fontaine", "house"),
    ("Casey Thornbury", "senate"),
    ("Devon Marchetti", "other"),
)
_TYPES = ("Buy", "Sell", "Sell (partial)", "Purchase", "Sale (Partial)", "Sell (PARTIAL)")
_AMOUNTS = (
    "$1,001 - $15,000",
    "$15,001 - $50,000",
    "$50,001 - $100,000",
    "$100,001 - $250,000",
    "$1,000,001 - $5,000,000",
)
_ISSUERS = ("not-disclosed", "self", "spouse", "joint", "undisclosed")
_LATE_DAYS = 45
_YEAR_DAYS = 365


class Congress:
    """`congress`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._filed = lru_cache(maxsize=1000)(self._make_day)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        congress = (limit(200, 100), DATE, Param("ticker"))
        name = Param("name", default="Nancy Pelosi")
        trader = (*congress, PAGE, Param("date_from", "date"), name)
        return [
            Route("/api/congress/recent-trades", self.recent, congress),
            Route("/api/congress/late-reports", self.late, congress),
            Route("/api/congress/congress-trader", self.trader, trader),
        ]

    def recent(self, request: Request) -> Answer:
        """The newest filings. There is no id and no amount, only a range."""
        return Answer.json({"data": self._newest(request, lambda row: True)})

    def late(self, request: Request) -> Answer:
        """Filings that came later than 45 days after the trade."""

        def is_late(row: Row) -> bool:
            traded = date.fromisoformat(row["transaction_date"])
            return (date.fromisoformat(row["filed_at_date"]) - traded).days > _LATE_DAYS

        return Answer.json({"data": self._newest(request, is_late)})

    def trader(self, request: Request) -> Answer:
        """One member's filings, by pages."""
        values = request.values
        name, first = values["name"].lower(), values["date_from"]

        def theirs(row: Row) -> bool:
            filed = date.fromisoformat(row["filed_at_date"])
            return row["name"].lower() == name and (first is None or filed >= first)

        wanted = values["limit"] * ((values["page"] or 0) + 1)
        return Answer.json({"data": page(request, self._newest(request, theirs, wanted))})

    def _newest(
        self, request: Request, wanted: Callable[[Row], bool], most: int | None = None
    ) -> list[Row]:
        values = request.values
        most = most or values["limit"]
        rows: list[Row] = []
        for day in self._days(request, values["date"]):
            rows += [
                row
                for row in self._filed(day)
                if wanted(row) and values["ticker"] in (None, row["ticker"])
            ]
            if len(rows) >= most:
                break
        return rows[:most]

    def _days(
        self, request: Request, wanted: date | None, back: int = _YEAR_DAYS
    ) -> Iterator[date]:
        """Calendar days on which filings came, newest first."""
        last = self._world.day(request.now).day
        if wanted is not None:
            if wanted <= last:
                yield wanted
            return
        for ago in range(_YEAR_DAYS):
            yield last - timedelta(days=ago)

    def _make_day(self, day: date) -> list[Row]:
        if day.weekday() >= 5:
            return []
        dice = self._world.dice("congress", day)
        rows = []
        for _ in range(int(dice.poisson(4))):
            name, kind = _MEMBERS[int(dice.integers(len(_MEMBERS)))]
            traded = day - timedelta(days=int(dice.gamma(2, 12)) + 1)
            ticker = None if dice.random() < 0.08 else str(dice.choice(TRADED_BY_PEOPLE))
            rows.append(
                {
                    "name": name,
                    "reporter": f"Hon. {name}",
                    "politician_id": uuid(self._world.dice("member", name)),
                    "member_type": kind,
                    "is_active": kind != "other",
                    "issuer": str(dice.choice(_ISSUERS)),
                    "ticker": ticker,
                    "txn_type": str(dice.choice(_TYPES)),
                    "amounts": str(dice.choice(_AMOUNTS, p=(0.6, 0.22, 0.1, 0.06, 0.02))),
                    "notes": f"{ticker} [ST]" if ticker else "",
                    "transaction_date": traded.isoformat(),
                    "filed_at_date": day.isoformat(),
                }
            )
        return rows

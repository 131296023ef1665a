"""What members of Congress and insiders have filed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from quanticity.sim.vendors.unusual_whales.asked import DATE, PAGE, limit, page
from quanticity.sim.vendors.unusual_whales.written import dec, uuid
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route
from quanticity.sim.vendors.world import FOCUS, World
from quanticity.sim.vendors.world.instruments import find

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
_OWNERS = ("KESTREL DANA", "OYELARAN TUNDE", "BRANDVOLD INGRID", "SATO HARUKI", "MERCER QUINN")
_TITLES = ("Chief Executive Officer", "CFO", "COO", "EVP, General Counsel", None)
_TICKERS = (
    *(s for s in FOCUS if s not in ("SPX", "SPY", "QQQ", "IWM")),
    "AMD",
    "PLTR",
    "JPM",
    "XOM",
    "UNH",
)
_DAYS_BACK = 45
_LATE_DAYS = 45
_YEAR_DAYS = 365


class Filings:
    """`congress` and `insider`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._congress = lru_cache(maxsize=1000)(self._congress_day)
        self._insiders = lru_cache(maxsize=1000)(self._insider_day)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        congress = (limit(200, 100), DATE, Param("ticker"))
        trader = (*congress, PAGE, Param("date_from", "date"), Param("name"))
        return [
            Route("/api/congress/recent-trades", self.recent, congress),
            Route("/api/congress/late-reports", self.late, congress),
            Route("/api/congress/congress-trader", self.trader, trader),
            Route("/api/insider/transactions", self.insiders, _INSIDER),
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
        """One member's filings."""
        name = (request.values["name"] or "Nancy Pelosi").lower()
        return Answer.json({"data": self._newest(request, lambda row: row["name"].lower() == name)})

    def _newest(self, request: Request, wanted: Callable[[Row], bool]) -> list[Row]:
        values = request.values
        rows: list[Row] = []
        for day in self._days(request, values["date"]):
            rows += [
                row
                for row in self._congress(day)
                if wanted(row) and values["ticker"] in (None, row["ticker"])
            ]
            if len(rows) >= values["limit"]:
                break
        return rows[: values["limit"]]

    def _days(
        self, request: Request, wanted: date | None, back: int = _YEAR_DAYS
    ) -> Iterator[date]:
        """Calendar days on which filings came, newest first."""
        last = self._world.day(request.now).day
        if wanted is not None:
            if wanted <= last:
                yield wanted
            return
        for ago in range(back):
            yield last - timedelta(days=ago)

    def _congress_day(self, day: date) -> list[Row]:
        if day.weekday() >= 5:
            return []
        dice = self._world.dice("congress", day)
        rows = []
        for _ in range(int(dice.poisson(4))):
            name, kind = _MEMBERS[int(dice.integers(len(_MEMBERS)))]
            traded = day - timedelta(days=int(dice.gamma(2, 12)) + 1)
            ticker = None if dice.random() < 0.08 else str(dice.choice(_TICKERS))
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

    def insiders(self, request: Request) -> Answer:
        """Newest first. With `group`, which is the default, one person's day becomes one row."""
        values = request.values
        first, last = values["start_date"], values["end_date"]
        rows: list[Row] = []
        for day in self._days(request, None, _DAYS_BACK):
            if (first is None or day >= first) and (last is None or day <= last):
                rows += [row for row in self._insiders(day) if _passes(row, values)]
        if values["group"]:
            rows = list(_grouped(rows))
        return Answer.json({"data": page(request, rows)})

    def _insider_day(self, day: date) -> list[Row]:
        if day.weekday() >= 5:
            return []
        dice = self._world.dice("insiders", day)
        return [self._insider(day, number) for number in range(int(dice.poisson(30)))]

    def _insider(self, day: date, number: int) -> Row:
        dice = self._world.dice("insider", day, number // 2)
        owner, ticker = str(dice.choice(_OWNERS)), str(dice.choice(_TICKERS))
        title = _TITLES[int(dice.integers(len(_TITLES)))]
        code = str(dice.choice(("S", "S", "P", "A", "M")))
        dice = self._world.dice("insider trade", day, number)
        found = find(ticker)
        price = self._world.close(ticker, self._world.before(day))
        shares = int(dice.pareto(1.2) * 900) + 50
        before = shares * int(dice.integers(2, 60))
        signed = -shares if code == "S" else shares
        identity = uuid(dice)
        capital = int(price * (found.shares_out if found else 1) * 1e9)
        return {
            "id": identity,
            "ids": [identity],
            "transactions": 1,
            "ticker": ticker,
            "owner_name": owner,
            "officer_title": title,
            "is_officer": title is not None,
            "is_director": bool(dice.random() < 0.4),
            "is_ten_percent_owner": bool(dice.random() < 0.05),
            "is_10b5_1": bool(dice.random() < 0.5),
            "is_s_p_500": True,
            "reporter_is_public_company": False,
            "formtype": "4" if dice.random() < 0.8 else "144",
            "transaction_code": code,
            "amount": signed,
            "price": dec(price, 4),
            "stock_price": dec(price),
            "shares_owned_before": before,
            "shares_owned_after": max(0, before + signed),
            "security_title": "Common Stock",
            "security_ad_code": None,
            "natureofownership": None,
            "director_indirect": "D",
            "date_excercisable": None,
            "expiration_date": None,
            "price_excercisable": None,
            "filing_date": day.isoformat(),
            "transaction_date": (day - timedelta(days=int(dice.integers(1, 3)))).isoformat(),
            "marketcap": str(capital),
            "sector": found.sector if found else None,
            "next_earnings_date": None,
        }


SECTORS = (
    *("Basic Materials", "Communication Services", "Consumer Cyclical", "Consumer Defensive"),
    *("Energy", "Financial Services", "Healthcare", "Industrials", "Real Estate", "Technology"),
    "Utilities",
)
_FLAGS = ("is_director", "is_officer", "is_s_p_500", "is_ten_percent_owner")
_INSIDER = (
    Param("ticker_symbol"),
    *(
        Param(f"{end}_{name}", "number")
        for name in ("value", "price", "amount")
        for end in ("min", "max")
    ),
    *(Param(f"{end}_marketcap", "number", minimum=0) for end in ("min", "max")),
    *(Param(f"{end}_earnings_dte", "int") for end in ("min", "max")),
    Param("owner_name"),
    Param("sectors[]", choices=SECTORS),
    Param("industries[]"),
    Param("market_cap_size", choices=("micro", "small", "mid", "large", "big")),
    *(Param(name, "bool") for name in (*_FLAGS, "common_stock_only")),
    Param("transaction_codes[]"),
    Param("security_ad_codes"),
    limit(500),
    PAGE,
    Param("group", "bool", default=True),
    Param("start_date", "date"),
    Param("end_date", "date"),
)
_FIGURES: Mapping[str, Callable[[Row], float]] = {
    "value": lambda row: abs(row["amount"]) * float(row["price"]),
    "price": lambda row: float(row["price"]),
    "marketcap": lambda row: float(row["marketcap"]),
    "amount": lambda row: abs(row["amount"]),
}


def _passes(row: Row, values: Mapping[str, Any]) -> bool:
    tickers = [word.strip().upper() for word in (values["ticker_symbol"] or "").split(",") if word]
    if tickers and row["ticker"] not in tickers:
        return False
    if values["owner_name"] and values["owner_name"].lower() not in row["owner_name"].lower():
        return False
    for name, held in (
        ("sectors[]", row["sector"]),
        ("transaction_codes[]", row["transaction_code"]),
    ):
        if values[name] and held not in values[name]:
            return False
    if any(values[name] not in (None, row[name]) for name in _FLAGS):
        return False
    for name, figure in _FIGURES.items():
        low, high = values[f"min_{name}"], values[f"max_{name}"]
        if (low is not None and figure(row) < low) or (high is not None and figure(row) > high):
            return False
    return True


def _grouped(rows: Sequence[Row]) -> Iterator[Row]:
    groups: dict[tuple[str, ...], Row] = {}
    for row in rows:
        mark = tuple(
            row[name] for name in ("filing_date", "owner_name", "ticker", "transaction_code")
        )
        held = groups.get(mark)
        if held is None:
            groups[mark] = {**row, "ids": list(row["ids"])}
        else:
            held["ids"] += row["ids"]
            held["transactions"] += 1
            held["amount"] += row["amount"]
    yield from groups.values()

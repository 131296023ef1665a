"""What insiders have filed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from quanticity.sim.market import World
from quanticity.sim.market.instruments import TRADED_BY_PEOPLE, find
from quanticity.sim.vendors.unusual_whales.asked import PAGE, limit, page
from quanticity.sim.vendors.unusual_whales.earnings import next_report
from quanticity.sim.vendors.unusual_whales.written import dec, uuid
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Row = dict[str, Any]

_OWNERS = ("KESTREL DANA", "OYELARAN TUNDE", "BRANDVOLD INGRID", "SATO HARUKI", "MERCER QUINN")
_TITLES = ("Chief Executive Officer", "CFO", "COO", "EVP, General Counsel", None)
_DAYS_BACK = 45


class Insiders:
    """`insider/transactions`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._filed = lru_cache(maxsize=200)(self._make_day)

    def routes(self) -> Sequence[Route]:
        """Its path."""
        return [Route("/api/insider/transactions", self.insiders, _PARAMS)]

    def insiders(self, request: Request) -> Answer:
        """Newest first. With `group`, which is the default, one person's day becomes one row."""
        values = request.values
        first, last = values["start_date"], values["end_date"]
        rows: list[Row] = []
        today = self._world.day(request.now).day
        for day in (today - timedelta(days=ago) for ago in range(_DAYS_BACK)):
            if (first is None or day >= first) and (last is None or day <= last):
                rows += [row for row in self._filed(day) if _passes(row, values)]
        if values["group"]:
            rows = list(_grouped(rows))
        return Answer.json({"data": page(request, rows)})

    def _make_day(self, day: date) -> list[Row]:
        if day.weekday() >= 5:
            return []
        dice = self._world.dice("insiders", day)
        return [self._trade(day, number) for number in range(int(dice.poisson(30)))]

    def _trade(self, day: date, number: int) -> Row:
        dice = self._world.dice("insider", day, number // 2)
        owner, ticker = str(dice.choice(_OWNERS)), str(dice.choice(TRADED_BY_PEOPLE))
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
        reports = next_report(self._world, found, self._world.day_of(day).day) if found else None
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
            "next_earnings_date": reports.isoformat() if reports else None,
        }


SECTORS = (
    *("Basic Materials", "Communication Services", "Consumer Cyclical", "Consumer Defensive"),
    *("Energy", "Financial Services", "Healthcare", "Industrials", "Real Estate", "Technology"),
    "Utilities",
)
_FLAGS = ("is_director", "is_officer", "is_s_p_500", "is_ten_percent_owner")
_PARAMS = (
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


def _days_to_earnings(row: Row) -> float:
    if row["next_earnings_date"] is None:
        return float("nan")
    filed = date.fromisoformat(row["filing_date"])
    return (date.fromisoformat(row["next_earnings_date"]) - filed).days


_FIGURES: Mapping[str, Callable[[Row], float]] = {
    "value": lambda row: abs(row["amount"]) * float(row["price"]),
    "price": lambda row: float(row["price"]),
    "marketcap": lambda row: float(row["marketcap"]),
    "amount": lambda row: abs(row["amount"]),
    "earnings_dte": _days_to_earnings,
}
# In USD, the least of each size; the ceiling is the next one's floor.
_SIZES = {"micro": 0, "small": 3e8, "mid": 2e9, "large": 1e10, "big": 2e11}


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
        if not (low is None or figure(row) >= low) or not (high is None or figure(row) <= high):
            return False
    size = values["market_cap_size"]
    if size and size != max(
        (name for name, least in _SIZES.items() if float(row["marketcap"]) >= least),
        key=lambda name: _SIZES[name],
    ):
        return False
    return not values["security_ad_codes"] and not values["industries[]"]


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

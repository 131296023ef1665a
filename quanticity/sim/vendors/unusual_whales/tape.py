"""Prints away from the exchanges and on them, each a row; newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from quanticity.sim.market import FOCUS, Instrument, World
from quanticity.sim.market.instruments import find
from quanticity.sim.market.world import iso
from quanticity.sim.vendors.unusual_whales.asked import DATE, epoch, limit, ticker_day, trading_day
from quanticity.sim.vendors.unusual_whales.written import dec, trim
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Row = dict[str, Any]
Minute = Callable[[int], list[Row]]

_SHARES = tuple(symbol for symbol in FOCUS if symbol != "SPX")
_ORDERS = ("executed_at", "trf_executed_at", "premium", "size", "volume")
_SIZES = tuple(
    param
    for name in ("premium", "size", "volume")
    for param in (
        Param(f"min_{name}", "int", default=0, minimum=0),
        Param(f"max_{name}", "int"),
    )
)
_ORDER = (
    Param("order", default="desc", choices=("desc", "asc")),
    Param("order_by", default="executed_at", choices=_ORDERS),
)
_SINCE = (Param("newer_than"), Param("older_than"))
_WORST = 60 * 16  # minutes walked back for one answer: a whole day


class Tape:
    """`darkpool` and `lit-flow`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._minute = lru_cache(maxsize=8_000)(self._make_minute)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        ticker = (*_SIZES, *_SINCE, DATE, limit(500))
        return [
            Route("/api/darkpool/recent", self.recent, (*_SIZES, *_ORDER, DATE, limit(200, 100))),
            Route("/api/darkpool/{ticker}", self.dark, (*ticker, *_ORDER)),
            Route("/api/lit-flow/{ticker}", self.lit, ticker),
        ]

    def recent(self, request: Request) -> Answer:
        """All tickers."""
        day, at = trading_day(self._world, request)

        def minute(index: int) -> list[Row]:
            rows = [row for symbol in _SHARES for row in self._minute(symbol, index, True)]
            return sorted(rows, key=lambda row: (row["executed_at"], row["tracking_id"]))

        return _answer(request, day.pre_market, at, minute)

    def dark(self, request: Request) -> Answer:
        """One ticker, away from the exchanges."""
        return self._ticker(request, True)

    def lit(self, request: Request) -> Answer:
        """One ticker, on the exchanges."""
        return self._ticker(request, False)

    def _ticker(self, request: Request, dark: bool) -> Answer:
        asked = ticker_day(self._world, request)
        if not asked.instrument.shares:
            return Answer.json({"data": []})
        return _answer(
            request,
            asked.day.pre_market,
            asked.at,
            lambda index: self._minute(asked.symbol, index, dark),
        )

    def _make_minute(self, symbol: str, minute: int, dark: bool) -> list[Row]:
        """The prints of one minute, oldest first."""
        instrument = find(symbol)
        if instrument is None:
            return []
        start = minute * 60.0
        day = self._world.day(start)
        regular = day.opens <= start < day.closes
        dice = self._world.dice("tape", symbol, minute, dark)
        count = int(dice.poisson(2.5 if regular else 0.3))
        seconds = sorted(dice.integers(0, 60, count).tolist())
        return [
            self._print(instrument, start + second, minute * 1000 + index, regular, dark)
            for index, second in enumerate(seconds)
        ]

    def _print(
        self, instrument: Instrument, at: float, number: int, regular: bool, dark: bool
    ) -> Row:
        symbol = instrument.symbol
        dice = self._world.dice("print", symbol, number, dark)
        price = round(self._world.price(symbol, at), 2)
        size = int(100 * (1 + dice.pareto(0.9)) * max(1.0, instrument.shares / 3e7)) + int(
            dice.integers(0, 99)
        )
        size = min(size, max(1000, instrument.shares // 40))
        inside = price + float(dice.choice([-0.01, 0.0, 0.0, 0.005, 0.01]))
        odd = dice.random()
        codes = (
            None if odd > 0.06 else "average_price_trade" if odd < 0.03 else "prior_reference_price"
        )
        tracking = number * 100 + sum(map(ord, symbol)) % 100
        row: Row = {
            "ticker": symbol,
            "size": size,
            "price": trim(round(inside, 4)),
            "premium": dec(size * inside),
            "executed_at": iso(at, 0),
            "created_at": iso(at + 1, 0),
            "nbbo_bid": trim(round(price - 0.01, 2)),
            "nbbo_ask": trim(round(price + 0.01, 2)),
            "nbbo_bid_quantity": int(dice.integers(1, 40)) * 100,
            "nbbo_ask_quantity": int(dice.integers(1, 40)) * 100,
            "market_center": "L" if dark else str(dice.choice(["Q", "N", "Z", "K"])),
            "canceled": bool(dice.random() < 0.01),
            "trade_settlement": "regular",
            "trade_code": "qualified_contingent_trade" if odd > 0.97 else None,
            "ext_hour_sold_codes": None if regular else "extended_hours_trade",
            "sale_cond_codes": codes,
            "volume": self._world.volume(symbol, at),
            "avg30_volume": dec(instrument.shares, 14),
            "tracking_id": tracking,
        }
        if dark:
            row["trf_executed_at"] = iso(at, 0)
        return row


def _answer(request: Request, start: float, at: float, minute: Minute) -> Answer:
    """The newest rows that pass every filter; `older_than` includes its own second."""
    values = request.values
    older = epoch(values.get("older_than") or "")
    newer = epoch(values.get("newer_than") or "")
    end = at if older is None else min(at, older)
    rows: list[Row] = []
    whole = values.get("order_by", "executed_at") != "executed_at" or values.get("order") == "asc"
    for row in _newest(start, end, minute):
        if newer is not None and (epoch(row["executed_at"]) or 0.0) <= newer:
            break
        if _passes(row, values):
            rows.append(row)
            if len(rows) == values["limit"] and not whole:
                break
    if whole:
        by = values["order_by"]
        rows.sort(
            key=lambda row: (
                float(row[by]) if by in ("premium", "size", "volume") else row["executed_at"]
            ),
            reverse=values["order"] == "desc",
        )
    return Answer.json({"data": rows[: values["limit"]]})


def _newest(start: float, end: float, minute: Minute) -> Iterator[Row]:
    last, first = int(end // 60), int(start // 60)
    until = iso(end, 0)
    for index in range(last, max(first, last - _WORST) - 1, -1):
        for row in reversed(minute(index)):
            if row["executed_at"] <= until:
                yield row


def _passes(row: Row, values: Any) -> bool:
    for name in ("premium", "size", "volume"):
        low, high = values[f"min_{name}"], values[f"max_{name}"]
        value = float(row[name])
        if value < low or (high is not None and value > high):
            return False
    return True

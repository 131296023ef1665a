"""The tape's prints away from the exchanges and on them, each a row; newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quanticity.sim.market import FOCUS, World
from quanticity.sim.market.prints import Prints
from quanticity.sim.market.venues import (
    DARK,
    DERIVED,
    EXTENDED,
    EXTENDED_ODD,
    ODD,
    REGULAR,
    SWEEP,
    SWEEP_ODD,
    VENUES,
)
from quanticity.sim.market.world import iso
from quanticity.sim.vendors.unusual_whales.asked import DATE, epoch, limit, ticker_day, trading_day
from quanticity.sim.vendors.unusual_whales.written import dec, trim
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Row = dict[str, Any]
Ints = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]

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
_RECENT = 30  # minutes that `recent` knows
_DAY = 60 * 16  # minutes of a whole day
_LETTERS = {
    "NASDAQ": "Q", "ARCA": "P", "NYSE": "N", "BATS": "Z", "BYX": "Y", "DRCTEDGE": "K",
    "EDGEA": "J", "IEX": "V", "MEMX": "U", "FINRA": "L",
}  # fmt: skip
_TRADE_CODES = {
    DERIVED: "derivative_priced", SWEEP: "intermarket_sweep", SWEEP_ODD: "intermarket_sweep",
}  # fmt: skip
_ODD_LOTS = (ODD, SWEEP_ODD, EXTENDED_ODD)
_LATE = (EXTENDED, EXTENDED_ODD)
# Of plain prints away from the exchanges, the shares of which this is said.
_AVERAGE, _PRIOR, _CONTINGENT, _CANCELED = 0.03, 0.06, 0.97, (0.5, 0.51)


class Told(NamedTuple):
    """Prints of one symbol in one minute, oldest first.

    `volume` is what the day had traded with each of them, `luck` draws what else is said of it.
    """

    symbol: str
    prints: Prints
    volume: Ints
    luck: Array


Minute = Callable[[int], Sequence[Told]]
Place = tuple[Told, int]


class Tape:
    """`darkpool` and `lit-flow`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._minute = lru_cache(maxsize=1500)(self._make_minute)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        ticker = (*_SIZES, *_SINCE, DATE, limit(500))
        return [
            Route("/api/darkpool/recent", self.recent, (*_SIZES, *_ORDER, DATE, limit(200, 100))),
            Route("/api/darkpool/{ticker}", self.dark, (*ticker, *_ORDER)),
            Route("/api/lit-flow/{ticker}", self.lit, ticker),
        ]

    def recent(self, request: Request) -> Answer:
        """All tickers, of the last half hour."""
        day, at = trading_day(self._world, request)

        def minute(index: int) -> list[Told]:
            return [self._minute(symbol, index, True) for symbol in _SHARES]

        return self._answer(request, max(day.pre_market, at - 60 * _RECENT), at, minute)

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
        return self._answer(
            request,
            asked.day.pre_market,
            asked.at,
            lambda index: [self._minute(asked.symbol, index, dark)],
        )

    def _make_minute(self, symbol: str, minute: int, dark: bool) -> Told:
        start = minute * 60.0
        prints = self._world.tape.prints(symbol, start, start + 60)
        volume = self._world.volume(symbol, start) + np.cumsum(prints.size)
        luck = self._world.dice("codes", symbol, minute).random(len(prints))
        where = (prints.venue == DARK) == dark
        return Told(symbol, _only(prints, where), volume[where], luck[where])

    def _answer(self, request: Request, start: float, at: float, minute: Minute) -> Answer:
        """The rows that pass every filter; `older_than` includes its own second."""
        values = request.values
        order = values.get("order_by", "executed_at"), values.get("order", "desc")
        found = _newest(values, start, at, minute)
        most = values["limit"]
        if order[0] in ("executed_at", "trf_executed_at") and order[1] == "desc":
            places = [place for place, _ in zip(found, range(most), strict=False)]
        else:
            places = sorted(found, key=_KEYS[order[0]], reverse=order[1] == "desc")[:most]
        return Answer.json({"data": [self._row(told, index) for told, index in places]})

    def _row(self, told: Told, index: int) -> Row:
        prints, luck = told.prints, float(told.luck[index])
        at, price, size = (
            column[index].item() for column in (prints.time, prints.price, prints.size)
        )
        condition, venue = int(prints.condition[index]), int(prints.venue[index])
        dark = venue == DARK
        plain = dark and condition == REGULAR
        sale = "odd_lot_execution" if condition in _ODD_LOTS else None
        if plain and luck < _PRIOR:
            sale = "average_price_trade" if luck < _AVERAGE else "prior_reference_price"
        contingent = "qualified_contingent_trade" if plain and luck > _CONTINGENT else None
        quote = self._world.books.quote(told.symbol, at)
        instrument = self._world.find(told.symbol)
        row: Row = {
            "ticker": told.symbol,
            "size": size,
            "price": trim(price),
            "premium": dec(size * price),
            "executed_at": iso(at, 0),
            "created_at": iso(at + 1, 0),
            "nbbo_bid": trim(float(prints.bid[index])),
            "nbbo_ask": trim(float(prints.ask[index])),
            "nbbo_bid_quantity": quote.bid_size if quote else 0,
            "nbbo_ask_quantity": quote.ask_size if quote else 0,
            "market_center": _LETTERS[VENUES[venue]],
            "canceled": _CANCELED[0] < luck < _CANCELED[1],
            "trade_settlement": "regular",
            "trade_code": _TRADE_CODES.get(condition, contingent),
            "ext_hour_sold_codes": "extended_hours_trade" if condition in _LATE else None,
            "sale_cond_codes": sale,
            "volume": int(told.volume[index]),
            "avg30_volume": dec(instrument.shares if instrument else 0, 14),
            "tracking_id": round(at * 1e6) % 10**14 * 10 + sum(map(ord, told.symbol)) % 10,
        }
        if dark:
            row["trf_executed_at"] = row["executed_at"]
        return row


def _only(prints: Prints, where: npt.NDArray[np.bool_]) -> Prints:
    return Prints(*(getattr(prints, each.name)[where] for each in fields(Prints)))


def _newest(values: Mapping[str, Any], start: float, at: float, minute: Minute) -> Iterator[Place]:
    """Where the prints are that pass every filter, newest first."""
    older = epoch(values.get("older_than") or "")
    newer = epoch(values.get("newer_than") or "")
    end = at if older is None else min(at, np.floor(older) + 1)
    first = start if newer is None else max(start, np.floor(newer) + 1)
    last = int(end // 60)
    for number in range(last, max(int(first // 60), last - _DAY) - 1, -1):
        found = [
            (told.prints.time[index], told, index)
            for told in minute(number)
            for index in np.flatnonzero(_passes(told, values, first, end)).tolist()
        ]
        found.sort(key=lambda each: each[0], reverse=True)
        for _, told, index in found:
            yield told, index


def _passes(
    told: Told, values: Mapping[str, Any], first: float, end: float
) -> npt.NDArray[np.bool_]:
    prints = told.prints
    fits = (prints.time >= first) & (prints.time < end)
    figures = {
        "premium": prints.size * prints.price,
        "size": prints.size,
        "volume": told.volume,
    }
    for name, figure in figures.items():
        low, high = values[f"min_{name}"], values[f"max_{name}"]
        fits &= figure >= low
        if high is not None:
            fits &= figure <= high
    return fits


_KEYS: Mapping[str, Callable[[Place], float]] = {
    "executed_at": lambda place: float(place[0].prints.time[place[1]]),
    "trf_executed_at": lambda place: float(place[0].prints.time[place[1]]),
    "premium": lambda place: float(
        place[0].prints.size[place[1]] * place[0].prints.price[place[1]]
    ),
    "size": lambda place: float(place[0].prints.size[place[1]]),
    "volume": lambda place: float(place[0].volume[place[1]]),
}

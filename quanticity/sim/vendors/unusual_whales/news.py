"""Headlines, and the calendar of releases and speakers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from quanticity.clock import EASTERN
from quanticity.sim.market import FOCUS, World
from quanticity.sim.market.expiries import third_friday
from quanticity.sim.market.world import iso
from quanticity.sim.vendors.unusual_whales.asked import PAGE, limit, page
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route

Row = dict[str, Any]

_SOURCES = ("BusinessWire", "MarketNews", "Investors.com", "PRNewswire", "social-media")
_TEXTS = (
    ("{name} raises its outlook for the year", "positive", ("guidance",)),
    ("{name} shares slip as analysts trim estimates", "negative", ("analyst",)),
    ("{name} announces a buyback", "positive", ("buyback",)),
    ("{name} faces questions over demand", "negative", ()),
    ("{name} to present at an industry conference", "neutral", ()),
    ("Options traders position for a move in {name}", "neutral", ("options",)),
)
_MACRO = "the Federal Reserve"
_HOURS_BACK = 24 * 14
_MAJOR = 0.35

# (event, kind, Eastern time, previous, forecast)
_WEEKLY = {
    2: (("Crude oil inventories", "report", time(10, 30), "", ""),),
    3: (("Initial jobless claims", "report", time(8, 30), "221000", "223000"),),
}
_SPEAKERS = ("Fed governor speaks on the economy", "Fed regional president speaks")


class News:
    """`news/headlines` and `market/economic-calendar`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._hour = lru_cache(maxsize=20_000)(self._make_hour)

    def routes(self) -> Sequence[Route]:
        """Its paths."""
        params = (
            Param("sources"),
            Param("search_term"),
            Param("ticker"),
            Param("major_only", "bool", default=False),
            limit(100, 50),
            PAGE,
        )
        return [
            Route("/api/news/headlines", self.headlines, params),
            Route("/api/market/economic-calendar", self.calendar),
        ]

    def headlines(self, request: Request) -> Answer:
        """Newest first; without an id."""
        values = request.values
        wanted = values["limit"] * ((values["page"] or 0) + 1)
        rows: list[Row] = []
        for row in self.newest(request.now, values["ticker"]):
            if _passes(row, values):
                rows.append(row)
                if len(rows) == wanted:
                    break
        return Answer.json({"data": page(request, rows)})

    def newest(self, now: float, ticker: str | None = None) -> Iterator[Row]:
        """Headlines up to a moment, of one ticker or of all and of none."""
        about = (ticker.upper(),) if ticker else (*FOCUS, "")
        last = int(now // 3600)
        until = iso(now, 0)
        for hour in range(last, last - _HOURS_BACK, -1):
            rows = [row for symbol in about for row in self._hour(symbol, hour)]
            rows.sort(key=lambda row: row["created_at"], reverse=True)
            yield from (row for row in rows if row["created_at"] <= until)

    def _make_hour(self, symbol: str, hour: int) -> list[Row]:
        found = self._world.find(symbol) if symbol else None
        if symbol and found is None:
            return []
        dice = self._world.dice("news", symbol, hour)
        awake = 11 <= datetime.fromtimestamp(hour * 3600, EASTERN).hour + 4 <= 22
        rows = []
        for _ in range(int(dice.poisson(0.5 if awake else 0.1))):
            text, sentiment, tags = _TEXTS[int(dice.integers(len(_TEXTS)))]
            name = found.name.title() if found else _MACRO
            rows.append(
                {
                    "created_at": iso(hour * 3600 + int(dice.integers(3600)), 0),
                    "headline": text.format(name=name),
                    "source": str(dice.choice(_SOURCES)),
                    "tickers": [symbol] if symbol else [],
                    "tags": list(tags),
                    "sentiment": sentiment,
                    "is_major": bool(dice.random() < _MAJOR),
                    "meta": {},
                }
            )
        return rows

    def calendar(self, request: Request) -> Answer:
        """A week back and three ahead, in UTC. Figures are texts and often empty."""
        today = self._world.day(request.now).day
        rows: list[Row] = []
        for offset in range(-7, 22):
            rows += self._events(today + timedelta(days=offset))
        rows.sort(key=lambda row: row["time"])
        return Answer.json({"data": rows})

    def _events(self, day: date) -> Iterator[Row]:
        if day.weekday() >= 5:
            return
        dice = self._world.dice("events", day)
        for event, kind, at, prev, forecast in _WEEKLY.get(day.weekday(), ()):
            yield _event(day, event, kind, at, prev=prev, forecast=forecast)
        if day.weekday() == 4 and day.day <= 7:
            yield _event(
                day, "*Nonfarm payrolls", "report", time(8, 30), prev="142000", forecast="150000"
            )
            yield _event(
                day, "Unemployment rate", "report", time(8, 30), prev="4.2%", forecast="4.2%"
            )
        if day == third_friday(day.year, day.month) - timedelta(days=3):
            yield _event(
                day, "*Consumer price index", "report", time(8, 30), prev="0.2%", forecast="0.3%"
            )
        if day == third_friday(day.year, day.month) - timedelta(days=2):
            if day.month % 2:
                yield _event(day, "FOMC interest-rate decision", "report", time(14))
            else:
                yield _event(day, "FOMC minutes", "fomc", time(14))
        if (day.month, day.day) in ((2, 14), (5, 15), (8, 14), (11, 14)):
            yield _event(day, "13F Deadline", "13F", time(18))
        if dice.random() < 0.4:
            speaker = _SPEAKERS[int(dice.integers(len(_SPEAKERS)))]
            yield _event(day, speaker, "fed-speaker", time(12, 30), prev=None, forecast=None)


def _event(
    day: date, event: str, kind: str, at: time, *, prev: str | None = "", forecast: str | None = ""
) -> Row:
    month = (day.replace(day=1) - timedelta(days=1)).strftime("%B")
    return {
        "time": iso(datetime.combine(day, at, EASTERN).timestamp(), 0),
        "event": event,
        "type": kind,
        "reported_period": month if kind == "report" else None,
        "prev": prev,
        "forecast": forecast,
    }


def _passes(row: Row, values: Any) -> bool:
    if values["major_only"] and not row["is_major"]:
        return False
    if values["sources"] and row["source"] not in values["sources"].split(","):
        return False
    term = values["search_term"]
    return not term or term.lower() in row["headline"].lower()

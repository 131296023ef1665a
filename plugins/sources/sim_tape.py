"""Made-up books and prints, until a broker's handler brings real ones.

Nothing here is a market. Books are made around the last price that a vendor gave, where there is
one, so that they fit its chains; else prices wander around a level. What is shown at a second
follows from the seed, the symbol, that second and that price alone.

It begins with the prints since the open, as a broker gives the past on request: along the minutes
that a vendor tells, a list of prints to an event.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

from quanticity.api import (
    Context,
    Key,
    Kind,
    Rows,
    Source,
    Spec,
    Value,
    eastern,
    field,
    moment,
    number,
)

_LEVELS = {
    "SPY": 600.0,
    "QQQ": 525.0,
    "IWM": 225.0,
    "AAPL": 235.0,
    "MSFT": 430.0,
    "GOOGL": 180.0,
    "AMZN": 210.0,
    "NVDA": 140.0,
    "META": 600.0,
    "TSLA": 330.0,
}
_FUNDS = frozenset({"SPY", "QQQ", "IWM"})
_VENUES = ("ARCA", "NASDAQ", "BATS", "IEX", "NYSE", "MEMX")
# Prints come from off the exchanges, too.
_PRINTED_AT = (*_VENUES, "FINRA")
_TICK = 0.01
_DEPTH = 10
_OPENS = 9.5 * 3600
# Of the past: seconds between two handfuls of prints, and seconds that one event holds.
_STRIDE, _EVENT = 5, 300

Path = list[tuple[float, float]]
"""(epoch seconds, price), oldest first."""


class SimTapeParams(Spec):
    """How fast, and around which price."""

    seed: int = field(7, help="books and prints of the same seed are the same")
    every: float = field(1.0, help="time between two books", unit="seconds", gt=0)
    level: float | None = field(
        None, help="price that it wanders around; the usual one of the symbol by default", gt=0
    )
    past: float = field(
        3600.0, help="how much of the tape since the open it begins with", unit="seconds", ge=0
    )
    patience: float = field(
        15.0,
        help="how long prints wait for a vendor's minutes, for their past to fit them",
        unit="seconds",
        ge=0,
    )


class SimTape(Source):
    """A book and the prints since the last one, for one symbol."""

    name = "sim_tape"
    Params = SimTapeParams
    reads = {
        "stream": Key("raw:uw:stream:price:{symbol}", 60, view=Value, optional=True),
        "minutes": Key("feed:uw:spot_gex:{symbol}", 180, view=Value, optional=True),
        "session": Key("raw:uw:spot_gex:{symbol}", 600, view=Rows, optional=True),
    }
    writes = {
        "book": Key("market:{symbol}:book", ttl=60),
        "trades": Key("market:{symbol}:trades", kind=Kind.EVENTS, ttl=3600, cap=1000),
    }

    async def run(self, context: Context) -> None:
        """Go on until cancelled."""
        every = self.params.every
        begun, last, shown = context.now(), -1, self.book(0)
        told = number((await context.saved() or b"").decode())
        while True:
            now = context.now()
            step = math.floor(now / every)
            # A sleep may end a hair early, and then it is still the same step.
            if step != last:
                if last == step - 1 and told == last * every:
                    for one in self.prints(last, shown):
                        context.put("trades", one, timestamp=one["time"])
                    told = step * every
                else:
                    told = await self._catch_up(context, told, step * every, now - begun)
                if told is not None:
                    context.save(repr(told).encode())
                shown = self.book(step, await _given(context))
                context.put("book", shown, timestamp=step * every)
                last = step
            await context.sleep((step + 1) * every - now)

    async def _catch_up(
        self, context: Context, told: float | None, end: float, waited: float
    ) -> float | None:
        """Tell the prints since the open, or since `told`, and up to when that is.

        `told` again while it waits for a vendor's minutes.
        """
        path = await _path(context)
        if not path and waited < self.params.patience:
            return told
        first = max(_open(end), end - self.params.past)
        # What was told before a clock went back is another day's.
        if told is not None and told <= end:
            first = max(first, told)
        for event in self.past(first, end, path):
            context.put("trades", event, timestamp=event[-1]["time"])
        return end

    def book(self, step: int, around: float | None = None) -> dict[str, Any]:
        """The book at a step, around a price: ten levels a side, tight and deep for funds."""
        dice, fund = self._dice("book", step), self._symbol in _FUNDS
        price = self.price(step) if around is None else around
        half = _TICK if fund else _TICK * dice.choice((1, 2, 3))
        usual = 400 if fund else 60
        lean = math.exp(0.6 * math.sin(step / 37 + self._phase) + dice.gauss(0, 0.25))

        def side(best: float, down: int, weight: float) -> list[list[Any]]:
            return [
                [
                    round(best + down * level * _TICK, 2),
                    max(1, round(usual * weight * (1 + 0.4 * level) * dice.uniform(0.5, 1.5))),
                    dice.choice(_VENUES),
                ]
                for level in range(_DEPTH)
            ]

        bid = math.floor((price - half / 2) / _TICK) * _TICK
        return {
            "symbol": self._symbol,
            "time": step * self.params.every,
            "bids": side(bid, -1, lean),
            "asks": side(bid + half, 1, 1 / lean),
        }

    def prints(self, step: int, book: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What traded during the step against its book, oldest first."""
        dice, every = self._dice("tape", step), self.params.every
        count = sum(dice.choice(self._counts) for _ in range(max(1, round(every))))
        bid, ask = book["bids"][0][0], book["asks"][0][0]
        return self._printed(dice, count, step * every, every, bid, ask)

    def past(self, first: float, end: float, path: Path) -> Iterator[list[Mapping[str, Any]]]:
        """Prints from epoch second `first` to `end` along a path of prices: events of lists."""
        event: list[Mapping[str, Any]] = []
        half = _TICK if self._symbol in _FUNDS else 2 * _TICK
        start = math.ceil(first / _STRIDE) * _STRIDE
        for at in range(start, math.floor(end / _STRIDE) * _STRIDE, _STRIDE):
            if event and at % _EVENT == 0:
                yield event
                event = []
            dice = self._dice("past", at)
            price = _along(path, at) if path else self.price(math.floor(at / self.params.every))
            bid = round(math.floor((price - half / 2) / _TICK) * _TICK, 2)
            count = sum(dice.choice(self._counts) for _ in range(_STRIDE))
            event += self._printed(dice, count, at, _STRIDE, bid, round(bid + half, 2))
        if event:
            yield event

    def _printed(
        self, dice: random.Random, count: int, start: float, length: float, bid: float, ask: float
    ) -> list[Mapping[str, Any]]:
        moments = sorted(dice.random() for _ in range(count))
        return [
            {
                "symbol": self._symbol,
                "time": start + moment * length,
                "price": dice.choice((bid, ask, round((bid + ask) / 2, 3))),
                "size": min(20_000, round(100 * dice.paretovariate(1.3)) - dice.randrange(90)),
                "bid": bid,
                "ask": ask,
                "venue": dice.choice(_PRINTED_AT),
                "conditions": ["intermarket_sweep"] if dice.random() < 0.08 else [],
            }
            for moment in moments
        ]

    def price(self, step: int) -> float:
        """The price at a step: slow waves, and a little noise."""
        level = self.params.level or _LEVELS.get(self._symbol, 100.0)
        hours = step * self.params.every / 3600
        waves = sum(
            size * math.sin(2 * math.pi * hours / period + self._phase * period)
            for size, period in ((0.004, 6.5), (0.0015, 1.3), (0.0005, 0.21))
        )
        return float(level * (1 + waves + self._dice("price", step).gauss(0, 0.00002)))

    @property
    def _symbol(self) -> str:
        return self.values["symbol"]

    @property
    def _counts(self) -> tuple[int, ...]:
        """How many prints a second may have."""
        return (0, 1, 1, 1, 2, 2) if self._symbol in _FUNDS else (0, 0, 1, 1, 1)

    @property
    def _phase(self) -> float:
        return self._dice("phase", 0).uniform(0, 2 * math.pi)

    def _dice(self, what: str, step: int) -> random.Random:
        return random.Random(f"{self.params.seed}:{self._symbol}:{what}:{step}")


async def _given(context: Context) -> float | None:
    """The last price that a vendor gave, from the quicker of two feeds."""
    for name, figure in (("stream", "close"), ("minutes", "price")):
        value = await context.get(name)
        given = value.data if value is not None else None
        price = number(given.get(figure)) if isinstance(given, Mapping) else None
        if price is not None and price > 0:
            return price
    return None


async def _path(context: Context) -> Path:
    """The prices of the session so far, minute by minute, as a vendor tells them."""
    rows = await context.get("session")
    found = []
    for row in rows or ():
        at, price = moment(row.get("time")), number(row.get("price"))
        if at is not None and price is not None and price > 0:
            found.append((at, price))
    return sorted(found)


def _along(path: Path, at: float) -> float:
    """The price at a moment: straight from one point to the next, level before and after."""
    index = bisect_right(path, (at, math.inf))
    if index in (0, len(path)):
        return path[min(index, len(path) - 1)][1]
    (since, one), (until, other) = path[index - 1], path[index]
    return one + (other - one) * (at - since) / (until - since)


def _open(now: float) -> float:
    """09:30 Eastern of the day, or `now` before it."""
    local = eastern(now)
    since = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    return now - max(0.0, since - _OPENS)

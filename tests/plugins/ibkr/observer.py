"""Watches a handler from outside: the wire, the gateway and the keys, and never what it believes.

Each rule is a method that raises AssertionError where it was broken.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import orjson

from plugins.ibkr.library import LibraryLine
from quanticity.clock import Clock
from quanticity.logs import logger
from quanticity.model import Kind
from quanticity.sim.gateway.gateway import Gateway
from tests.plugins.ibkr.rig import Desk
from tests.plugins.ibkr.tap import Heard, TappedTransport, Trade

WATCHED: ContextVar[Watched] = ContextVar("watched")
# Of the feeds themselves, not of what they say.
_HEALTH = ("monitoring:", "analytics:", "orderflow:", "raw:ibkr:account")
_A_SECOND = 50


class Watched(Desk):
    """A desk whose line is tapped, and whose handler's lines are kept."""

    def __init__(self, gateway: Gateway, clock: Clock, **params: Any) -> None:
        super().__init__(gateway, clock, **params)
        self.heard = Heard(clock)
        self.said: list[tuple[str, str]] = []
        # The gateway's, where it is over TCP.
        self.port = 0
        self._number = 0

    def line(self, sink: Any) -> LibraryLine:
        """A tapped line: in memory, or over TCP where there is a port."""

        async def opened(protocol: asyncio.Protocol, host: str, port: int) -> Any:
            if port != self.source.params.port:
                raise ConnectionRefusedError(111, f"nobody at {port}")
            tap = self.heard.tapped(protocol)
            if self.port:
                loop = asyncio.get_running_loop()
                found, _ = await loop.create_connection(lambda: tap, host, self.port)
            else:
                found = self.gateway.attach(tap)
            return TappedTransport(found, tap)

        line = LibraryLine(sink, opened)
        self.lines.append(line)
        return line

    async def __aenter__(self) -> Watched:
        def keep(line: Any) -> None:
            self.said.append((line.record["level"].name, line.record["message"]))

        # What a handler starts has its context: several of them may run at once.
        WATCHED.set(self)
        self._number = logger.add(keep, level="INFO", filter=self._is_ours)
        await super().__aenter__()
        return self

    def _is_ours(self, record: Any) -> bool:
        return WATCHED.get(None) is self and str(record["message"]).startswith("ibkr: ")

    async def __aexit__(self, *error: object) -> None:
        logger.remove(self._number)
        await super().__aexit__(*error)

    # The rules

    def nothing_old_is_fresh(self, late: float) -> None:
        """What is written as live came on this connection, when it says; a book was the market's.

        `late` is how old what comes may be, in seconds: the longest delay of the line.
        """
        live: dict[str, float] = {}
        for write in self.writes:
            if write.kind is Kind.EVENTS or write.key.startswith(_HEALTH):
                continue
            data = orjson.loads(write.data) if write.data.startswith(b"{") else {}
            if "state" not in data:
                continue
            if data["state"] == "lost":
                live.pop(write.key, None)
                continue
            at = write.timestamp
            began = max((each for each in self.heard.opened if each <= write.received), default=0.0)
            before = live.setdefault(write.key, began)
            assert before == began, f"{write.key} was live until the next connection"
            assert at >= began, f"{write.key} of {began - at:.2f} s before the connection is live"
            self._came_when_it_says(write.key, data, at, late)

    def _came_when_it_says(self, key: str, data: Any, at: float, late: float) -> None:
        """Of books and quotes: something of them came at that moment, and it is the market's."""
        symbol = str(data.get("symbol", ""))
        shape = str(data.get("kind", ""))
        stream = "book" if shape == "depth" else "quote"
        if not shape and key not in (f"raw:ibkr:{symbol}", f"raw:ibkr:futures:{symbol}"):
            return
        came = self.heard.came(stream, symbol, at)
        assert came, f"{key} is of {at}, and nothing of its {stream} came then"
        if shape and late < math.inf:
            self._was_the_markets(symbol, data, at, late)

    def _was_the_markets(self, symbol: str, data: Any, at: float, late: float) -> None:
        """Row by row: where some of a change is late, the others are there already."""
        books = [
            self.gateway.market.book(symbol, float(second))
            for second in range(int(at), int(at - late) - 2, -1)
        ]
        for side in ("bids", "asks"):
            were = {
                (row.price, row.size)
                for book in books
                if book is not None
                for row in getattr(book, side)
            }
            wrong = [row for row in data[side] if (row[0], row[1]) not in were]
            assert not wrong, f"{symbol} had no {side} {wrong} in the {late:.0f} s before {at}"

    def no_print_is_lost(self, *, skewed: bool = False) -> None:
        """Each print of tick-by-tick is written once, and of tick 233 where that is the source.

        What both tell is one trade. Where the gateway's clock was set meanwhile (`skewed`), nobody
        can know the two for one: it may be written twice.
        """
        for symbol in self.params.stocks:
            written = self._written(symbol)
            ticks, volumes = self.heard.ticks(symbol), self.heard.volumes(symbol)
            needed = ticks if symbol in self.params.ticks else volumes
            missing = needed - written
            assert not missing, f"{symbol}: {missing.total()} of {needed.total()}: {_few(missing)}"
            told = ticks + volumes if skewed else self.heard.trades(symbol)
            invented = written - told
            assert not invented, f"{symbol} told more often than they were sent: {_few(invented)}"

    def _written(self, symbol: str) -> Counter[Trade]:
        found: Counter[Trade] = Counter()
        for write in self.writes:
            if write.key == f"market:{symbol}:trades":
                rows = orjson.loads(write.data)
                for row in rows if isinstance(rows, list) else [rows]:
                    found[int(row["time"]), row["price"], row["size"]] += 1
        return found

    def nothing_is_forgotten(self) -> None:
        """The gateway streams to this client what the config says, each once."""
        params = self.params
        wanted: Counter[tuple[str, str]] = Counter()
        for kind, symbols in (
            ("line", params.all_symbols),
            ("book", params.depth),
            ("ticks", params.ticks),
            ("bars", params.bars),
        ):
            wanted.update((kind, symbol) for symbol in symbols)
        streamed: Counter[tuple[str, str]] = Counter()
        for session in self.gateway.sessions:
            for (kind, _), stream in session.streams.items():
                security = getattr(stream, "security", None)
                if security is not None and not security.is_option:
                    streamed[kind, security.contract.symbol] += 1
        assert streamed == wanted, f"missing {wanted - streamed}, too much {streamed - wanted}"

    def no_limit_is_broken(self) -> None:
        """The gateway counted no offence, and nobody sent more than 50 messages in a second."""
        broken = {name: n for name, n in self.gateway.counters.violations.items() if n}
        assert not broken, f"the gateway counts {broken}"
        most = most_in_a_second(self.heard.requests)
        assert most <= _A_SECOND, f"{most} messages in a second"

    def it_says_what_happened(self, loud: int) -> None:
        """A line for each loss, of one line each; no more than `loud` warnings beside them."""
        said = [text for _, text in self.said]
        assert not [text for text in said if "\n" in text]
        lost = [text for text in said if text.startswith("ibkr: lost ")]
        ended = self.handler.desk.counts["disconnects"]
        assert len(lost) == ended, f"{ended} losses, and of these told {lost}"
        warnings = [text for level, text in self.said if level != "INFO"]
        assert len(warnings) <= 2 * ended + loud, warnings

    def all_rules(self, late: float = 1.0, loud: int = 10, *, skewed: bool = False) -> None:
        """All of them."""
        self.no_limit_is_broken()
        self.nothing_old_is_fresh(late)
        self.no_print_is_lost(skewed=skewed)
        self.nothing_is_forgotten()
        self.it_says_what_happened(loud)
        counts = self.handler.receiver.counts
        assert counts["bad_depth"] == counts["undecoded"] == 0
        refused = self.gateway.counters.refused
        assert refused["failed look"] == refused["failed request"] == 0


def most_in_a_second(times: Sequence[float]) -> int:
    """How many of these moments lie within one second."""
    held: deque[float] = deque()
    most = 0
    for at in times:
        held.append(at)
        while held[0] <= at - 1.0:
            held.popleft()
        most = max(most, len(held))
    return most


def _few(rows: Counter[Trade]) -> list[Trade]:
    return sorted(rows)[:5]

"""A tap on the line: what really went over it, read without the library or the handler."""

from __future__ import annotations

import asyncio
import math
import struct
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_HELLO = b"API\0"
_LENGTH = 4
_ASK_DATA, _END_DATA, _ASK_BOOK, _END_BOOK = "1", "2", "10", "11"
_ASK_BARS, _END_BARS, _ASK_TICKS, _END_TICKS = "50", "51", "97", "98"
# Where a request has its number, where its contract begins, and what it is.
_ASKED = {
    _ASK_DATA: (2, 3, "quote"),
    _ASK_BOOK: (2, 3, "book"),
    _ASK_BARS: (2, 3, "bars"),
    _ASK_TICKS: (1, 2, "ticks"),
}
_ENDED = {_END_DATA: 2, _END_BOOK: 2, _END_BARS: 2, _END_TICKS: 1}
# Where messages of streams have the number of their request.
_STREAMED = {"1": 2, "2": 2, "45": 2, "46": 2, "12": 2, "13": 2, "50": 2, "99": 1}
_RT_VOLUME = "48"
Trade = tuple[int, float, float]
"""Second, price, size."""


@dataclass
class Heard:
    """All connections of a desk together. Times are those of the desk's clock."""

    clock: Any
    opened: list[float] = field(default_factory=list)
    # By stream and symbol: when each batch with anything of it came, and when it was taken in.
    batches: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)
    taps: list[Tap] = field(default_factory=list)
    # When each request left.
    requests: list[float] = field(default_factory=list)

    def tapped(self, protocol: asyncio.Protocol) -> Tap:
        """A tap before one more connection."""
        self.opened.append(self.clock.now())
        self.taps.append(Tap(self, protocol))
        return self.taps[-1]

    def came(self, stream: str, symbol: str, at: float) -> bool:
        """Whether anything of a stream was being taken in at that moment.

        Over TCP time goes on between the tap and the handler: on a busy machine, by any length.
        """
        batches = self.batches.get((stream, symbol), [])
        place = bisect_right(batches, (at, math.inf))
        return place > 0 and at <= batches[place - 1][1]

    def ticks(self, symbol: str) -> Counter[Trade]:
        """Its trades as tick-by-tick told them."""
        return sum((one.ticks[symbol] for one in self.taps), Counter())

    def volumes(self, symbol: str) -> Counter[Trade]:
        """Its trades as tick 233 told them."""
        return sum((one.volumes[symbol] for one in self.taps), Counter())

    def trades(self, symbol: str) -> Counter[Trade]:
        """Its trades: what both told on one connection is one."""
        return sum((one.ticks[symbol] | one.volumes[symbol] for one in self.taps), Counter())


class Tap(asyncio.Protocol):
    """Stands before the client's protocol, and hands everything on."""

    def __init__(self, heard: Heard, protocol: asyncio.Protocol) -> None:
        self._heard = heard
        self._protocol = protocol
        self._arrived = bytearray()
        self._left = bytearray()
        self._is_greeted = False
        self._asked: dict[int, tuple[str, str]] = {}
        # By symbol.
        self.ticks: defaultdict[str, Counter[Trade]] = defaultdict(Counter)
        self.volumes: defaultdict[str, Counter[Trade]] = defaultdict(Counter)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand on."""
        self._protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on."""
        self._protocol.connection_lost(exc)

    def eof_received(self) -> bool | None:
        """Hand on."""
        return self._protocol.eof_received()

    def data_received(self, data: bytes) -> None:
        """Note what came, then hand it on."""
        began = self._heard.clock.now()
        self._arrived += data
        streams = {self._came(fields) for fields in _frames(self._arrived)}
        self._protocol.data_received(data)
        taken_in = (began, self._heard.clock.now())
        for stream in streams:
            if stream is not None:
                self._heard.batches.setdefault(stream, []).append(taken_in)

    def sent(self, data: bytes) -> None:
        """Note what is asked for, and what no more."""
        self._left += data
        if self._left.startswith(_HELLO):
            del self._left[: len(_HELLO)]
        for fields in _frames(self._left):
            self._heard.requests.append(self._heard.clock.now())
            if (asked := _ASKED.get(fields[0])) is not None:
                number, contract, stream = asked
                self._asked[int(fields[number])] = (stream, _symbol(fields[contract:]))
            elif (at := _ENDED.get(fields[0])) is not None:
                self._asked.pop(int(fields[at]), None)

    def _came(self, fields: list[str]) -> tuple[str, str] | None:
        """Note its trade where it is one; whose stream it is of, None where it is of none."""
        at = _STREAMED.get(fields[0])
        if at is None:
            return None
        stream, symbol = self._asked.get(int(fields[at]), ("", ""))
        if not symbol:
            return None
        if fields[0] == "99" and fields[2] in ("1", "2"):
            trade = (int(fields[3]), float(fields[4]), float(fields[5]))
            self.ticks[symbol][trade] += 1
        elif fields[0] == "46" and stream == "quote" and fields[3] == _RT_VOLUME:
            price, size, stamp = fields[4].split(";")[:3]
            trade = (int(stamp) // 1000, float(price), float(size))
            self.volumes[symbol][trade] += 1
        return stream, symbol


class TappedTransport:
    """The client's transport, whose writes are noted."""

    def __init__(self, transport: asyncio.Transport, tap: Tap) -> None:
        self._transport = transport
        self._tap = tap

    def write(self, data: bytes) -> None:
        """Note, and hand on."""
        self._tap.sent(bytes(data))
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _frames(buffer: bytearray) -> Iterator[list[str]]:
    """Take whole messages out of what has come."""
    while len(buffer) >= _LENGTH:
        (length,) = struct.unpack_from(">I", buffer)
        if len(buffer) < _LENGTH + length:
            return
        text = bytes(buffer[_LENGTH : _LENGTH + length]).decode(errors="replace")
        del buffer[: _LENGTH + length]
        yield text.split("\0")


def _symbol(contract: list[str]) -> str:
    """Our name of a contract as it is asked for; options and pairs stay apart from stocks."""
    symbol, kind = contract[1], contract[2]
    return symbol if kind in ("STK", "IND", "FUT") else f"{symbol} {kind}"

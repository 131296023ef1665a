"""The handler of Interactive Brokers: what decoding costs, and how soon a print is at its key.

`python -m benchmarks.run ibkr`. The line is in memory: frames as the gateway writes them go through
the vendor's library, the plugin and the store's port. What the store itself takes is elsewhere.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable
from typing import Any

from benchmarks.measure import Row
from plugins.ibkr.contracts import Asked
from plugins.ibkr.handler import Handler
from plugins.ibkr.library import LibraryLine
from plugins.ibkr.settings import IbkrParams
from plugins.ibkr.source import Ibkr
from quanticity.clock import LiveClock
from quanticity.model import Write
from quanticity.runtime.binding import bind
from quanticity.runtime.edge_context import EdgeContext
from quanticity.store.memory import MemoryStore

DEPTH, TICKS, SECONDS = 60_000, 2_000, 4
_BATCH = 20


def measure() -> list[Row]:
    """CPU of depth messages, and milliseconds from a tick's arrival to its write."""
    a_second, late = asyncio.run(_measure())
    late.sort()
    return [
        Row("depth messages decoded in a second of one core", a_second, "/s", 20_000, True),
        Row("tick to key at 2,000 a second, median", _at(late, 0.5), "ms"),
        Row("tick to key at 2,000 a second, p99", _at(late, 0.99), "ms", 5.0),
    ]


def _at(figures: list[float], part: float) -> float:
    return figures[min(len(figures) - 1, int(part * len(figures)))]


def frame(*fields: object) -> bytes:
    """One message of the gateway."""
    text = "".join(f"{one}\0" for one in fields).encode()
    return struct.pack(">I", len(text)) + text


class Wire(asyncio.Transport):
    """The gateway's end: greets, and takes whatever is sent."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol = protocol
        self._greeted = False

    def write(self, data: Any) -> None:
        if not self._greeted:
            self._greeted = True
            loop = asyncio.get_running_loop()
            loop.call_later(0.01, self._protocol.data_received, frame(157, "20260105 10:00:00 EST"))
            hello = frame(15, 1, "DU1") + frame(9, 1, 1)
            loop.call_later(0.02, self._protocol.data_received, hello)

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        self._protocol.connection_lost(None)


async def _measure() -> tuple[float, list[float]]:
    wires: list[Wire] = []

    async def opened(protocol: Any, host: str, port: int) -> asyncio.Transport:
        wires.append(Wire(protocol))
        return wires[-1]

    clock = LiveClock()
    store = MemoryStore(clock)
    arrived: dict[str, float] = {}
    late: list[float] = []
    put: Callable[[Write], None] = store.put

    def written(write: Write) -> None:
        put(write)
        if write.key == "market:SPY:trades":
            now = time.perf_counter()
            late.append((now - arrived["batch"]) * 1000)

    store.put = written  # type: ignore[method-assign]
    params = IbkrParams(stocks=("SPY",), depth=("SPY",), ticks=("SPY",))
    binding = bind(Ibkr, params, {})
    nobody: Any = None
    context = EdgeContext("ibkr", binding.instance, store, clock, nobody)
    handler = Handler(params, context, lambda sink: LibraryLine(sink, opened))
    task = asyncio.get_running_loop().create_task(handler.run())
    up, begun = asyncio.Event(), handler.connection.begun

    def told() -> None:
        begun()
        up.set()

    handler.connection.begun = told
    await asyncio.wait_for(up.wait(), 10)
    handler.desk.instruments["SPY"].contract = Asked("SPY", "STK", "SMART", "USD", con_id=1)
    handler.subscriber.sync()
    numbers = {one.stream.value: one.number for one in handler.desk.roster.by_id.values()}
    receive = wires[-1]._protocol.data_received
    a_second = _depth(receive, numbers["book"])
    await _ticks(receive, numbers["ticks"], arrived)
    counts = handler.receiver.counts
    assert (counts["depth"], counts["bad_depth"]) == (DEPTH + 20, 0), counts
    assert counts["ticks"] == handler.desk.counts["prints"] == SECONDS * TICKS, counts
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return a_second, late


def _depth(receive: Callable[[bytes], None], number: int) -> float:
    """Messages for a CPU second: rows of both sides inserted, then updated over and over."""
    rows = [
        frame(
            13,
            1,
            number,
            row,
            "ARCA",
            0,
            side,
            600 + (row + 1) * (0.01 if side == 0 else -0.01),
            100,
            1,
        )
        for row in range(10)
        for side in (0, 1)
    ]
    receive(b"".join(rows))
    changes = [
        frame(
            13, 1, number, at % 10, "NASDAQ", 1, at % 2, 600 + 0.01 * (at % 10), 100 + at % 900, 1
        )
        for at in range(DEPTH)
    ]
    batches = [b"".join(changes[at : at + 200]) for at in range(0, DEPTH, 200)]
    begun = time.process_time()
    for one in batches:
        receive(one)
    return DEPTH / (time.process_time() - begun)


async def _ticks(receive: Callable[[bytes], None], number: int, arrived: dict[str, float]) -> None:
    """Ticks in batches of 10 ms, as a busy line brings them."""
    begun = time.perf_counter()
    for batch in range(SECONDS * TICKS // _BATCH):
        due = begun + batch * _BATCH / TICKS
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        second = int(time.time())
        data = b"".join(
            frame(99, number, 1, second, 600.01, 100 + at, 0, "ARCA", "") for at in range(_BATCH)
        )
        arrived["batch"] = time.perf_counter()
        receive(data)

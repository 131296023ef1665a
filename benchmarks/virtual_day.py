"""A whole day of the simulated market under the virtual clock: everything made, asked and stored.

The universe's tape, books and option tape are read minute by minute through the market's own API,
while every feed of the demo that is polled goes its whole way: on its schedule, by the real pacer,
answered by the simulated vendors, checked against its contract, transformed, aggregated and written
to a store, all in one process and without a socket. Nothing depends on the machine: a running hash
of all that was read, answered and stored is the same whenever the seed is.

`python -m benchmarks.virtual_day [MINUTES] [SEED] [CONTRACTS]` lives through one and prints that
hash; 0 contracts are as many as are listed in earnest (9,008 of SPX).
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xxhash

from benchmarks.in_process import Inline, Vendors
from benchmarks.measure import Row
from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.config.loader import load
from quanticity.feeds.report import Change
from quanticity.feeds.runner import FeedRunner
from quanticity.heap import settle
from quanticity.sim.market import FOCUS, UNIVERSE, World
from quanticity.sim.market.columns import Columns
from quanticity.sim.market.contracts import CONTRACTS
from quanticity.sim.vendors.server import SimVendors
from quanticity.store.envelope import Written
from quanticity.store.memory import MemoryStore

CONFIG = Path(__file__).parents[1] / "config"
# Monday 2026-01-05, 09:00 Eastern.
NINE = 1_767_621_600.0
_HOURS = 8
_LEAST = 5_000_000
_TARGET = 300.0
_CHANGES = 300  # of the store, that are kept for who follows it
_SEED = 7


@dataclass
class Consumed:
    """What was read and stored: how much of each kind, and a running hash of it all, in order."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    tried: set[str] = field(default_factory=set)
    most_contracts: int = 0
    _hash: xxhash.xxh3_128 = field(default_factory=xxhash.xxh3_128)

    @property
    def digest(self) -> str:
        """The hash so far."""
        return self._hash.hexdigest()

    @property
    def events(self) -> int:
        """Market events: prints, steps of books, option prints."""
        return sum(self.counts[name] for name in ("prints", "book changes", "option prints"))

    def rows(self, kind: str, symbol: str, found: Columns) -> None:
        """Take in a table of the market."""
        self.counts[kind] += len(found)
        self._hash.update(f"{kind} {symbol} {len(found)}\n".encode())
        for column in found.parts():
            self._hash.update(column.tobytes())

    def stored(self, group: Sequence[Written]) -> None:
        """Take in what the store has written."""
        for written in group:
            self.counts["values"] += 1
            self._hash.update(written.text)

    def answer(self, asked: str, status: int, body: bytes) -> None:
        """Take in a vendor's answer."""
        self.counts["polls"] += 1
        self.counts["bytes"] += len(body)
        self._hash.update(f"{asked} {status} {len(body)}\n".encode())
        self._hash.update(body)
        if "/option-chains" in asked:
            self.most_contracts = max(self.most_contracts, body.count(b'"option_symbol"'))


class _Heard:
    """A report that only keeps what goes wrong."""

    def __init__(self, consumed: Consumed) -> None:
        self._consumed = consumed

    def problem(self, feed: str, text: str) -> None:
        self._consumed.problems[f"{feed}: {text}"[:200]] += 1

    def step(self, name: str, ok: bool, detail: str) -> None: ...

    def warned(self, name: str, detail: str) -> None: ...

    def first_value(self, feed: str, key: str, age: float) -> None: ...

    def recovered(self, feed: str, text: str) -> None: ...

    def reloaded(self, change: Change) -> None: ...

    def rejected(self, problems: object) -> None: ...


def day(
    seed: int,
    minutes: int,
    start: float = NINE,
    *,
    contracts: int | None = CONTRACTS,
    tell: bool = False,
) -> Consumed:
    """Live through so many minutes from `start` (epoch seconds); what was read."""
    consumed = Consumed()

    async def main(clock: VirtualClock) -> None:
        asyncio.get_running_loop().set_default_executor(Inline())
        calendar = MarketCalendar()
        server = SimVendors(clock, calendar, seed, contracts=contracts)
        vendors = Vendors(server, clock, seed, consumed.answer)
        store = MemoryStore(clock, changes_cap=_CHANGES)
        store.observe(consumed.stored)
        heard = _Heard(consumed)
        feeds = FeedRunner(clock, calendar, store, None, lambda: heard, rewrite=vendors.rewrite)
        await feeds.start(load(CONFIG, "demo", {}))
        vendors.connect(feeds)
        settle()
        polling = asyncio.create_task(feeds.run())
        try:
            for minute in range(minutes):
                await clock.sleep(start + 60.0 * (minute + 1) - clock.now())
                _read(vendors.server.world, start + 60.0 * minute, consumed)
                if tell and minute % 10 == 9:
                    said = f"{minute + 1} min: {time.process_time():.0f} s CPU, {consumed.digest}"
                    print(said, file=sys.stderr, flush=True)
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await feeds.stop(0.1)
        every = feeds.roster.feeds.values()
        consumed.tried = {feed.id for feed in every if feed.stats.tried is not None}
        consumed.counts["drifts"] = sum(feed.stats.drifts for feed in every)
        consumed.counts["over a limit"] = vendors.server.counts()[1]
        consumed.counts["refused"] = sum(
            count for status, count in vendors.statuses.items() if status >= 400
        )

    run_virtual(main, start=start)
    return consumed


def _read(world: World, since: float, consumed: Consumed) -> None:
    """A minute of everything that is listed."""
    until = since + 60.0
    for each in UNIVERSE:
        found = world.tape.prints(each.symbol, since, until)
        consumed.rows("prints" if each.traded else "index values", each.symbol, found)
        if each.traded:
            changes = world.books.columns(each.symbol, since, until)
            consumed.rows("book changes", each.symbol, changes)
    for symbol in FOCUS:
        trades = world.option_tape.trades(symbol, since, until)
        consumed.rows("option prints", symbol, trades)


def measure() -> list[Row]:
    """A day from 09:00 to 17:00 Eastern, and five minutes of it three times."""
    twice = [day(_SEED, 5, NINE + 3600) for _ in range(2)]
    other = day(_SEED + 1, 5, NINE + 3600)
    seconds, consumed = _timed(_SEED, 60 * _HOURS)
    counts = consumed.counts
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory *= 1 if sys.platform == "darwin" else 1024
    names = ("prints", "book changes", "option prints")
    told = ", ".join(f"{counts[name]:,} {name}" for name in names)
    polled = (
        f"{counts['bytes'] / 1e9:.1f} GB, chains of up to {consumed.most_contracts:,} contracts"
    )
    wrong = counts["over a limit"] + counts["refused"] + counts["drifts"] + len(consumed.problems)
    return [
        Row(
            f"{_HOURS} virtual hours, {len(UNIVERSE)} listings, one process",
            seconds,
            "s CPU",
            _TARGET,
            note=f"hash {consumed.digest}",
        ),
        Row("market events read", consumed.events, "", _LEAST, higher=True, note=told),
        Row("polls answered", counts["polls"], "", note=polled),
        Row("values stored, raw, transformed and aggregated", counts["values"]),
        Row("polls over a limit or refused, bodies adrift, feeds that failed", wrong, "", 0),
        Row("runs of a seed that differ", float(twice[0].digest != twice[1].digest), "", 0),
        Row("seeds that give the same", float(twice[0].digest == other.digest), "", 0),
        Row("peak resident memory", memory / 2**20, "MiB"),
    ]


def _timed(seed: int, minutes: int, contracts: int | None = CONTRACTS) -> tuple[float, Consumed]:
    begun = time.process_time()
    consumed = day(seed, minutes, contracts=contracts, tell=True)
    return time.process_time() - begun, consumed


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    lasts, seeded, listed = (*given, *(60 * _HOURS, _SEED, CONTRACTS)[len(given) :])
    took, lived = _timed(seeded, lasts, listed or None)
    print(f"{took:.1f} s CPU, hash {lived.digest}, {lived.events:,} events, {dict(lived.counts)}")

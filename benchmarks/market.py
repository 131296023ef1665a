"""The simulated market alone: eight virtual hours of the whole universe, every event walked."""

from __future__ import annotations

import resource
import sys
import time
from datetime import date

from benchmarks.measure import Row
from quanticity.clock import MarketCalendar
from quanticity.sim.market import FOCUS, UNIVERSE, World

_DAY = date(2026, 1, 5)
_HOURS = 8
_LEAST = 5_000_000
_TARGET = 180.0


def measure() -> list[Row]:
    """Generate a day minute by minute, in order, and look at each event of it once."""
    world = World(7, MarketCalendar())
    start = world.day_of(_DAY).opens - 3600.0
    traded = [each.symbol for each in UNIVERSE if each.traded]
    counts = dict.fromkeys(("prints", "changes", "option prints", "index values"), 0)
    begun = time.process_time()
    latest = 0.0
    for minute in range(60 * _HOURS):
        since = start + 60.0 * minute
        until = since + 60.0
        for each in UNIVERSE:
            prints = world.tape.prints(each.symbol, since, until)
            for at, _price, _size in zip(
                prints.time.tolist(), prints.price.tolist(), prints.size.tolist(), strict=True
            ):
                latest = max(latest, at)
            counts["prints" if each.traded else "index values"] += len(prints)
        for symbol in traded:
            changes = world.books.changes(symbol, since, until)
            for change in changes:
                latest = max(latest, change.time)
            counts["changes"] += len(changes)
        for symbol in FOCUS:
            trades = world.option_tape.trades(symbol, since, until)
            for at, _price, _size in zip(
                trades.time.tolist(), trades.price.tolist(), trades.size.tolist(), strict=True
            ):
                latest = max(latest, at)
            counts["option prints"] += len(trades)
    seconds = time.process_time() - begun
    total = sum(counts.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory *= 1 if sys.platform == "darwin" else 1024
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return [
        Row(f"{_HOURS} virtual hours, {len(UNIVERSE)} listings", seconds, "s CPU", _TARGET),
        Row("events", total, "", _LEAST, higher=True, note=told),
        Row("a million events", seconds / total * 1e6, "s CPU"),
        Row("peak resident memory", memory / 2**20, "MiB"),
    ]

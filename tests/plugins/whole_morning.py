"""One run of every shipped component on what the simulated vendors send, with its inputs kept.

For a fund and a share, and for what is there once. What components write is read by others, as
live; of books, tapes, positions, trades and signals there are samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import orjson

from quanticity.component import Analytic, Strategy
from quanticity.model import Kind, Write
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import execute
from quanticity.runtime.job import Job
from quanticity.store import envelope
from quanticity.testing import samples
from tests.cli.whole_demo import bindings
from tests.plugins.test_active_signals import signal
from tests.plugins.test_portfolio_greeks import PUT, held
from tests.plugins.test_signal_stats import trade
from tests.sim.vendors.asking import CALENDAR, eastern
from tests.sim.vendors.engine import Engine as Feeds
from tests.sim.vendors.engine import with_engine

AT = eastern("2026-01-05 14:45")
SYMBOLS = {"SPY", "NVDA"}
_ROUNDS, _STEP, _LIFE = 8, 65.0, 3600.0
_CHAIN = "option_chains"


@dataclass(frozen=True)
class Morning:
    """The last run of each binding by its id, and the data of every key (JSON)."""

    jobs: Mapping[str, Job]
    latest: Mapping[str, bytes]
    events: Mapping[str, list[bytes]]


def fed() -> dict[str, bytes]:
    """The latest bodies of all feeds of the demo for the symbols."""

    async def talk(feeds: Feeds) -> dict[str, bytes]:
        mine = [one for one in feeds.feeds.values() if one.values.get("symbol", "SPY") in SYMBOLS]
        # What others take their expiries from comes first.
        for feed in sorted(mine, key=lambda one: not one.endpoint_id.endswith(_CHAIN)):
            await feeds.run(feed)
        return {
            write.key: bytes(write.data)
            for write in feeds.store.writes
            if write.kind is Kind.LATEST
        }

    return with_engine(talk, at=AT, limits=False)


@cache
def morning() -> Morning:
    """All of it, once a process."""
    mine = [
        one
        for one in bindings()
        if issubclass(one.component, Analytic | Strategy)
        and one.values.get("symbol", "SPY") in SYMBOLS
    ]
    engine = Engine(mine, PlainAges(), CALENDAR, now=AT)
    latest, events, jobs = dict[str, bytes](), dict[str, list[bytes]](), dict[str, Job]()
    number = 0

    def arrive(key: str, data: bytes, now: float, kind: Kind = Kind.LATEST) -> None:
        nonlocal number
        number += 1
        if kind is Kind.EVENTS:
            events.setdefault(key, []).append(data)
        else:
            latest[key] = data
        write = Write(key, data, "market", now, now, _LIFE, kind)
        engine.arrived(key, envelope.encode(write, f"{number}-0"), now)

    bodies = fed()
    for step in range(_ROUNDS):
        now = AT + _STEP * step
        for key, data in bodies.items():
            arrive(key, data, now)
        for symbol in sorted(SYMBOLS):
            arrive(f"market:{symbol}:book", orjson.dumps(samples.book(now)), now)
            for one in samples.tape(now, prints=30):
                arrive(f"market:{symbol}:trades", orjson.dumps(one), now, Kind.EVENTS)
        arrive("positions:active", orjson.dumps({"positions": [held(3), held(-1, PUT)]}), now)
        arrive("trades:history", orjson.dumps(trade(0.5, step)), now, Kind.EVENTS)
        arrive("signals:pending", orjson.dumps(signal(step, now)), now, Kind.EVENTS)
        for _ in range(4):
            engine.advance(now)
            for job in engine.take(now):
                result = execute(job.binding, job.views, job.state, job.now)
                assert not result.error, (job.binding.id, result.error, result.where)
                jobs[job.binding.id] = job
                commit = engine.finish(job, result, now)
                for write in commit.writes if commit is not None else ():
                    arrive(write.key, bytes(write.data), now, write.kind)
    return Morning(jobs, latest, events)

"""One run of every shipped component on what the simulated vendors send, with its inputs kept.

For a fund and a share, and for what is there once. What components write is read by others, as
live; of books, tapes, positions, trades and signals there are samples. What has nothing to say in
the morning runs in the afternoon, for the fund alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
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

_CHAIN = "option_chains"
# Each minute of the day so far is one more of the tape of all that has options.
MORNING, AFTERNOON = eastern("2026-01-05 10:15"), eastern("2026-01-05 14:45")
SYMBOLS = {"SPY", "NVDA"}
# What speaks from 14:00 on; what is written for it to read, and the endpoints that all go by.
_LATER = {"moc_predictor"}
_BEFORE_IT = {"dark_pool", "exposure", "strike_flow"}
_FEEDS = {"call_put_ticks", "darkpool", "flow_intraday", "greek_flow", _CHAIN}
_ROUNDS, _STEP, _LIFE = 8, 65.0, 3600.0


@dataclass(frozen=True)
class Stretch:
    """The last run of each binding by its id, and the data of every key (JSON)."""

    at: float
    jobs: Mapping[str, Job]
    latest: Mapping[str, bytes]
    events: Mapping[str, list[bytes]]


def fed(at: float, symbols: Collection[str], endpoints: Collection[str]) -> dict[str, bytes]:
    """The latest bodies of the feeds of the demo for the symbols; of all endpoints where none."""

    async def talk(feeds: Feeds) -> dict[str, bytes]:
        mine = [
            one
            for one in feeds.feeds.values()
            if one.values.get("symbol", "SPY") in symbols
            and (not endpoints or one.endpoint_id.rpartition(".")[2] in endpoints)
        ]
        # What others take their expiries from comes first.
        for feed in sorted(mine, key=lambda one: not one.endpoint_id.endswith(_CHAIN)):
            await feeds.run(feed)
        return {
            write.key: bytes(write.data)
            for write in feeds.store.writes
            if write.kind is Kind.LATEST
        }

    return with_engine(talk, at=at, limits=False)


@cache
def morning() -> Stretch:
    """All but what speaks later, once a process."""
    return _stretch(MORNING, SYMBOLS, lambda name: name not in _LATER)


@cache
def afternoon() -> Stretch:
    """What speaks later, once a process."""
    found = _stretch(AFTERNOON, {"SPY"}, lambda name: name in _LATER | _BEFORE_IT, _FEEDS)
    jobs = {name: job for name, job in found.jobs.items() if job.binding.component.name in _LATER}
    return replace(found, jobs=jobs)


def _stretch(
    at: float,
    symbols: Collection[str],
    runs: Callable[[str], bool],
    endpoints: Collection[str] = (),
) -> Stretch:
    """What became of the components whose names are to run."""
    mine = [
        one
        for one in bindings()
        if issubclass(one.component, Analytic | Strategy)
        and runs(one.component.name)
        and one.values.get("symbol", "SPY") in symbols
    ]
    engine = Engine(mine, PlainAges(), CALENDAR, now=at)
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

    bodies = fed(at, symbols, endpoints)
    for step in range(_ROUNDS):
        now = at + _STEP * step
        for key, data in bodies.items():
            arrive(key, data, now)
        for symbol in sorted(symbols):
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
    return Stretch(at, jobs, latest, events)

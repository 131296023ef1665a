"""A small system in one process that is recorded: engine, store in memory, plugins from files."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import orjson

from quanticity.clock import MarketCalendar
from quanticity.clock.base import Clock
from quanticity.component import Component
from quanticity.journal.reader import open_recording
from quanticity.journal.recorder import Recorder
from quanticity.model import Kind, Write
from quanticity.replay.differences import Verdict
from quanticity.replay.verify import Verifier
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import execute
from quanticity.runtime.job import Job
from quanticity.runtime.recorded import bound_of, run_of
from quanticity.store.envelope import Written
from quanticity.store.memory import MemoryStore

MONDAY = 1_767_625_200.0
CALENDAR = MarketCalendar()
_NUMBERS = count()

PLUGIN = """
import msgspec
from quanticity.api import Analytic, Key, Kind, Spec, OnChange, Every

FACTOR = 2.5

class Scaled(Analytic):
    name = "scaled"
    class Params(Spec):
        plus: float = 1
    reads = {"price": Key("raw:price:{symbol}", max_age=600)}
    writes = {"value": Key("feed:scaled:{symbol}")}

    def compute(self, inputs, state, now):
        return {"value": {"symbol": self.values["symbol"],
                          "plus": self.params.plus,
                          "scaled": inputs.price.data["p"] * FACTOR + self.params.plus}}, None

class Seen(msgspec.Struct):
    count: int = 0
    total: float = 0.0

class Running(Analytic):
    name = "running"
    State = Seen
    reads = {"scaled": Key("feed:scaled:{symbol}"),
             "prints": Key("raw:prints:{symbol}", kind=Kind.EVENTS)}
    writes = {"mean": Key("feed:mean:{symbol}"),
              "told": Key("events:told:{symbol}", kind=Kind.EVENTS)}
    trigger = OnChange("scaled", "prints")

    def compute(self, inputs, state, now):
        state.count += 1 + len(inputs.prints.data)
        state.total += inputs.scaled.data["scaled"]
        if state.count % 7 == 0:
            raise RuntimeError("seven")
        return {"mean": {"mean": state.total / state.count, "at": now},
                "told": [state.count] if state.count % 3 == 0 else []}, state
"""


def components(folder: Path, text: str = PLUGIN) -> dict[str, type[Component]]:
    """The components of a plugin file with this text."""
    path = folder / "scaled.py"
    path.write_text(text)
    name = f"plugin_of_a_test_{next(_NUMBERS)}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return {one.name: one for one in (module.Scaled, module.Running)}


def bindings(
    known: Mapping[str, type[Component]], symbols: Sequence[str] = ("SPY",)
) -> list[Binding]:
    return [
        bind(one, one.Params(), {"symbol": symbol}) for symbol in symbols for one in known.values()
    ]


class Steps:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = MONDAY

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


class Small:
    """Engine and store, recorded as a running system is: values by one process, runs by another."""

    def __init__(self, folder: Path, bound: list[Binding]) -> None:
        self.clock = Steps()
        self.store = MemoryStore(self.clock)
        self.feeds = Recorder(folder, "feeds", MONDAY)
        self.worker = Recorder(folder, "worker", MONDAY)
        self.engine = Engine(bound, PlainAges(), CALENDAR, now=MONDAY)
        self.runs = 0
        self._by_worker = False
        self.store.observe(self._written)
        for one in bound:
            self.worker.bound(bound_of(one))

    def put(self, key: str, data: object, kind: Kind = Kind.LATEST) -> None:
        now = self.clock.at + 0.25
        while self.engine.next_at() <= now:
            self.clock.at = max(self.clock.at, self.engine.next_at())
            self._work()
        self.clock.at = now
        self.store.put(Write(key, orjson.dumps(data), "test.feed", now, now, 600.0, kind))
        self._work()

    def close(self) -> None:
        self.feeds.close()
        self.worker.close()

    def _written(self, values: Sequence[Written]) -> None:
        (self.worker if self._by_worker else self.feeds).written(values)
        for one in values:
            if self.engine.reads(one.write.key):
                self.engine.arrived(one.write.key, one.text, self.clock.at)

    def _work(self) -> None:
        now = self.clock.at
        self.engine.advance(now)
        while ready := self.engine.ready(now):
            for name in ready:
                job = self.engine.job(name, now)
                if not isinstance(job, Job):
                    continue
                result = execute(job.binding, job.views, job.state, now)
                self.runs += 1
                self.worker.ran(run_of(job, result), job.state)
                commit = self.engine.finish(job, result, now)
                if commit is not None:
                    self._by_worker = True
                    self.store.put_together(commit.writes, commit.states)
                    self._by_worker = False


def record(folder: Path, bound: list[Binding], steps: int = 100) -> Small:
    """A recording of so many prices and prints."""
    small = Small(folder, bound)
    for number in range(steps):
        for symbol in sorted({one.values["symbol"] for one in bound}):
            small.put(f"raw:price:{symbol}", {"p": 100 + number / 7})
            if number % 3 == 0:
                small.put(f"raw:prints:{symbol}", {"size": number}, Kind.EVENTS)
    small.close()
    return small


def verify(folder: Path, known: Mapping[str, type[Component]]) -> Verdict:
    """What `replay --verify` finds."""
    clock: Clock = Steps()
    return Verifier(open_recording(folder), known, clock).run()

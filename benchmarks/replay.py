"""Recording and replaying: what the live path pays, and how fast every run is run again.

`python -m benchmarks.replay` prints the figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from benchmarks import fetch
from benchmarks.fetch_contenders import CONTRACT, Contenders
from benchmarks.measure import Row, cpu_seconds, median_in_turns, ratio
from quanticity.clock import LiveClock
from quanticity.component import Analytic, Component, Inputs
from quanticity.config.schema.root import StoreSettings
from quanticity.journal.reader import open_recording
from quanticity.journal.recorder import FLUSH_EVERY, Recorder
from quanticity.model import Key, Write
from quanticity.replay.verify import Verifier
from quanticity.runtime.binding import bind
from quanticity.runtime.execute import execute
from quanticity.runtime.job import Job, writes_of
from quanticity.runtime.recorded import bound_of, run_of
from quanticity.store import envelope
from quanticity.store.envelope import Written
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore
from quanticity.views import Value
from quanticity.views.base import stored

RUNS = 100_000
SYMBOLS = 50
FETCHES = 1_000
ROUNDS = 31
MONDAY = 1_767_625_200.0


class Twice(Analytic):
    """The most trivial component."""

    name = "twice"
    reads: ClassVar[Mapping[str, Key]] = {"price": Key("raw:price:{symbol}")}
    writes: ClassVar[Mapping[str, Key]] = {"value": Key("feed:twice:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        return {"value": {"twice": 2 * inputs.price.data["p"]}}, None


def measure() -> list[Row]:
    """Runs a second of `replay --verify`, and what recording costs whoever writes."""
    with tempfile.TemporaryDirectory(prefix="q") as folder:
        return [*_verify(Path(folder) / "runs"), *_recording(Path(folder))]


def _verify(folder: Path) -> list[Row]:
    _record(folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    known: dict[str, type[Component]] = {"twice": Twice}
    figures = []
    for _ in range(3):
        verdict = Verifier(open_recording(folder), known, LiveClock()).run()
        assert verdict.same, verdict.lines()
        assert verdict.runs == RUNS
        figures.append(verdict.runs / verdict.took)
    return [
        Row(
            "`replay --verify`, trivial components",
            statistics.median(figures),
            "runs a second",
            20_000,
            higher=True,
        ),
        Row("on disk, each run with its input and output", size / RUNS, "bytes"),
    ]


def _record(folder: Path) -> None:
    """`RUNS` runs as feeds and a worker record them: an input, a run and an output each."""
    params = Twice.Params()
    bound = [bind(Twice, params, {"symbol": f"S{number}"}) for number in range(SYMBOLS)]
    feeds, worker = Recorder(folder, "feeds", MONDAY), Recorder(folder, "worker", MONDAY)
    for one in bound:
        worker.bound(bound_of(one))
    for number in range(RUNS):
        binding = bound[number % SYMBOLS]
        now = MONDAY + number / 1000
        key, seq = f"raw:price:{binding.values['symbol']}", f"{int(now * 1000)}-0"
        write = Write(key, b'{"p":%d}' % number, "bench.prices", now, now, 60.0)
        feeds.written([Written.of(write, seq)])
        view = Value.of(stored(envelope.encode(write, seq)))
        job = Job(binding, "change", now, {"price": view}, {key: (seq,)}, None, now)
        result = execute(binding, job.views, None, now)
        worker.ran(run_of(job, result), None)
        made = f"{int(now * 1000)}-1"
        worker.written([Written.of(one, made) for one in writes_of(job, result)])
        if number % 5000 == 0:
            time.sleep(0.05)  # a live system leaves the disk some time
    feeds.close()
    worker.close()
    assert feeds.lost + worker.lost == 0


def _recording(folder: Path) -> list[Row]:
    """The same fetches with and without a recorder, in turns: CPU of the whole process."""
    clock = LiveClock()
    with fetch.vendor() as base, asyncio.Runner() as runner:
        store = runner.run(open_store(StoreSettings(), folder / "s", clock, {}))
        recorder = Recorder(folder / "values", "feeds", MONDAY)
        try:
            bench = Contenders(runner, base, store, clock, "2kb", FETCHES, 100)
            cpu = median_in_turns(
                {
                    "plain": lambda: bench.ours(CONTRACT, durable=True),
                    "recorded": lambda: _recorded(bench, store, recorder),
                },
                rounds=ROUNDS,
            )
            runner.run(bench.close())
        finally:
            runner.run(store.close())
            recorder.close()
    assert not recorder.lost
    what = "CPU of fetching 2 KB with a recorder, of fetching without"
    return [ratio(what, cpu["recorded"], cpu["plain"], 1.05)]


def _recorded(bench: Contenders, store: RedisStore, recorder: Recorder) -> float:
    store.observe(recorder.written)
    try:
        fetching = bench.ours(CONTRACT, durable=True)
    finally:
        store.unobserve(recorder.written)
    # What still waits is the recorder's work too.
    afterwards = cpu_seconds(lambda: time.sleep(1.5 * FLUSH_EVERY))
    return fetching + afterwards * 1000 / FETCHES


if __name__ == "__main__":
    print(json.dumps([row.as_dict() for row in measure()], indent=1))

"""Runs the benchmarks and writes docs/benchmarks.md: `python -m benchmarks.run [NAME...]`.

Without names all are run. With names only those are, and the page keeps the others' figures.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import describe, speed
from benchmarks.measure import Row
from benchmarks.page import Benchmark, Measured, figure, page

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
KEPT = ROOT / "benchmarks" / "results.json"
ONE = "--one"


BENCHMARKS = (
    Benchmark(
        "fetch",
        "Fetching",
        "End to end into Redis: HTTP, limits, contract, one write script. CPU per 1,000 fetches at "
        "16 in flight. The naive loop is aiohttp, json and one SET at a time; it and aiohttp alone "
        "run in the same minute, in turns.",
    ),
    Benchmark("store", "The store", "Writes and reads by themselves."),
    Benchmark(
        "schedule",
        "Schedule and limits",
        "What deciding whose turn it is, and taking a slot, costs a fetch.",
    ),
    Benchmark(
        "feeds10k",
        "Ten thousand feeds",
        "One process with 10,000 feeds, running: its peak resident memory.",
    ),
    Benchmark(
        "reload_live",
        "Hot reload",
        "A running config of 1,000 feeds, from the file written to the line that says the new one "
        "runs, over in-place write, rename and symlink swap.",
    ),
    Benchmark(
        "reload",
        "Hot reload, the reading alone",
        "The same config, from the file written to the new one read, checked and handed on.",
    ),
    Benchmark(
        "plugin_live",
        "Hot reload of a plugin",
        "The whole demo runs; a plugin with a binding for each of its eleven chains is edited, "
        "loaded and tried apart, and takes over.",
    ),
    Benchmark(
        "analytics",
        "Analytics",
        "From the bytes of a chain or a book, as they are stored, to the values of the shipped "
        "analytics, as they are written; wall time of one thread.",
    ),
    Benchmark(
        "quant",
        "Greeks and volatility",
        "`quanticity.quant` on arrays, one thread, warm: the least of 60 passes, in turns with "
        "py_vollib_vectorized in an environment of its own. Errors are relative, against mpmath "
        "at 50 digits; those of the peer over the options that are timed.",
    ),
    Benchmark(
        "gateway",
        "The simulated gateway",
        "One client with a hundred lines (the universe and 34 options), three books, three "
        "tick-by-tick and three bar streams, on the virtual clock; CPU of the gateway and the "
        "market behind it, without the client's own.",
    ),
    Benchmark(
        "ibkr",
        "Interactive Brokers",
        "Frames as the gateway writes them, through the vendor's library and the plugin, to the "
        "port of the store; the line is in memory. CPU of one core.",
    ),
    Benchmark(
        "ibkr_live",
        "Interactive Brokers at work",
        "The same over TCP from a process of its own into a real server: from the moment at which "
        "a print is sent until the store has answered its write, with the sender, the handler and "
        "the store on the machine's cores; orders while 500 subscriptions wait; and changes of a "
        "book, with their keys. Milliseconds depend on what else the machine does; CPU, which is "
        "the handler's process alone, does not.",
    ),
    Benchmark(
        "microstructure",
        "Tape and book",
        "VPIN, signs of trades and indicators on arrays; what the components of tape and book take "
        "of a core at their cadences, with the simulated market's tape. Wall time of one thread.",
    ),
    Benchmark(
        "analytics_live",
        "Analytics at work",
        "The same over a real server, with the worker as a process of its own: from a value put "
        "into the store until another process sees the last key that is made of it.",
    ),
    Benchmark(
        "analytics_load",
        "All analytics together",
        "The whole demo: every shipped component for its eleven symbols at the cadences of their "
        "feeds, once all have had their turn. Shares of components are of wall time in their runs.",
    ),
    Benchmark(
        "market",
        "The simulated market",
        "The whole universe from 08:30 to 16:30 Eastern on one core, minute by minute: trades, "
        "steps of the books and option trades, each made and looked at once.",
    ),
    Benchmark(
        "virtual_day",
        "A virtual day",
        "From 09:00 to 17:00 Eastern in one process under the virtual clock: the tape, books and "
        "option tape of the whole universe read minute by minute, while every feed of the demo is "
        "polled on its schedule by the real pacer, answered by the simulated vendors without "
        "sockets, checked against its contract, transformed, aggregated and written to a store in "
        "memory. Websockets, analytics and the gateway are left out.",
    ),
    Benchmark(
        "demo_load",
        "The demo in real time",
        "`main.py run`: feeds, analytics, simulated vendors and gateway, and the handler of "
        "Interactive Brokers. CPU seconds of all processes in a second; memory is proportional, a "
        "shared page counts once.",
    ),
    Benchmark(
        "replay",
        "Recording and replay",
        "`replay --verify` of 100,000 recorded runs of the most trivial component, each with an "
        "input and an output; and what a recorder costs whoever writes.",
    ),
    Benchmark(
        "runtime",
        "Components at work",
        "Over a real server: from an update to what a component makes of it, as another process "
        "sees them, beside the same without a component; and 500 bindings, each price once a "
        "second.",
    ),
    Benchmark("start", "Start", "From the command to the first key in `demo`, once installed."),
    Benchmark(
        "peers",
        "Beside others",
        "The same 1,000 fetches by dlt and by Airbyte's low-code CDK, each in an environment of "
        "its own. Run with `BENCH_PEERS=1 make bench`.",
    ),
)


def main() -> None:
    """Run what was asked for and write the page."""
    if sys.argv[1:2] == [ONE]:
        _one(sys.argv[2])
        return
    wanted = sys.argv[1:] or [
        bench.name for bench in BENCHMARKS if bench.name != "peers" or os.environ.get("BENCH_PEERS")
    ]
    results = _kept()
    for bench in BENCHMARKS:
        if bench.name in wanted:
            print(f"{bench.title} ...", flush=True)
            today, quick = datetime.now(UTC).date().isoformat(), speed()
            results[bench.name] = found = Measured(today, quick, _apart(bench.name))
            for row in found.rows:
                print(f"  {row.what}: {figure(row.value)} {row.unit} {row.verdict}", flush=True)
    KEPT.write_text(
        json.dumps({name: found.as_dict() for name, found in results.items()}, indent=1) + "\n",
        encoding="utf-8",
    )
    PAGE.write_text(page(BENCHMARKS, results, describe()), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def _one(name: str) -> None:
    rows: list[Row] = importlib.import_module(f"benchmarks.{name}").measure()
    print(json.dumps([row.as_dict() for row in rows]))


def _apart(name: str) -> list[Row]:
    """The rows of one benchmark, measured in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", ONE, name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def _kept() -> dict[str, Measured]:
    if not KEPT.is_file():
        return {}
    told = json.loads(KEPT.read_text(encoding="utf-8"))
    return {name: Measured.of(found) for name, found in told.items()}


if __name__ == "__main__":
    main()

"""Hot reload as a person sees it: from the file written to the line that says the new one runs.

A whole system runs 1,000 feeds against a vendor on this machine; one endpoint changes each time.
Ten of a second run beside them, and the vendor notes when each is asked for: how late they are.
"""

from __future__ import annotations

import json
import queue
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.loopback import loopback
from benchmarks.measure import Row
from benchmarks.program import bench_config, on_config
from benchmarks.reload import PATTERNS

# So many edits of each kind that the p99 of all is not the slowest alone.
FEEDS, ROUNDS = 1000, 100
MOST_MILLISECONDS = 250.0
WATCHED, EACH = 10, 1.0
# No feed is late that starts within this (milliseconds) of its moment.
LATE = 1000.0
SOURCE = """  vendor_{number}:
    description: "A vendor on this machine"
    base_url: "{vendor}"
    rate_limits: {{requests_per_minute: 6000, max_in_flight: 8}}
    endpoints:
"""
ENDPOINT = """      feed_{number}:
        path: "/rows"
        params: {{size: 2048, number: {number}}}
        interval_seconds: {interval}
        redis_key: "raw:v:{number}"
        ttl_seconds: 1800
"""
BESIDE = """      beside_{number}:
        path: "/rows"
        params: {{size: 2048, watched: "beside_{number}"}}
        interval_seconds: {interval:g}
        redis_key: "raw:beside:{number}"
        ttl_seconds: 1800
"""


def measure() -> list[Row]:
    """Median and p99 over all patterns of writing, and the median of each."""
    took: dict[str, list[float]] = {}
    late: list[float] = []
    for pattern in PATTERNS:
        took[pattern], beside = _rounds(pattern)
        late += beside
    late.sort()
    everything = sorted(figure for figures in took.values() for figure in figures)
    p99 = everything[min(len(everything) - 1, round(0.99 * len(everything)))]
    return [
        Row(
            f"{FEEDS:,} feeds running: written to live, p99",
            p99,
            "ms",
            MOST_MILLISECONDS,
            note=f"{len(everything)} edits",
        ),
        *(
            Row(f"{name.replace('_', ' ')}, median", statistics.median(figures), "ms")
            for name, figures in took.items()
        ),
        Row("feeds of a second beside them, how late: p99", late[len(late) * 99 // 100], "ms"),
        Row("the latest of them", late[-1], "ms", LATE, note=f"{len(late):,} starts"),
    ]


def _rounds(pattern: str) -> tuple[list[float], list[float]]:
    with loopback() as ends, tempfile.TemporaryDirectory(prefix="q") as folder:
        config = bench_config(Path(folder))
        file = config / "data_sources.yaml"
        if pattern == "symlink":
            file.symlink_to("..data/data_sources.yaml")
        write = PATTERNS[pattern]
        write(file, _text(ends.vendor, 0, 60), 0)
        with on_config(config, Path(folder) / "data", ends.socket) as running:
            lines = _lines_of(running)
            first = 0
            while first < FEEDS:
                first += "raw:v:" in lines.get(timeout=120)[1]
            took = []
            since = time.monotonic()
            for turn in range(1, ROUNDS + 1):
                text = _text(ends.vendor, turn, 60 + turn)
                took.append(_one(lines, partial(write, file, text, turn)))
            late = _late(ends.vendor, since)
            running.terminate()
            running.wait(60)
    return took, late


def _late(vendor: str, since: float) -> list[float]:
    """Milliseconds by which requests came after the earliest moment of their second."""
    with urllib.request.urlopen(f"{vendor}/arrivals") as answer:
        arrivals = json.load(answer)
    found = []
    for moments in arrivals.values():
        within = [moment % EACH for moment in moments if moment >= since]
        # Seconds go round: what is half of one early is late by the other half.
        first = within[0]
        offsets = [(one - first + EACH / 2) % EACH for one in within]
        found += [(one - min(offsets)) * 1000 for one in offsets]
    return found


def _one(lines: queue.Queue[tuple[float, str]], write: Callable[[], None]) -> float:
    time.sleep(0.2)
    write()
    written = time.perf_counter()
    while True:
        at, line = lines.get(timeout=10)
        if "reload" in line and "generation" in line:
            return (at - written) * 1000


def _lines_of(running: subprocess.Popen[str]) -> queue.Queue[tuple[float, str]]:
    """Each line of the run with the moment it was read."""
    lines: queue.Queue[tuple[float, str]] = queue.Queue()

    def listen() -> None:
        assert running.stdout is not None
        for line in running.stdout:
            lines.put((time.perf_counter(), line))

    threading.Thread(target=listen, daemon=True).start()
    return lines


def _text(vendor: str, changed: int, interval: int) -> str:
    parts = ["data_sources:\n"]
    for number in range(FEEDS):
        if number % 100 == 0:
            parts.append(SOURCE.format(number=number // 100, vendor=vendor))
        every = interval if number == changed else 60
        parts.append(ENDPOINT.format(number=number, interval=every))
    parts.append(SOURCE.format(number="beside", vendor=vendor))
    parts += [BESIDE.format(number=number, interval=EACH) for number in range(WATCHED)]
    return "".join(parts)

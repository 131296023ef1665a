"""What the whole demo costs in real time: every process of it, with its CPU and its own memory.

`python -m benchmarks.run demo_load`: the system as `main.py run` starts it, with feeds, analytics,
simulated vendors, a simulated gateway and the handler of Interactive Brokers. Needs /proc.

CPU is that of processes and of what they ended, memory their proportional set size: a page that
several of them share is counted once. CPU seconds do not grow because others use the machine, but
for what they cost each other in caches.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.program import demo, open_files

# Five minutes in all: what is kept of the simulated market has filled by then.
SETTLE, SECONDS = 240.0, 60.0
TARGET_CPU, TARGET_MEMORY = 60.0, 1e9 / 2**20
_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its parent, CPU seconds so far, MiB of its own, and what it is."""

    parent: int
    cpu: float
    memory: float
    what: str


def measure() -> list[Row]:
    """Percent of one core and MiB, all together and of each process."""
    with demo() as running:
        time.sleep(SETTLE)
        before, began = tree(running.pid, str(running.data)), time.monotonic()
        time.sleep(SECONDS)
        after, took = tree(running.pid, str(running.data)), time.monotonic() - began
    shares = {
        pid: 100 * (one.cpu - (before[pid].cpu if pid in before else 0.0)) / took
        for pid, one in after.items()
    }
    memory = sum(one.memory for one in after.values())
    grown = memory - sum(one.memory for one in before.values())
    told = f"{len(after)} processes, {SETTLE:.0f} s after the start, over {SECONDS:.0f} s"
    rows = [
        Row("CPU of all processes", sum(shares.values()), "% of a core", TARGET_CPU, note=told),
        Row("memory of all processes", memory, "MiB", TARGET_MEMORY),
        Row("grown in that minute", grown, "MiB"),
    ]
    for pid in sorted(after, key=lambda pid: -shares[pid]):
        one = after[pid]
        rows.append(Row(one.what, shares[pid], "% of a core", note=f"{one.memory:.0f} MiB"))
    return rows


def tree(root: int, data: str) -> dict[int, Process]:
    """A process and all that it began, by pid; a server may have left its parent, not its data."""
    every = {int(each.name): each for each in _PROC.iterdir() if each.name.isdigit()}
    seen = {pid: one for pid, path in every.items() if (one := _process(path)) is not None}
    found = {root} | {pid for pid, one in seen.items() if data in one.what and pid != os.getpid()}
    while more := {pid for pid, one in seen.items() if one.parent in found} - found:
        found |= more
    return {pid: _named(pid, seen[pid], root, seen) for pid in sorted(found & set(seen))}


def _process(path: Path) -> Process | None:
    """What is known of one process; None where it has just gone, or is not ours to look at."""
    try:
        told = (path / "stat").read_text().rsplit(")", 1)[1].split()
        line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        name = (path / "comm").read_text().strip()
        held = (path / "smaps_rollup").read_text()
    except (OSError, IndexError):
        return None
    memory = sum(int(row.split()[1]) for row in held.splitlines() if row.startswith("Pss:"))
    # Its own, and that of children that have ended: threads are in it.
    cpu = sum(map(int, told[11:15])) / _TICKS
    return Process(int(told[1]), cpu, memory / 1024, f"{name} {line}".strip())


def _named(pid: int, one: Process, root: int, seen: dict[int, Process]) -> Process:
    """The same, called what people know it by."""
    parent = seen.get(one.parent)
    if pid == root:
        what = "feeds, schedule and simulated vendors"
    elif "keeper.py" in one.what or "valkey-server" in one.what or "redis-server" in one.what:
        what = "keeper of the store" if "keeper.py" in one.what else "store"
    elif "resource_tracker" in one.what:
        what = "resource tracker"
    elif "spawn_main" in one.what:
        what = "simulated gateway"
    elif parent is not None and "forkserver" in parent.what:
        what = "analytics" if "worker.log" in open_files(pid) else "handler and distributors"
    else:
        what = "fork server" if "forkserver" in one.what else one.what.split()[0]
    return Process(one.parent, one.cpu, one.memory, what)

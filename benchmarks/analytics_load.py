"""What all analytics together cost: the whole demo for real, its worker's CPU, and who takes it.

The focus universe at the cadences of its feeds. It runs for a while before it is measured, until
every feed has had its turn and what is compiled is warm.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.measure import Row
from benchmarks.program import Demo, demo, open_files
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.runtime.health import COMPONENTS_KEY
from quanticity.store.opening import open_store

SETTLE, SECONDS = 120.0, 90.0
TARGET_CPU = 40.0
SHOWN = 8


def measure() -> list[Row]:
    """Percent of one core, the worker's whole, and of the dearest components each."""
    with demo() as running:
        time.sleep(SETTLE)
        worker = _worker(running.pid)
        before, began, cpu = _taken(running), time.perf_counter(), _cpu(worker)
        time.sleep(SECONDS)
        cpu, took = _cpu(worker) - cpu, time.perf_counter() - began
        after = _taken(running)
    spent = {name: after[name] - before.get(name, 0.0) for name in after}
    dear = sorted(spent, key=lambda name: -spent[name])
    whole = 100 * cpu / took
    rows = [
        Row("the whole set at its cadences, CPU of the worker", whole, "% of a core", TARGET_CPU)
    ]
    together = 100 * sum(spent.values()) / took
    rows.append(Row(f"wall time in the runs of {len(dear)} components", together, "%"))
    rows += [Row(f"of which `{name}`", 100 * spent[name] / took, "%") for name in dear[:SHOWN]]
    rest = sum(spent[name] for name in dear[SHOWN:])
    rows.append(Row(f"of which the {len(dear) - SHOWN} others", 100 * rest / took, "%"))
    return rows


def _taken(running: Demo) -> dict[str, float]:
    """Seconds of all runs so far, by component."""

    async def told() -> Any:
        store = await open_store(
            *(StoreSettings(), running.data / "demo", LiveClock(), running.environ),
            attach_only=True,
        )
        try:
            return orjson.loads(await store.get_raw(COMPONENTS_KEY) or b"{}")
        finally:
            await store.close()

    found: dict[str, float] = {}
    for row in asyncio.run(told())["components"]:
        found[row["component"]] = found.get(row["component"], 0.0) + row["total"]
    return found


def _worker(top: int) -> int:
    """The process below `top` that computes: the one that writes to the worker's log."""
    below = {top}
    for _ in range(4):
        below |= {pid for pid, parent in _parents().items() if parent in below}
    found = next((pid for pid in below if "worker.log" in open_files(pid)), None)
    if found is None:
        raise SystemExit("the demo has no worker")
    return found


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        found[int(entry.parent.name)] = int(fields[1])
    return found


def _cpu(pid: int) -> float:
    """Seconds, system time included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))

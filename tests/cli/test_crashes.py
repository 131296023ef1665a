"""`kill -9` of the feeds, of a worker, of the store and of all at once, while all is recorded."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.cli.asked import ask, project, running
from tests.store.running import opened, server_of

SOURCE = '''
"""Prints, as fast as it goes, each with a number of its own."""

from quanticity.api import Key, Kind, Source

class Prints(Source):
    """Numbers them on from where it was."""

    name = "prints"
    writes = {"prints": Key("raw:prints", kind=Kind.EVENTS, ttl=3600, cap=1_000_000)}

    async def run(self, context):
        number = int(await context.saved() or b"0")
        while True:
            number += 1
            context.save(b"%d" % number)
            context.put("prints", {"n": number})
            await context.sleep(0.02)
'''
ANALYTIC = '''
"""What was printed so far."""

import msgspec

from quanticity.api import Analytic, Key, Kind, OnChange

class Count(msgspec.Struct):
    count: int = 0
    total: int = 0

class Counter(Analytic):
    """Counts each print once."""

    name = "counter"
    State = Count
    reads = {"prints": Key("raw:prints", kind=Kind.EVENTS)}
    writes = {
        "each": Key("feed:each", kind=Kind.EVENTS, ttl=3600, cap=1_000_000),
        "count": Key("feed:count", ttl=3600),
    }
    trigger = OnChange("prints")

    def compute(self, inputs, state, now):
        each = [event["n"] for event in inputs.prints.data]
        state = Count(state.count + len(each), state.total + sum(each))
        return {"each": each, "count": {"count": state.count, "total": state.total}}, state
'''


def workers_of(pid: int) -> list[int]:
    """The processes of the plugins: forked by a server that the system started."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    forked = [one for one, parent in parents.items() if parents.get(parent) == pid]
    with suppress(OSError):
        return [one for one in forked if b"python" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return []


async def told(folder: Path) -> tuple[list[int], list[int], Any]:
    """What was printed, what was counted, and the count, in that order of asking backwards."""
    async with opened(folder, attach_only=True) as store:
        count = await store.get("feed:count")
        each = await store.events("feed:each", "0", 1_000_000)
        printed = await store.events("raw:prints", "0", 1_000_000)
        assert count is not None
        return [e.data["n"] for _, e in printed], [e.data for _, e in each], count.data


def test_kill_9_of_any_part_misses_no_event_and_replays_without_a_difference(
    tmp_path: Path,
) -> None:
    project(tmp_path)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "prints.py").write_text(SOURCE)
    (tmp_path / "plugins" / "counter.py").write_text(ANALYTIC)
    with (tmp_path / "config" / "data_sources.yaml").open("a") as config:
        config.write("components:\n  prints: {enabled: true}\n")
    data = tmp_path / "data"
    chance = random.Random(11)
    started = ("--data", str(data), "--record", "recording")
    more = 12 if os.environ.get("QUANTICITY_SOAK") else 0
    victims = ["all", "worker", "store"]
    victims += chance.choices(["feeds", *victims], k=more)
    for victim in victims:  # the feeds are killed each time
        with running(*started, cwd=tmp_path) as system:
            system.wait_for("✓ plugins")
            time.sleep(chance.uniform(0.5, 2.5))
            store = server_of(data / "demo")
            if victim == "worker":
                os.kill(chance.choice(workers_of(system.process.pid)), signal.SIGKILL)
                time.sleep(2)
            elif victim == "store":
                os.kill(store, signal.SIGKILL)
                time.sleep(2)
            os.kill(system.process.pid, signal.SIGKILL)
            if victim == "all":
                os.kill(store, signal.SIGKILL)
    with running("--data", str(data), "--record", "recording", cwd=tmp_path) as system:
        system.wait_for("✓ plugins")
        time.sleep(1.5)
        printed, each, count = asyncio.run(told(data / "demo"))
        assert system.stop() == 0
    assert len(printed) > 30 * len(victims)
    assert each == printed[: len(each)]
    assert len(printed) - len(each) < 50  # what came while we looked
    assert (count["count"], count["total"]) in {
        (number, sum(printed[:number])) for number in (len(each), len(each) - 1, len(each) + 1)
    }
    said = json.loads(ask("replay", "recording", "--verify", "--format", "json", cwd=tmp_path).out)
    assert said["differences"] == 0, said
    assert said["runs"] > 50

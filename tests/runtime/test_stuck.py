"""What never comes back: edges that keep the loop, files that load for ever, edits that hang."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from quanticity.clock import LiveClock
from quanticity.config.loader import load
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import Problem
from quanticity.feeds.edge_http import EdgeHttp
from quanticity.runtime.config_recipe import recipe_of
from quanticity.runtime.host import Host
from quanticity.runtime.process import Post
from quanticity.runtime.recipe import Recipe
from quanticity.store.redis_store import RedisStore
from tests.runtime.crew import Names, becomes
from tests.store.running import directory, environment, opened

# Seconds. What ships took more than 5 where the machine was busy, and was ended for it.
LOADING = 15.0


@asynccontextmanager
async def hosted(
    recipe: Recipe, **more: Any
) -> AsyncIterator[tuple[Host, RedisStore, list[Problem], tuple[Problem, ...]]]:
    """A host at work, its store, what it tells, and what was wrong at its start."""
    with directory() as folder:
        async with opened(folder) as store:
            clock = LiveClock()
            post = Post(
                StoreSettings(), folder, clock, environment(), http_for=EdgeHttp, loading=LOADING
            )
            told: list[Problem] = []
            host = Host(post, recipe, store, clock, on_problems=told.extend, **more)
            try:
                yield host, store, told, await host.start()
            finally:
                await host.stop()


async def seq(store: RedisStore, key: str) -> str:
    one = await store.get(key)
    return one.seq if one is not None else ""


async def edge(store: RedisStore, name: str) -> dict[str, Any]:
    rows = orjson.loads(await store.get_raw("runtime:edges") or b'{"edges":[]}')["edges"]
    return next((dict(row) for row in rows if row["id"] == name), {})


@pytest.mark.parametrize("name", ["seizes", "delegates"])
def test_a_source_that_never_gave_the_loop_back_ended_all_edges_again_and_again(name: str) -> None:
    async def test() -> None:
        async with hosted(Names(("ticker", name))) as (host, store, told, problems):
            assert not problems
            await becomes(lambda: asyncio.sleep(0, len(told) >= 2))
            assert all(one.message.startswith(f"{name}:SPY: a run took more") for one in told)

            async def held() -> bool:
                row = await edge(store, f"{name}:SPY")
                return not row.get("running", True) and "a run took more" in row["error"]

            await becomes(held)
            before = await seq(store, "raw:price:SPY")

            async def others() -> bool:
                return await seq(store, "raw:price:SPY") not in ("", before)

            assert await becomes(others) < LOADING / 2
            [alert, *_] = [event.data for _, event in await store.events("analytics:alerts")]
            assert (alert["kind"], alert["component"]) == ("failed", f"{name}:SPY")
            # Each time it is held for longer: 1 s, 2 s, 4 s.
            assert host.restarts < 5

    asyncio.run(test())


def test_a_source_that_hoards_memory_is_found_and_held() -> None:
    async def test() -> None:
        recipe = Names(("ticker", "hoards"))
        async with hosted(recipe, memory=300 << 20) as (_, store, told, _):
            await becomes(lambda: asyncio.sleep(0, bool(told)), 20)
            assert told[0].message.startswith("hoards:SPY: the worker held")
            before = await seq(store, "raw:price:SPY")

            async def others() -> bool:
                return await seq(store, "raw:price:SPY") not in ("", before)

            assert await becomes(others) < LOADING / 2

    asyncio.run(test())


PLUGIN = """
from quanticity.api import Analytic, Every, Key

class {name}(Analytic):
    name = "{name}"
    time_budget = 0.5
    trigger = Every(0.05)
    writes = {{"out": Key("feed:{name}")}}

    def compute(self, inputs, state, now):
        {body}
        return {{"out": {says}}}, None
"""


def plugin(home: Path, name: str, says: int, body: str = "pass") -> None:
    (home / "plugins" / f"{name}.py").write_text(PLUGIN.format(name=name, says=says, body=body))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "data_sources.yaml").write_text("data_sources: {}\n")
    (tmp_path / "plugins").mkdir()
    plugin(tmp_path, "other", 7)
    return tmp_path


async def says(store: RedisStore, name: str, value: int) -> bool:
    one = await store.get(f"feed:{name}")
    return one is not None and one.data == value


def test_an_edit_whose_first_run_never_ends_changes_nothing_and_holds_up_nobody(
    home: Path,
) -> None:
    plugin(home, "mine", 1)

    async def test() -> None:
        async with hosted(recipe_of(load(home / "config", "demo", {}))) as (host, store, told, _):
            await becomes(lambda: says(store, "mine", 1))
            plugin(home, "mine", 2, body="while True: pass")
            await becomes(lambda: asyncio.sleep(0, bool(told)))
            [problem] = told
            assert (problem.file, problem.line) == ("plugins/mine.py", 11)
            assert "mine: its first run did not end well: it took more than 0.5 s" in str(problem)
            [alert] = [event.data for _, event in await store.events("analytics:alerts")]
            assert (alert["kind"], alert["message"]) == ("reload", str(problem))
            before = await seq(store, "feed:mine")

            async def goes_on() -> bool:
                return await seq(store, "feed:mine") != before and await says(store, "mine", 1)

            await becomes(goes_on)
            assert host.restarts == 0
            plugin(home, "mine", 3)
            assert await becomes(lambda: says(store, "mine", 3)) < LOADING / 2

    asyncio.run(test())


def test_an_edit_that_loads_for_ever_is_told_with_its_line_and_stops_no_other(home: Path) -> None:
    plugin(home, "mine", 1)

    async def test() -> None:
        async with hosted(recipe_of(load(home / "config", "demo", {}))) as (host, store, told, _):
            await becomes(lambda: says(store, "mine", 1))
            (home / "plugins" / "mine.py").write_text("a = 1\nwhile True:\n    a = 2\n")
            plugin(home, "other", 8)
            await becomes(lambda: says(store, "other", 8))
            await becomes(lambda: asyncio.sleep(0, bool(told)))
            mine = {one for one in told if one.file == "plugins/mine.py"}
            assert {one.line for one in mine} <= {2, 3}
            assert all(f"it took more than {LOADING:g} s to load" in one.message for one in mine)
            assert await says(store, "mine", 1)
            assert host.restarts == 0
            # A worker that starts anew has not to find out again, which takes as long.
            os.kill(host._supervisors[0].pid or 0, signal.SIGKILL)
            plugin(home, "other", 9)
            assert await becomes(lambda: says(store, "other", 9)) < LOADING
            assert host.restarts == 1
            plugin(home, "mine", 4)
            assert await becomes(lambda: says(store, "mine", 4)) < LOADING / 2

    asyncio.run(test())


def test_a_file_that_loads_for_ever_at_the_start_kept_all_plugins_from_starting(
    home: Path,
) -> None:
    (home / "plugins" / "endless.py").write_text("while True:\n    pass\n")

    async def test() -> None:
        async with hosted(recipe_of(load(home / "config", "demo", {}))) as (host, store, told, _):
            await becomes(lambda: says(store, "other", 7))
            assert any("endless.py" in str(one) and "do not load" in str(one) for one in told)
            assert host.restarts == 2  # one of each process
            plugin(home, "endless", 5)
            assert await becomes(lambda: says(store, "endless", 5)) < LOADING / 2

    asyncio.run(test())


def test_a_run_that_never_ends_is_told_with_its_line(home: Path) -> None:
    plugin(home, "mine", 1, body="while True: pass")

    async def test() -> None:
        async with hosted(recipe_of(load(home / "config", "demo", {}))) as (_, store, told, _):
            await becomes(lambda: asyncio.sleep(0, bool(told)))
            said = r"plugins/mine\.py:11:1: mine: a run took more than (\d+\.\d) s"
            took = re.match(said, str(told[0]))
            assert took is not None
            assert float(took[1]) >= 0.5
            await becomes(lambda: says(store, "other", 7))

    asyncio.run(test())

"""Both processes of the runtime as the feeds' process starts, replaces and stops them."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import orjson

from quanticity.app import App
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.loader import load
from quanticity.config.location import find_config
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import Problem
from quanticity.feeds.edge_http import EdgeHttp
from quanticity.model import Kind, Write
from quanticity.runtime.config_recipe import recipe_of
from quanticity.runtime.host import Host
from quanticity.runtime.process import Post
from quanticity.store.redis_store import RedisStore
from tests.runtime.crew import Names, becomes
from tests.runtime.project import project
from tests.store.running import directory, environment, opened
from tests.test_app import Told


async def data(store: RedisStore, key: str) -> Any:
    got = await store.get(key)
    return got.data if got is not None else None


def test_a_source_brings_in_what_an_analytic_computes_from_and_both_are_replaced() -> None:
    async def test() -> None:
        with directory() as folder:
            async with opened(folder) as store:
                clock = LiveClock()
                post = Post(StoreSettings(), folder, clock, environment(), http_for=EdgeHttp)
                problems: list[Problem] = []
                host = Host(
                    post,
                    Names(("ticker", "breaks", "double")),
                    store,
                    clock,
                    on_problems=problems.extend,
                )
                try:
                    assert await host.start() == ()

                    async def computed() -> bool:
                        return bool((await data(store, "feed:twice:SPY") or {}).get("value", 0) > 4)

                    await becomes(computed)

                    async def rows() -> dict[str, Any]:
                        told = orjson.loads(await store.get_raw("runtime:edges") or b'{"edges":[]}')
                        return {row["id"]: row for row in told["edges"]}

                    async def failed() -> bool:
                        return bool((await rows()).get("breaks:SPY", {}).get("error"))

                    await becomes(failed)
                    assert "the socket is gone" in (await rows())["breaks:SPY"]["error"]
                    assert (await rows())["ticker:SPY"]["running"]
                    assert await host.replace(Names(("ticker", "double"), refused="no")) == (
                        Problem("plugins/x.py", 3, 1, "no"),
                    )
                    assert [problem.message for problem in problems] == ["no"]
                    new = Names(("ticker", "double"), params={"factor": -1.0})
                    assert await host.replace(new) == ()

                    async def negative() -> bool:
                        return bool((await data(store, "feed:twice:SPY"))["value"] < 0)

                    await becomes(negative)

                    async def gone() -> bool:
                        return "breaks:SPY" not in await rows()

                    await becomes(gone)
                    pids = [one.pid for one in host._supervisors]
                    assert host.restarts == 0
                finally:
                    await host.stop()
                assert all(pid is not None and not lives(pid) for pid in pids)

    asyncio.run(test())


def lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and " Z " not in stat.read_text()


def test_run_said_no_word_of_a_source_that_nobody_answered() -> None:
    async def test() -> None:
        with directory() as folder:
            async with opened(folder) as store:
                clock = LiveClock()
                post = Post(StoreSettings(), folder, clock, environment(), http_for=EdgeHttp)
                steps: list[tuple[str, bool, str]] = []
                host = Host(post, Names(("ticker", "lacks")), store, clock)
                try:
                    await host.begin(lambda *said: steps.append(said))

                    async def told() -> bool:
                        return ("lacks:SPY", False, "nobody is there; start it") in steps

                    await becomes(told)
                    now = clock.now()
                    store.put(
                        Write("raw:there", b"1", "t", now, now, 60.0, Kind.LATEST, None, 1000)
                    )

                    async def over() -> bool:
                        return any(name == "lacks:SPY" and well for name, well, _ in steps)

                    await becomes(over)
                    row = orjson.loads(await store.get_raw("runtime:edges") or b"")["edges"]
                    (writes,) = (one["writes"] for one in row if one["id"] == "lacks:SPY")
                    assert writes == ["raw:lacked:SPY"]
                finally:
                    await host.stop()
                assert [name for name, _, _ in steps] == ["plugins", "lacks:SPY", "lacks:SPY"]

    asyncio.run(test())


def test_plugins_that_cannot_be_loaded_are_told_and_the_rest_goes_on() -> None:
    async def test() -> None:
        with directory() as folder:
            async with opened(folder) as store:
                clock = LiveClock()
                post = Post(StoreSettings(), folder, clock, environment())
                host = Host(post, Names(("double",), refused="not Python"), store, clock)
                try:
                    told = [str(problem) for problem in await host.start()]
                    assert told == ["plugins/x.py:3:1: not Python"]
                    assert await host.replace(Names(("beat",))) == ()

                    async def beats() -> bool:
                        return await data(store, "feed:beat:SPY") is not None

                    await becomes(beats)
                    assert host.restarts == 0
                finally:
                    await host.stop()

    asyncio.run(test())


PLUGIN = """
from quanticity.api import Analytic, Every, Key

class Tick(Analytic):
    name = "tick"
    trigger = Every(0.05)
    writes = {"tick": Key("feed:tick")}

    def compute(self, inputs, state, now):
        return {"tick": SAYS}, None
"""


def test_an_edit_of_a_plugin_is_live_without_a_start_anew_and_a_bad_one_changes_nothing(
    tmp_path: Path,
) -> None:
    config = project(tmp_path, "data_sources: {}\n", {"tick": PLUGIN.replace("SAYS", "1")})
    plugin = tmp_path / "plugins" / "tick.py"
    loaded = load(config, "dev", {})

    async def test() -> None:
        with directory() as folder:
            async with opened(folder) as store:
                clock = LiveClock()
                post = Post(StoreSettings(), folder, clock, environment())
                told: list[Problem] = []
                live: list[str] = []
                host = Host(
                    *(post, recipe_of(loaded), store, clock),
                    on_problems=told.extend,
                    on_live=live.append,
                )
                try:
                    began = time.monotonic()
                    await host.start()

                    async def says(value: int) -> bool:
                        return bool(await data(store, "feed:tick") == value)

                    await becomes(lambda: says(1))
                    start = time.monotonic() - began
                    plugin.write_text(PLUGIN.replace("SAYS", "2"))
                    assert await becomes(lambda: says(2)) < 2 * start
                    await becomes(lambda: asyncio.sleep(0, bool(live)))
                    assert live.pop().startswith("plugins/tick.py is live (")
                    for bad, said in (("1 +", "not Python"), ("1 / 0", "ZeroDivisionError")):
                        told.clear()
                        plugin.write_text(PLUGIN.replace("SAYS", bad))
                        await becomes(lambda: asyncio.sleep(0, bool(told)))
                        mine = [one for one in told if one.file.endswith("plugins/tick.py")]
                        assert said in str(mine[0])
                        assert mine[0].line == 10
                        assert await says(2)
                    assert not live
                    plugin.write_text(PLUGIN.replace("SAYS", "3"))
                    assert await becomes(lambda: says(3)) < 2 * start
                    await becomes(lambda: asyncio.sleep(0, bool(live)))
                    assert live.pop().startswith("plugins/tick.py is live (")
                    plugin.unlink()
                    await becomes(lambda: _idle(store))
                    assert host.restarts == 0
                finally:
                    await host.stop()

    asyncio.run(test())


async def _idle(store: RedisStore) -> bool:
    told = orjson.loads(await store.get_raw("runtime:components") or b"{}")
    return "tick" not in {row["id"] for row in told.get("components", ())}


def test_an_app_starts_its_plugins_and_shows_what_they_do(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "data_sources.yaml").write_text("data_sources: {}\n")

    async def test() -> None:
        with directory() as state:
            told = Told()
            app = App(
                find_config(folder),
                "demo",
                state,
                told,
                calendar=MarketCalendar(),
                clock_for=lambda loaded: LiveClock(1_767_625_200.0),
                stand_in_for=lambda loaded, clock: None,
                recipe_for=lambda loaded: Names(("beat",)),
                environ={**os.environ, **environment()},
            )
            await app.start()
            try:
                await becomes(lambda: asyncio.sleep(0, "plugins" in told.steps), 30)
                assert told.steps["plugins"] == (True, "at work")
                async with opened(state, attach_only=True) as store:

                    async def beats() -> bool:
                        return bool((await data(store, "feed:beat:SPY") or {}).get("now", 0) > 0)

                    await becomes(beats)
                    # Its time is that of the system, not of the wall.
                    assert abs((await data(store, "feed:beat:SPY"))["now"] - app.now()) < 10
            finally:
                await app.stop()

    asyncio.run(test())


def test_a_plugin_saved_while_an_edit_of_the_config_came_was_never_said_to_be_live() -> None:
    """The change that it waited with gave way to that of the config, and its name with it."""

    async def test() -> None:
        with directory() as folder:
            async with opened(folder) as store:
                clock = LiveClock()
                post = Post(StoreSettings(), folder, clock, environment(), http_for=EdgeHttp)
                live: list[str] = []
                first, second = Names(("double",)), Names(("double",))
                host = Host(post, first, store, clock, on_live=live.append)
                host._supervisors = [Slow()]  # type: ignore[list-item]
                saves = [
                    asyncio.create_task(host.replace(first, [f"plugins/{name}.py"]))
                    for name in ("one", "two")
                ]
                await asyncio.sleep(0)
                await host.follow(second)
                await asyncio.gather(*saves)
                assert sorted(line.partition(" (")[0] for line in live) == [
                    "plugins/one.py is live",
                    "plugins/two.py is live",
                ]

    asyncio.run(test())


class Slow:
    """A process of the runtime whose changes take their time."""

    async def replace(self, recipe: object, since: str) -> tuple[Problem, ...]:
        await asyncio.sleep(0.05)
        return ()

"""What is under way while an edit comes, and what is known by then, goes on after it."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.loader import Loader
from quanticity.feeds import lifetimes
from quanticity.feeds.runner import FeedRunner
from quanticity.store.memory import MemoryStore
from tests.feeds.loopback import serving, until
from tests.feeds.test_runner import Told

OLD, NEW = "old-key-0001", "new-key-0002"
HEAD = """\
data_sources:
  vendor:
    base_url: "{base}"
    auth: {{type: query, name: apikey, token_env: VENDOR_KEY}}
    endpoints:
"""
DAILY = """\
      daily:
        path: "/daily"
        at: ["sun 03:00"]
        redis_key: "raw:v:daily"
        ttl_seconds: 864000
        retry_policy: {attempts: 1}
"""
OFTEN = """\
      often:
        path: "/often"
        interval_seconds: 0.2
        redis_key: "raw:v:often"
        ttl_seconds: 60
"""
CHILD = OFTEN + "        depends_on: [daily]\n"
COUNTED = OFTEN + "        transform: counted\n"
PRICED = OFTEN + "        cost_per_call: 1\n"
COUNTING = """\
def transform(payload, config, state):
    n = (state or {}).get("n", 0) + 1
    return {"n": n}, {"n": n}
"""

Answer = Callable[[web.Request], Awaitable[web.Response]]


class Desk:
    """A runner at work on a vendor of the loopback, and a way to edit its config and its key."""

    def __init__(self, folder: Path, base: str, endpoints: str) -> None:
        self.config = folder / "config"
        (self.config / "env").mkdir(parents=True)
        (self.config / "env" / "live.yaml").write_text("environment: live\n")
        (folder / "transforms").mkdir()
        (folder / "transforms" / "counted.py").write_text(COUNTING)
        self.base, self.told, clock = base, Told(), LiveClock()
        self.store = MemoryStore(clock)
        self.write(endpoints, OLD)
        self.runner = FeedRunner(clock, MarketCalendar(), self.store, None, lambda: self.told)
        self.loader = Loader(self.config, "live", {})

    def write(self, endpoints: str, key: str) -> None:
        (self.config.parent / ".env").write_text(f"VENDOR_KEY={key}\n")
        text = HEAD.format(base=self.base) + endpoints
        (self.config / "data_sources.yaml").write_text(text)

    def edit(self, endpoints: str, key: str = OLD) -> None:
        self.write(endpoints, key)
        self.runner.apply(self.loader.load())

    async def state(self, name: str) -> object:
        return orjson.loads(await self.store.state(name) or b"{}")


def at_desk(
    folder: Path, endpoints: str, answer: Answer, check: Callable[[Desk], Awaitable[None]]
) -> None:
    async def main() -> None:
        async with serving(answer) as (base, _):
            desk = Desk(folder, base, endpoints)
            await desk.runner.start(desk.loader.load())
            running = asyncio.create_task(desk.runner.run())
            try:
                await check(desk)
            finally:
                running.cancel()
                await desk.runner.stop(0)

    asyncio.run(main())


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that an edit puts an end to is let go at once, not half a minute later."""
    monkeypatch.setattr(lifetimes.Lifetimes.__init__, "__defaults__", (0.0,))
    monkeypatch.setattr(lifetimes, "_LOOK_EVERY", 0.02)


def test_a_new_key_let_all_that_depends_on_a_daily_feed_wait_until_its_next_day(
    tmp_path: Path,
) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(f"{request.path} {request.query['apikey']}")
        return web.json_response({"a": 1})

    async def check(desk: Desk) -> None:
        await until(lambda: f"/often {OLD}" in asked)
        before = desk.runner.summary().fetches
        desk.edit(DAILY + CHILD, NEW)
        assert desk.runner.summary().fetches == before
        await until(lambda: asked.count(f"/often {NEW}") > 2)
        assert f"/daily {NEW}" not in asked, "its value stands: it is asked for when it is time"

    at_desk(tmp_path, DAILY + CHILD, answer, check)


def test_a_daily_feed_that_the_old_key_was_refused_for_waits_for_no_other_time(
    tmp_path: Path,
) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.query["apikey"])
        return web.json_response({}, status=401 if asked[-1] == OLD else 200)

    async def check(desk: Desk) -> None:
        feed = desk.runner.roster.feeds["vendor.daily"]
        await until(lambda: feed.stats.error != "" and not feed.stats.running)
        desk.edit(DAILY, NEW)
        await until(lambda: asked == [OLD, NEW])
        desk.edit(DAILY, "newest-key-0003")
        await asyncio.sleep(0.3)
        assert asked == [OLD, NEW], "what did not fail keeps its time"

    at_desk(tmp_path, DAILY, answer, check)


@pytest.mark.usefixtures("at_once")
def test_an_answer_that_took_longer_than_an_edit_waits_was_cut_off_and_lost(
    tmp_path: Path,
) -> None:
    asked: list[str] = []
    go = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        await go.wait()
        return web.json_response({"a": 1})

    async def check(desk: Desk) -> None:
        await until(lambda: asked == ["/daily"])
        desk.edit(DAILY, NEW)
        await asyncio.sleep(0.2)
        go.set()
        await until(lambda: desk.runner.summary().fetches == 1)
        assert await desk.store.get("raw:v:daily") is not None
        assert not any("problem" in line for line in desk.told.lines)

    at_desk(tmp_path, DAILY, answer, check)


@pytest.mark.usefixtures("at_once")
def test_a_try_after_the_source_was_let_go_left_its_connections_open(tmp_path: Path) -> None:
    asked: list[str] = []
    unclosed: list[str] = []
    text = DAILY.replace(
        "attempts: 1", "attempts: 2, backoff: constant, base_seconds: 0.3, max_seconds: 1"
    )

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({}, status=503 if len(asked) == 1 else 200)

    async def check(desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: unclosed.append(context["message"]))
        feed = desk.runner.roster.feeds["vendor.daily"]
        await until(lambda: feed.stats.status == 503)
        desk.edit(text, NEW)
        await until(lambda: desk.runner.summary().fetches == 1)
        await until(lambda: not desk.runner._lifetimes._ending)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        at_desk(tmp_path, text, answer, check)
        gc.collect()
    assert unclosed == []


def test_a_feed_taken_out_while_it_was_asked_for_forgot_what_its_transform_had_in_mind(
    tmp_path: Path,
) -> None:
    asked: list[str] = []
    go = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if asked.count("/often") == 4:
            await go.wait()
        return web.json_response({"n": len(asked)})

    async def check(desk: Desk) -> None:
        def n(found: object) -> object:
            return found[""]["state"]["n"]  # type: ignore[index]

        await until(lambda: asked.count("/often") == 4)
        assert n(await desk.state("transform:vendor.often")) == 3
        desk.edit(DAILY)
        go.set()
        await asyncio.sleep(0.2)
        assert n(await desk.state("transform:vendor.often")) == 4
        desk.edit(DAILY)
        assert "vendor.often" not in desk.runner._transforms._memories._held
        desk.edit(DAILY + COUNTED)
        await until(lambda: asked.count("/often") > 5)
        await until(lambda: not desk.runner.roster.feeds["vendor.often"].stats.running)
        assert n(await desk.state("transform:vendor.often")) == asked.count("/often")

    at_desk(tmp_path, DAILY + COUNTED, answer, check)


def test_what_a_run_brought_after_several_edits_was_held_for_ever(tmp_path: Path) -> None:
    """Where symbols come and go each minute, the memory of each that ever was."""
    asked: list[str] = []
    go = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/often":
            await go.wait()
        return web.json_response({"n": len(asked)})

    async def check(desk: Desk) -> None:
        held = desk.runner._transforms._memories._held
        await until(lambda: "/often" in asked)
        for _ in range(3):
            desk.edit(DAILY)
            await asyncio.sleep(0.01)
        go.set()
        await until(lambda: "vendor.often" in held)
        desk.edit(DAILY)
        assert held == {}
        assert desk.runner._left == set()

    at_desk(tmp_path, DAILY + COUNTED, answer, check)


def test_a_source_taken_out_and_put_back_had_not_spent_what_it_had_spent(tmp_path: Path) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"n": len(asked)})

    async def check(desk: Desk) -> None:
        await until(lambda: len(asked) == 4)
        desk.edit(PRICED + "    enabled: false\n")
        await asyncio.sleep(0.1)
        assert desk.runner.costs() == []
        desk.edit(PRICED)
        await until(lambda: len(asked) > 5)
        desk.edit(PRICED + "    enabled: false\n")
        await asyncio.sleep(0.1)
        desk.edit(PRICED.replace("0.2", "600"))
        await until(lambda: desk.runner.costs() != [])
        await until(lambda: desk.runner.costs()[0]["today"] == len(asked))

    at_desk(tmp_path, PRICED, answer, check)

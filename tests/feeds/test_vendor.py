"""A source at work: what it tells, counts and keeps to itself."""

from __future__ import annotations

import asyncio

from aiohttp import web

from quanticity.clock import LiveClock
from quanticity.pace.ports import Word
from tests.clock.wall import Settable
from tests.feeds.loopback import MONDAY_10_EASTERN, Bench, FakeLane, answering, serving, whole_bench

KEY = "sekret-key-0815"


def test_each_hop_takes_a_slot_and_the_last_ones_answer_counts() -> None:
    async def hops(request: web.Request) -> web.StreamResponse:
        if request.path == "/quote":
            raise web.HTTPFound("/moved")
        return web.json_response({"a": 1})

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        lane = await bench.run("quote")
        assert [request.path for request in arrived] == ["/quote", "/moved"]
        assert lane.endings == ["headers+done", "headers+done"]
        assert bench.raw("raw:v:quote") == b'{"a": 1}'

    whole_bench(hops, {}, check)


def test_redirects_without_an_end_are_given_up() -> None:
    async def round_and_round(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/quote")

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert len(arrived) == 4
        assert "more than 3 redirects" in bench.error("quote")

    whole_bench(round_and_round, {}, check)


def test_headers_of_a_limit_are_told_to_the_budget_also_with_a_refusal() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.words == [Word(remaining=3)]

    limits = {"headers": {"remaining": "x-left"}}
    whole_bench(answering({}, 404, x_left="3"), {}, check, rate_limits=limits)


def test_an_echoed_key_is_stored_by_nobody() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert arrived[0].query["apikey"] == KEY
        assert bench.raw("raw:v:quote") == b'{"you said":"***"}'

    whole_bench(
        answering({"you said": KEY}),
        {},
        check,
        auth={"type": "query", "name": "apikey", "token_env": "V_KEY"},
        environ={"V_KEY": KEY},
    )


def test_a_source_says_that_it_is_alive_at_most_once_a_second() -> None:
    async def main() -> None:
        clock = Settable(LiveClock(start=MONDAY_10_EASTERN))
        bench = Bench("http://127.0.0.1:1", {"quote": {"path": "/q"}}, clock=clock)
        told = bench.store.plain
        bench.vendor.beat("v", 100.0, lambda _: 60.0)
        bench.vendor.beat("v", 100.5, lambda _: 60.0)
        assert told == {"heartbeat:v": "100.000"}
        await bench.vendor.close()

    asyncio.run(main())


def test_the_heart_beats_on_when_the_wall_clock_is_set_back() -> None:
    """It was silent until the clock had come again to where it was."""

    async def main() -> None:
        async with serving(answering("{}")) as (url, _):
            clock = Settable(LiveClock(start=MONDAY_10_EASTERN))
            bench = Bench(url, {"quote": {"path": "/q"}}, clock=clock)
            await bench.run("quote")
            clock.set_by(-3600)
            await asyncio.sleep(1.05)
            await bench.run("quote")
            told = float(bench.store.plain["heartbeat:v"])
            assert told < MONDAY_10_EASTERN - 3000
            await bench.vendor.close()

    asyncio.run(main())


def test_a_breaker_is_not_held_open_by_a_wall_clock_that_is_set_back() -> None:
    """Its pause of seconds lasted as long as the clock had been set back by."""

    async def main() -> None:
        async with serving(answering({}, 500)) as (url, _):
            clock = Settable(LiveClock(start=MONDAY_10_EASTERN))
            breaker = {"failures": 1, "cool_down_seconds": 20}
            bench = Bench(url, {"quote": {"path": "/q", "breaker": breaker}}, clock=clock)
            await bench.run("quote")
            clock.set_by(-3600)
            held = bench.feeds["quote"].ready(clock.now())
            assert held is not None
            assert held[1] <= 20
            await bench.vendor.close()

    asyncio.run(main())


def test_what_was_spent_is_taken_up_by_the_next_run() -> None:
    async def main() -> None:
        async with serving(answering("{}")) as (url, _):
            endpoint = {"quote": {"path": "/q", "cost_per_call": 0.25}}
            bench = Bench(url, endpoint)
            await bench.run("quote", times=3)
            await bench.vendor.close()
            later = Bench(url, endpoint)
            later.store.states.update(bench.store.states)
            await later.vendor.start()
            assert later.vendor.cost.today(later.clock.now()) == 0.75
            await later.vendor.close()

    asyncio.run(main())


def test_a_url_is_shown_without_its_query() -> None:
    async def main() -> None:
        async with serving(answering("{}")) as (url, _):
            bench = Bench(url, {"quote": {"path": "/q", "params": {"secret": "x"}}})
            feed = bench.feeds["quote"]
            await feed.run(FakeLane(bench.clock.now()))
            request = feed.recipe.plan.request({}, bench.clock.now())
            assert bench.vendor.shown(request.url) == f"{url}/q"
            await bench.vendor.close()

    asyncio.run(main())

"""The breaker: opens, probes, closes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.schema.endpoint import Breaker as Spec
from quanticity.feeds.breaker import Breaker
from quanticity.pace.ports import Word
from tests.feeds.loopback import Bench, answering, serving, whole_bench

SPEC = Spec(failures=3, cool_down_seconds=10, max_seconds=35)


def broken(at: float = 0.0) -> Breaker:
    breaker = Breaker(SPEC, lease=5)
    for _ in range(3):
        breaker.failed(at)
    return breaker


def test_it_opens_at_the_third_failure_in_a_row() -> None:
    breaker = Breaker(SPEC)
    assert not breaker.failed(0)
    breaker.succeeded()
    assert not breaker.failed(0)
    assert not breaker.failed(0)
    assert breaker.holds(0) is None
    assert breaker.failed(0)
    assert breaker.holds(0) == 10


def test_one_probe_goes_through_and_the_others_wait_for_it() -> None:
    breaker = broken()
    assert breaker.holds(9) == 1
    assert breaker.holds(10) is None
    assert breaker.holds(11) == 4


def test_a_probe_that_never_runs_makes_way_for_the_next() -> None:
    breaker = broken()
    assert breaker.holds(10) is None
    assert breaker.holds(15) is None


def test_a_probe_that_succeeds_closes_it() -> None:
    breaker = broken()
    breaker.holds(10)
    breaker.succeeded()
    assert breaker.holds(10) is None
    assert not breaker.is_open
    assert not breaker.failed(11)


def test_a_probe_that_fails_doubles_the_pause_up_to_its_limit() -> None:
    breaker, at, pauses = broken(), 0.0, []
    for _ in range(4):
        wait = breaker.holds(at)
        assert wait is not None
        pauses.append(wait)
        at += wait
        assert breaker.holds(at) is None
        breaker.failed(at)
    assert pauses == [10, 20, 35, 35]


def test_runs_that_were_under_way_when_it_opened_do_not_lengthen_the_pause() -> None:
    breaker = broken()
    breaker.failed(1)
    assert breaker.holds(1) == 9


@given(st.lists(st.tuples(st.sampled_from(["ask", "ok", "no"]), st.floats(0, 20)), max_size=60))
def test_it_never_holds_longer_than_its_longest_pause(steps: list[tuple[str, float]]) -> None:
    breaker, now = Breaker(SPEC, lease=5), 0.0
    for step, later in steps:
        now += later
        if step == "ok":
            breaker.succeeded()
            assert breaker.holds(now) is None
        elif step == "no":
            breaker.failed(now)
        else:
            wait = breaker.holds(now)
            assert wait is None or 0 < wait <= 35


EXPIRIES = ("2026-01-09", "2026-01-16")
MATRIX: dict[str, dict[str, Any]] = {
    "chains": {"path": "/chains", "redis_key": "raw:v:chains"},
    "matrix": {
        "path": "/matrix/{expiry}",
        "expand": {"expiry": {"from": "chains"}},
        "redis_key": "raw:v:matrix:{expiry}",
        "breaker": {"failures": 2, "cool_down_seconds": 30},
    },
}


def test_one_bad_value_of_another_feed_had_all_good_ones_left_alone() -> None:
    bad = {EXPIRIES[1]}

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/chains":
            return web.json_response([{"expiry": day} for day in EXPIRIES])
        day = request.path.rpartition("/")[2]
        return web.json_response({"of": day}, status=404 if day in bad else 200)

    async def main() -> None:
        async with serving(answer) as (url, _):
            bench = Bench(url, MATRIX)
            feed = bench.feeds["matrix"]
            await bench.run("chains")
            await bench.run("matrix", times=4)
            assert bench.error("matrix").startswith("1 of 2 calls failed, the last: not found")
            assert not feed.recipe.breaker.is_open
            assert feed.ready(bench.clock.now()) is None
            # A vendor that has nothing good to say is left alone all the same.
            bad.update(EXPIRIES)
            await bench.run("matrix", times=2)
            assert feed.recipe.breaker.is_open
            bad.discard(EXPIRIES[0])
            await bench.run("matrix")
            assert not feed.recipe.breaker.is_open
            await bench.vendor.close()

    asyncio.run(main())


@pytest.mark.parametrize("asked", ["0", "-5", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", "1e999"])
def test_a_503_that_asks_for_no_wait_never_opened_a_breaker_and_held_all_others_up(
    asked: str,
) -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=2)
        assert bench.feeds["quote"].recipe.breaker.is_open
        assert bench.words == []
        assert bench.error("quote") == "the vendor failed (503): x"

    whole_bench(answering("x", status=503, Retry_After=asked), {"breaker": {"failures": 2}}, check)


def test_a_503_that_says_how_long_it_is_busy_holds_its_budget_and_opens_no_breaker() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=2)
        assert not bench.feeds["quote"].recipe.breaker.is_open
        assert bench.words == [Word(wait=20.0)] * 2

    whole_bench(answering("x", status=503, Retry_After="20"), {"breaker": {"failures": 2}}, check)

"""When an endpoint is slow: p95 of a minute above the limit for three minutes, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from quanticity.clock import LiveClock
from quanticity.config.schema.root import Failover
from quanticity.feeds.tempo import Tempo
from tests.clock.wall import Settable
from tests.feeds.loopback import Bench, answering, whole_bench

Run = Callable[[int], Awaitable[bool]]
Check = Callable[[Run], Awaitable[None]]


class Trial:
    def __init__(self, **given: float) -> None:
        self.turns: list[tuple[float, bool]] = []
        self.now = 1000.0
        self.tempo = Tempo(
            Failover(**given), lambda: self.turns.append((self.now - 1000, self.tempo.slow))
        )

    def answers(self, until: float, *seconds: float, every: float = 5.0) -> None:
        """Answers one after the other, in turn so long, until so many seconds of the trial."""
        count = 0
        while self.now - 1000 < until:
            self.tempo.took(self.now, seconds[count % len(seconds)])
            self.now += every
            count += 1


def test_slow_for_three_minutes_is_slow_and_quick_for_three_minutes_is_quick_again():
    trial = Trial()
    trial.answers(600, 2.5)
    trial.answers(1200, 0.2)
    # The last slow answers leave the minute 60 s after they came: quick from there on.
    assert trial.turns == [(180.0, True), (600 + 55 + 180.0, False)]


def test_a_slow_minute_and_one_slow_answer_in_twenty_make_nobody_slow():
    trial = Trial()
    trial.answers(100, 9.0)
    trial.answers(900, 0.2)
    trial.answers(1800, *[9.0], *[0.2] * 19, every=1.0)
    assert trial.turns == []


def test_two_slow_answers_in_twenty_do():
    trial = Trial()
    trial.answers(300, 9.0, 9.0, *[0.2] * 18, every=1.0)
    assert [slow for _, slow in trial.turns] == [True]
    assert 180 <= trial.turns[0][0] <= 200


def test_a_break_in_between_begins_the_three_minutes_anew():
    trial = Trial()
    trial.answers(100, 3.0, every=60)
    trial.answers(160, 0.1, every=60)
    trial.answers(700, 3.0, every=60)
    assert trial.turns == [(360.0, True)]


def test_failed_calls_are_slower_than_any_answer():
    trial = Trial(p95_seconds=500)
    for _ in range(40):
        trial.tempo.failed(trial.now)
        trial.now += 5
    assert trial.turns == [(180.0, True)]
    assert trial.tempo.told == "its calls fail"


@pytest.mark.parametrize("count", range(1, 101))
def test_p95_is_the_nearest_rank(count: int):
    tempo = Tempo(Failover(), lambda: None)
    for number in range(count, 0, -1):
        tempo.took(0.0, float(number))
    assert tempo.p95 == next(rank for rank in range(1, count + 1) if 100 * rank >= 95 * count)


def answers_of(clock: Settable, check: Check) -> None:
    """Check a feed whose vendor gives the status that is set, and how quick it is said to be."""
    status = [200]
    tempo = Tempo(Failover(p95_seconds=5, for_seconds=0.05), lambda: None)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await answering({}, status=status[0])(request)

    async def main(bench: Bench, _: list[web.Request]) -> None:
        bench.feeds["quote"].recipe.tempos = (tempo,)

        async def run(gives: int) -> bool:
            status[0] = gives
            for _ in range(3):
                await bench.run("quote")
                await asyncio.sleep(0.06)
            return tempo.slow

        await check(run)

    whole_bench(answer, {}, main, clock=clock)


def test_a_source_that_fails_at_once_was_quick_where_its_calls_are_further_apart_than_a_minute():
    """The answer, which was quick, began the time anew before what was in it counted as none."""

    async def check(run: Run) -> None:
        assert not await run(204)
        assert await run(500)
        assert not await run(200)
        assert await run(429)
        assert not await run(204)

    answers_of(Settable(LiveClock()), check)


def test_a_source_stayed_slow_for_as_long_as_the_wall_clock_had_been_set_back():
    clock = Settable(LiveClock())

    async def check(run: Run) -> None:
        assert await run(500)
        clock.set_by(-3600.0)
        assert not await run(200)

    answers_of(clock, check)

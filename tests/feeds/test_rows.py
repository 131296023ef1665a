"""What a row of the table says of a stream, and what the summary counts of it."""

from __future__ import annotations

import pytest
from aiohttp import web

from quanticity.clock import Session
from quanticity.feeds.past import Past
from quanticity.feeds.report import FeedRow
from quanticity.feeds.rows import held_by, row_of, stream_row, summary_of
from quanticity.model import Priority
from quanticity.pace.state import JobState, State
from tests.feeds.loopback import Bench as Polled
from tests.feeds.loopback import answering, whole_bench
from tests.feeds.socket_vendor import until
from tests.feeds.test_stream import Bench, bench, live

NOTHING_PACED = State(
    at=0.0,
    session=Session.MARKET_HOURS,
    session_ends=0.0,
    jobs={},
    budgets={},
    ledger_away=False,
    failed_runs=0,
)


def _row(desk: Bench, name: str) -> FeedRow:
    feed = desk.board.feeds[name]
    return stream_row(feed, desk.stream.stats, drift="", now=desk.around.clock.now())


def test_a_stream_without_a_message_is_not_ok_and_its_messages_are_no_fetches() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            row = _row(desk, "uw.stream_gex:SPY")
            assert (row.status, row.reason) == ("first", "no message yet")
            await desk.socket.say('["gex:SPY", {"timestamp": 1767625199500}]')
            await until(lambda: "raw:uw:stream:gex:SPY" in desk.store.latest)
            row = _row(desk, "uw.stream_gex:SPY")
            assert (row.status, row.fetches, row.messages) == ("ok", 0, 1)
            rows = [row, _row(desk, "uw.stream_gex:QQQ")]
            summary = summary_of(rows, Past(), desk.store, 1, "")
            assert (summary.fetches, summary.messages, summary.alive) == (0, 1, 1)
            assert summary.size == "2 feeds of 1 endpoint"

    live(scenario)


@pytest.mark.parametrize(
    ("waiting", "reason", "said"),
    [
        (True, "kept for a higher group", "no call is free now (kept for a higher group)"),
        (False, "waits for the first value of uw.chain", "waits for the first value of uw.chain"),
        (False, "", ""),
    ],
)
def test_what_holds_a_run_is_told_so_that_a_person_understands_it(
    waiting: bool, reason: str, said: str
) -> None:
    job = JobState(
        id="uw.quote",
        budget="uw",
        group=Priority.IMPORTANT,
        running=False,
        waiting=waiting,
        next_due=None,
        last_start=None,
        last_end=None,
        lateness=0.0,
        every=60.0,
        runs=0,
        skipped=0,
        reason=reason,
    )
    assert held_by(job) == said


def test_an_endpoint_that_is_left_alone_was_shown_by_its_error_only() -> None:
    async def check(polled: Polled, arrived: list[web.Request]) -> None:
        reasons = []
        for _ in range(2):
            await polled.run("quote")
            now = polled.clock.now()
            row = row_of(polled.feeds["quote"], NOTHING_PACED, drift="", now=now)
            assert row.status == "error"
            reasons.append(row.reason)
        assert reasons[1] == f"{reasons[0]} (left alone after 2 failures in a row)"

    spec = {"breaker": {"failures": 2, "cool_down_seconds": 30}}
    whole_bench(answering("", status=500), spec, check)

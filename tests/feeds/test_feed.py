"""A feed at work: runs, waits, and what it says of itself."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import orjson
import pytest
from aiohttp import web

from quanticity.clock import MarketCalendar, Session
from quanticity.feeds.ports import AsWritten
from quanticity.feeds.stats import TRIED_AGAIN
from quanticity.logs import logger
from quanticity.model import Envelope, Kind
from quanticity.pace.rules import Rules
from quanticity.pace.staleness import Staleness
from tests.feeds.loopback import (
    MONDAY_10_EASTERN as NOW,
)
from tests.feeds.loopback import (
    Bench,
    FakeLane,
    Handler,
    answering,
    in_turn,
    scripted,
    serving,
    until,
    whole_bench,
)


def test_a_run_leaves_its_figures() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        feed = bench.feeds["quote:SPY"]
        assert feed.age(NOW) is None
        await bench.run("quote:SPY")
        stats = feed.stats
        assert (stats.fetches, stats.requests, stats.failures, stats.status) == (1, 1, 0, 200)
        assert stats.bytes == 7
        assert stats.latency is not None
        assert 0 < stats.latency < 5
        assert len(stats.hash) == 16
        assert not stats.running
        assert stats.received is not None
        assert feed.age(stats.received + 3) == 3
        assert bench.witness.told == [("fetched", "v.quote:SPY", "raw:v:quote:SPY")]

    whole_bench(
        answering({"a": 1}), {"symbols": ["SPY"], "redis_key": "raw:v:quote:{symbol}"}, check
    )


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(answering("no", status=500), (2, 2), id="error"),
        pytest.param(answering("", status=204), (2, 0), id="nothing"),
        pytest.param(in_turn(answering({"a": 1}), answering("no", status=404)), (2, 1), id="both"),
    ],
)
def test_a_run_told_of_more_failures_than_fetches(answer: Handler, told: tuple[int, int]) -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=2)
        stats = bench.feeds["quote"].stats
        assert (stats.fetches, stats.failures) == told

    whole_bench(answer, {"retry_policy": {"attempts": 1}}, check)


def test_a_job_carries_what_the_pacer_needs() -> None:
    bench = Bench(
        "http://v.invalid",
        {
            "quote": {
                "path": "/{symbol}",
                "symbols": ["SPY", "QQQ"],
                "redis_key": "raw:v:{symbol}",
                "priority": "critical",
                "timeout_seconds": 3,
                "max_calls": 2,
            }
        },
        rate_limits={"requests_per_minute": 10, "budget": "shared"},
    )
    job = bench.feeds["quote:SPY"].job()
    assert (job.id, job.budget, job.group) == ("v.quote:SPY", "shared", "critical")
    assert (job.interval, job.timeout, job.max_calls) == (60, 3, 2)
    assert job.fingerprint
    assert job.fingerprint == bench.feeds["quote:QQQ"].fingerprint


def test_feeds_of_one_endpoint_share_its_breaker_and_others_do_not() -> None:
    async def main() -> None:
        async def only_other(request: web.Request) -> web.StreamResponse:
            return web.json_response({}, status=200 if request.path == "/other" else 500)

        async with serving(only_other) as (url, _):
            broken = {
                "path": "/{symbol}",
                "symbols": ["SPY", "QQQ"],
                "redis_key": "raw:v:{symbol}",
                "breaker": {"failures": 2, "cool_down_seconds": 30},
            }
            bench = Bench(url, {"quote": broken, "other": {"path": "/other"}})
            await bench.run("quote:SPY")
            assert bench.feeds["quote:QQQ"].ready(bench.clock.now()) is None
            await bench.run("quote:SPY")
            held = bench.feeds["quote:QQQ"].ready(bench.clock.now())
            assert held is not None
            assert held[0] == "left alone after 2 failures in a row"
            assert 0 < held[1] <= 30
            assert bench.feeds["other"].ready(bench.clock.now()) is None
            await bench.vendor.close()

    asyncio.run(main())


def test_a_limit_is_the_budgets_business_and_opens_no_breaker() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=5)
        assert bench.feeds["quote"].recipe.breaker.failures == 0
        assert len(bench.words) == 5
        assert all(word.wait == 30 for word in bench.words)

    whole_bench(answering("", status=429, Retry_After="30"), {"breaker": {"failures": 1}}, check)


def test_a_word_in_the_headers_is_told_on_every_answer() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=2)
        assert [word.remaining for word in bench.words] == [5, 5, None]
        assert bench.words[2].wait == 60

    whole_bench(
        in_turn(answering("{}", X_Left="5"), answering("", status=429, X_Left="5")),
        {},
        check,
        rate_limits={"requests_per_minute": 10, "headers": {"remaining": "x-left"}},
    )


def test_a_dependency_must_be_fresh() -> None:
    async def main() -> None:
        async with serving(answering("{}")) as (url, _):
            each = {"path": "/{symbol}", "symbols": ["SPY", "QQQ"], "max_age_seconds": 90}
            bench = Bench(
                url,
                {
                    "gex": {**each, "redis_key": "raw:v:gex:{symbol}"},
                    "flow": {**each, "redis_key": "raw:v:flow:{symbol}", "depends_on": ["gex"]},
                },
            )
            flow = bench.feeds["flow:SPY"]
            now = bench.clock.now()
            assert flow.ready(now) == ("waits for the first value of gex", 1.0)
            await bench.run("gex:QQQ")
            assert flow.ready(now) == ("waits for the first value of gex", 1.0)
            await bench.run("gex:SPY")
            assert flow.ready(bench.clock.now()) is None
            stale = flow.ready(bench.clock.now() + 100)
            assert stale is not None
            assert "waits for gex, whose value is 100 s old" in stale[0]
            await bench.vendor.close()

    asyncio.run(main())


def test_staleness_and_life_stretch_with_the_session() -> None:
    bench = Bench("http://v.invalid", {"quote": {"path": "/q", "max_age_seconds": 90}})
    feed = bench.feeds["quote"]
    recipe = feed.recipe
    assert feed.limit(NOW) == 90
    assert recipe.life(NOW) == recipe.spec.ttl_seconds
    slow = Rules({Session.PRE_MARKET: {"all": ("reduce_to_5min",)}})
    recipe.around = dataclasses.replace(
        bench.around, ages=Stretched(Staleness(slow, MarketCalendar()))
    )
    added = 300 - (recipe.spec.interval_seconds or 0)
    at_eight = NOW - 2 * 3600
    assert feed.limit(at_eight) == 90 + added
    assert recipe.life(at_eight) == recipe.spec.ttl_seconds + added
    # X41: a heartbeat of 180 s under a cadence of 300 s was away half of the time.
    assert recipe.beat_life(at_eight) == recipe.beat_life(NOW) + added > 300


class Stretched(AsWritten):
    def __init__(self, staleness: Staleness) -> None:
        self._staleness = staleness

    def limit(self, max_age, group, interval, at, now):
        return self._staleness.limit(max_age, group, interval, now)

    def life(self, ttl, group, interval, now):
        return self._staleness.life(ttl, group, interval, now)


def test_market_hours_as_a_parameter_holds_the_feed_back() -> None:
    bench = Bench("http://v.invalid", {"quote": {"path": "/q", "params": {"x": "market_hours"}}})
    assert bench.feeds["quote"].ready(NOW) is None
    held = bench.feeds["quote"].ready(NOW + 8 * 3600)
    assert held is not None
    assert "waits until the market is open" in held[0]


CHAINS = {"data": [{"expires": day} for day in ("2026-01-16", "2026-01-09", "2026-01-02")]}


def lent(**fields: Any) -> dict[str, dict[str, Any]]:
    return {
        "chains": {"path": "/chains", "redis_key": "raw:v:chains"},
        "matrix": {
            "path": "/matrix",
            "params": {"expiry": "{expiry}"},
            "expand": {"expiry": {"from": "chains", "select": "next:5"}},
            "redis_key": "raw:v:matrix:{expiry}",
            **fields,
        },
    }


async def matrix_server(request: web.Request) -> web.StreamResponse:
    if request.path == "/chains":
        return web.json_response(CHAINS)
    if request.query["expiry"] == "2026-01-16":
        return web.json_response({"message": "none"}, status=404)
    return web.json_response({"of": request.query["expiry"]})


def test_values_of_another_feed_become_calls_with_keys_of_their_own() -> None:
    async def main() -> None:
        async with serving(matrix_server) as (url, _):
            bench = Bench(url, lent())
            feed = bench.feeds["matrix"]
            assert feed.ready(NOW) == ("waits for the first value of chains", 1.0)
            await bench.run("chains")
            assert feed.ready(bench.clock.now()) is None
            lane = await bench.run("matrix")
            await bench.vendor.close()
        # Each call has a slot; one that fails does not stop the others.
        assert lane.endings == ["headers+done"] * 2
        assert bench.store.latest["raw:v:matrix:2026-01-09"].data == {"of": "2026-01-09"}
        assert bench.error("matrix").startswith("1 of 2 calls failed, the last: not found (404)")
        # Were it a feed of a time of day, it would be tried again.
        asked = feed.job().again_after
        assert asked is not None
        assert asked() == TRIED_AGAIN[0]
        # What transforms remember of other values may go.
        expiries = [{"expiry": "2026-01-09"}, {"expiry": "2026-01-16"}]
        assert bench.transforms.kept == {"v.matrix": expiries}
        assert feed.recipe.max_calls == 5
        assert feed.key == "raw:v:matrix:{expiry}"

    asyncio.run(main())


def test_a_vendor_that_had_nothing_for_any_of_several_calls_was_taken_for_dead() -> None:
    async def main() -> None:
        async with serving(answering("", status=204)) as (url, _):
            bench = Bench(url, lent())
            bench.store.latest["raw:v:chains"] = Envelope(NOW, NOW, "v", "1", "", CHAINS)
            await bench.run("matrix")
            await bench.vendor.close()
        stats = bench.feeds["matrix"].stats
        assert (stats.fetches, stats.failures) == (2, 0)
        assert list(bench.store.plain) == ["heartbeat:v"]

    asyncio.run(main())


def test_more_values_than_calls_are_cut_and_the_note_says_so() -> None:
    async def main() -> None:
        async with serving(matrix_server) as (url, _):
            bench = Bench(url, lent(max_calls=1))
            await bench.run("chains")
            lane = await bench.run("matrix")
            await bench.vendor.close()
        assert len(lane.slots) == 1
        assert bench.feeds["matrix"].stats.note == "2 sets of values, max_calls allows 1"

    asyncio.run(main())


def test_a_run_with_nothing_to_ask_gives_its_slot_back() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        lane = await bench.run("matrix")
        assert lane.endings == ["unsent"]
        assert bench.feeds["matrix"].stats.note == "v.chains gives no value for {expiry} now"
        assert bench.error("matrix") == ""

    async def main() -> None:
        async with serving(answering("{}")) as (url, arrived):
            bench = Bench(url, lent())
            await check(bench, arrived)
            await bench.vendor.close()
        assert arrived == []

    asyncio.run(main())


def test_a_misspelt_field_of_the_lender_was_no_value_now_for_ever() -> None:
    async def main() -> None:
        async with serving(matrix_server) as (url, arrived):
            bench = Bench(url, lent(expand={"expiry": {"from": "chains", "path": "expiers"}}))
            await bench.run("chains")
            lane = await bench.run("matrix")
            assert bench.error("matrix") == (
                "no row of v.chains has 'expiers'; they have expires; did you mean 'expires'?"
            )
            assert lane.endings == ["unsent"]
            assert not bench.feeds["matrix"].recipe.breaker.is_open
            # The day has no expiries: that is nobody's mistake.
            bench.store.latest["raw:v:chains"] = Envelope(NOW, NOW, "v", "1", "", {"data": []})
            await bench.run("matrix")
            assert bench.error("matrix") == ""
            await bench.vendor.close()
        assert len(arrived) == 1

    asyncio.run(main())


def test_what_cut_one_call_was_not_told_where_the_next_was_whole() -> None:
    async def two_pages(request: web.Request) -> web.StreamResponse:
        if request.path == "/chains":
            return web.json_response(CHAINS)
        full = request.query["expiry"] == "2026-01-09"
        return web.json_response({"data": [request.query["page"]] * (2 if full else 1)})

    async def main() -> None:
        async with serving(two_pages) as (url, _):
            paging = {"type": "page", "param": "page", "limit": 2, "max_pages": 1}
            bench = Bench(url, lent(paging=paging))
            await bench.run("chains")
            await bench.run("matrix")
            await bench.vendor.close()
        assert bench.feeds["matrix"].stats.note == "cut at 1 page (max_pages)"
        assert len(bench.store.latest) == 3

    asyncio.run(main())


def test_a_limit_in_the_middle_of_many_calls_ends_the_run() -> None:
    async def main() -> None:
        async def limited(request: web.Request) -> web.StreamResponse:
            return web.json_response({"message": "daily limit"}, status=429)

        async with serving(limited) as (url, arrived):
            bench = Bench(url, lent())
            bench.store.latest["raw:v:chains"] = Envelope(NOW, NOW, "v", "1", "", CHAINS)
            lane = await bench.run("matrix")
            await bench.vendor.close()
        assert len(lane.slots) == len(arrived) == 1
        assert "the day's limit is reached" in bench.error("matrix")

    asyncio.run(main())


def test_rows_as_events_are_written_once_each_oldest_first() -> None:
    def prints(*numbers: int) -> Any:
        return answering({"data": [{"id": n, "at": f"2026-01-05T14:00:{n:02d}Z"} for n in numbers]})

    async def main() -> None:
        async with serving(in_turn(prints(2, 1), prints(4, 3, 2), prints(4, 3))) as (url, _):
            paging = {"type": "time", "param": "older", "time": "at", "id": "id", "limit": 100}
            tape = {
                "path": "/tape",
                "kind": "events",
                "cap": 500,
                "paging": paging,
                "timestamp": {"path": "data.*.at"},
            }
            bench = Bench(url, {"tape": tape})
            await bench.run("tape", times=3)
            await bench.vendor.close()
            again = Bench(url, {"tape": tape})
            again.store.states.update(bench.store.states)
            await again.run("tape")
            await again.vendor.close()
        assert [event.data["id"] for _, event in bench.store.streams["raw:v:tape"]] == [1, 2, 3, 4]
        write = bench.store.writes[0]
        assert (write.kind, write.cap, write.timestamp) == (Kind.EVENTS, 500, NOW - 3599)
        # A restart remembers what was written.
        assert "raw:v:tape" not in again.store.streams

    asyncio.run(main())


def test_a_transform_that_raises_leaves_the_raw_value_and_opens_no_breaker() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=3)
        assert bench.store.latest["raw:v:quote"].data == {"a": 1}
        assert "feed:v:quote" not in bench.store.latest
        assert bench.error("quote") == "broken.py:3: ZeroDivisionError"
        stats = bench.feeds["quote"].stats
        assert (stats.transform_failures, stats.fetches) == (3, 3)
        assert not bench.feeds["quote"].recipe.breaker.is_open

    whole_bench(answering({"a": 1}), {"transform": "broken", "breaker": {"failures": 1}}, check)


def test_drift_is_counted_and_told_and_the_value_is_stored() -> None:
    from quanticity.feeds.ports import Drift

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        bench.contracts.answer = [Drift("v.quote", "data", "is missing", NOW)]
        await bench.run("quote")
        assert bench.witness.drifts == bench.contracts.answer
        assert bench.feeds["quote"].stats.drifts == 1
        assert bench.store.latest["raw:v:quote"].data == {"a": 1}
        assert bench.contracts.seen == [("v.quote", "contracts/x.json", {"a": 1})]

    whole_bench(answering({"a": 1}), {"contract": "contracts/x.json"}, check)


def test_a_plain_key_and_a_heartbeat_tell_the_time_of_each_write() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        received = bench.feeds["quote"].stats.received
        assert bench.store.plain == {
            "v:quote:timestamp": f"{received:.3f}",
            "heartbeat:v": f"{received:.3f}",
        }

    whole_bench(answering("{}"), {"timestamp_key": "v:quote:timestamp"}, check)


def test_cancelling_a_run_leaves_it_stopped_and_its_slot_told() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def main() -> None:
        async with scripted(silent) as (url, connected):
            bench = Bench(url, {"quote": {"path": "/q"}})
            lane = FakeLane(bench.clock.now())
            task = asyncio.create_task(bench.feeds["quote"].run(lane))
            await until(lambda: bool(connected))
            assert bench.feeds["quote"].stats.running
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not bench.feeds["quote"].stats.running
            assert lane.endings == ["given up+done"]
            await bench.vendor.close()

    asyncio.run(main())


def test_a_new_day_asks_for_the_new_date() -> None:
    class Tomorrow:
        at = NOW

        def now(self) -> float:
            return self.at

        def monotonic(self) -> float:
            return self.at

        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(0)

    async def main() -> None:
        clock = Tomorrow()
        async with serving(answering("{}")) as (url, arrived):
            bench = Bench(url, {"quote": {"path": "/q", "params": {"d": "today"}}}, clock=clock)
            await bench.run("quote")
            clock.at += 86_400
            await bench.run("quote")
            await bench.vendor.close()
        assert [request.query["d"] for request in arrived] == ["2026-01-05", "2026-01-06"]

    asyncio.run(main())


async def unchanging(request: web.Request) -> web.StreamResponse:
    if request.headers.get("If-None-Match") == '"1"':
        return web.Response(status=304)
    return web.json_response({"p": 1}, headers={"ETag": '"1"'})


CONDITIONAL = {"conditional": True, "redis_key": "raw:v:quote"}


def test_an_edited_transform_never_saw_a_body_that_its_vendor_did_not_send_again() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=2)
        assert orjson.loads(bench.raw("feed:v:quote"))["edition"] == "1"
        bench.transforms.edition = "2"
        await bench.run("quote")
        assert len(arrived) == 3
        assert bench.feeds["quote"].stats.note == "not modified"
        made = orjson.loads(bench.raw("feed:v:quote"))
        assert (made["of"], made["edition"]) == ({"p": 1}, "2")

    whole_bench(unchanging, {"transform": "rows", **CONDITIONAL}, check)


def test_a_transform_that_failed_was_called_recovered_by_an_answer_without_a_body() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=2)
        assert "ZeroDivisionError" in bench.error("quote")
        assert "feed:v:quote" not in bench.store.latest
        bench.transforms.edition = "2"
        await bench.run("quote")
        assert bench.error("quote") == ""
        assert bench.store.latest["feed:v:quote"].data["of"] == {"p": 1}

    whole_bench(unchanging, {"transform": "broken", **CONDITIONAL}, check)


def test_a_header_that_cannot_be_written_was_a_traceback() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        lane = await bench.run("quote:A")
        assert bench.error("quote:A").startswith("the request cannot be sent")
        assert set(lane.endings) == {"lost+done"}
        assert not arrived

    fields = {
        "symbols": ["A"],
        "redis_key": "raw:v:{symbol}",
        "headers": {"X": "a\n{symbol}"},
        "retry_policy": {"attempts": 1},
    }
    whole_bench(answering({}), fields, check)


def test_a_borrowed_value_that_no_key_can_hold_made_a_key_that_nobody_found() -> None:
    async def odd_server(request: web.Request) -> web.StreamResponse:
        if request.path == "/chains":
            return web.json_response({"data": [{"expiry": day} for day in ("A", "B C", "{x}")]})
        return web.json_response({"of": request.query["expiry"]})

    async def main() -> None:
        async with serving(odd_server) as (url, _):
            bench = Bench(url, lent(expand={"expiry": {"from": "chains"}}))
            await bench.run("chains")
            await bench.run("matrix")
            await bench.vendor.close()
        assert set(bench.store.latest) == {"raw:v:chains", "raw:v:matrix:A"}
        assert "that no key can hold are left out: 'B C'" in bench.feeds["matrix"].stats.note

    asyncio.run(main())


def test_a_run_whose_values_no_key_can_hold_kept_a_slot_that_it_did_not_use() -> None:
    async def main() -> None:
        async with serving(answering([{"expiry": "B C"}])) as (url, arrived):
            bench = Bench(url, lent(expand={"expiry": {"from": "chains"}}))
            await bench.run("chains")
            lane = await bench.run("matrix")
            await bench.vendor.close()
        assert (len(arrived), lane.endings) == (1, ["unsent"])
        assert "that no key can hold are left out: 'B C'" in bench.feeds["matrix"].stats.note


def test_a_value_with_a_colon_made_the_key_of_another_feed() -> None:
    other = "raw:v:matrix:list:all"

    async def odd_server(request: web.Request) -> web.StreamResponse:
        if request.path == "/chains":
            return web.json_response({"data": [{"expiry": name} for name in ("A", "list:all")]})
        return web.json_response({"of": request.path})

    async def main() -> None:
        async with serving(odd_server) as (url, arrived):
            feeds = lent(expand={"expiry": {"from": "chains"}})
            bench = Bench(url, {**feeds, "names": {"path": "/n", "redis_key": other}})
            for feed in ("chains", "names", "matrix"):
                await bench.run(feed)
            await bench.vendor.close()
        assert bench.store.latest[other].data == {"of": "/n"}
        assert "that no key can hold are left out: 'list:all'" in bench.feeds["matrix"].stats.note
        assert not any("list" in request.path_qs for request in arrived)

    asyncio.run(main())


def test_events_were_overwritten_when_their_vendor_had_nothing_new() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=3)
        assert [write.kind for write in bench.store.writes] == [Kind.EVENTS]
        stats = bench.feeds["quote"].stats
        assert (stats.fetches, stats.note, len(arrived)) == (3, "not modified", 3)

    whole_bench(unchanging, {"kind": "events", **CONDITIONAL}, check)


async def prints(request: web.Request) -> web.StreamResponse:
    return web.json_response([{"id": 2}, {"id": 1}])


EVENTS = {"kind": "events", "redis_key": "raw:v:prints"}


def test_the_transform_of_polled_events_was_never_run() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote", times=2)
        made = [envelope.data["of"] for _, envelope in bench.store.streams["feed:v:prints"]]
        assert made == [{"id": 1}, {"id": 2}]
        assert len(bench.store.streams["raw:v:prints"]) == 2

    whole_bench(prints, {"transform": "rows", **EVENTS}, check)


def test_a_transform_that_fails_leaves_the_polled_events() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert "ZeroDivisionError" in bench.error("quote")
        assert bench.feeds["quote"].stats.transform_failures == 2
        assert len(bench.store.streams["raw:v:prints"]) == 2
        assert "feed:v:prints" not in bench.store.streams

    whole_bench(prints, {"transform": "broken", **EVENTS}, check)


class Mistaken(list[Any]):
    """Stands for what nobody thought of."""

    def __iter__(self) -> Any:
        raise ValueError("nobody thought of this")


def test_what_nobody_foresaw_was_a_traceback_at_each_run_and_no_failure() -> None:
    """`status` went on to say that its turn had not come."""
    lines: list[str] = []
    sink = logger.add(lines.append, level="WARNING")

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        bench.contracts.answer = Mistaken()
        await bench.run("quote", times=3)
        stats = bench.feeds["quote"].stats
        assert stats.failures == 3
        assert stats.error == "unexpected ValueError: nobody thought of this"
        assert [told for told in bench.witness.told if told[0] == "failed"] == [
            ("failed", "v.quote", stats.error)
        ]
        assert bench.feeds["quote"].recipe.breaker.is_open

    try:
        whole_bench(answering({"a": 1}), {"contract": "x.json", "breaker": {"failures": 3}}, check)
    finally:
        logger.remove(sink)
    assert "".join(lines).count("Traceback") == 1

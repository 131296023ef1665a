"""What goes wrong on a websocket that stands: told, counted, and no feed's end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quanticity.clock import LiveClock
from quanticity.feeds.rows import stream_row
from tests.clock.wall import Settable
from tests.feeds.socket_vendor import until
from tests.feeds.test_stream import ALERTS, GEX, NOW, Bench, bench, lines, live

SPY = "uw.stream_gex:SPY"
DAY = 86_400.0
__all__ = ["lines"]


def reason(desk: Bench, feed: str = SPY) -> str:
    found = desk.board.feeds[feed]
    return stream_row(found, desk.stream.stats, drift="", now=desk.around.clock.now()).reason


def test_frames_that_no_feed_took_were_counted_and_their_feeds_said_only_that_they_wait() -> None:
    async def scenario() -> None:
        frame = {"channel": "chan", "payload": "1"}
        async with bench(stream_gex={**GEX, "frame": frame}) as desk:
            await until(lambda: len(desk.socket.joined) == 2)
            await desk.socket.say(["gex:SPY", {}], ["gex:QQQ", {}])
            await until(lambda: desk.stream.stats.unrouted == 4)  # the acknowledgements too
            said = (
                "no message yet; 4 frames came for no feed; the latest names no channel at 'chan'"
            )
            assert reason(desk) == said

    live(scenario)


def test_frames_without_their_payload_were_logged_and_their_feed_said_only_that_it_waits() -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            await desk.socket.say(["gex:SPY"], ["flow-alerts", {"id": 1}])
            await until(lambda: len(desk.events()) == 1)
            assert reason(desk) == "a frame without '1', where its payload should be"
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: "raw:uw:stream:gex:SPY" in desk.store.latest)
            assert reason(desk) == ""

    live(scenario)


def test_an_event_with_a_figure_that_json_cannot_hold_was_lost(lines: list[str]) -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            for frame in ('["flow-alerts",{"id":1,"iv":NaN}]', '["flow-alerts",{"id":"NaN"}]'):
                await desk.socket.say(frame)
            await desk.socket.say('["flow-alerts",{"id":3,"lo":-Infinity,"hi":Infinity}]')
            await until(lambda: len(desk.events()) == 3)
            assert desk.events() == [
                {"id": 1, "iv": None},
                {"id": "NaN"},
                {"id": 3, "lo": None, "hi": None},
            ]
            assert (desk.stream.stats.nulls, desk.stream.stats.bad_frames) == (3, 0)

    live(scenario)
    said = "a figure that JSON cannot hold (NaN) became null"
    assert len([line for line in lines if said in line]) == 1


def test_a_frame_that_nobody_foresaw_ended_a_websocket_for_good(lines: list[str]) -> None:
    async def scenario() -> None:
        # The path finds something to check, and no one place to cut bytes from.
        frame = {"channel": "0", "payload": "1.*", "ignore": {"1.status": "ok"}}
        async with bench(stream_gex={**GEX, "frame": frame}) as desk:
            await desk.ready(joins=2)
            for _ in range(3):
                await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: desk.stream.stats.bad_frames == 3)
            assert "unexpected KeyError" in reason(desk)
            desk.configure(stream_gex=GEX)
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: "raw:uw:stream:gex:SPY" in desk.store.latest)
            assert len(desk.socket.connects) == 1

    live(scenario)
    assert len([line for line in lines if "unexpected KeyError" in line]) == 1


def test_a_connection_that_stumbled_is_made_anew(lines: list[str]) -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            feed = desk.board.feeds[SPY]
            feed.joins = (None,)  # type: ignore[assignment]
            desk.stream._to_join.put_nowait(feed)
            await until(lambda: len(desk.socket.connects) == 2)
            await desk.ready(joins=6)

    live(scenario)
    assert any("unexpected TypeError" in line for line in lines)


def test_an_edited_heartbeat_held_from_the_next_connection_on() -> None:
    def gex(seconds: float) -> dict[str, Any]:
        beat = {"interval_seconds": seconds, "timeout_seconds": 5, "message": ["ping"]}
        return {**GEX, "heartbeat": beat}

    async def scenario() -> None:
        async with bench(stream_gex=gex(3600)) as desk:
            await desk.ready(joins=2)
            desk.configure(stream_gex=gex(0.1))
            await until(lambda: ["ping"] in [message for _, message in desk.socket.heard])
            assert len(desk.socket.connects) == 1

    live(scenario)


def test_a_vendor_that_closes_at_once_was_told_as_flowing_again(lines: list[str]) -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            desk.socket.deaf = True
            for number in range(1, 3):
                await desk.socket.sockets[-1].close(code=4001, message=b"token expired")
                await until(lambda number=number: len(desk.socket.connects) == number + 1)
            name = desk.stream.name
            told = [(kind, *more) for kind, who, *more in desk.witness.told if who == name]
            assert [kind for kind, *_ in told].count("failed") == 1
            assert "recovered" not in [kind for kind, *_ in told]
            assert "closed the connection (code 4001: token expired)" in told[0][1]
            desk.socket.deaf = False
            await until(lambda: len(desk.socket.sockets) == 3)
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: ("recovered", name) in desk.witness.told)

    live(scenario)


def test_a_transform_that_fails_now_and_then_was_told_with_each_frame() -> None:
    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "transform": "double"}) as desk:
            desk.transforms.swap("double", lambda payload, _c, _s: (payload["x"], None))
            await desk.ready(joins=2)
            feed = desk.board.feeds[SPY]
            for number in range(20):
                await desk.socket.say(["gex:SPY", {"xy"[number % 2]: number}])
            await until(lambda: feed.stats.transform_failures == 10)
            told = [kind for kind, who, *_ in desk.witness.told if who == SPY]
            assert [kind for kind in told if kind != "fetched"] == ["failed"]
            await asyncio.sleep(0)
            assert feed.stats.error

    live(scenario)


@pytest.mark.parametrize("ahead", [0.0, 20.0])
def test_it_is_told_as_well_again_only_when_it_was_for_a_while(ahead: float) -> None:
    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "transform": "double"}) as desk:
            desk.transforms.swap("double", lambda payload, _c, _s: (payload["x"], None))
            await desk.ready(joins=2)
            feed = desk.board.feeds[SPY]
            await desk.socket.say(["gex:SPY", {"y": 1}])
            await until(lambda: feed.stats.error)
            feed._failed_at -= ahead
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: not feed.stats.error)
            assert (("recovered", SPY) in desk.witness.told) is bool(ahead)

    live(scenario)


def test_a_clock_that_was_set_back_kept_what_is_well_from_being_told_so() -> None:
    async def scenario() -> None:
        clock = Settable(LiveClock(NOW))
        async with bench(clock=clock, stream_gex={**GEX, "transform": "double"}) as desk:
            desk.transforms.swap("double", lambda payload, _c, _s: (payload["x"], None))
            await desk.ready(joins=2)
            feed = desk.board.feeds[SPY]
            await desk.socket.say(["gex:SPY", {"y": 1}])
            await until(lambda: feed.stats.error)
            feed._failed_at -= 20.0
            clock.set_by(-DAY)
            await desk.socket.say(["gex:SPY", {"x": 1}])
            await until(lambda: not feed.stats.error)
            assert ("recovered", SPY) in desk.witness.told

    live(scenario)


def test_what_follows_a_colon_was_to_fit_a_key_that_does_not_name_it() -> None:
    spec = {**GEX, "symbols": [], "join": [{"channel": "news"}], "redis_key": "raw:uw:news"}

    async def scenario() -> None:
        async with bench(stream_gex=spec) as desk:
            await until(lambda: desk.socket.joined == ["news"])
            await desk.socket.say(["news:New York:all", {"x": 1}])
            await until(lambda: "raw:uw:news" in desk.store.latest)
            assert desk.stream.stats.bad_frames == 0

    live(scenario)


def test_a_connection_that_stands_over_the_change_of_day_listened_to_the_day_before() -> None:
    """It joined a new day's channel when it was made anew only, and had no reason to be."""

    async def scenario() -> None:
        clock = Settable(LiveClock(NOW))
        join = [{"channel": "gex:{symbol}:{today}", "msg_type": "join"}]
        async with bench(
            clock=clock, stream_gex={**GEX, "join": join}, stream_flow_alerts=ALERTS
        ) as desk:
            await until(lambda: len(desk.socket.joined) == 3)
            before = set(desk.socket.joined)
            clock.set_by(DAY)
            await until(lambda: len(desk.socket.joined) == 5)
            assert set(desk.socket.joined) - before == {"gex:SPY:2026-01-06", "gex:QQQ:2026-01-06"}
            await desk.socket.say(["gex:SPY:2026-01-06", {"a": 1}])
            await until(lambda: "raw:uw:stream:gex:SPY" in desk.store.latest)
            # A clock that is set back is a change as well.
            clock.set_by(-DAY)
            await until(lambda: len(desk.socket.joined) == 7)
            assert len(desk.socket.connects) == 1

    live(scenario)


def test_twenty_bad_bytes_were_told_as_twenty_troubles_and_then_nothing_was(
    lines: list[str],
) -> None:
    async def scenario() -> None:
        async with bench() as desk:
            await desk.ready()
            for number in range(30):
                await desk.socket.sockets[-1].send_bytes(b'["' + b"x" * number + b'\xfd"]')
            await desk.socket.say("oh no")
            await until(lambda: desk.stream.stats.bad_frames == 31)

    live(scenario)
    assert len([line for line in lines if "is not UTF-8" in line]) == 1
    assert len([line for line in lines if "begins with 'oh no'" in line]) == 1

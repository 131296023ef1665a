"""Vendors that want to hear of us: pings whatever comes, echoes, and pongs in plain text."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quanticity.config.schema.websocket import Reply
from quanticity.feeds.replies import Replies
from tests.feeds import test_stream
from tests.feeds.socket_vendor import until
from tests.feeds.test_stream import GEX, bench, live
from tests.feeds.test_stream_batches import TRADES

lines = test_stream.lines


@pytest.mark.parametrize("always", [True, False], ids=["always", "after a silence"])
def test_while_data_flowed_nothing_was_sent_to_a_vendor_that_closes_on_who_is_silent(
    always: bool,
) -> None:
    # dxLink (tastytrade) and Bybit close on who sends nothing, whatever they send themselves.
    beat = {"interval_seconds": 0.2, "timeout_seconds": 5, "always": always, "message": ["alive"]}

    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "heartbeat": beat}) as desk:
            await desk.ready(joins=2)
            for _ in range(40):
                await desk.socket.say(["gex:SPY", {"timestamp": 1}])
                await asyncio.sleep(0.03)
            alive = [message for _, message in desk.socket.heard if message == ["alive"]]
            assert bool(alive) is always
            assert len(desk.socket.connects) == 1

    live(scenario)


def test_where_pings_go_out_whatever_comes_a_dead_connection_is_found_out_all_the_same() -> None:
    beat = {"interval_seconds": 0.1, "timeout_seconds": 0.35, "always": True}

    async def scenario() -> None:
        async with bench(stream_gex={**GEX, "heartbeat": beat}) as desk:
            await desk.ready(joins=2)
            await asyncio.sleep(1.0)
            assert len(desk.socket.connects) == 1
            desk.socket.deaf = True
            await until(lambda: desk.stream.stats.state == "waiting")
            assert "no answer to a ping" in desk.stream.stats.error

    live(scenario)


def test_a_pong_in_plain_text_was_told_as_a_bad_frame(lines: list[str]) -> None:
    async def scenario() -> None:
        async with bench(trades={**TRADES, "symbols": ["AAPL"]}) as desk:
            await until(lambda: desk.stream.stats.state == "open" and bool(desk.socket.sockets))
            await desk.socket.say("pong", "Pong\n", "pongs")
            await until(lambda: desk.stream.stats.frames == 3)
            assert (desk.stream.stats.acknowledged, desk.stream.stats.bad_frames) == (2, 1)

    live(scenario)
    assert sum("not JSON" in line for line in lines) == 1


def test_an_acknowledgement_that_is_told_by_a_null_could_not_be_named() -> None:
    # As Binance does it: {"result": null, "id": 1}.
    shape = {
        **TRADES,
        "symbols": ["AAPL"],
        "frame": {**TRADES["frame"], "ignore": {"result": None}},
    }

    async def scenario() -> None:
        async with bench(trades=shape) as desk:
            await until(lambda: desk.stream.stats.state == "open" and bool(desk.socket.sockets))
            trade = {"s": "AAPL", "p": 1}
            await desk.socket.say({"result": None, "id": 1}, trade)
            await until(lambda: desk.stream.stats.frames == 2)
            assert desk.stream.stats.acknowledged == 1
            assert desk.events("raw:fh:trades:AAPL") == [trade]

    live(scenario)


def test_what_came_between_two_connections_of_an_edit_was_missed_without_a_word() -> None:
    # As with a new key, which stands in the address.
    async def scenario() -> None:
        async with bench(stream_gex=GEX) as desk:
            await desk.ready(joins=2)
            await desk.socket.say(["gex:SPY", {"timestamp": 1}])
            await until(lambda: desk.stream.stats.frames >= 3)
            desk.configure(stream_gex={**GEX, "url": f"{desk.socket.url}?v=2"})
            await until(lambda: len(desk.socket.joined) == 4)
            (missed,) = [one for one in desk.witness.told if one[0] == "missed"]
            assert missed[2:] == ("uw.stream_gex:SPY", "uw.stream_gex:QQQ")
            assert len(desk.stream.stats.gaps) == 1
            desk.configure(stream_gex={**GEX, "url": f"{desk.socket.url}?v=2", "ttl_seconds": 61})
            await asyncio.sleep(0.2)
            assert len(desk.socket.connects) == 2

    live(scenario)


@pytest.mark.parametrize(
    ("reply", "frame", "said"),
    [
        # HTX, Crypto.com, Deribit.
        (
            {"path": "ping", "send": {"pong": "{ping}"}},
            {"ping": 1492420473027},
            '{"pong":1492420473027}',
        ),
        (
            {
                "path": "method",
                "equals": "beat",
                "send": {"id": "{id}", "to": ["{a.b}", "{no}", "x"]},
            },
            {"method": "beat", "id": 7, "a": {"b": None}},
            '{"id":7,"to":[null,"{no}","x"]}',
        ),
        (
            {"path": "t", "equals": "ask", "send": "{id} is no path alone"},
            {"t": "ask"},
            "{id} is no path alone",
        ),
        ({"path": "t", "equals": "ask", "send": "{id}"}, {"t": "ask", "id": "a1"}, "a1"),
        ({"path": "t", "equals": "ask", "send": "x"}, {"t": "data"}, None),
        ({"path": "t", "send": "x"}, ["t"], None),
    ],
    ids=["echo", "echo inside", "text", "text alone", "other", "no path"],
)
def test_a_pong_could_not_echo_what_the_ping_said(
    reply: dict[str, Any], frame: Any, said: str | None
) -> None:
    assert Replies([Reply.model_validate(reply)] * 2).to(frame) == said

"""Frames that hold a list of messages, of several symbols: each is taken by itself."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from quanticity.feeds.frames import messages
from tests.feeds import test_stream
from tests.feeds.socket_vendor import until
from tests.feeds.test_stream import NOW, bench, live

lines = test_stream.lines

# As Finnhub writes them; Polygon's and Alpaca's frames are the list itself.
TRADES: dict[str, Any] = {
    "transport": "websocket",
    "symbols": ["AAPL", "BINANCE:BTCUSDT"],
    "frame": {"each": "data", "values": {"symbol": "s"}, "ignore": {"type": "ping"}},
    "redis_key": "raw:fh:trades:{symbol}",
    "kind": "events",
    "ttl_seconds": 60,
}
STATUS = {"ev": "status", "status": "connected"}


def test_trades_of_one_symbol_were_stored_as_anothers_where_a_frame_holds_several() -> None:
    async def scenario() -> None:
        async with bench(trades=TRADES) as desk:
            await until(lambda: desk.stream.stats.state == "open" and bool(desk.socket.sockets))
            mixed = (
                '{"data": [{"s":"AAPL","p":1.10}, {"s":"BINANCE:BTCUSDT","p":2}],"type":"trade"}'
            )
            other = [{"s": "NVDA", "p": 3}, {"s": "AAPL", "p": 4}]
            await desk.socket.say(mixed, {"type": "ping"}, {"type": "trade", "data": other})
            await until(lambda: len(desk.events("raw:fh:trades:AAPL")) == 2)
            assert desk.events("raw:fh:trades:AAPL") == [
                {"s": "AAPL", "p": 1.1},
                {"s": "AAPL", "p": 4},
            ]
            assert desk.events("raw:fh:trades:BINANCE:BTCUSDT") == [
                {"s": "BINANCE:BTCUSDT", "p": 2}
            ]
            stats = desk.stream.stats
            assert (stats.frames, stats.acknowledged, stats.unrouted) == (3, 1, 1)

    live(scenario)


def test_a_frame_may_be_the_list_itself_and_hold_what_two_endpoints_join() -> None:
    shape = {"each": "", "channel": "ev", "ignore": {"ev": "status"}, "timestamp": "t"}
    given: dict[str, Any] = {
        name: {
            **TRADES,
            "symbols": ["AAPL"],
            "frame": {**shape, "values": {"symbol": "sym"}},
            "join": [{"action": "subscribe", "channel": channel}],
            "redis_key": f"raw:p:{name}:{{symbol}}",
        }
        for name, channel in (("trades", "T"), ("quotes", "Q"))
    }

    async def scenario() -> None:
        async with bench(**given) as desk:
            await until(lambda: len(desk.socket.joined) == 2)
            trade = {"ev": "T", "sym": "AAPL", "t": NOW * 1000 - 2000}
            await desk.socket.say([STATUS, trade, {"ev": "Q", "sym": "AAPL"}])
            await until(lambda: bool(desk.events("raw:p:quotes:AAPL")))
            assert desk.events("raw:p:trades:AAPL") == [trade]
            (envelope,) = [each for _, each in desk.store.streams["raw:p:trades:AAPL"]]
            assert envelope.timestamp == NOW - 2
            assert desk.stream.stats.bad_frames == 0

    live(scenario)


def test_messages_stay_the_vendors_own_bytes() -> None:
    text = b'{"d":{"x":[ {"p": 1.10} ,[1e2], 3]}}'
    frame = orjson.loads(text)
    assert [one for one, _ in messages(text, frame, "d.x")] == [b'{"p": 1.10}', b"[1e2]", b"3"]
    assert messages(text, frame, None) == ((text, frame),)
    assert messages(text, frame, "d") == ((text, frame),)
    assert list(messages(b"[]", [], "")) == []


@pytest.mark.parametrize(
    ("no", "said"),
    [
        # Deribit and Binance answer a message by its id, whether they did as it says or not.
        ({"id": 2, "error": {"code": -32602}}, '{"code":-32602}'),
        ({"id": 2, "error": "no such channel"}, '"no such channel"'),
        # Finnhub, Alpaca and Polygon.
        ({"type": "error", "msg": "too many symbols"}, '"msg":"too many symbols"'),
        ({"T": "error", "code": 402}, '{"T":"error","code":402}'),
        ({"ev": "status", "status": "auth_failed"}, '"status":"auth_failed"'),
    ],
)
def test_a_vendors_no_to_what_was_joined_passed_for_a_yes(
    no: dict[str, Any], said: str, lines: list[str]
) -> None:
    frame = {"channel": "c", "payload": "d", "ignore": {"id": 2, "ev": "status"}}
    shape = {**TRADES, "symbols": ["AAPL"], "frame": frame}

    async def scenario() -> None:
        async with bench(trades=shape) as desk:
            await until(lambda: desk.stream.stats.state == "open" and bool(desk.socket.sockets))
            await desk.socket.say({"id": 2, "result": [], "error": None}, no)
            await until(lambda: desk.stream.stats.frames == 2)
            stats = desk.stream.stats
            assert (stats.acknowledged, stats.unrouted) == (1, 1)
            assert stats.stray.startswith("says no: ")
            assert said in stats.stray
            assert any("the vendor says no" in line and said in line for line in lines)

    live(scenario)


def test_a_vendor_that_asks_whether_we_are_there_had_no_answer_and_closed() -> None:
    asked = {"method": "heartbeat", "params": {"type": "test_request"}}
    # As Deribit does it; the bench's vendor wants a channel in whatever it hears.
    reply = {"path": "params.type", "equals": "test_request"}
    answer = {"method": "public/test", "channel": "alive"}
    shape = {**TRADES, "heartbeat": {"replies": [{**reply, "send": answer}]}}

    async def scenario() -> None:
        async with bench(trades=shape, others={**shape, "redis_key": "raw:o:{symbol}"}) as desk:
            await until(lambda: desk.stream.stats.state == "open" and bool(desk.socket.sockets))
            await desk.socket.say(asked, {"data": [{"s": "AAPL", "p": 1}]}, asked)
            await until(lambda: len(desk.socket.joined) == 2)
            assert desk.socket.joined == ["alive", "alive"]
            assert desk.stream.stats.acknowledged == 2
            assert desk.events("raw:fh:trades:AAPL") == [{"s": "AAPL", "p": 1}]
            edited = {**shape, "heartbeat": {"replies": [{**reply, "send": "[]"}]}}
            desk.configure(trades=edited)
            await desk.socket.say(asked)
            await until(lambda: desk.socket.heard[-1][1] == [])

    live(scenario)


def test_a_message_to_log_in_was_sent_once_more_for_each_symbol() -> None:
    login, trades = {"channel": "auth", "key": "k"}, {"channel": "T.{symbol}"}
    shape = {**TRADES, "symbols": ["A", "B", "C"], "join": [login, trades]}

    async def scenario() -> None:
        async with bench(trades=shape) as desk:
            await until(lambda: len(desk.socket.joined) == 4)
            assert desk.socket.joined == ["auth", "T.A", "T.B", "T.C"]
            await desk.socket.drop()
            await until(lambda: len(desk.socket.joined) == 8)
            assert desk.socket.joined[4:] == ["auth", "T.A", "T.B", "T.C"]
            # Who logged in is gone; who comes logs in, for nobody else is known to have.
            desk.configure(trades={**shape, "symbols": ["B", "C", "D", "E"]})
            await until(lambda: desk.socket.joined[8:] == ["auth", "T.D", "T.E"])

    live(scenario)


def test_a_vendors_greeting_was_told_as_values_that_flow_again() -> None:
    shape = {**TRADES, "frame": {**TRADES["frame"], "ignore": {"ev": "status"}}}

    async def scenario() -> None:
        async with bench(trades=shape) as desk:

            def told(kind: str) -> int:
                return sum(one[0] == kind for one in desk.witness.told)

            for count in (1, 2):
                await until(lambda count=count: len(desk.socket.sockets) == count)
                await until(lambda: desk.stream.stats.state == "open")
                await desk.socket.say({"ev": "status", "status": "connected"})
                await until(lambda count=count: desk.stream.stats.acknowledged == count)
                assert told("recovered") == 0
                if count == 1:
                    await desk.socket.drop()
            await desk.socket.say({"data": [{"s": "AAPL", "p": 1}]})
            await until(lambda: bool(desk.events("raw:fh:trades:AAPL")))
            assert (told("failed"), told("recovered")) == (1, 1)

    live(scenario)

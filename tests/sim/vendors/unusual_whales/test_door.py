"""Over HTTP and the websocket: headers, the three kinds of 429, tokens, joins and frames."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from quanticity.clock import LiveClock
from quanticity.sim.vendors.limits import VendorLimits
from quanticity.sim.vendors.server import SimVendors
from quanticity.sim.vendors.unusual_whales import UnusualWhales
from tests.sim.vendors.unusual_whales.ask import CALENDAR, MORNING, vendor

PATH = "/unusual_whales/api/stock/SPY/stock-state"
BEARER = {"Authorization": "Bearer secret"}
Talk = Callable[[SimVendors, str, aiohttp.ClientSession], Awaitable[Any]]


def serve(talk: Talk, delay_ms: tuple[float, float] = (0, 0), **changes: Any) -> Any:
    async def main() -> Any:
        limits = {"unusual_whales": replace(UnusualWhales.limits, **changes)}
        server = SimVendors(
            LiveClock(MORNING), CALENDAR, 7, delay_ms, limits=limits, vendors=[vendor()]
        )
        root = await server.start()
        try:
            timeout = aiohttp.ClientTimeout(10)
            async with aiohttp.ClientSession(headers=BEARER, timeout=timeout) as session:
                return await talk(server, root, session)
        finally:
            await server.stop()

    return asyncio.run(main())


async def get(session: aiohttp.ClientSession, url: str, **options: Any) -> tuple[int, Any, Any]:
    async with session.get(url, **options) as answer:
        return answer.status, await answer.json(), answer.headers


def test_the_published_limits_are_the_default():
    assert UnusualWhales.limits == VendorLimits(
        windows=((120, 60.0),), max_in_flight=3, per_day=40_000
    )


def test_headers_count_down_and_the_reset_is_in_milliseconds():
    async def talk(server, root, session):
        return [(await get(session, root + PATH))[2] for _ in range(2)]

    first, second = serve(talk)
    assert (first["x-uw-minute-req-counter"], second["x-uw-minute-req-counter"]) == ("1", "2")
    assert second["x-uw-req-per-minute-remaining"] == "118"
    assert second["x-uw-daily-req-count"] == "2"
    assert second["x-uw-token-req-limit"] == "40000"
    assert 50_000 < int(second["x-uw-req-per-minute-reset"]) <= 60_000
    assert first["x-request-id"] != second["x-request-id"]


def test_over_the_minute_it_says_when_to_come_back():
    async def talk(server, root, session):
        for _ in range(3):
            await get(session, root + PATH)
        return await get(session, root + PATH)

    status, body, headers = serve(talk, windows=((3, 2.0),))
    assert status == 429
    assert "per minute" in body["message"]
    assert headers["Retry-After"] in ("1", "2")
    assert headers["x-uw-req-per-minute-remaining"] == "0"


def test_over_the_day_it_says_only_a_code():
    async def talk(server, root, session):
        await get(session, root + PATH)
        token = next(iter(server.accounts("unusual_whales")))
        server.gate("unusual_whales", token).spend_day(40_000)
        return await get(session, root + PATH)

    status, body, headers = serve(talk)
    assert (status, body) == (429, {"code": "daily_request_limit_hit"})
    assert "Retry-After" not in headers


def test_the_day_begins_again_at_eight_in_the_evening_in_new_york():
    from quanticity.sim.vendors.limits import Gate, Over

    gate = Gate("x", VendorLimits(per_day=2))
    evening = MORNING + 10 * 3600
    verdicts = [gate.arrive(n, evening - 10 + n) for n in range(3)]
    assert verdicts == [None, None, Over.DAY]
    assert gate.arrive(11, evening + 1) is None


def test_more_than_three_at_once_are_refused():
    async def talk(server, root, session):
        answers = await asyncio.gather(*(get(session, root + PATH) for _ in range(5)))
        return sorted(status for status, _, _ in answers), [body for _, body, _ in answers]

    statuses, bodies = serve(talk, delay_ms=(40, 40))
    assert statuses == [200, 200, 200, 429, 429]
    assert any("3 concurrent requests" in body.get("message", "") for body in bodies)


def test_each_token_has_a_budget_of_its_own():
    async def talk(server, root, session):
        other = {"Authorization": "Bearer another"}
        first = (await get(session, root + PATH))[2]
        second = (await get(session, root + PATH, headers=other))[2]
        return first["x-uw-minute-req-counter"], second["x-uw-minute-req-counter"]

    assert serve(talk) == ("1", "1")


def test_without_a_token_there_are_no_counters():
    async def talk(server, root, session):
        return await get(session, root + PATH, headers={"Authorization": ""})

    status, _, headers = serve(talk)
    assert status == 401
    assert not [name for name in headers if name.lower().startswith("x-uw")]


async def frames(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [(await socket.receive(timeout=8)).json() for _ in range(count)]


def test_a_join_is_acknowledged_and_frames_follow():
    async def talk(server, root, session):
        address = root + "/unusual_whales/socket?token=secret"
        async with session.ws_connect(address, headers={"Authorization": ""}) as socket:
            await socket.send_json({"channel": "gex:SPY", "msg_type": "join"})
            await socket.send_json({"channel": "price", "msg_type": "join"})
            return await frames(socket, 6)

    got = serve(talk)
    assert ["gex:SPY", {"response": {}, "status": "ok"}] in got
    payload = next(p for name, p in got if name == "gex:SPY" and "status" not in p)
    assert payload["delta_per_one_percent_move_oi"] == ""
    assert abs(payload["timestamp"] / 1000 - MORNING) < 10
    prices = [p for name, p in got if name == "price" and "status" not in p]
    assert {p["ticker"] for p in prices}


def test_what_cannot_be_joined_is_said():
    async def talk(server, root, session):
        async with session.ws_connect(root + "/unusual_whales/socket?token=x") as socket:
            for text in ('{"channel":"secrets","msg_type":"join"}', "not json"):
                await socket.send_str(text)
            await socket.send_json({"channel": "net_flow", "msg_type": "join"})
            return await frames(socket, 3)

    assert [payload["status"] for _, payload in serve(talk)] == ["error"] * 3


def test_leaving_a_channel_ends_its_frames():
    async def talk(server, root, session):
        async with session.ws_connect(root + "/unusual_whales/socket?token=x") as socket:
            for kind in ("join", "leave"):
                await socket.send_json({"channel": "gex:SPY", "msg_type": kind})
            got = await frames(socket, 2)
            with contextlib.suppress(TimeoutError):
                got.append((await socket.receive(timeout=1.2)).json())
            return [payload for _, payload in got if "status" not in payload]

    assert len(serve(talk)) <= 1


def test_the_websocket_wants_a_token_too():
    async def talk(server, root, session):
        address = root + "/unusual_whales/socket"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(address, headers={"Authorization": ""})
        return refused.value.status

    assert serve(talk) == 401


@pytest.mark.parametrize("channel", ["flow-alerts", "option_trades", "news"])
def test_what_streams_between_two_moments_is_the_same_in_one_look_or_in_many(channel):
    start, end = MORNING, MORNING + 60
    whole = vendor().frames(channel, "SPY", start, end)
    parts = [
        frame
        for second in range(0, 60, 7)
        for frame in vendor().frames(channel, "SPY", start + second, min(end, start + second + 7))
    ]
    assert parts == whole

"""Nothing that a client sends ends the server, or another client."""

from __future__ import annotations

import asyncio
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.clock import LiveClock, run_virtual
from quanticity.sim.gateway import wire
from quanticity.sim.gateway.gateway import Gateway
from quanticity.sim.gateway.messages import REQUESTS
from tests.sim.gateway.raw import Raw
from tests.sim.gateway.rig import TEN, connected, market, on_virtual_clock


@on_virtual_clock()
async def test_the_first_bytes_are_the_protocols(gateway, clock):
    raw = await Raw.connect(gateway)
    reader, writer = raw.reader, raw.writer
    writer.write(b"API\0" + wire.framed("v100..157"))
    assert await reader.readexactly(30) == b"\x00\x00\x00\x1a157\x0020260107 10:00:00 EST\x00"
    writer.write(wire.frame(71, 2, 1, ""))
    assert await reader.readexactly(19) == b"\x00\x00\x00\x0f15\x001\x00DU1234567\x00"
    assert await reader.readexactly(10) == b"\x00\x00\x00\x069\x001\x001\x00"
    said = b"4\x002\x00-1\x002104\x00Market data farm connection is OK:usfarm\x00"
    assert await reader.readexactly(4 + len(said)) == len(said).to_bytes(4, "big") + said


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"API\0\xff\xff\xff\xff",
        b"API\0\x00\x00\x00\x00",
        b"API\0" + wire.framed("157\0"),
        b"API\0" + wire.framed("v100..150"),
        b"API\0" + wire.framed("v176..178"),
        b"API\0" + wire.framed("v100..157") + b"\x7f\xff\xff\xff",
    ],
)
def test_a_greeting_that_is_none_ends_its_connection_alone(junk: bytes):
    @on_virtual_clock()
    async def run(gateway, clock):
        ib = await connected(gateway)
        raw = await Raw.connect(gateway)
        raw.writer.write(junk)
        assert await raw.is_closed()
        assert gateway.counters.refused["bad frame"] == 1
        assert ib.isConnected()
        assert (await connected(gateway, 2)).isConnected()

    run()


@on_virtual_clock()
async def test_an_unknown_message_is_told_and_the_next_one_answered(gateway, clock):
    raw = await Raw.started(gateway)
    for number in ("4711", "-5", "", "nonsense", "1.5"):
        raw.send(number, 1)
    raw.send(49, 1)
    told = await raw.frames()
    assert [fields[:4] for fields in told[:-1]] == [["4", "2", "-1", "505"]] * 5
    assert told[-1][0] == "49"
    assert gateway.counters.refused["unknown message"] == 5


@on_virtual_clock()
async def test_nothing_is_served_before_a_client_says_who_it_is(gateway, clock):
    raw = await Raw.connect(gateway)
    raw.writer.write(b"API\0" + wire.framed("v157..157"))
    await raw.frame()
    raw.send(49, 1)
    assert (await raw.frame())[3] == "504"
    raw.send(71, 2, 4, "")
    raw.send(71, 2, 5, "")
    assert [fields[0] for fields in await raw.frames()] == ["15", "9", "4", "4", "4"]
    assert gateway.client(4) is not None
    assert gateway.client(5) is None


@pytest.mark.parametrize("number", sorted(REQUESTS))
def test_a_request_that_is_cut_off_is_told_with_320_or_answered(number: int):
    @on_virtual_clock()
    async def run(gateway, clock):
        raw = await Raw.started(gateway)
        raw.send(number)
        raw.send(number, 1, "x", "y", "z")
        await raw.frames(3)
        raw.send(49, 1)
        answers = await raw.frames()
        assert answers[-1][0] == "49"
        assert gateway.counters.refused["bad field"] <= 2

    run()


_fields = st.one_of(
    st.sampled_from(["", "0", "1", "-1", "2147483647", "1.7976931348623157E308", "SPY", "STK"]),
    st.sampled_from(["OPT", "BAG", "SMART", "USD", "TRADES", "1 D", "1 min", "Last", "nan", "1e9"]),
    st.integers(-(2**40), 2**40).map(str),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=6),
)


@settings(max_examples=75, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(REQUESTS)), st.lists(_fields, max_size=30)), max_size=8
    )
)
def test_no_request_whatever_its_fields_ends_the_server(messages: list[tuple[int, list[str]]]):
    async def main(clock) -> None:
        gateway = Gateway(market(), clock)
        try:
            raw = await Raw.started(gateway)
            for number, fields in messages:
                raw.send(number, *fields)
                await clock.sleep(0.1)
            await clock.sleep(2)
            raw.send(49, 1)
            assert any(fields[0] == "49" for fields in await raw.frames())
            assert gateway.counters.refused["failed look"] == 0
            assert gateway.counters.refused["failed request"] == 0
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)


def test_junk_over_tcp_leaves_the_server_alive():
    async def main() -> None:
        gateway = Gateway(market(), LiveClock(TEN))
        port = await gateway.serve()
        for junk in (b"", b"GET / HTTP/1.1\r\n\r\n", b"API\0\xff\xff\xff\xff", b"A"):
            with socket.create_connection(("127.0.0.1", port), 5) as raw:
                raw.sendall(junk)
            await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"API\0" + wire.framed("v100..157"))
        assert (await reader.readexactly(8))[4:] == b"157\0"
        writer.close()
        await gateway.stop()

    asyncio.run(main())

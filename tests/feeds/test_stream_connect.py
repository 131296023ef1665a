"""A websocket's handshake and its goodbye, with a vendor that does neither as it should."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from yarl import URL

from quanticity.errors import RateLimited
from quanticity.feeds.stream_connect import Address, Connection
from quanticity.pace.ports import Word
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.socket_vendor import SocketVendor, until


class NoSlot:
    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_: None


@pytest.mark.parametrize(
    ("written", "wait"),
    [
        ("30", 30.0),
        ("315360000", 86_400.0),
        ("inf", None),
        ("Mon, 05 Jan 2026 15:00:30 GMT", 30.0),
        ("Wed, 21 Oct 99999999999 07:28:00 GMT", None),
        ("soon", None),
    ],
)
def test_a_handshake_that_was_refused_for_ten_years_stopped_its_source_for_as_long(
    written: str, wait: float | None
) -> None:
    async def scenario() -> None:
        words: list[Word] = []
        async with SocketVendor().serve() as vendor:
            vendor.refuse_with = 429
            # The vendor's own clock, which its dates are of.
            vendor.headers = {"Retry-After": written, "Date": "Mon, 05 Jan 2026 15:00:00 GMT"}
            address = Address(URL(vendor.url), now=lambda: NOW, tell=words.append)
            with pytest.raises(RateLimited) as refused:
                async with Connection(address, NoSlot()):
                    pass
        assert refused.value.retry_after == wait
        assert [word.wait for word in words] == ([] if wait is None else [wait])

    asyncio.run(scenario())


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FRAME = b"\x81\x02{}"


async def talks_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads what comes, and answers no goodbye."""
    reading = asyncio.create_task(reader.read())
    try:
        while True:
            writer.write(FRAME)
            await writer.drain()
            await asyncio.sleep(0.05)
    finally:
        reading.cancel()


async def reads_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(FRAME)
    await asyncio.sleep(3600)


@contextlib.asynccontextmanager
async def rude(behaviour: Behaviour) -> AsyncIterator[tuple[str, list[str]]]:
    """A vendor that shakes hands and then does as it likes; its address, and what ended."""
    ended: list[str] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = head.lower().partition("sec-websocket-key:")
        given = head[len(key[0]) + len(key[1]) :].split()[0]
        accept = base64.b64encode(hashlib.sha1((given + GUID).encode()).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        try:
            await behaviour(reader, writer)
        except ConnectionError:
            ended.append("hung up")
        finally:
            writer.close()

    def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(serve(reader, writer)))

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", ended
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_vendor_that_went_on_talking_kept_its_connection_from_ever_closing(
    cancelled: bool,
) -> None:
    async def scenario() -> None:
        async with rude(talks_on) as (url, ended):
            closing = asyncio.Event()

            async def work() -> None:
                async with Connection(Address(URL(url)), NoSlot()) as opened:
                    await opened.receive()
                    closing.set()
                    if not cancelled:
                        raise KeyError
                    await asyncio.sleep(3600)

            task = asyncio.create_task(work())
            await closing.wait()
            if cancelled:
                task.cancel()
            done, _ = await asyncio.wait([task], timeout=5)
            assert done
            assert isinstance(task.exception(), KeyError) if not cancelled else task.cancelled()
            await until(lambda: ended == ["hung up"])

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_a_vendor_that_reads_nothing_is_hung_up_on() -> None:
    async def scenario() -> None:
        async with rude(reads_nothing) as (url, _ended):
            began = asyncio.get_running_loop().time()
            async with Connection(Address(URL(url)), NoSlot()) as opened:
                await opened.receive()
                line = opened.get_extra_info("socket")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        while True:
                            await opened.send_bytes(b"x" * 1_000_000)
            assert asyncio.get_running_loop().time() - began < 15
            await until(lambda: line.fileno() == -1)

    asyncio.run(asyncio.wait_for(scenario(), 20))

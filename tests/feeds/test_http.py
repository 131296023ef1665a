"""One request on one slot, whatever the network does."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import zlib
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from quanticity.errors import BadBody, TransportError
from quanticity.feeds.http import Answer, HttpClient, Unsent
from quanticity.feeds.patience import time_limits
from tests.feeds.loopback import FakeSlot, answering, request_head, scripted, serving, until

REQUEST = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


async def _send(
    url: str, slot: FakeSlot, *, seconds: float = 2.0, most: int = 1_000_000, **client: object
) -> Answer:
    http = HttpClient({"X-Own": "1"}, **client)  # type: ignore[arg-type]
    try:
        return await http.send(
            slot, "GET", URL(url), headers=None, data=None, limits=time_limits(seconds), most=most
        )
    finally:
        await http.close()


def test_a_good_answer_tells_headers_then_done() -> None:
    async def main() -> None:
        slot = FakeSlot()
        async with serving(answering({"a": 1})) as (url, arrived):
            answer = await _send(url, slot)
        assert (answer.status, answer.body) == (200, b'{"a":1}')
        assert slot.told == ["headers", "done"]
        assert arrived[0].headers["X-Own"] == "1"

    asyncio.run(main())


def test_cookies_are_never_sent_back() -> None:
    async def main() -> None:
        async with serving(answering("{}", Set_Cookie="session=1; Path=/")) as (url, arrived):
            http = HttpClient({})
            for _ in range(2):
                await http.send(
                    FakeSlot(),
                    "GET",
                    URL(url),
                    headers=None,
                    data=None,
                    limits=time_limits(2),
                    most=1000,
                )
            await http.close()
        assert "Cookie" not in arrived[1].headers

    asyncio.run(main())


def test_a_kept_connection_that_the_vendor_drops_is_one_arrival_and_a_lost_slot() -> None:
    arrivals = []

    async def once_then_drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_head(reader)
        arrivals.append("first")
        writer.write(REQUEST + b"Content-Length: 2\r\n\r\n{}")
        await writer.drain()
        await request_head(reader)
        arrivals.append("second")  # read, and never answered: aiohttp would now send it again

    async def main() -> None:
        async with scripted(once_then_drop) as (url, connected):
            http = HttpClient({})
            slots = [FakeSlot(), FakeSlot()]
            limits = time_limits(2)
            await http.send(
                slots[0], "GET", URL(url), headers=None, data=None, limits=limits, most=1000
            )
            with pytest.raises(TransportError, match="dropped before an answer"):
                await http.send(
                    slots[1], "GET", URL(url), headers=None, data=None, limits=limits, most=1000
                )
            await asyncio.sleep(0.05)
            await http.close()
        assert arrivals == ["first", "second"]
        assert len(connected) == 1
        assert slots[1].told == ["lost", "done"]

    asyncio.run(main())


def test_silence_is_a_lost_slot_and_names_the_time_out() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def main() -> None:
        slot = FakeSlot()
        async with scripted(silent) as (url, _):
            with pytest.raises(TransportError, match=r"within 0\.1 s \(timeout_seconds\)"):
                await _send(url, slot, seconds=0.1)
        assert slot.told == ["given up", "done"]

    asyncio.run(main())


def test_an_answer_that_drips_for_ever_is_given_up() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_head(reader)
        writer.write(REQUEST + b"Content-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def main() -> None:
        slot = FakeSlot()
        async with scripted(drip) as (url, _):
            with pytest.raises(TransportError, match="the body did not end within"):
                await _send(url, slot, seconds=0.1)
        assert slot.told == ["headers", "done"]

    asyncio.run(main())


def test_a_refused_connection_gives_the_slot_back() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        async def main() -> None:
            slot = FakeSlot()
            with pytest.raises(Unsent, match=f"no connection to 127.0.0.1:{port}"):
                await _send(f"http://127.0.0.1:{port}/", slot)
            assert slot.told == ["unsent"]

        asyncio.run(main())


def test_an_unknown_host_gives_the_slot_back() -> None:
    async def main() -> None:
        slot = FakeSlot()
        with pytest.raises(Unsent, match=r"vendor\.invalid"):
            await _send("http://vendor.invalid/", slot)
        assert slot.told == ["unsent"]

    asyncio.run(main())


def test_cancelling_in_mid_request_counts_the_slot_as_lost() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def main() -> None:
        slot = FakeSlot()
        async with scripted(silent) as (url, connected):
            task = asyncio.create_task(_send(url, slot, seconds=5))
            await until(lambda: bool(connected))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert slot.told == ["given up", "done"]

    asyncio.run(main())


def test_cancelling_in_mid_body_frees_the_place_in_flight() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_head(reader)
        writer.write(REQUEST + b"Content-Length: 10\r\n\r\n{")
        await reader.read()

    async def main() -> None:
        slot = FakeSlot()
        async with scripted(half) as (url, _):
            task = asyncio.create_task(_send(url, slot, seconds=5))
            await until(lambda: bool(slot.told))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert slot.told == ["headers", "done"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"Content-Length: 50\r\n\r\n{}", "cut short of 50 bytes"),
        (b"Transfer-Encoding: chunked\r\n\r\n10\r\n{}", "cut short"),
    ],
)
def test_a_truncated_body_is_told_and_worth_another_try(sent: bytes, said: str) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_head(reader)
        writer.write(REQUEST + sent)
        await writer.drain()

    async def main() -> None:
        slot = FakeSlot()
        async with scripted(cut) as (url, _):
            with pytest.raises(BadBody, match=said) as caught:
                await _send(url, slot)
        assert caught.value.retryable
        assert slot.told == ["headers", "done"]

    asyncio.run(main())


def test_what_is_not_http_is_told() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_head(reader)
        writer.write(b"220 smtp.example.com ready\r\n")
        await writer.drain()

    async def main() -> None:
        slot = FakeSlot()
        async with scripted(babble) as (url, _):
            with pytest.raises(TransportError):
                await _send(url, slot)
        assert slot.told == ["lost", "done"]

    asyncio.run(main())


def test_a_body_that_promises_too_much_is_not_read() -> None:
    async def main() -> None:
        slot = FakeSlot()
        async with serving(answering(b"[" + b"1," * 5000 + b"1]")) as (url, _):
            with pytest.raises(BadBody, match=r"10003 bytes, max_body_bytes allows 1000"):
                await _send(url, slot, most=1000)
        assert slot.told == ["headers", "done"]

    asyncio.run(main())


def test_an_endless_body_is_given_up_at_the_limit() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 200_000_000:
            await response.write(b" " * 65_536)
            sent += 65_536
        return response

    async def main() -> None:
        slot = FakeSlot()
        async with serving(endless) as (url, _):
            with pytest.raises(BadBody, match="max_body_bytes allows 100000"):
                await _send(url, slot, most=100_000)
        assert sent < 50_000_000

    asyncio.run(main())


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_is_read_whole(encoding: str) -> None:
    plain = b'{"rows":[' + b"1," * 50_000 + b"1]}"
    squeezed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)

    async def main() -> None:
        async with serving(answering(squeezed, Content_Encoding=encoding)) as (url, _):
            answer = await _send(url, FakeSlot())
        assert answer.body == plain

    asyncio.run(main())


def test_a_decompression_bomb_is_not_inflated() -> None:
    bomb = gzip.compress(b"\0" * 300_000_000, compresslevel=9)
    assert len(bomb) < 400_000

    async def main() -> int:
        slot = FakeSlot()
        async with serving(answering(bomb, Content_Encoding="gzip")) as (url, _):
            with pytest.raises(BadBody, match="more bytes, max_body_bytes allows 1000000"):
                await _send(url, slot, most=1_000_000)
        return slot.told == ["headers", "done"]

    import tracemalloc

    tracemalloc.start()
    try:
        assert asyncio.run(main())
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_a_compression_that_nobody_asked_for_was_called_bad_json(encoding: str) -> None:
    async def main() -> None:
        slot = FakeSlot()
        async with serving(answering(b"\x1b\x00", Content_Encoding=encoding)) as (url, _):
            with pytest.raises(BadBody, match=f"compressed with {encoding}"):
                await _send(url, slot)
        assert slot.told == ["headers", "done"]

    asyncio.run(main())


def test_a_body_that_is_not_what_its_encoding_says_is_told() -> None:
    async def main() -> None:
        async with serving(answering(b"{}", Content_Encoding="gzip")) as (url, _):
            with pytest.raises(BadBody, match="not the gzip that its header says"):
                await _send(url, FakeSlot())

    asyncio.run(main())


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("kept", [20, 500, -9, -1])
def test_a_compressed_body_that_breaks_off_is_no_shorter_table(encoding: str, kept: int) -> None:
    """Its Content-Length is right: only the end of the compressed stream is missing."""
    table = b"".join(b"%d,%d\n" % (row, row * 7919 % 1000) for row in range(5000))
    squeezed = gzip.compress(table) if encoding == "gzip" else zlib.compress(table)

    async def main() -> None:
        async with serving(answering(squeezed[:kept], Content_Encoding=encoding)) as (url, _):
            with pytest.raises(BadBody, match=f"cut short within its {encoding}") as told:
                await _send(url, FakeSlot())
        assert told.value.retryable

    asyncio.run(main())


def test_what_is_no_http_is_told_on_one_line() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_head(reader)
        writer.write(b"SSH-2.0-OpenSSH_9\r\n\r\n")
        await writer.drain()

    async def main() -> None:
        async with scripted(babble) as (url, _):
            with pytest.raises(TransportError, match="not HTTP") as told:
                await _send(url, FakeSlot())
        assert "\n" not in str(told.value)

    asyncio.run(main())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    return key, cert


def _server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    return context


def test_an_untrusted_certificate_is_refused_before_anything_is_sent(
    certificate: tuple[Path, Path],
) -> None:
    async def main() -> None:
        slot = FakeSlot()
        async with serving(answering({}), tls=_server_tls(certificate)) as (url, arrived):
            with pytest.raises(
                Unsent, match=r"TLS certificate of 127\.0\.0\.1:.* is refused: self"
            ):
                await _send(url, slot)
        assert slot.told == ["unsent"]
        assert arrived == []

    asyncio.run(main())


def test_a_trusted_certificate_is_accepted(certificate: tuple[Path, Path]) -> None:
    async def main() -> None:
        trust = ssl.create_default_context(cafile=str(certificate[1]))
        async with serving(answering({"a": 1}), tls=_server_tls(certificate)) as (url, _):
            assert (await _send(url, FakeSlot(), tls=trust)).status == 200

    asyncio.run(main())


def test_tls_with_a_server_that_has_none_gives_the_slot_back() -> None:
    async def main() -> None:
        slot = FakeSlot()
        async with serving(answering({})) as (url, _):
            with pytest.raises(Unsent, match=r"no TLS with 127\.0\.0\.1"):
                await _send(url.replace("http:", "https:"), slot)
        assert slot.told == ["unsent"]

    asyncio.run(main())

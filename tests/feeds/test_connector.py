"""A vendor that says more on a kept connection than it was asked for."""

from __future__ import annotations

import asyncio

from yarl import URL

from quanticity.feeds.http import HttpClient
from quanticity.feeds.patience import time_limits
from tests.feeds import test_stream
from tests.feeds.loopback import FakeSlot, request_head, scripted

lines = test_stream.lines


def test_an_answer_that_came_twice_was_taken_for_that_to_the_next_request(lines: list[str]) -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await request_head(reader):
            path = head.split()[1]
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path)
            writer.write(answer)
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.write(answer)
            await writer.drain()

    async def main() -> list[bytes]:
        async with scripted(twice) as (url, connected):
            http = HttpClient({})
            bodies = []
            limits = time_limits(2)
            try:
                for path in ("a", "b", "c"):
                    place = URL(url) / path
                    answer = await http.send(
                        FakeSlot(), "GET", place, headers=None, data=None, limits=limits, most=1000
                    )
                    bodies.append(answer.body)
                    await asyncio.sleep(0.15)
            finally:
                await http.close()
            assert len(connected) == 3
        return bodies

    assert asyncio.run(main()) == [b"/a", b"/b", b"/c"]
    assert len([line for line in lines if "more came on a kept connection" in line]) == 1

"""Who reads the store and is cancelled ends, wherever in the read it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

from redis.asyncio import Redis

from quanticity.store.address import Address


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that says OK to all commands."""
    while asked := await reader.read(65536):
        writer.write(b"+OK\r\n" * asked.count(b"*"))
    writer.close()


def test_a_cancel_as_the_command_was_sent_was_forgotten(tmp_path: Path) -> None:
    """On Python 3.11, by `asyncio.wait_for` in redis-py: one in six, and the program's end hung."""

    async def main() -> None:
        path = str(tmp_path / "s")
        async with await asyncio.start_unix_server(_answers, path):
            redis = Redis(connection_pool=Address(socket=path).pool(4))
            assert await redis.get("key") == b"OK"

            async def read() -> None:
                while True:
                    await redis.get("key")

            for turns in range(3, 63):
                reading = asyncio.ensure_future(read())
                for _ in range(turns):
                    await asyncio.sleep(0)
                reading.cancel()
                await asyncio.wait([reading], timeout=5)
                assert reading.cancelled(), turns
            assert await redis.get("key") == b"OK"
            await redis.aclose(close_connection_pool=True)

    asyncio.run(main())

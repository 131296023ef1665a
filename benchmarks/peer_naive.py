"""What a person would write first: aiohttp, json, one SET at a time, 16 in flight."""

from __future__ import annotations

import asyncio
import json
import sys

import aiohttp
from redis.asyncio import Redis


async def main(url: str, socket: str, count: int, size: int) -> None:
    store = Redis(unix_socket_path=socket)
    gate = asyncio.Semaphore(16)

    async with aiohttp.ClientSession() as session:

        async def one(page: int) -> None:
            async with gate, session.get(f"{url}/rows?size={size}&page={page}") as answer:
                rows = json.loads(await answer.read())
                await store.set(f"naive:{page}", json.dumps(rows))

        await asyncio.gather(*(one(page) for page in range(count)))
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(**json.load(sys.stdin)))

"""Work beside the rest that comes to an end."""

from __future__ import annotations

import asyncio

import pytest

from quanticity.background import started
from quanticity.logs import logger


async def _fails() -> None:
    raise ValueError("no such thing")


async def _waits() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("work", "told"), [(_fails, 1), (_waits, 0)], ids=["of a mistake", "cancelled"]
)
def test_what_nobody_waited_for_ended_and_nobody_was_told(work, told: int):
    said: list[str] = []
    handler = logger.add(lambda message: said.append(message.record["message"]), level="ERROR")

    async def main() -> None:
        task = started(work(), "what a connection brings")
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    try:
        asyncio.run(main())
    finally:
        logger.remove(handler)
    assert len(said) == told
    for line in said:
        assert line.startswith("what a connection brings has stopped for good: ")
        assert line.endswith("ValueError: no such thing")

"""Time limits of requests: one timer for all of them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from quanticity.feeds.patience import Patience


def on_a_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(*args: Any, **names: Any) -> None:
        async def main() -> None:
            await test(*args, **names)

        asyncio.run(main())

    return run


async def waits(patience: Patience, seconds: float, work: float = 30.0) -> str:
    task = patience.begin(seconds)
    try:
        await asyncio.sleep(work)
    except asyncio.CancelledError:
        if patience.ran_out(task):
            return "ran out"
        raise
    finally:
        patience.end(task)
    return "done"


@on_a_loop
async def test_each_waits_for_its_own_time() -> None:
    patience = Patience()
    loop = asyncio.get_running_loop()
    began = loop.time()
    ends: dict[float, float] = {}

    async def one(seconds: float) -> None:
        assert await waits(patience, seconds) == "ran out"
        ends[seconds] = loop.time() - began

    await asyncio.gather(*(one(seconds) for seconds in (0.3, 0.05, 0.2, 0.1)))
    assert all(took >= seconds - 0.001 for seconds, took in ends.items())
    assert list(ends) == sorted(ends)
    assert await waits(patience, 30.0, work=0.0) == "done"
    patience.close()


@on_a_loop
async def test_who_is_cancelled_by_others_is_cancelled() -> None:
    patience = Patience()
    task = asyncio.create_task(waits(patience, 30.0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    patience.close()


@pytest.mark.parametrize("first", ["theirs", "ours"])
@on_a_loop
async def test_a_stop_in_the_moment_of_the_time_out_is_a_stop(first: str) -> None:
    patience = Patience()
    task = asyncio.create_task(waits(patience, 0.0))
    await asyncio.sleep(0)
    if first == "theirs":
        task.cancel()
    patience._look(asyncio.get_running_loop())
    if first == "ours":
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    patience.close()


@on_a_loop
async def test_a_task_that_was_to_be_cancelled_before_has_a_time_limit_all_the_same() -> None:
    patience = Patience()

    async def stubborn() -> str:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            return await waits(patience, 0.02)
        return "never"

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "ran out"
    patience.close()


@on_a_loop
async def test_a_time_out_leaves_no_cancellation_behind() -> None:
    patience = Patience()
    assert await waits(patience, 0.01) == "ran out"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    async with asyncio.timeout(0.01):
        assert await waits(patience, 0.001) == "ran out"
    patience.close()

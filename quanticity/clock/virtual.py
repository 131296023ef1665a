"""A clock that stands still until all work is done, then jumps to the next timer.

`run_virtual(main)` runs a coroutine function on an event loop whose time is virtual: every
`asyncio.sleep`, time-out and `call_later` inside happens in order and at once. An hour of
schedule takes milliseconds, and two runs with the same inputs take the same steps.
Work handed to a thread holds virtual time still until it is back.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

_THREAD_POLL = 0.05
_LAST_CHANCE = 2.0


class Deadlock(RuntimeError):
    """All tasks wait, and no timer would ever wake one of them."""


class _JumpingSelector(selectors.DefaultSelector):
    """Answers at once; what it was asked to wait for is added to the virtual time."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed = 0.0
        self.in_threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.in_threads and (timeout is None or timeout > 0):
            return super().select(_THREAD_POLL)
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            # A thread of the loop's own (its executor's shutdown) may still be about to wake it.
            ready = super().select(_LAST_CHANCE)
            if not ready:
                raise Deadlock("every task waits and no timer is set: virtual time stands still")
            return ready
        if timeout > 0:
            self.elapsed += timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = _JumpingSelector()
        super().__init__(self._jump)
        # The resolution is what asyncio rounds timers by; with exact virtual time, none.
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jump.elapsed

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        self._jump.in_threads += 1
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)

        def back(_: asyncio.Future[T]) -> None:
            self._jump.in_threads -= 1

        future.add_done_callback(back)
        return future


class VirtualClock:
    """The clock inside `run_virtual`. `start` is the epoch second at virtual time zero."""

    __slots__ = ("_loop", "_start", "monotonic")

    def __init__(self, loop: asyncio.AbstractEventLoop, start: float) -> None:
        self._loop = loop
        self._start = start
        # Virtual seconds since the loop began: asked for several times in every run.
        self.monotonic = loop.time

    def now(self) -> float:
        """Epoch seconds, UTC, in virtual time."""
        return self._start + self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` of virtual time pass."""
        await asyncio.sleep(max(0.0, seconds))


def run_virtual(
    main: Callable[[VirtualClock], Awaitable[T]], *, start: float = 1_767_625_200.0
) -> T:
    """Run `main(clock)` to its end under virtual time and return what it returns.

    `start` defaults to Monday 2026-01-05 10:00 Eastern, inside market hours.
    """
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:

        async def call() -> T:
            return await main(VirtualClock(asyncio.get_running_loop(), start))

        return runner.run(call())

"""How long requests under way are waited for: one timer for all of them.

A timer for each request is a twentieth of what a small fetch costs, and nearly all are cancelled.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp

_TO_CONNECT = 0.7


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """At most `seconds` for a whole exchange, and most of that to connect."""

    seconds: float
    connect: aiohttp.ClientTimeout


def time_limits(seconds: float) -> TimeLimits:
    """The limits of a request that may take `seconds`."""
    # The shorter limit tells what was never sent.
    return TimeLimits(
        seconds, aiohttp.ClientTimeout(total=None, sock_connect=_TO_CONNECT * seconds)
    )


class Patience:
    """Cancels tasks whose time is up. Between `begin` and `end` a task waits and does no more.

    Belongs to one event loop. Each task has one time limit at a time.
    """

    __slots__ = ("_next", "_over", "_timer", "_waiting")

    def __init__(self) -> None:
        # Until when (the loop's seconds), and how many cancellations were asked for before.
        self._waiting: dict[asyncio.Task[object], tuple[float, int]] = {}
        self._over: dict[asyncio.Task[object], int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0

    def begin(self, seconds: float) -> asyncio.Task[object]:
        """The task that runs now is cancelled after `seconds`, unless it ends before."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request is sent by a task")
        loop = task.get_loop()
        until = loop.time() + seconds
        self._waiting[task] = until, task.cancelling()
        if self._timer is None or until < self._next:
            self._set(loop, until)
        return task

    def end(self, task: asyncio.Task[object]) -> None:
        """It is waited for no longer."""
        self._waiting.pop(task, None)
        if self._over:
            self._over.pop(task, None)

    def ran_out(self, task: asyncio.Task[object]) -> bool:
        """Whether it is our cancellation, and nobody else's, that the task has just met."""
        before = self._over.pop(task, None)
        return before is not None and task.uncancel() <= before

    def close(self) -> None:
        """Nobody is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next = at
        self._timer = loop.call_at(at, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        # The loop calls a little early: within the resolution of its clock.
        now = max(loop.time(), self._next)
        for task, (until, before) in list(self._waiting.items()):
            if until <= now:
                del self._waiting[task]
                self._over[task] = before
                task.cancel()
        if self._waiting:
            self._set(loop, min(until for until, _ in self._waiting.values()))

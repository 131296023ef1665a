"""Whose turn it is on the loop that all edges share, shown to the supervisor.

An edge that does not give the loop back holds up all others. Each step of an edge, and of any
task that it begins, is marked as its own, so that it is known who it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any

from quanticity.clock import Clock
from quanticity.errors import of_error
from quanticity.runtime.pulse import NOBODY, Growth, Pulse

# What is no edge's own, such as a callback, may hold the loop for so long.
_STALL = 5.0

_whose: ContextVar[tuple[int, float] | None] = ContextVar("whose", default=None)


class Turns:
    """Marks whose step is under way. All methods belong to one event loop."""

    def __init__(self, pulse: Pulse, clock: Clock) -> None:
        self.names: list[str] = []
        self._pulse = pulse
        self._clock = clock
        self._growth = Growth()

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on tasks that an edge begins are marked as the edge's."""
        loop.set_task_factory(self._task)

    def begin(
        self, name: str, budget: float, work: Coroutine[Any, Any, None]
    ) -> asyncio.Task[None]:
        """A task that works for edge `name`, whose steps may take `budget` seconds each."""
        if name not in self.names:
            self.names.append(name)
        context = copy_context()
        context.run(_whose.set, (self.names.index(name), budget))
        return asyncio.get_running_loop().create_task(work, name=name, context=context)

    def beat(self) -> None:
        """Nobody's turn: the loop goes round."""
        self._pulse.begin(NOBODY, _STALL, self._clock.monotonic())

    def _task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        whose = _whose.get() if context is None else context.get(_whose)
        if whose is not None and isinstance(work, Coroutine):
            work = _Marked(self, *whose, work)
        return asyncio.Task(work, loop=loop, context=context)

    def took(self, who: int, budget: float, began: float) -> None:
        """A step ended."""
        now = self._clock.monotonic()
        if (suspect := self._growth.ran(who, now - began)) is not None:
            self._pulse.suspect(suspect)
        self._pulse.begin(NOBODY, _STALL, now)

    def takes(self, who: int, budget: float) -> float:
        """A step begins; the monotonic second."""
        now = self._clock.monotonic()
        self._pulse.begin(who, budget, now)
        return now


class _Marked(Coroutine[Any, Any, Any]):
    """A coroutine each of whose steps is told."""

    __slots__ = ("_budget", "_turns", "_who", "_work")

    def __init__(
        self, turns: Turns, who: int, budget: float, work: Coroutine[Any, Any, Any]
    ) -> None:
        self._turns, self._who, self._budget, self._work = turns, who, budget, work

    def send(self, value: Any) -> Any:
        began = self._turns.takes(self._who, self._budget)
        try:
            return self._work.send(value)
        except (SystemExit, KeyboardInterrupt) as error:
            raise _failure(error) from error
        finally:
            self._turns.took(self._who, self._budget, began)

    def throw(self, *given: Any) -> Any:
        began = self._turns.takes(self._who, self._budget)
        try:
            return self._work.throw(*given)
        except (SystemExit, KeyboardInterrupt) as error:
            raise _failure(error) from error
        finally:
            self._turns.took(self._who, self._budget, began)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._work.__await__()


def _failure(error: BaseException) -> Exception:
    """What asyncio hands to who waits for the task: of these kinds it would end the process."""
    told = RuntimeError(f"{type(error).__name__}: {of_error(error)}")
    return told.with_traceback(error.__traceback__)

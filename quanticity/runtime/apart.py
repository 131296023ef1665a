"""Work done in a copy of this process, so that what hangs or dies in it costs us nothing.

A new version of a plugin is loaded and tried here first, while everybody else goes on.
"""

from __future__ import annotations

import asyncio
import os
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Generic, TypeVar

from quanticity.runtime.process import end_with_parent
from quanticity.runtime.stack import places_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stuck:
    """A step that did not come to its end: why, and where its process was, innermost first."""

    why: str
    places: tuple[tuple[Path, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """Something to do apart. `budget` is in seconds, `work` gives what can be pickled."""

    budget: float
    work: Callable[[], T]


async def apart(steps: Sequence[Step[T]], stack: Path | None = None) -> list[T | Stuck]:
    """What the steps came to, in order, up to the first that is stuck: that is the last one.

    `stack` is the file that the process writes its stack to.
    """
    if not hasattr(os, "fork"):
        return [step.work() for step in steps]
    ours, theirs = Pipe(duplex=False)
    pid = _forked(steps, theirs)
    theirs.close()
    found: list[T | Stuck] = []
    try:
        for step in steps:
            try:
                async with asyncio.timeout(step.budget):
                    await _readable(ours)
                found.append(ours.recv())
                if isinstance(found[-1], Stuck):
                    break
            except TimeoutError:
                places = await places_of(pid, stack)
                found.append(Stuck(f"it took more than {step.budget:g} s", tuple(places)))
                break
            except EOFError:
                status, pid = _status(pid), 0
                found.append(Stuck(f"its process ended ({status})"))
                break
    finally:
        ours.close()
        if pid:
            _end(pid)
    return found


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _forked(steps: Sequence[Step[Any]], line: Connection) -> int:
    with warnings.catch_warnings():
        # Threads that wait for work are no danger: the copy has none of them, and needs none.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return pid
    status = 0
    try:
        end_with_parent()
        for answer in _answers(steps):
            line.send(answer)
    except BaseException as error:  # noqa: BLE001
        # Whatever it is, this copy may not go on as its parent; only the parent can tell of it.
        status = 1
        line.send(Stuck(f"its process failed of {type(error).__name__}: {error}"))
    finally:
        os._exit(status)


def _answers(steps: Sequence[Step[Any]]) -> Iterator[Any]:
    for step in steps:
        yield step.work()


async def _readable(line: Connection) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(line.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(line.fileno())


def _status(pid: int) -> str:
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"status {code}"

"""A worker as a process of its own: how it begins, listens to its supervisor, and ends with it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from quanticity.clock import Clock, MarketCalendar
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import ConfigError, Problem, QuanticityError
from quanticity.logs import logger
from quanticity.runtime.pulse import Pulse
from quanticity.runtime.quarantine import Held
from quanticity.runtime.recipe import ObserverFor, Recipe
from quanticity.runtime.worker import Worker
from quanticity.store.opening import open_store

_TELL_EVERY = 0.05
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker stands: its store and clock. Can be pickled.

    `most_data` bytes are the most it may allocate at all: beyond, its components see
    MemoryError. 0 is no bound.
    """

    store: StoreSettings
    data: Path
    clock: Clock
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    observer_for: ObserverFor | None = None
    most_data: int = 0


def main(
    post: Post,
    recipe: Recipe,
    held: Mapping[str, Held],
    cells: MutableSequence[float],
    line: Connection,
) -> None:
    """Run until the supervisor says so, or is gone."""
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the supervisor, who tells us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _bound_memory(post.most_data)
    try:
        asyncio.run(_serve(post, recipe, held, Pulse(cells), line))
    except QuanticityError as error:
        with contextlib.suppress(OSError):
            line.send(("failed", str(error)))
        sys.exit(3)


async def _serve(
    post: Post, recipe: Recipe, held: Mapping[str, Held], pulse: Pulse, line: Connection
) -> None:
    store = await open_store(post.store, post.data, post.clock, post.environ)
    observer = post.observer_for(store) if post.observer_for is not None else None
    worker = Worker(store, post.clock, MarketCalendar(), pulse, held=held, observer=observer)
    orders: asyncio.Queue[Any] = asyncio.Queue()
    _listen(line, orders)
    try:
        built = worker.build(recipe)
        _name(line, worker, built.bindings)
        await worker.start(built)
        line.send(("started", tuple(built.problems)))
        # What is there now stays: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        async with asyncio.TaskGroup() as group:
            group.create_task(_obey(orders, worker, line, group))
            group.create_task(_report(worker, line))
            group.create_task(worker.run())
    except* _End:
        pass
    finally:
        if observer is not None:
            observer.close()
        await store.close()


class _End(Exception):
    """The supervisor says so, or is gone."""


def _listen(line: Connection, orders: asyncio.Queue[Any]) -> None:
    loop = asyncio.get_running_loop()

    def heard() -> None:
        try:
            orders.put_nowait(line.recv())
        except (EOFError, OSError):
            loop.remove_reader(line.fileno())
            orders.put_nowait(("stop", None))

    loop.add_reader(line.fileno(), heard)


async def _obey(
    orders: asyncio.Queue[Any], worker: Worker, line: Connection, group: asyncio.TaskGroup
) -> None:
    while True:
        order, given = await orders.get()
        if order == "stop":
            raise _End
        line.send(("replaced", await _replaced(worker, given, line)))


async def _replaced(worker: Worker, recipe: Recipe, line: Connection) -> tuple[Problem, ...]:
    try:
        built = worker.build(recipe)
    except ConfigError as error:
        worker.refused(error)
        return error.problems
    problems = tuple(await worker.replace(built))
    assert worker.engine is not None  # noqa: S101  # it was started
    _name(line, worker, tuple(worker.engine.bindings.values()))
    return problems


def _name(line: Connection, worker: Worker, bindings: Any) -> None:
    """Tell which binding each number in the shared memory means."""
    line.send(("names", tuple(one.id for one in bindings)))


async def _report(worker: Worker, line: Connection) -> None:
    told: Mapping[str, Held] = {}
    while True:
        if worker.held != told:
            told = worker.held
            line.send(("held", dict(told)))
        await asyncio.sleep(_TELL_EVERY)


def _end_with_parent() -> None:
    """Die with the process that forked us, which dies with its own; elsewhere the line tells."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _bound_memory(most: int) -> None:
    if most and sys.platform == "linux":
        import resource

        try:
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        except (ValueError, OSError) as error:
            logger.debug("no bound on memory: {}", error)

"""A worker as a process of its own: how it begins, listens to its supervisor, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableSequence
from multiprocessing.connection import Connection
from typing import Any

from quanticity.clock import MarketCalendar
from quanticity.errors import ConfigError, Problem
from quanticity.heap import settle
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.process import End, Post, listen, live
from quanticity.runtime.pulse import Pulse
from quanticity.runtime.quarantine import Held
from quanticity.runtime.recipe import Built, Recipe
from quanticity.runtime.worker import Worker
from quanticity.store.opening import open_store

_TELL_EVERY = 0.05


def main(
    post: Post,
    recipe: Recipe,
    held: Mapping[str, Held],
    cells: MutableSequence[float],
    line: Connection,
) -> None:
    """Run until the supervisor says so, or is gone."""
    live(post, line, _serve(post, recipe, held, Pulse(cells), line))


async def _serve(
    post: Post, recipe: Recipe, held: Mapping[str, Held], pulse: Pulse, line: Connection
) -> None:
    store = await open_store(post.store, post.data, post.clock, post.environ)
    observer = post.observer_for(store) if post.observer_for is not None else None
    worker = Worker(
        store,
        post.clock,
        MarketCalendar(),
        pulse,
        held=held,
        observer=observer,
        loading=post.loading,
        stack=post.stack,
    )
    orders: asyncio.Queue[Any] = asyncio.Queue()
    listen(line, orders)
    try:
        for one in post.shunned:
            recipe.shun(one)
        built = _first(worker, recipe)
        _name(line, worker, built.bindings)
        await worker.start(built, post.since)
        line.send(("started", tuple(built.problems)))
        settle()
        async with asyncio.TaskGroup() as group:
            group.create_task(_obey(orders, worker, line, group))
            group.create_task(_report(worker, line))
            group.create_task(worker.run())
    except* End:
        pass
    finally:
        if observer is not None:
            await store.flush()  # the last outputs belong to the recording too
            observer.close()
        await store.close()


def _first(worker: Worker, recipe: Recipe) -> Built:
    """What to begin with: where nothing can be had, nothing, and why."""
    try:
        return worker.build(recipe)
    except ConfigError as error:
        return Built((), PlainAges(), error.problems)


async def _obey(
    orders: asyncio.Queue[Any], worker: Worker, line: Connection, group: asyncio.TaskGroup
) -> None:
    while True:
        order, given = await orders.get()
        if order == "stop":
            raise End
        recipe, since = given
        line.send(("replaced", await _replaced(worker, recipe, since, line)))


async def _replaced(
    worker: Worker, recipe: Recipe, since: str, line: Connection
) -> tuple[Problem, ...]:
    try:
        for one in await worker.rehearse(recipe):
            line.send(("shunned", one))
        built = worker.build(recipe)
    except ConfigError as error:
        worker.refused(error)
        return error.problems
    problems = tuple(await worker.replace(built, recipe.folders, since))
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

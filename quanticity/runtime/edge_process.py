"""The edges in a process of their own: what waits for the world holds up nothing that computes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableSequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any

import orjson

from quanticity.clock import Calendar, MarketCalendar
from quanticity.config.dotenv import Variables
from quanticity.errors import ConfigError, Problem, QuanticityError
from quanticity.runtime.edge_files import Folder
from quanticity.runtime.edges import EdgeRow, Edges
from quanticity.runtime.health import EDGES_KEY
from quanticity.runtime.process import End, Post, listen, live
from quanticity.runtime.pulse import LOADING, Pulse
from quanticity.runtime.quarantine import Held, Quarantine
from quanticity.runtime.recipe import Recipe
from quanticity.runtime.rehearsal import rehearse
from quanticity.runtime.turns import Turns
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore

_PUBLISH_EVERY = 1.0
_LIFE = 15.0
_BEAT_EVERY = 0.25


def main(
    post: Post,
    recipe: Recipe,
    held: Mapping[str, Held],
    cells: MutableSequence[float],
    line: Connection,
) -> None:
    """Run until the supervisor says so, or is gone; those in `held` wait until that is over."""
    live(post, line, _serve(post, recipe, held, Pulse(cells), line))


async def _serve(
    post: Post, recipe: Recipe, held: Mapping[str, Held], pulse: Pulse, line: Connection
) -> None:
    if post.http_for is None:
        raise QuanticityError("edges are run without a port to the network")
    store = await open_store(post.store, post.data, post.clock, post.environ)
    # What edges bring is recorded; they have no runs to tell of.
    observer = post.observer_for(store) if post.observer_for is not None else None
    http = post.http_for()
    calendar = MarketCalendar()
    orders: asyncio.Queue[Any] = asyncio.Queue()
    listen(line, orders)

    async def newest(key: str) -> str:
        events = await store.newest_events(key, 1)
        return events[-1][0] if events else "0"

    turns = Turns(pulse, post.clock)
    turns.install(asyncio.get_running_loop())
    edges = Edges(
        store,
        post.clock,
        calendar,
        http,
        newest,
        environ=Variables(post.environ, post.dotenv),
        turns=turns,
        quarantine=Quarantine(held),
        files=Folder(post.data / "files"),
    )

    changes = _Changes(edges, turns, pulse, calendar, post, line)
    try:
        line.send(("started", changes.first(recipe)))
        async with asyncio.TaskGroup() as group:
            group.create_task(_obey(orders, changes, line))
            group.create_task(_publish(edges, store, post, line))
            group.create_task(_beat(turns, post))
    except* End:
        pass
    finally:
        await edges.close()
        await http.close()
        if observer is not None:
            await store.flush()
            observer.close()
        await store.close()


@dataclass(frozen=True, slots=True)
class _Changes:
    """Lets other edges take over: the first ones, and each set that follows."""

    edges: Edges
    turns: Turns
    pulse: Pulse
    calendar: Calendar
    post: Post
    line: Connection

    def first(self, recipe: Recipe) -> tuple[Problem, ...]:
        """Those to begin with."""
        for one in self.post.shunned:
            recipe.shun(one)
        return self._take_over(recipe)

    async def next(self, recipe: Recipe) -> tuple[Problem, ...]:
        """Others, once they have been loaded in a copy of this process."""
        post = self.post
        try:
            bad = await rehearse(recipe, self.calendar, post.loading, post.stack)
        except ConfigError as error:
            return error.problems
        for one in bad:
            self.line.send(("shunned", one))
        return self._take_over(recipe)

    def _take_over(self, recipe: Recipe) -> tuple[Problem, ...]:
        self.pulse.begin(LOADING, self.post.loading, self.post.clock.monotonic())
        try:
            built = recipe.build(self.calendar)
        except ConfigError as error:
            return error.problems
        finally:
            self.turns.beat()
        self.edges.replace([*built.bindings, *built.still(self.edges.bindings)])
        self.line.send(("names", tuple(self.turns.names)))
        return tuple(built.problems)


async def _obey(orders: asyncio.Queue[Any], changes: _Changes, line: Connection) -> None:
    while True:
        order, given = await orders.get()
        if order == "stop":
            raise End
        recipe, _ = given
        line.send(("replaced", await changes.next(recipe)))


async def _publish(edges: Edges, store: RedisStore, post: Post, line: Connection) -> None:
    told: Any = edges.quarantine.all
    troubles: dict[str, str | None] = {}
    while True:
        edges.forgive()
        if edges.quarantine.all != told:
            told = edges.quarantine.all
            line.send(("held", told))
        if (found := {name: row.trouble for name, row in edges.rows.items()}) != troubles:
            troubles = found
            line.send(("troubles", troubles))
        now = post.clock.now()
        fares = {
            "at": now,
            "edges": [
                {**shown(row, edges.waits_for(name)), "writes": edges.writes_of(name)}
                for name, row in edges.rows.items()
            ],
        }
        store.put_plain(EDGES_KEY, orjson.dumps(fares).decode(), _LIFE)
        for row in edges.rows.values():
            if row.running:
                store.put_plain(f"module:heartbeat:{row.id.partition(':')[0]}", repr(now), _LIFE)
        await post.clock.sleep(_PUBLISH_EVERY)


def shown(row: EdgeRow, waits: str) -> dict[str, Any]:
    """A row as it is published, with the counts of its outbox where it has one."""
    outbox = row.outbox
    row_alone = EdgeRow(row.id, row.kind, row.running, row.since, row.failures)
    told = {**asdict(row_alone), "error": row.error, "where": row.where, "waits": waits}
    del told["outbox"], told["troubled_at"]
    told["trouble"] = row.trouble or ""
    if row.running and row.trouble:
        told["since"] = row.troubled_at
    if outbox is not None:
        saved = outbox.saved
        told |= {"delivered": saved.delivered, "dead": saved.dead, "repeated": saved.repeated}
        told["problem"] = outbox.last_error
    return told


async def _beat(turns: Turns, post: Post) -> None:
    while True:
        turns.beat()
        await post.clock.sleep(_BEAT_EVERY)

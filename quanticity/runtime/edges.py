"""Edges at work: sources that bring values in, distributors that tell people.

Each is a task of its own. One that raises is started again, with back-off; one that waits holds
up no other; one that never gives the loop back costs the process a restart, and is held. A new
set of bindings replaces the old one without touching those that stay.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from quanticity.background import started
from quanticity.clock import Calendar, Clock
from quanticity.component import Distributor, Http, Source
from quanticity.component.edges import Files
from quanticity.config.interrupts import is_its_own
from quanticity.errors import of_error
from quanticity.logs import logger, redact
from quanticity.pace.schedule import Scheduler
from quanticity.runtime.binding import Binding
from quanticity.runtime.distribution import ChannelPace, keys_of, limits_of
from quanticity.runtime.edge_context import EdgeContext
from quanticity.runtime.execute import place_of
from quanticity.runtime.lacking import unset
from quanticity.runtime.outbox import Outbox
from quanticity.runtime.quarantine import Quarantine
from quanticity.runtime.timed import Timed, is_timed
from quanticity.runtime.turns import Turns
from quanticity.store.ports import Store

_LOOK_EVERY = 0.25
# How often an edge is told to stop, and how long it may take each time: together less than a
# supervisor waits before it kills.
_TELL_TO_STOP = 3
_STOPS_WITHIN = 0.8
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
# Who ran for so long before it failed begins with the shortest pause again.
_WELL_FOR = 60.0
_MOST_TRIES = 30

Newest = Callable[[str], Awaitable[str]]
"""The id of the last event of a key, "0" where there is none."""


@dataclass(slots=True)
class EdgeRow:
    """How one edge fares. `since` is the epoch second of its last start.

    `trouble` is why it can do nothing though it runs, by its own word: None before its first one.
    """

    id: str
    kind: str
    running: bool = False
    since: float = 0.0
    failures: int = 0
    error: str = ""
    where: str = ""
    outbox: Outbox | None = field(default=None, repr=False)
    trouble: str | None = None
    troubled_at: float = 0.0


class Edges:
    """All edges of a process. All methods belong to one event loop."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        calendar: Calendar,
        http: Http,
        newest: Newest,
        *,
        environ: Mapping[str, str] = os.environ,
        turns: Turns | None = None,
        quarantine: Quarantine | None = None,
        files: Files | None = None,
    ) -> None:
        """`turns` shows whose turn it is; who is in `quarantine` starts when it is over."""
        self.quarantine = quarantine or Quarantine()
        self.rows: dict[str, EdgeRow] = {}
        self._store = store
        self._clock = clock
        self._calendar = calendar
        self._http = http
        self._newest = newest
        self._environ = environ
        self._files = files
        self._turns = turns
        self._scheduler = Scheduler(clock, calendar)
        self._bindings: dict[str, Binding] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._pacing: asyncio.Task[None] | None = None
        # Edges whose `revise` raised: the start that follows is one after a failure.
        self._unrevised: set[str] = set()

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """Those at work."""
        return tuple(self._bindings.values())

    def replace(self, bindings: Iterable[Binding]) -> None:
        """Let these be the edges from now on; pure components among them are somebody else's."""
        wanted = {one.id: one for one in bindings if isinstance(one.instance, Source | Distributor)}
        for name, old in list(self._bindings.items()):
            new = wanted.get(name)
            if new is not None and new.digest != old.digest and self._revised(old, new):
                self._bindings[name] = replace(new, instance=old.instance)
            elif new is None or new.digest != old.digest:
                self._tasks.pop(name).cancel()
                self.quarantine.succeeded(name)
                del self._bindings[name], self.rows[name]
        if self._pacing is None and wanted:
            self._pacing = started(self._scheduler.run(), "the pace of edges")
        for name, binding in wanted.items():
            if name not in self._bindings:
                self._begin(name, binding)

    def _revised(self, old: Binding, new: Binding) -> bool:
        """Whether one that runs goes on with other parameters: it takes them over by itself."""
        edge = old.instance
        same = old.component is new.component and old.values == new.values
        if not same or not isinstance(edge, Source) or not self.rows[old.id].running:
            return False
        try:
            taken = edge.revise(new.instance.params)
        except BaseException as error:
            # A stranger's code: whatever it raises, it begins anew with the new parameters.
            if not is_its_own(error):
                raise
            self._unrevised.add(old.id)
            said = f"{type(error).__name__}: {of_error(error)}"
            logger.warning("{}: revise failed: {}", old.id, said)
            return False
        if taken:
            edge.params = new.instance.params
            logger.info("{}: goes on with its new parameters", old.id)
        return taken

    def waits_for(self, name: str) -> str:
        """Which environment variable an edge can do nothing without; empty where none is missing.

        It runs all the same: a variable that is set while it runs is used at once.
        """
        found = unset(self._bindings[name], lambda each: bool(self._environ.get(each, "").strip()))
        return ", ".join(f"{variable} is not set" for variable in found)

    def writes_of(self, name: str) -> list[str]:
        """The keys that an edge writes; placeholders stay that it fills only when it writes."""
        return [write.key for write in self._bindings[name].writes.values()]

    async def close(self) -> None:
        """Stop all; what a distributor was sending is taken up by the next start."""
        left = set(self._tasks.values())
        for _ in range(_TELL_TO_STOP):
            for task in left:
                task.cancel()
            if left:
                # A stranger's code may take the order for an error of its own, and go on.
                _, left = await asyncio.wait(left, timeout=_STOPS_WITHIN)
        for task in left:
            logger.warning("{}: it does not end when it is told to", task.get_name())
        self._tasks.clear()
        if self._pacing is not None:
            await self._scheduler.stop(0.0)
            await self._pacing
            self._pacing = None

    def _begin(self, name: str, binding: Binding) -> None:
        kind = "source" if isinstance(binding.instance, Source) else "distributor"
        self._bindings[name] = binding
        row = self.rows[name] = EdgeRow(name, kind, failures=int(name in self._unrevised))
        self._unrevised.discard(name)
        work = self._keep_going(binding, row)
        budget = binding.component.time_budget
        self._tasks[name] = (
            asyncio.get_running_loop().create_task(work, name=name)
            if self._turns is None
            else self._turns.begin(name, budget, work)
        )

    def forgive(self) -> None:
        """Let go of what was against those that have worked well for a while since."""
        now = self._clock.now()
        for name, row in self.rows.items():
            if row.running and now - row.since > _WELL_FOR:
                self.quarantine.succeeded(name)

    def _fares(self, row: EdgeRow, trouble: str) -> None:
        if trouble and not row.trouble:
            row.troubled_at = self._clock.now()
        row.trouble = redact(trouble)

    async def _keep_going(self, binding: Binding, row: EdgeRow) -> None:
        context = EdgeContext(
            binding.id,
            binding.instance,
            self._store,
            self._clock,
            self._http,
            environ=self._environ,
            files=self._files,
            on_fares=lambda trouble: self._fares(row, trouble),
        )
        in_a_row = 0
        held = self.quarantine.of(binding.id)
        if held is not None:
            row.error, row.where = held.reason, held.where
            await self._clock.sleep(max(0.0, held.until - self._clock.now()))
        while True:
            row.running, row.since = True, self._clock.now()
            try:
                await self._once(binding, row, context)
                row.error, row.where = "it ended by itself", ""
            except BaseException as error:
                # A stranger's code: what it raises costs this edge a restart and nothing else.
                if not is_its_own(error):
                    raise
                row.error = redact(f"{type(error).__name__}: {of_error(error)}")
                row.where = place_of(binding, error)
            row.running = False
            row.failures += 1
            in_a_row = 1 if self._clock.now() - row.since > _WELL_FOR else in_a_row + 1
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(in_a_row - 1, _MOST_TRIES))
            where = f" ({row.where})" if row.where else ""
            logger.warning("{}: {}{}; again in {:g} s", binding.id, row.error, where, pause)
            await self._clock.sleep(pause)

    async def _once(self, binding: Binding, row: EdgeRow, context: EdgeContext) -> None:
        edge = binding.instance
        if isinstance(edge, Source):
            if is_timed(binding):
                await self._at_its_times(binding, edge, row, context)
            else:
                await edge.run(context)
        elif isinstance(edge, Distributor):
            await self._distribute(binding.id, edge, row, context)

    async def _at_its_times(
        self, binding: Binding, edge: Source, row: EdgeRow, context: EdgeContext
    ) -> None:
        async def work() -> None:
            await edge.run(context)
            row.error = row.where = ""

        await Timed(binding, self._store, self._clock, self._calendar).keep(work)

    async def _distribute(
        self, name: str, edge: Distributor, row: EdgeRow, context: EdgeContext
    ) -> None:
        self._scheduler.configure({name: limits_of(edge)})
        pace = ChannelPace(self._scheduler, name)
        keys = keys_of(name, edge)
        outbox = Outbox(name, keys, edge, context, self._store, pace, newest=self._newest)
        await outbox.restore()
        row.outbox = outbox
        row.error = row.where = ""
        while True:
            await outbox.deliver_new()
            await self._clock.sleep(_LOOK_EVERY)

"""Distributors at work: one outbox each, at the channel's own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from quanticity.clock import Calendar, Clock
from quanticity.component import Distributor, Http
from quanticity.errors import ConfigError, Problem
from quanticity.model import Kind, Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Slot, Word
from quanticity.pace.schedule import Scheduler
from quanticity.runtime.edge_context import EdgeContext
from quanticity.runtime.outbox import Outbox
from quanticity.store.ports import Store

_LOOK_EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Desk:
    """One binding of a distributor: its name, and the instance with its parameters."""

    name: str
    distributor: Distributor


class ChannelPace:
    """The limits of one channel, kept by the same scheduler as any vendor's."""

    def __init__(self, scheduler: Scheduler, budget: str) -> None:
        self._scheduler = scheduler
        self._budget = budget

    async def place(self) -> Slot:
        """Wait until one more message may go out."""
        scheduler = self._scheduler
        return await scheduler.extra(self._budget, Priority.CRITICAL)  # noqa: S610  # no Django here

    def wait(self, seconds: float) -> None:
        """The channel says: nothing for so long."""
        self._scheduler.says(self._budget, Word(wait=seconds))


class Distribution:
    """All distributors of a process. One that fails or waits holds up no other."""

    def __init__(
        self,
        desks: Iterable[Desk],
        store: Store,
        clock: Clock,
        calendar: Calendar,
        http: Http,
        newest: Callable[[str], Awaitable[str]],
    ) -> None:
        self._clock = clock
        self._scheduler = Scheduler(clock, calendar)
        self.outboxes: dict[str, Outbox] = {}
        budgets = {}
        for desk in desks:
            budgets[desk.name] = limits_of(desk.distributor)
            keys = keys_of(desk)
            self.outboxes[desk.name] = Outbox(
                desk.name,
                keys,
                desk.distributor,
                EdgeContext(desk.name, desk.distributor, store, clock, http),
                store,
                ChannelPace(self._scheduler, desk.name),
                newest=newest,
            )
        self._scheduler.configure(budgets)

    async def run(self) -> None:
        """Deliver until cancelled."""
        pacing = asyncio.create_task(self._scheduler.run())
        try:
            await asyncio.gather(*(self._serve(outbox) for outbox in self.outboxes.values()))
            await asyncio.Event().wait()
        finally:
            await self._scheduler.stop(0.0)
            await pacing

    async def _serve(self, outbox: Outbox) -> None:
        await outbox.restore()
        while True:
            await outbox.deliver_new()
            await self._clock.sleep(_LOOK_EVERY)


def limits_of(distributor: Distributor) -> BudgetSpec:
    """A channel's limits as a budget."""
    windows = sorted(
        (WindowSpec(length, most, most) for most, length in distributor.limits),
        key=lambda one: one.length,
    )
    return BudgetSpec(tuple(windows), max_in_flight=1, grace=0.0)


def keys_of(desk: Desk) -> dict[str, str]:
    """The events keys it tells of, bound. ConfigError where one is none."""
    keys = {}
    for name, declared in desk.distributor.reads.items():
        key = declared.bind(**desk.distributor.values)
        if declared.kind is not Kind.EVENTS or not key.is_bound:
            text = f"{desk.name}: '{name}' ({key.name}) is no bound key of events"
            raise ConfigError([Problem(desk.name, 0, 0, text, "a distributor reads events")])
        keys[name] = key.name
    return keys

"""What runs beside the feeds, in processes of its own: a simulated gateway, and the plugins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from quanticity.background import started
from quanticity.clock import Clock
from quanticity.errors import QuanticityError
from quanticity.runtime.host import Host
from quanticity.runtime.recipe import Recipe
from quanticity.runtime.stand_ins import BesideUs, StandIns

# Until the first value is there, and no longer: what comes up here wants all cores for seconds.
_HEAD_START = 2.0
_LOOK_EVERY = 0.02

Step = Callable[[str, bool, str], None]
HostFor = Callable[[Mapping[str, str]], Host | None]
"""Makes the plugins' runtime, given an environment in which stand-ins are told of."""


class Beside:
    """Starts them once values flow, so that no feed waits for them, and stops them."""

    def __init__(self, wall: Clock, step: Step, flows: Callable[[], bool]) -> None:
        """`step` says how each came up; `flows` is whether any feed has its first value."""
        self._wall = wall
        self._step = step
        self._flows = flows
        self._host: Host | None = None
        self._cleanup = AsyncExitStack()
        self._beginning: asyncio.Task[None] | None = None

    def begin(
        self, gateway: BesideUs | None, environ: Mapping[str, str], host_for: HostFor
    ) -> None:
        """Start what there is, in a moment, and go on."""
        work = self._begin(gateway, environ, host_for)
        self._beginning = started(work, "the start of the plugins")

    async def follow(self, recipe: Recipe) -> None:
        """Let plugins take over an edit of the config. Those yet to start begin with the newest."""
        if self._host is not None:
            await self._host.follow(recipe)

    async def stop(self) -> None:
        """Stop all that was started; nothing more will be."""
        if self._beginning is not None:
            self._beginning.cancel()
            await asyncio.gather(self._beginning, return_exceptions=True)
        await self._cleanup.aclose()

    async def _begin(
        self, gateway: BesideUs | None, environ: Mapping[str, str], host_for: HostFor
    ) -> None:
        until = self._wall.monotonic() + _HEAD_START
        while not self._flows() and self._wall.monotonic() < until:
            await self._wall.sleep(_LOOK_EVERY)
        stand_ins = StandIns()
        async with asyncio.TaskGroup() as coming_up:
            try:
                coming_up.create_task(stand_ins.begin("ibkr", gateway, self._cleanup, self._step))
            except QuanticityError as error:
                self._step("gateway", False, str(error))
            self._host = host_for(stand_ins.told(environ))
            if self._host is not None:
                self._cleanup.push_async_callback(self._host.stop)
                coming_up.create_task(self._host.begin(self._step))

"""Keeps one wire to the server up: connects, notices the loss, connects again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError

from quanticity.background import started
from quanticity.clock import Clock
from quanticity.errors import StoreError, StoreUnavailable
from quanticity.store.address import Address
from quanticity.store.refusals import Barred, not_served, refuse_replica
from quanticity.store.wire import Wire

Locate = Callable[[], Awaitable[Address]]
Greet = Callable[[Wire, Address], Awaitable[None]]

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 2.0


async def open_wire(
    locate: Locate, on_lost: Callable[[str], None], patience: float = 10.0
) -> tuple[Wire, Address]:
    """Find the server and connect to it. Raises `StoreUnavailable` with the cause."""
    address = await locate()
    try:
        return await Wire.over(address.connection(), on_lost, patience), address
    except (RedisError, OSError) as error:
        raise not_served(error, f"no store at {address}: {error}") from None


class Link:
    """One wire that comes back.

    `greet` prepares each new wire before it is used; `on_lost` is told why the wire was lost,
    once for each loss. `on_barred` is told, once for each cause, why waiting brings it not back.
    """

    def __init__(
        self,
        locate: Locate,
        greet: Greet,
        on_lost: Callable[[str], None],
        clock: Clock,
        patience: float = 10.0,
        on_barred: Callable[[str], None] | None = None,
    ) -> None:
        self._on_barred = on_barred
        self._locate = locate
        self._greet = greet
        self._on_lost = on_lost
        self._clock = clock
        self._patience = patience
        self._wire: Wire | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        # A replica was found, and no server that takes writes since.
        self._demoted = False

    @property
    def wire(self) -> Wire | None:
        """The wire, greeted and open; None while there is none."""
        return self._wire

    async def start(self) -> None:
        """Connect once. Raises `StoreUnavailable` with the cause."""
        await self._connect()

    def renew(self, why: str) -> None:
        """The server takes no writes, being a replica now: connect anew, to what the name means.

        The wire counts as lost until a server is found that takes them.
        """
        wire = self._wire
        if wire is None or self._closed:
            return
        self._demoted = True
        wire.close()
        self._lost(f"{why} Its name is looked up anew")

    async def close(self) -> None:
        """Stop trying, and close the wire."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    async def _connect(self) -> None:
        wire, address = await open_wire(self._locate, self._lost, self._patience)
        try:
            if self._demoted:
                await refuse_replica(wire)
            await self._greet(wire, address)
        except StoreError as error:
            wire.close()
            raise not_served(error, f"the store at {address} is not ready: {error}") from None
        if not wire.is_open:
            raise StoreUnavailable(f"the store at {address} closed the connection")
        self._wire, self._demoted = wire, False

    def _lost(self, why: str) -> None:
        if self._wire is None or self._closed:
            return  # lost while it was greeted: whoever connects sees it
        self._wire = None
        self._on_lost(why)
        self._task = started(self._return(), "the way back to the store")

    async def _return(self) -> None:
        pause, told = _FIRST_PAUSE, set[str]()
        while True:
            try:
                await self._connect()
            except StoreUnavailable as error:
                if isinstance(error, Barred) and self._on_barred and str(error) not in told:
                    told.add(str(error))
                    self._on_barred(str(error))
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

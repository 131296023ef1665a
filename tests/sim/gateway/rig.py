"""A gateway and unmodified clients on the virtual clock, connected without sockets."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from ib_async import IB
from ib_async.connection import Connection

from quanticity.clock import VirtualClock, run_virtual
from quanticity.sim.gateway.gateway import Gateway
from tests.sim.gateway.plain_market import PlainMarket

# Wednesday 2026-01-07, 10:00 Eastern.
TEN = 1_767_798_000.0


@functools.cache
def market() -> Any:
    """The market of all tests."""
    return PlainMarket()


class MemoryConnection(Connection):
    """ib_async's connection, but into a gateway of this process."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self._gateway = gateway

    async def connectAsync(self, host: str, port: int) -> None:  # noqa: N802
        self.reset()
        self.transport = self._gateway.attach(self)


class Client(IB):
    """ib_async, and what it was told: (request, code, text)."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[tuple[int, int, str]] = []
        self.errorEvent += lambda rid, code, said, _contract: self.errors.append((rid, code, said))

    def codes(self) -> list[int]:
        """Codes of errors since it connected."""
        return [code for _, code, _ in self.errors[3:]]


class Undecoded(logging.Handler):
    """What ib_async could not decode: it says so, and goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def client_of(gateway: Gateway) -> Client:
    """An ib_async client whose connection leads into a gateway."""
    ib = Client()
    ib.client.conn = MemoryConnection(gateway)
    ib.client.conn.hasData += ib.client._onSocketHasData
    ib.client.conn.disconnected += ib.client._onSocketDisconnected
    return ib


async def connected(gateway: Gateway, client_id: int = 1) -> Any:
    """A client that has connected, with all that a start asks for."""
    ib = client_of(gateway)
    await ib.connectAsync("memory", 0, clientId=client_id, timeout=20, raiseSyncErrors=True)
    return ib


def on_virtual_clock(start: float = TEN, **options: Any):
    """Run a test `async def test(gateway, clock)` on the virtual clock."""

    def decorate(test: Callable[..., Awaitable[None]]) -> Callable[[], None]:
        def run() -> None:
            async def main(clock: VirtualClock) -> None:
                gateway = Gateway(market(), clock, **options)
                undecoded = Undecoded()
                library = logging.getLogger("ib_async.Decoder")
                library.addHandler(undecoded)
                try:
                    await asyncio.wait_for(test(gateway, clock), 100_000)
                finally:
                    library.removeHandler(undecoded)
                    await gateway.stop()
                assert not gateway.counters.refused["failed look"]
                assert not gateway.counters.refused["failed request"]
                assert undecoded.said == []

            run_virtual(main, start=start)

        run.__name__ = test.__name__
        run.__doc__ = test.__doc__
        return run

    return decorate

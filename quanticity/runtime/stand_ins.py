"""Servers that stand in for real ones beside a running system, and how plugins are told of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from typing import Any, Protocol

from quanticity.clock import Clock
from quanticity.config.loaded import Loaded

PREFIX = "QUANTICITY_STAND_IN_"


class BesideUs(Protocol):
    """A server that runs beside us, in a process of its own."""

    def start(self) -> tuple[str, int]:
        """Begin; returns host and port, at which it will listen."""
        ...

    async def serves(self) -> str:
        """Wait until it does; empty, or why it does not."""
        ...

    async def stop(self) -> None:
        """Stop, and leave nothing behind."""
        ...


GatewayFor = Callable[[Loaded, Clock], BesideUs | None]


class StandIns:
    """Those of one run. `variables` are for the processes of plugins: `Context.stand_in`."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}

    def begin(
        self,
        name: str,
        server: BesideUs | None,
        cleanup: AsyncExitStack,
        step: Callable[[str, bool, str], None],
    ) -> Coroutine[Any, Any, None]:
        """Start one, if there is one; what is returned waits until it listens, and says so.

        It takes a second or two to come up: nobody waits for it, and its clients try again.
        """
        if server is None:
            return _nothing()
        cleanup.push_async_callback(server.stop)
        host, port = server.start()
        self.variables[variable(name)] = f"{host}:{port}"
        return self._tell(server, f"{host}:{port}", step)

    def told(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The variables of an environment with ours."""
        return {**environ, **self.variables}

    @staticmethod
    async def _tell(server: BesideUs, address: str, step: Callable[[str, bool, str], None]) -> None:
        problem = await server.serves()
        step("gateway", not problem, problem or f"simulated, {address}")


async def _nothing() -> None:
    """There is none to wait for."""


def variable(name: str) -> str:
    """The variable that tells where a stand-in listens, as host:port."""
    return f"{PREFIX}{name.upper()}"

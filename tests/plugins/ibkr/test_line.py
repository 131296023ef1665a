"""A line that is being opened: who waits for it, and for how long."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from plugins.ibkr.library import LibraryLine
from plugins.ibkr.port import LineError
from quanticity.clock import VirtualClock, run_virtual
from quanticity.sim.gateway.gateway import Gateway
from tests.plugins.ibkr.rig import TEN, market


class _Silent(asyncio.Transport):
    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: Any) -> None:
        pass

    def close(self) -> None:
        pass


async def _silent(protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
    return _Silent()


def test_a_cancel_as_the_line_came_up_was_forgotten():
    """On Python 3.11, by `asyncio.wait_for` in the library: the program's end hung."""

    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock)

        async def opened(protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
            return gateway.attach(protocol)

        async def connect(client: int) -> None:
            line = LibraryLine(Sink(), opened)
            await line.connect("memory", 0, client, 4.0)
            up.append(line)
            await asyncio.sleep(5)
            line.close()

        up: list[LibraryLine] = []
        for turns in range(40):
            connecting = asyncio.ensure_future(connect(turns))
            for _ in range(turns):
                await asyncio.sleep(0)
            connecting.cancel()
            await asyncio.wait([connecting], timeout=1)
            assert connecting.cancelled(), turns
        assert up, "the last were cancelled only once they were up"
        for line in up:
            line.close()
        await gateway.stop()

    run_virtual(main, start=TEN)


def test_a_line_that_never_answers_says_so():
    async def main(clock: VirtualClock) -> None:
        with pytest.raises(LineError, match="it did not answer in 4 s"):
            await LibraryLine(Sink(), _silent).connect("memory", 0, 1, 4.0)

    run_virtual(main, start=TEN)


class Sink:
    """Hears nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *given: None

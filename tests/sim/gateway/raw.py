"""A client of bare bytes, for what no library would send."""

from __future__ import annotations

import asyncio
import struct

from quanticity.sim.gateway import wire
from quanticity.sim.gateway.gateway import Gateway
from quanticity.sim.gateway.wire import Value


class Raw:
    """A connection of which every byte is ours."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, gateway: Gateway) -> Raw:
        """Connected, and nothing said."""
        raw = cls(*await gateway.connect_in_memory())
        # Kept until the gateway has ended it: a writer that is forgotten open warns.
        gateway.__dict__.setdefault("raw_clients", []).append(raw)
        return raw

    @classmethod
    async def started(cls, gateway: Gateway, client_id: int = 9) -> Raw:
        """Greeted and introduced; the welcome is read."""
        raw = await cls.connect(gateway)
        raw.writer.write(b"API\0" + wire.framed("v100..157"))
        await raw.frame()
        raw.send(71, 2, client_id, "")
        for _ in range(5):
            await raw.frame()
        return raw

    def send(self, *fields: Value) -> None:
        """Send one message."""
        self.writer.write(wire.frame(*fields))

    async def frame(self) -> list[str]:
        """The fields of the next message. IncompleteReadError where there is none."""
        (length,) = struct.unpack(">I", await self.reader.readexactly(4))
        return (await self.reader.readexactly(length)).decode().split("\0")[:-1]

    async def frames(self, seconds: float = 1.0) -> list[list[str]]:
        """All messages of so many seconds."""
        found = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found.append(await self.frame())
        except (TimeoutError, asyncio.IncompleteReadError):
            return found

    async def is_closed(self) -> bool:
        """Whether the gateway ends the connection within a second."""
        try:
            async with asyncio.timeout(1):
                while await self.reader.read(4096):
                    pass
        except TimeoutError:
            return False
        return True

"""One short question to a server on a unix socket: whether it is there."""

from __future__ import annotations

import asyncio
from enum import Enum

_PATIENCE = 2.0


class Pulse(Enum):
    """What a server answers: nothing, that it still reads its file, or that it is ready."""

    NONE = 0
    LOADING = 1
    READY = 2


async def pulse(path: str) -> Pulse:
    """Ask the server at `path`."""
    answer = await _ask(path, b"PING\r\n")
    # Whose disk is full answers every PING so; what it holds can be read all the same.
    if answer.startswith((b"+PONG", b"-MISCONF")):
        return Pulse.READY
    return Pulse.LOADING if answer.startswith(b"-LOADING") else Pulse.NONE


async def ask_to_stop(path: str) -> None:
    """Tell the server at `path` to end; its append-only file is complete."""
    await _ask(path, b"SHUTDOWN NOSAVE\r\n")


async def _ask(path: str, command: bytes) -> bytes:
    if not path:
        return b""
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(command)
                return await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""

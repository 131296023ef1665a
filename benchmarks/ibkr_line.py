"""The other end of the line, as a process: prints or changes of a book over TCP, at a pace.

It streams what it is asked for. Prints the port, and in the end when it sent each message
(`time.perf_counter`, one for the machine).
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

_LENGTH = 4
_ROWS = 10


@dataclass(frozen=True, slots=True)
class Pace:
    """So many messages a second, for so many seconds, in batches of so many."""

    a_second: int
    seconds: int
    batch: int

    @property
    def messages(self) -> int:
        """All of them."""
        return self.a_second * self.seconds


PRINTS = Pace(2_000, 4, 20)
DEPTH = Pace(20_000, 10, 200)


def frame(*fields: object) -> bytes:
    """One message of the gateway."""
    text = "".join(f"{one}\0" for one in fields).encode()
    return struct.pack(">I", len(text)) + text


def tick(number: int, at: int) -> bytes:
    """A print. Its size is its number, from 1 on."""
    return frame(99, number, 1, int(time.time()), 600.01, at + 1, 0, "ARCA", "")


def change(number: int, at: int) -> bytes:
    """A change of a book: rows of both sides are inserted, then updated over and over."""
    row, side = at // 2 % _ROWS, at % 2
    price = 600 + (row + 1) * (0.01 if side == 0 else -0.01)
    operation = 0 if at < 2 * _ROWS else 1
    return frame(13, 1, number, row, "NASDAQ", operation, side, f"{price:.2f}", 100 + at % 900, 1)


async def _serve() -> None:
    sent: list[float] = []
    over = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(_LENGTH)
        (length,) = struct.unpack(">I", await reader.readexactly(_LENGTH))
        await reader.readexactly(length)
        writer.write(frame(157, "20260105 10:00:00 EST"))

        def begin(pace: Pace, message: Callable[[int, int], bytes], number: str) -> None:
            stream = streamed(writer, pace, message, int(number))
            tasks.append(asyncio.get_running_loop().create_task(stream))

        while head := await reader.read(_LENGTH):
            (length,) = struct.unpack(">I", head)
            fields = (await reader.readexactly(length)).decode().split("\0")
            if fields[0] == "71":
                writer.write(frame(15, 1, "DU1") + frame(9, 1, 1))
            elif fields[0] == "49":
                writer.write(frame(49, 1, int(time.time())))
            elif fields[0] == "97":
                begin(PRINTS, tick, fields[1])
            elif fields[0] == "10":
                begin(DEPTH, change, fields[2])

    async def streamed(
        writer: asyncio.StreamWriter,
        pace: Pace,
        message: Callable[[int, int], bytes],
        number: int,
    ) -> None:
        begun = time.perf_counter()
        for first in range(0, pace.messages, pace.batch):
            data = b"".join(message(number, first + at) for at in range(pace.batch))
            due = begun + first / pace.a_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent.extend([time.perf_counter()] * pace.batch)
            writer.write(data)
        over.set()

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()
    print(json.dumps(sent), flush=True)
    # Whoever listens ends this process.
    await asyncio.sleep(60)


if __name__ == "__main__":
    sys.exit(asyncio.run(_serve()))

"""The other end of `benchmarks.ibkr`'s line, as a process: 2,000 prints a second over TCP.

Prints the port, and in the end when it sent each print (`time.perf_counter`, one for the machine).
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time

A_SECOND, SECONDS, BATCH = 2_000, 4, 20
_LENGTH = 4


def frame(*fields: object) -> bytes:
    """One message of the gateway."""
    text = "".join(f"{one}\0" for one in fields).encode()
    return struct.pack(">I", len(text)) + text


async def _serve() -> None:
    sent: list[float] = []
    over = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(_LENGTH)
        (length,) = struct.unpack(">I", await reader.readexactly(_LENGTH))
        await reader.readexactly(length)
        writer.write(frame(157, "20260105 10:00:00 EST"))
        while head := await reader.read(_LENGTH):
            (length,) = struct.unpack(">I", head)
            fields = (await reader.readexactly(length)).decode().split("\0")
            if fields[0] == "71":
                writer.write(frame(15, 1, "DU1") + frame(9, 1, 1))
            elif fields[0] == "49":
                writer.write(frame(49, 1, int(time.time())))
            elif fields[0] == "97":
                task = asyncio.get_running_loop().create_task(ticks(writer, int(fields[1])))
                tasks.append(task)

    async def ticks(writer: asyncio.StreamWriter, number: int) -> None:
        begun = time.perf_counter()
        for first in range(0, A_SECOND * SECONDS, BATCH):
            due = begun + first / A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            second = int(time.time())
            # The size of a print is its number.
            data = b"".join(
                frame(99, number, 1, second, 600.01, first + at + 1, 0, "ARCA", "")
                for at in range(BATCH)
            )
            sent.extend([time.perf_counter()] * BATCH)
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

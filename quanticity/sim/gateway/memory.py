"""A connection without sockets: what one side writes, the other is handed in the next loop turn.

On the virtual clock it makes a run the same every time; it splits nothing and loses nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

# What arrives instead of data, told apart by being these very objects.
_ENDED, _CLOSED = bytes(bytearray(b"ended")), bytes(bytearray(b"closed"))


class MemoryTransport(asyncio.Transport):
    """One end of a connection in memory; `peer` is the other."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol) -> None:
        super().__init__({"peername": ("memory", 0)})
        self.peer: MemoryTransport
        self._loop = loop
        self._protocol = protocol
        self._arrived: deque[bytes] = deque()
        self._waiting = 0
        self._is_paused = False
        self._is_closing = False
        self._is_lost = False
        self._scheduled = False

    # What the protocol of this side calls

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Hand `data` to the other side; what is written after closing goes nowhere."""
        if data and not self._is_closing:
            self.peer.arrive(bytes(data))

    def write_eof(self) -> None:
        """Say that nothing more will be written."""
        if not self._is_closing:
            self.peer.arrive(_ENDED)

    def can_write_eof(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """End the connection; the other side still gets what was written."""
        if self._is_closing:
            return
        self._is_closing = True
        self._loop.call_soon(self._lose)
        self.peer.arrive(_CLOSED)

    def abort(self) -> None:
        """End the connection at once, as a reset: what is on its way is lost."""
        self._is_closing = True
        self._loop.call_soon(self._lose)
        self.peer.cut()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._is_closing

    def pause_reading(self) -> None:
        """Let what arrives wait."""
        self._is_paused = True

    def resume_reading(self) -> None:
        """Hand over what waited."""
        self._is_paused = False
        self._schedule()

    def is_reading(self) -> bool:
        """Whether data are handed over as they arrive."""
        return not self._is_paused and not self._is_closing

    def get_write_buffer_size(self) -> int:
        """Bytes that the other side has not taken."""
        return self.peer.waiting

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing to set: whoever writes too much asks for the size."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand what arrives to another protocol."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """What is handed the data."""
        return self._protocol

    # What arrives

    @property
    def waiting(self) -> int:
        """Bytes that arrived and were not handed over."""
        return self._waiting

    def arrive(self, data: bytes) -> None:
        """The other side wrote `data`, ended what it writes, or closed."""
        if not self._is_lost:
            self._arrived.append(data)
            self._waiting += len(data)
            self._schedule()

    def cut(self) -> None:
        """The other side reset the connection."""
        self._arrived.clear()
        self._waiting = 0
        self._is_closing = True
        self._loop.call_soon(self._lose, ConnectionResetError("Connection reset by peer"))

    def _schedule(self) -> None:
        if self._arrived and not self._is_paused and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        protocol: Any = self._protocol
        while self._arrived and not self._is_paused and not self._is_lost:
            data = self._arrived.popleft()
            self._waiting -= len(data)
            if data is _CLOSED:
                protocol.eof_received()
                self.close()
            elif data is _ENDED:
                if not protocol.eof_received():
                    self.close()
            elif not self._is_closing:
                protocol.data_received(data)

    def _lose(self, error: Exception | None = None) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._protocol.connection_lost(error)


def connect(client: asyncio.Protocol, server: asyncio.Protocol) -> MemoryTransport:
    """Connect two protocols in the running loop; returns the client's transport."""
    loop = asyncio.get_running_loop()
    ours, theirs = MemoryTransport(loop, client), MemoryTransport(loop, server)
    ours.peer, theirs.peer = theirs, ours
    server.connection_made(theirs)
    client.connection_made(ours)
    return ours

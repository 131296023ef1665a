"""One client's connection as the gateway sees it: messages go out here, and here faults strike."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from collections import deque
from collections.abc import Callable
from random import Random

from quanticity.clock import Clock
from quanticity.logs import logger
from quanticity.sim.faults import catalog
from quanticity.sim.faults.fault import SEND, Fault, Where
from quanticity.sim.faults.ports import Faults
from quanticity.sim.gateway.counters import Counters
from quanticity.sim.gateway.skew import skewed

_LINGER_RESET = struct.pack("ii", 1, 0)


class Channel:
    """Writes messages in order, in one piece for each turn of the loop.

    What a fault makes late makes late whatever follows; a client for whom more than `unread_bytes`
    wait, late or not taken, is cut off. `is_deaf` says that nothing that arrives is read.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        clock: Clock,
        faults: Faults,
        counters: Counters,
        unread_bytes: int,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._faults = faults
        self._counters = counters
        self._sent = counters.sent
        self._unread_bytes = unread_bytes
        self._random = Random(counters.connections["opened"])
        self._ready: list[bytes] = []
        self._late: deque[tuple[float, bytes]] = deque()
        self._late_bytes = 0
        self._muted_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._flushing = False
        self.is_deaf = False

    @property
    def is_open(self) -> bool:
        """Whether anything that is sent can still arrive."""
        return not self._transport.is_closing()

    def send(self, message: bytes, name: str) -> None:
        """Send one frame; `name` is what it is called in counters and by faults."""
        if self._transport.is_closing():
            return
        self._sent[name] += 1
        if self._muted_until and self._clock.now() < self._muted_until:
            return
        if self._faults.active(Where.WIRE):
            fault = self._faults.fire(f"{SEND} {name}", Where.WIRE, self._clock.now())
            if fault is not None:
                self._counters.faults[fault.name] += 1
                self._strike(fault, message)
                return
        if self._flushing and not self._late:
            self._ready.append(message)
        else:
            self._pass(message)

    def close(self) -> None:
        """Send what was written, then end the connection."""
        self._flush()
        self._cancel()
        self._transport.close()

    def reset(self) -> None:
        """End the connection at once, with a reset where there is a socket."""
        self._cancel()
        handle = self._transport.get_extra_info("socket")
        if handle is not None and handle.family in (socket.AF_INET, socket.AF_INET6):
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self._transport.abort()

    def gone(self) -> None:
        """The connection is lost: nothing more can be done with it."""
        self._cancel()

    # What faults do

    def silence(self, seconds: float) -> None:
        """Lose whatever is sent for so long; the connection stays."""
        self._muted_until = max(self._muted_until, self._clock.now() + seconds)

    def half_open(self, seconds: float) -> None:
        """Read and say nothing for so long, then reset."""
        self.is_deaf = True
        self.silence(seconds)
        self._after(seconds, self.reset)

    def _strike(self, fault: Fault, message: bytes) -> None:
        match fault:
            case catalog.Latency():
                self._pass(message, self._clock.now() + fault.seconds)
            case catalog.Jitter():
                self._pass(message, self._clock.now() + self._random.random() * fault.seconds)
            case catalog.Silence():
                self.silence(fault.seconds)
            case catalog.HalfOpen():
                self.half_open(fault.seconds)
            case catalog.ResetMidFrame():
                self._ready.append(message[: len(message) // 2])
                self._flush()
                # Nothing may follow the half: it would be read as its rest.
                self._forget_late()
                self._muted_until = math.inf
                # The half is on its way before the reset overtakes it.
                asyncio.get_running_loop().call_soon(self.reset)
            case catalog.Drop():
                self.close()
            case catalog.ClockSkew():
                self._pass(skewed(message, fault.seconds))
            case _:
                self._pass(message)

    # Writing

    def _pass(self, message: bytes, due: float = 0.0) -> None:
        if due or self._late:
            if self._late:
                due = max(due, self._late[-1][0])
            self._late.append((due, message))
            self._late_bytes += len(message)
            if self._late_bytes > self._unread_bytes:
                self._cut_off("too late", f"{self._late_bytes:,} bytes wait for a fault to pass")
            elif len(self._late) == 1:
                self._after(due - self._clock.now(), self._release)
            return
        self._ready.append(message)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _release(self) -> None:
        now = self._clock.now()
        while self._late and self._late[0][0] <= now:
            message = self._late.popleft()[1]
            self._late_bytes -= len(message)
            self._ready.append(message)
        self._flush()
        if self._late:
            self._after(self._late[0][0] - now, self._release)

    def _flush(self) -> None:
        self._flushing = False
        if not self._ready or self._transport.is_closing():
            return
        self._transport.write(b"".join(self._ready))
        self._ready.clear()
        waiting = self._transport.get_write_buffer_size()
        if waiting > self._unread_bytes:
            self._cut_off("too slow", f"it has not taken {waiting:,} bytes")

    def _cut_off(self, kind: str, why: str) -> None:
        self._counters.connections[f"cut off: {kind}"] += 1
        logger.warning(f"gateway: a client is cut off: {why}")
        self.reset()

    def _after(self, seconds: float, call: Callable[[], None]) -> None:
        async def wait() -> None:
            await self._clock.sleep(seconds)
            call()

        task = asyncio.get_running_loop().create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _cancel(self) -> None:
        self._forget_late()
        self._ready.clear()
        for task in self._tasks:
            task.cancel()

    def _forget_late(self) -> None:
        self._late.clear()
        self._late_bytes = 0

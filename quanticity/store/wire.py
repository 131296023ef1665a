"""One connection on which commands go out back to back and their answers come in order.

redis-py makes the connection (address, TLS, password, database) and hands over its transport;
from then on a command costs one send and its answer one callback. Writes and slots go this way,
because redis-py's own path costs more for each command than all the rest of a 2 KB fetch.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, cast

import hiredis
from redis.asyncio.connection import AbstractConnection

from quanticity.errors import StoreError, StoreUnavailable
from quanticity.store.resp import Argument, pack

OnAnswer = Callable[[Any], None]

_PIECE = 256 * 1024
# How long passwords, names and TLS may take, however short the patience with answers is.
_GREETING = 5.0
_SEND_BUFFER = 4 * 1024 * 1024


class Refused(StoreError):
    """The server answered with an error. `code` is its first word."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = message.split(" ", 1)[0]


class Wire(asyncio.Protocol):
    """Commands out, answers in, in order. Lives on one event loop, until it is lost or closed."""

    def __init__(self, on_lost: Callable[[str], None], patience: float) -> None:
        self._on_lost = on_lost
        self._patience = patience
        self._reader = hiredis.Reader(replyError=Refused)
        self._waiting: deque[OnAnswer] = deque()
        self._unsent: deque[memoryview] = deque()
        self._paused = False
        self._answers = 0
        self._watch: asyncio.TimerHandle | None = None
        self._why = ""
        self._open = True
        self._transport: asyncio.WriteTransport
        self._writer: asyncio.StreamWriter
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def over(
        cls, connection: AbstractConnection, on_lost: Callable[[str], None], patience: float = 10.0
    ) -> Wire:
        """Connect, and take the connection over.

        `patience` (seconds) is the longest silence of a server that owes an answer; then the
        wire counts as lost. Raises what redis-py raises where the connection fails, and
        TimeoutError where a server lets us connect and says nothing.
        """
        wire = cls(on_lost, patience)
        longest = max(patience, _GREETING)
        try:
            async with asyncio.timeout(longest):
                await connection.connect()  # type: ignore[no-untyped-call]  # redis-py's gap
        except TimeoutError:
            await connection.disconnect(nowait=True)
            raise TimeoutError(f"it gives no answer for {longest:g} s") from None
        # redis-py has no public way to hand over its transport; its writer is where it is kept.
        writer = cast(asyncio.StreamWriter, connection._writer)  # noqa: SLF001
        transport = cast(asyncio.Transport, writer.transport)
        connection._reader = connection._writer = None  # noqa: SLF001
        transport.set_protocol(wire)
        transport.set_write_buffer_limits(high=0)
        bare = transport.get_extra_info("socket")
        if bare is not None:
            # The kernel takes as much of this as it allows: fewer turns for a large body.
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        wire._transport = transport
        wire._writer = writer  # it would close the transport were it collected
        if transport.is_closing():
            raise StoreUnavailable("the server closed the connection at once")
        return wire

    @property
    def is_open(self) -> bool:
        """False once lost or closed."""
        return self._open

    def send(
        self,
        command: list[bytes],
        on_answer: OnAnswer,
        answers: int = 1,
        on_earlier: OnAnswer | None = None,
    ) -> None:
        """Send packed commands that bring so many `answers`.

        `on_answer` gets the last of them, or an exception as a value; `on_earlier` each of the
        others, which where it is not given nobody looks at.
        """
        if not self._open:
            self._loop.call_soon(on_answer, StoreUnavailable(self._why))
            return
        for _ in range(answers - 1):
            self._waiting.append(on_earlier or _ignore)
        self._waiting.append(on_answer)
        if self._watch is None:
            self._watch = self._loop.call_later(self._patience, self._check, self._answers)
        if len(command) == 1 and not self._unsent and not self._paused:
            self._transport.write(command[0])
            return
        self._unsent.extend(map(memoryview, command))
        self._pump()

    def call(self, *arguments: Argument) -> asyncio.Future[Any]:
        """Send a command and wait for its answer. Raises `Refused` or `StoreUnavailable`."""
        future: asyncio.Future[Any] = self._loop.create_future()

        def settle(answer: Any) -> None:
            if future.done():
                return
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)

        self.send(pack(arguments), settle)
        return future

    def exchange(self, *commands: Sequence[Argument]) -> asyncio.Future[list[Any]]:
        """Send commands in one write and wait for all their answers, in order.

        A refusal is an answer like others; raises `StoreUnavailable` where the wire is lost.
        """
        future: asyncio.Future[list[Any]] = self._loop.create_future()
        answers: list[Any] = []

        def gather(answer: Any) -> None:
            if future.done():
                return
            if isinstance(answer, StoreUnavailable):
                future.set_exception(answer)
                return
            answers.append(answer)
            if len(answers) == len(commands):
                future.set_result(answers)

        if self._open:
            self._waiting.extend([gather] * (len(commands) - 1))
        pieces = [piece for command in commands for piece in pack(command)]
        self.send([b"".join(pieces)], gather)
        return future

    def close(self) -> None:
        """Let go of the connection; what still waits for an answer is told it is unavailable."""
        if self._open:
            self._end("closed")
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Asyncio's: bytes from the server."""
        self._reader.feed(data)
        answer = self._reader.gets()
        # Whoever gets an answer may close the wire: what came behind it has nobody to go to then.
        while answer is not False and self._open:
            self._answers += 1
            self._waiting.popleft()(answer)
            answer = self._reader.gets()

    def pause_writing(self) -> None:
        """Asyncio's: the socket takes no more for now."""
        self._paused = True

    def resume_writing(self) -> None:
        """Asyncio's: the socket takes more."""
        self._paused = False
        self._pump()

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: the connection is gone."""
        if self._open:
            self._end(str(exc) if exc else "the server closed the connection")
            self._on_lost(self._why)

    def _pump(self) -> None:
        unsent = self._unsent
        while unsent and not self._paused:
            piece = unsent.popleft()
            if len(piece) > _PIECE:
                unsent.appendleft(piece[_PIECE:])
                piece = piece[:_PIECE]
            self._transport.write(piece)

    def _check(self, answers_then: int) -> None:
        self._watch = None
        if not self._waiting:
            return
        if self._answers == answers_then:
            self._end(f"no answer for {self._patience:g} s")
            self._transport.abort()
            self._on_lost(self._why)
        else:
            self._watch = self._loop.call_later(self._patience, self._check, self._answers)

    def _end(self, why: str) -> None:
        self._open, self._why = False, why
        self._unsent.clear()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._waiting:
            self._waiting.popleft()(StoreUnavailable(why))


def _ignore(_: Any) -> None:
    """For the answers of commands whose failure a later one tells."""

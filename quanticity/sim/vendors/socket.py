"""A vendor's end of a websocket, and how each fault that can strike it is carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from quanticity.clock import Clock
from quanticity.sim.faults.catalog import (
    ClockSkew,
    Drop,
    HalfOpen,
    Jitter,
    Latency,
    ResetMidFrame,
    SchemaDrift,
    Silence,
    WrongBody,
)
from quanticity.sim.faults.fault import Fault, Where
from quanticity.sim.faults.ports import Faults
from quanticity.sim.vendors.drift import drifted_value
from quanticity.sim.vendors.faults import PAGE, SOMETHING_ELSE, delay_of, kept_waiting, reset
from quanticity.sim.vendors.vendor import SocketClosed

_CLOSING = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)
_TEXT_FRAME = 0x81
# What vendors call the moment of something, in a message.
_STAMPS = frozenset(
    ("timestamp", "time", "tape_time", "created_at", "executed_at", "start_time", "end_time")
)
_MILLISECONDS = 1e11


class VendorSocket:
    """A `Socket` over aiohttp's. `vendor` is the vendor's name, for the plan of faults."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        http: web.Request,
        vendor: str,
        clock: Clock,
        faults: Callable[[], Faults],
        jitter: Callable[[float, float], float],
    ) -> None:
        self._socket = socket
        self._http = http
        self._vendor = vendor
        self._clock = clock
        self._faults = faults
        self._jitter = jitter
        self._silent_until = 0.0

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self._clock.now()

    async def send(self, message: Any) -> None:
        """Send one message; SocketClosed where nobody is there any more."""
        if self._socket.closed:
            raise SocketClosed
        channel = message[0] if isinstance(message, list) and message else ""
        fault = self._faults().fire(f"{self._vendor} {channel}", Where.SOCKET, self.now)
        if fault is not None:
            await self._struck(fault, message, str(channel))
        elif self._clock.monotonic() >= self._silent_until:
            await self._socket.send_str(orjson.dumps(message).decode())

    async def receive(self, within: float) -> str | None:
        """The next message, None where none comes within so many seconds."""
        try:
            async with asyncio.timeout(within):
                message = await self._socket.receive()
        except TimeoutError:
            return None
        if message.type is WSMsgType.TEXT:
            return str(message.data)
        if message.type in _CLOSING:
            raise SocketClosed
        return None

    async def _struck(self, fault: Fault, message: Any, channel: str) -> None:
        if isinstance(fault, Silence):
            self._silent_until = self._clock.monotonic() + fault.seconds
            return
        if isinstance(fault, HalfOpen):
            # Nobody reads meanwhile: not even a ping is answered.
            await kept_waiting(self._http, fault.seconds, self._clock)
            self._end()
        if isinstance(fault, Drop):
            self._end(quietly=True)
        if isinstance(fault, (Latency, Jitter)):
            await kept_waiting(self._http, delay_of(fault, self._jitter), self._clock)
        if self._clock.monotonic() < self._silent_until:
            return
        text = orjson.dumps(_changed(fault, message, channel)).decode()
        if isinstance(fault, WrongBody):
            text = _wrong(fault, text)
        if isinstance(fault, ResetMidFrame):
            await self._half(text.encode())
        if self._socket.closed:
            raise SocketClosed
        await self._socket.send_str(text)

    async def _half(self, text: bytes) -> None:
        """The head of a frame and half of what it promises, then a reset."""
        size = len(text)
        head = bytes([_TEXT_FRAME, size]) if size < 126 else bytes([_TEXT_FRAME, 126])
        if size >= 126:
            head = bytes([_TEXT_FRAME, 127]) + size.to_bytes(8, "big")
        if isinstance(self._http.transport, asyncio.WriteTransport):
            self._http.transport.write(head + text[: size // 2])
        self._end()

    def _end(self, *, quietly: bool = False) -> None:
        if quietly and self._http.transport is not None:
            self._http.transport.abort()
        else:
            reset(self._http)
        raise SocketClosed


def _changed(fault: Fault, message: Any, channel: str) -> Any:
    if not (isinstance(message, list) and len(message) == 2):
        return message
    name, row = message
    if isinstance(fault, SchemaDrift):
        row = drifted_value(dict(row), fault.form, channel) if isinstance(row, dict) else row
    if isinstance(fault, ClockSkew) and isinstance(row, dict):
        row = {
            key: _moved(value, fault.seconds) if key in _STAMPS else value
            for key, value in row.items()
        }
    return [name, row]


def _moved(value: Any, seconds: float) -> Any:
    """A stamp so many seconds later: a number of seconds or milliseconds, or a text in ISO."""
    if isinstance(value, (int, float)):
        return value + type(value)(seconds * (1000 if value > _MILLISECONDS else 1))
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return value
    moved = datetime.fromtimestamp(moment.timestamp() + seconds, moment.tzinfo)
    return moved.isoformat().replace("+00:00", "Z")


def _wrong(fault: WrongBody, text: str) -> str:
    if fault.form == "cut":
        return text[: len(text) // 2]
    return {"html": PAGE, "empty": "", "other": SOMETHING_ELSE.decode()}[fault.form]

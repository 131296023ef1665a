"""A vendor's websocket on loopback, told by a test how to behave."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import WSMsgType, web


class SocketVendor:
    """Answers joins as Unusual Whales does, and says what a test makes it say.

    `refuse_with` is a status instead of a handshake; `deaf` takes what comes and answers nothing,
    not even a ping: a connection that died without a word.
    """

    def __init__(self) -> None:
        self.port = 0
        self.refuse_with: int | None = None
        self.headers: dict[str, str] = {}
        self.deaf = False
        self.connects: list[dict[str, Any]] = []
        self.heard: list[tuple[float, Any]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.elsewhere = 0

    @property
    def joined(self) -> list[str]:
        return [message["channel"] for _, message in self.heard if isinstance(message, dict)]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/socket"

    async def say(self, *frames: Any) -> None:
        for frame in frames:
            text = frame if isinstance(frame, str) else orjson.dumps(frame).decode()
            await self.sockets[-1].send_str(text)

    async def drop(self) -> None:
        """Tear the connection down without a goodbye."""
        socket = self.sockets[-1]
        transport = socket._req.transport if socket._req is not None else None
        assert transport is not None
        transport.abort()

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self.connects.append({"query": dict(request.query), "headers": dict(request.headers)})
        if self.refuse_with is not None:
            return web.Response(status=self.refuse_with, headers=self.headers)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            if self.deaf:
                continue
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                await self._answer(socket, message.data)
        return socket

    async def _answer(self, socket: web.WebSocketResponse, text: str) -> None:
        asked = orjson.loads(text)
        self.heard.append((asyncio.get_running_loop().time(), asked))
        if not isinstance(asked, dict):
            await socket.send_str('["pong", {}]')
        elif "nowhere" in asked["channel"]:
            no = {"response": {"reason": "unmatched topic"}, "status": "error"}
            await socket.send_str(orjson.dumps([asked["channel"], no]).decode())
        else:
            yes = {"response": {}, "status": "ok"}
            await socket.send_str(orjson.dumps([asked["channel"], yes]).decode())

    async def _elsewhere(self, _request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[SocketVendor]:
        app = web.Application()
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/elsewhere", self._elsewhere)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()


async def until(condition: Any, seconds: float = 5.0) -> None:
    """Wait until `condition()` holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.005)

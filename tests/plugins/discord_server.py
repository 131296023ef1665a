"""A server that behaves as Discord's webhooks do: ids, limits, `retry_after`, 4xx in its words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

TOKEN = "a-webhook-token-nobody-may-see"
BOT_TOKEN = "a-bot-token-nobody-may-see-either"
PER_WINDOW, WINDOW = 5, 0.4


class DiscordLike:
    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.refused = 0
        self.trouble: list[str] = []
        self._window: list[float] = []
        self.url = ""

    async def post(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return web.json_response({"message": "Unknown Webhook", "code": 10015}, status=404)
        trouble = self.trouble.pop(0) if self.trouble else ""
        if trouble.startswith("wait "):
            body = f'{{"message": "Wait.", "retry_after": {trouble[5:]}}}'
            return web.Response(status=429, text=body, content_type="application/json")
        if trouble == "tells":
            said = f"no such webhook: /api/webhooks/42/{TOKEN}, and {TOKEN} alone"
            return web.json_response({"message": said}, status=400)
        if trouble == "html":
            return web.Response(status=404, text=f"<html>{TOKEN}</html>", content_type="text/html")
        if trouble == "huge":
            return web.Response(body=b"x" * 3_000_000)
        if trouble == "bare":
            return web.json_response([TOKEN])
        if trouble == "500":
            return web.Response(status=500, text="<html>oops</html>")
        if trouble == "hang up":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        now = time.monotonic()
        self._window = [at for at in self._window if at > now - WINDOW]
        if len(self._window) >= PER_WINDOW:
            self.refused += 1
            wait = self._window[0] + WINDOW - now
            return web.json_response(
                {"message": "You are being rate limited.", "retry_after": wait, "global": False},
                status=429,
                headers={"Retry-After": str(int(wait) + 1)},
            )
        self._window.append(now)
        body = await request.json()
        problem = _wrong(body)
        if problem:
            return web.json_response({"message": problem, "code": 50035}, status=400)
        self.posted.append(body)
        if trouble == "silence":
            # Until whoever asked is gone.
            while request.transport is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        left = PER_WINDOW - len(self._window)
        headers = {
            "X-RateLimit-Limit": str(PER_WINDOW),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset-After": f"{self._window[0] + WINDOW - now:.3f}",
        }
        if request.query.get("wait") != "true":
            return web.Response(status=204, headers=headers)
        return web.json_response({"id": str(10_000 + len(self.posted))}, headers=headers)

    async def about(self, request: web.Request) -> web.StreamResponse:
        """What anybody who knows a webhook's address may ask."""
        if request.match_info["token"] != TOKEN:
            return web.json_response({"message": "Unknown Webhook", "code": 10015}, status=404)
        return web.json_response({"id": "42", "channel_id": "4711", "token": TOKEN})

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """The channel's last messages, the newest first, for a bot that may read them."""
        if request.headers.get("Authorization") != f"Bot {BOT_TOKEN}":
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        assert request.match_info["channel"] == "4711"
        found = [
            {"id": str(10_001 + number), "webhook_id": "42", "embeds": body["embeds"]}
            for number, body in enumerate(self.posted)
        ]
        somebody = {"id": "9", "content": "hello", "embeds": []}
        return web.json_response([somebody, *found[::-1]][: int(request.query["limit"])])


def _wrong(body: dict[str, Any]) -> str:
    embeds = body.get("embeds") or []
    if not embeds and not body.get("content"):
        return "Cannot send an empty message"
    for one in embeds:
        if len(one.get("title", "")) > 256 or len(one.get("description", "")) > 4096:
            return "Invalid Form Body"
        if len(one.get("fields", ())) > 25:
            return "Invalid Form Body"
        if any(not field["name"] or not field["value"] for field in one.get("fields", ())):
            return "This field is required"
    return ""


@asynccontextmanager
async def discord() -> AsyncIterator[DiscordLike]:
    server = DiscordLike()
    app = web.Application()
    app.router.add_post("/api/webhooks/{id}/{token}", server.post)
    app.router.add_get("/api/webhooks/{id}/{token}", server.about)
    app.router.add_get("/api/channels/{channel}/messages", server.messages)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"http://127.0.0.1:{port}/api/webhooks/42/{TOKEN}"
    try:
        yield server
    finally:
        await runner.cleanup()

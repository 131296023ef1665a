"""Tells a Discord channel by its webhook: embeds, at Discord's pace, each with the id it got.

A webhook cannot read its channel. With the token of a bot that can, a message whose fate is
unknown is looked up there by the event id in its footer; without one it is sent once more and says
that it may be a repeat. Of limits Discord publishes 5 messages in 2 seconds a webhook and 30 a
minute a channel; its headers and `retry_after` come first.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quanticity.api import (
    Context,
    Delivered,
    DeliveryError,
    Distributor,
    HttpAnswer,
    Key,
    Kind,
    Message,
    Spec,
    TransportError,
    field,
)

_COLOURS = {"info": 0x3498DB, "warning": 0xF39C12, "critical": 0xE74C3C}
_TITLE, _TEXT, _FIELDS, _NAME, _VALUE = 256, 4096, 25, 256, 1024
_SERVER_TROUBLE = 5.0
_LOOKED_THROUGH = 100


class DiscordParams(Spec):
    """Where and how."""

    webhook_env: str = field(
        "DISCORD_WEBHOOK_URL",
        help="environment variable that holds the webhook's URL",
        example="DISCORD_WEBHOOK_URL",
    )
    bot_token_env: str = field(
        "DISCORD_BOT_TOKEN",
        help="environment variable that holds the token of a bot that may read the channel; "
        "without one, what may have arrived before a crash is sent once more",
        example="DISCORD_BOT_TOKEN",
    )
    username: str = field("Quanticity", help="the name that messages carry")


class Discord(Distributor):
    """One embed a message."""

    name = "discord"
    Params = DiscordParams
    reads = {
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS),
        "data": Key("monitors:data", kind=Kind.EVENTS),
        "signals": Key("signals:pending", kind=Kind.EVENTS),
    }
    limits = ((5, 2.0), (30, 60.0))
    secrets = ("webhook_env",)

    async def deliver(self, message: Message, context: Context) -> Delivered:
        """Post it, and keep the id that Discord gives."""
        webhook = context.secret(self.params.webhook_env)
        if webhook is None:
            raise DeliveryError(f"{self.params.webhook_env} is not set")
        body = {
            "username": self.params.username,
            "embeds": [embed(message)],
            "allowed_mentions": {"parse": []},
        }
        try:
            # `wait` makes Discord answer with the message it made.
            answer = await context.http.ask("POST", f"{webhook}?wait=true", json=body)
        except TransportError as error:
            raise DeliveryError(str(error), again_in=1.0, unknown=error.sent) from None
        return _delivered(answer)

    async def find(self, message: Message, context: Context) -> Delivered | None:
        """Look for it among the channel's last messages, where a bot may read them."""
        webhook = context.secret(self.params.webhook_env)
        token = context.secret(self.params.bot_token_env)
        if webhook is None or token is None:
            return None
        about = await _read(context, webhook)
        number, channel = about.get("id"), about.get("channel_id")
        api = webhook.partition("/webhooks/")[0]
        told = await _read(
            context,
            f"{api}/channels/{channel}/messages?limit={_LOOKED_THROUGH}",
            {"Authorization": f"Bot {token}"},
        )
        for one in told if isinstance(told, list) else ():
            embeds = one.get("embeds") or ()
            mine = one.get("webhook_id") == number
            if mine and any(
                (each.get("footer") or {}).get("text") == _mark(message) for each in embeds
            ):
                return Delivered(str(one.get("id", "")))
        return None


def embed(message: Message) -> dict[str, Any]:
    """The message as Discord draws it, within its limits."""
    title = f"{message.title} (perhaps a repeat)" if message.again else message.title
    when = datetime.fromtimestamp(message.created, UTC).isoformat()
    fields = [
        {"name": _cut(name, _NAME), "value": _cut(value, _VALUE) or "-", "inline": True}
        for name, value in list(message.fields.items())[:_FIELDS]
    ]
    return {
        "title": _cut(title, _TITLE),
        "description": _cut(message.text, _TEXT),
        "color": _COLOURS[message.level],
        "timestamp": when,
        "fields": fields,
        "footer": {"text": _mark(message)},
    }


def _mark(message: Message) -> str:
    """What a message is known by: the id of its event."""
    return f"{message.kind} · {message.id.rpartition(':')[2]}"


async def _read(context: Context, url: str, headers: Mapping[str, str] | None = None) -> Any:
    """What Discord answers to a question. DeliveryError where it does not."""
    try:
        answer = await context.http.ask("GET", url, headers=headers)
    except TransportError as error:
        raise DeliveryError(f"Discord cannot be asked: {error}") from None
    if answer.status != 200:
        said = str(_told(answer).get("message", ""))[:200]
        raise DeliveryError(f"Discord does not tell ({answer.status}){': ' + said if said else ''}")
    return _json(answer.body)


def _told(answer: HttpAnswer) -> Mapping[str, Any]:
    found = _json(answer.body)
    return found if isinstance(found, dict) else {}


def _delivered(answer: HttpAnswer) -> Delivered:
    told = _told(answer)
    if answer.status in (200, 204):
        return Delivered(str(told.get("id", "")), wait=_until_reset(answer))
    if answer.status == 429:
        given = told.get("retry_after")
        wait = given if isinstance(given, (int, float)) else answer.retry_after
        scope = "Discord (all of it)" if told.get("global") else "Discord"
        raise DeliveryError(f"{scope} says wait", again_in=1.0 if wait is None else wait)
    said = str(told.get("message", ""))[:200]
    text = f"Discord refuses ({answer.status}){': ' + said if said else ''}"
    if answer.status >= 500:
        # It may have been posted before the trouble began.
        raise DeliveryError(text, again_in=_SERVER_TROUBLE, unknown=True)
    raise DeliveryError(text)


def _until_reset(answer: HttpAnswer) -> float:
    """How long to wait where this was the last message of Discord's present window."""
    if answer.headers.get("x-ratelimit-remaining") != "0":
        return 0.0
    try:
        return max(0.0, float(answer.headers.get("x-ratelimit-reset-after", "")))
    except ValueError:
        return 0.0


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

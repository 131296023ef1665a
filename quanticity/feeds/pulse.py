"""When to ping a websocket, and when even that brought nothing: it is dead."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

import orjson
from aiohttp import ClientWebSocketResponse

from quanticity.config.schema.websocket import Heartbeat
from quanticity.errors import TransportError

# How often it is looked whether there is silence: so soon an edited heartbeat holds.
_LONGEST_LOOK = 1.0
_SHORTEST_LOOK = 0.01


class Pulse:
    """Of one connection, opened at monotonic second `opened`. All moments are monotonic seconds."""

    __slots__ = ("_asked", "_pinged")

    def __init__(self, opened: float) -> None:
        self._pinged = opened
        # When a ping without an answer went out, and what was heard last before it.
        self._asked: tuple[float, float] | None = None

    def counts_silence(self, beat: Heartbeat) -> bool:
        """Whether it is being judged by what comes now."""
        return beat.always or self._asked is not None

    def wants_ping(self, beat: Heartbeat, heard: float, now: float) -> bool:
        """Whether to ping now, given when something was `heard` last.

        TransportError where nothing came of the ping before. Pings that go out `always` need no
        answer, for who asks for them often gives none: what is too long is silence then.
        """
        if self._asked is not None and (beat.always or heard != self._asked[1]):
            self._asked = None
        if now >= self._over(beat, heard):
            raise TransportError(
                f"silent for {beat.interval_seconds:g} s, and then no answer to a ping "
                f"within {beat.timeout_seconds:g} s"
            )
        if now < self._due(beat, heard) or self._asked is not None:
            return False
        self._pinged = now
        if not beat.always:
            self._asked = now, heard
        return True

    def pause(self, beat: Heartbeat, heard: float, now: float) -> float:
        """Seconds until it is to be asked again."""
        due = inf if self._asked is not None else self._due(beat, heard)
        due = min(due, self._over(beat, heard))
        return max(_SHORTEST_LOOK, min(due - now, _LONGEST_LOOK))

    def _over(self, beat: Heartbeat, heard: float) -> float:
        """When it is dead, should nothing come."""
        if beat.always:
            return heard + beat.interval_seconds + beat.timeout_seconds
        return self._asked[0] + beat.timeout_seconds if self._asked is not None else inf

    def _due(self, beat: Heartbeat, heard: float) -> float:
        return (self._pinged if beat.always else heard) + beat.interval_seconds


def strictest(beats: Iterable[Heartbeat]) -> Heartbeat:
    """The one that all feeds of a connection can live with."""
    return min(
        beats, key=lambda beat: (not beat.always, beat.interval_seconds), default=Heartbeat()
    )


async def ping(socket: ClientWebSocketResponse, message: Any) -> None:
    """Send a ping of the protocol's, or what the vendor wants instead."""
    if message is None:
        await socket.ping()
    else:
        text = message if isinstance(message, str) else orjson.dumps(message).decode()
        await socket.send_str(text)

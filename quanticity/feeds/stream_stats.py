"""What is remembered of one websocket: how it stands, what came, and what was missed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

_GAPS_KEPT = 20


@dataclass(frozen=True, slots=True)
class Gap:
    """A span without a connection, in epoch seconds: nothing of it came, and nothing will."""

    since: float
    until: float


@dataclass(slots=True)
class StreamStats:
    """Figures of one connection. `state` is off, connecting, open or waiting.

    `stray` is what is strange about the latest frame that was nobody's; `nulls` are figures that
    JSON cannot hold.
    """

    state: str = "off"
    connects: int = 0
    frames: int = 0
    acknowledged: int = 0
    bad_frames: int = 0
    nulls: int = 0
    unrouted: int = 0
    joins: int = 0
    stray: str = ""
    error: str = ""
    opened: float | None = None
    heard: float | None = None
    gaps: deque[Gap] = field(default_factory=lambda: deque(maxlen=_GAPS_KEPT))

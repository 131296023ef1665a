"""A clock that goes faster or slower than real time."""

from __future__ import annotations

import asyncio
import time


class ScaledClock:
    """Reads `start` (epoch seconds) now, and from then on goes `scale` times as fast as real time.

    A `sleep` of a minute takes six seconds at a scale of 10. ValueError for a scale that is not
    above zero.
    """

    __slots__ = ("_began", "_start", "scale")

    def __init__(self, start: float, scale: float = 1.0) -> None:
        if not scale > 0:
            raise ValueError(f"a clock cannot go {scale:g} times as fast as real time")
        self.scale = scale
        self._start = start
        self._began = time.monotonic()

    def now(self) -> float:
        """Epoch seconds, UTC, in this clock's time."""
        return self._start + self.monotonic()

    def monotonic(self) -> float:
        """Seconds of this clock's time since it was made."""
        return (time.monotonic() - self._began) * self.scale

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock's time."""
        await asyncio.sleep(max(0.0, seconds) / self.scale)

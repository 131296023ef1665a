"""The clock of a running system."""

from __future__ import annotations

import asyncio
import time


def cpu_seconds() -> float:
    """CPU seconds that this process took so far: what work costs, whoever else is at work."""
    return time.process_time()


class LiveClock:
    """Real time, or real time shifted so that it reads `start` (epoch seconds) now.

    `now` follows the wall clock when unshifted, so that a corrected wall clock corrects us;
    shifted, it follows the monotonic one.
    """

    __slots__ = ("_offset", "_start")

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._offset = 0.0 if start is None else start - time.monotonic()

    @property
    def shifted(self) -> bool:
        """True where this clock does not show the wall clock's time."""
        return self._start is not None

    def now(self) -> float:
        """Epoch seconds, UTC."""
        if self._start is None:
            return time.time()
        return time.monotonic() + self._offset

    # The system's own: it is asked several times for each request.
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(max(0.0, seconds))

"""What core code is handed instead of the time module."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time as the rest of the system sees it. All figures are seconds, as floats."""

    def now(self) -> float:
        """Epoch seconds (UTC) of the system: in `demo`, a whole trading day from 10:00 Eastern."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; never steps back, not even when the wall clock does."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock's time; zero or less yields once."""
        ...

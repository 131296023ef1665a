"""A clock whose wall time can be set, as people and time servers do."""

from __future__ import annotations

from quanticity.clock import Clock


class Settable:
    """Another clock, but for a wall time that `set_by` moves; monotonic time never notices."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._skew = 0.0

    def set_by(self, seconds: float) -> None:
        """Set the wall clock forwards, or with a negative figure back."""
        self._skew += seconds

    def now(self) -> float:
        """Epoch seconds as the wall clock shows them."""
        return self._clock.now() + self._skew

    def monotonic(self) -> float:
        """Seconds that never step."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await self._clock.sleep(seconds)

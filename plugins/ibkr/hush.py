"""A busy line that fell silent and goes on: what it would have told meanwhile may be lost."""

from __future__ import annotations

_SILENT = 5.0
_BUSY = 5.0
_AT_MOST_EVERY = 60.0
_SMOOTH = 20.0


class Hush:
    """Knows how busy the line is. On a busy one, seconds without a word are no quiet market."""

    def __init__(self) -> None:
        self._last = 0.0
        self._count = 0
        self._rate = 0.0
        self._told = -float("inf")

    def reset(self) -> None:
        """Another line."""
        self._last = self._rate = 0.0

    def heard(self, now: float, count: int) -> float:
        """A batch came, `count` messages of data so far; seconds of silence before it, or 0."""
        new, self._count = count - self._count, count
        if not new:
            return 0.0
        last, self._last = self._last, now
        if not last or now < last:
            return 0.0
        step = now - last
        silent = step if step >= _SILENT and self._rate >= _BUSY else 0.0
        if not silent:
            weight = min(1.0, step / _SMOOTH)
            self._rate += weight * (new / max(step, 1e-3) - self._rate) if weight else 0.0
            return 0.0
        if 0 <= now - self._told < _AT_MOST_EVERY:
            return 0.0
        self._told = now
        return silent

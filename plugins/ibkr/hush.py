"""Whether answers were lost: a busy line that fell silent, and pings that nobody answered."""

from __future__ import annotations

from collections import deque

_SILENT = 5.0
_BUSY = 5.0
_SMOOTH = 20.0
# So long after the last answer no further one is on its way.
_SETTLED, _LONGEST_DOUBT = 1.5, 15.0
# An answer that is so late, while others come, may be lost.
_OVERDUE = 6.0


class Pings:
    """Requests for the time. They are answered in their order: one that is skipped was lost."""

    def __init__(self) -> None:
        self._open: deque[tuple[int, float]] = deque()
        self.asked = False
        self.answered_at = 0.0

    def reset(self) -> None:
        """Another line."""
        self._open.clear()
        self.asked = False
        self.answered_at = 0.0

    def sent(self, place: int, now: float) -> None:
        """One left; `place` is its place among all messages."""
        self._open.append((place, now))

    def answered(self, now: float) -> int:
        """An answer came; the place of the first that had none, 0 where all had."""
        self.answered_at = now
        self.asked = False
        return self._open.popleft()[0] if self._open else 0

    @property
    def open(self) -> int:
        """How many have no answer."""
        return len(self._open)

    @property
    def oldest(self) -> float:
        """When the first left that has no answer; infinite where all have one."""
        return self._open[0][1] if self._open else float("inf")

    def give_up(self) -> None:
        """Those that have no answer get none."""
        self._open.clear()
        self.asked = False


class Hush:
    """On a busy line, seconds without a word are no quiet market: then it doubts what it knows."""

    def __init__(self, pings: Pings) -> None:
        self._pings = pings
        self._last = 0.0
        self._count = 0
        self._rate = 0.0
        self.silent = 0.0
        self.since: float | None = None

    def reset(self) -> None:
        """Another line, or all was asked for anew."""
        self._last = self._rate = self.silent = 0.0
        self.since = None

    def heard(self, now: float, count: int) -> bool:
        """A batch came, `count` messages of data so far; whether doubt begins with it."""
        new, self._count = count - self._count, count
        if not new:
            return False
        last, self._last = self._last, now
        if not last or now < last:
            return False
        step = now - last
        if step >= _SILENT and self._rate >= _BUSY and self.since is None:
            self.silent, self.since = step, now
            return True
        weight = min(1.0, step / _SMOOTH)
        self._rate += weight * (new / max(step, 1e-3) - self._rate) if weight else 0.0
        return False

    def skipped(self, now: float, heard_at: float) -> bool:
        """Whether doubt begins because a ping has no answer while other messages come."""
        talks = now - heard_at < _SETTLED
        if self.since is not None or not talks or now - self._pings.oldest < _OVERDUE:
            return False
        self.silent, self.since = 0.0, now
        return True

    def verdict(self, now: float) -> bool | None:
        """Whether answers were lost in the silence; None while that is not known."""
        since = self.since
        if since is None:
            return None
        last = self._pings.answered_at
        settled = last >= since and now - last >= _SETTLED
        if not settled and now - since < _LONGEST_DOUBT:
            return None
        self.since = None
        lost = self._pings.open > 0
        self._pings.give_up()
        return lost

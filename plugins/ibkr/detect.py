"""Sweeps through a book, and volume out of the ordinary: pure, of what was told."""

from __future__ import annotations

from collections import deque
from typing import Any

from .prints import Print

_SPAN = 1.0


class SweepWatch:
    """Prints that follow one another within a second, in one direction, at several venues.

    Of symbols with a stream of prints that tell their venue. An intermarket sweep order takes what
    several venues show at once; prints that carry that condition count by themselves.
    """

    def __init__(self, venues: int = 3, seconds: float = _SPAN) -> None:
        self._least = venues
        self._seconds = seconds
        self._recent: deque[tuple[float, int, Print]] = deque()

    def reset(self) -> None:
        """Forget what was seen."""
        self._recent.clear()

    def add(self, one: Print, bid: float | None, ask: float | None) -> dict[str, Any] | None:
        """The sweep that this print completes, else None."""
        side = 1 if ask is not None and one.price >= ask else 0
        side = -1 if bid is not None and one.price <= bid and not side else side
        if not side:
            return None
        while self._recent and one.time - self._recent[0][0] > self._seconds:
            self._recent.popleft()
        self._recent.append((one.time, side, one))
        same = [each for _, towards, each in self._recent if towards == side]
        venues = {each.venue for each in same if each.venue}
        marked = [each for each in same if "intermarket_sweep" in each.conditions]
        if len(venues) < self._least and not (len(marked) >= 2 and len(venues) >= 2):
            return None
        self._recent.clear()
        shares = sum(each.size for each in same)
        return {
            "time": one.time,
            "side": "buy" if side > 0 else "sell",
            "prints": len(same),
            "shares": shares,
            "usd": sum(each.size * each.price for each in same),
            "venues": sorted(venues),
            "marked": len(marked),
            "from_price": same[0].price,
            "to_price": one.price,
            "seconds": self._seconds,
            "method": f"one side within {self._seconds:g} s: {self._least} venues, or 2 marked",
        }


class VolumeWatch:
    """The volume of the last minute beside the mean of those before it.

    Of symbols without a stream of prints: by the day's volume as quotes tell it.
    """

    def __init__(self, minutes: int = 20, least: int = 5, times: float = 3.0) -> None:
        self._minutes = minutes
        self._least = least
        self._times = times
        self._marks: deque[tuple[float, float]] = deque()

    def reset(self) -> None:
        """Forget what was seen: over a gap nothing can be told."""
        self._marks.clear()

    def add(self, now: float, volume: float | None) -> dict[str, Any]:
        """Take in the day's volume as it stands, and compare."""
        if volume is not None:
            if self._marks and volume < self._marks[-1][1]:
                self._marks.clear()  # another day's count
            self._marks.append((now, volume))
        while self._marks and now - self._marks[0][0] > 60 * (self._minutes + 1) + 5:
            self._marks.popleft()
        last = self._between(now - 60, now)
        before = [
            self._between(now - 60 * (at + 1), now - 60 * at) for at in range(1, 1 + self._minutes)
        ]
        known = [one for one in before if one is not None]
        if last is None or len(known) < self._least:
            reason = f"{len(known)} of at least {self._least} minutes to compare with"
            return self._told(None, last, None, len(known), reason)
        usual = sum(known) / len(known)
        if usual <= 0:
            return self._told(None, last, usual, len(known), "nothing traded in the minutes before")
        return self._told(last / usual, last, usual, len(known), None)

    def _between(self, start: float, end: float) -> float | None:
        """Volume between two moments; None where the count does not reach back so far."""
        if not self._marks or self._marks[0][0] > start:
            return None
        at_start = max((one for one in self._marks if one[0] <= start), key=lambda one: one[0])
        at_end = max((one for one in self._marks if one[0] <= end), key=lambda one: one[0])
        return at_end[1] - at_start[1]

    def _told(
        self,
        ratio: float | None,
        last: float | None,
        usual: float | None,
        minutes: int,
        reason: str | None,
    ) -> dict[str, Any]:
        return {
            "active": None if ratio is None else ratio >= self._times,
            "ratio": ratio,
            "volume": last,
            "usual": usual,
            "minutes": minutes,
            "limit": self._times,
            "unit": "shares or contracts in a minute; ratio of the usual",
            "reason": reason,
        }

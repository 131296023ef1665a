"""How soon the later requests of a group's runs come, as a budget has seen it."""

from __future__ import annotations

from collections.abc import Iterable

from quanticity.pace.round_trip import LATELY, RoundTrip

# Seconds; somewhat more than half of what a critical request may be late.
SLACK = 0.6
# Up to so many requests of a run are looked at together.
MOST = 32
# With each run the estimate of the quickest comes nearer to the mean by this part of what it is
# off: less than with each request, since a feed whose runs are quick may be one of very many.
RISE = 0.0005


class Strides:
    """How long after a request of a run the ones that follow it come, at least.

    Some round trips after one another are hardly ever all as quick as the quickest of any. So each
    number of them is counted for itself, of whole runs, once there were enough; what is beyond is
    taken to be as quick as the quickest. Times are in seconds.
    """

    __slots__ = ("_known", "_lows", "_means", "_seen", "_trip")

    def __init__(self, trip: RoundTrip) -> None:
        """`trip` is how long the requests of all groups take."""
        self._trip = trip
        # Of one request, of two, and so on; so many were seen often enough.
        self._lows: list[float] = []
        self._means: list[float] = []
        self._seen: list[int] = []
        self._known = 0

    def add(self, requests: int, seconds: float) -> None:
        """The first so many requests of a run took so long together."""
        if not 0 < requests <= MOST:
            return
        at, lows, means, seen = requests - 1, self._lows, self._means, self._seen
        while len(seen) < requests:
            seen.append(0)
            means.append(seconds)
            lows.append(seconds)
        seen[at] = times = min(seen[at] + 1, LATELY)
        means[at] = mean = means[at] + (seconds - means[at]) / times
        lows[at] = seconds if seconds <= lows[at] else lows[at] + (mean - lows[at]) * RISE
        while self._known < len(seen) and seen[self._known] >= LATELY:
            self._known += 1

    def after(self, requests: Iterable[int]) -> list[float]:
        """Seconds from a request of a run to those that come so many later, at least."""
        mean, low, lows, found = self._trip.mean, self._trip.low, self._lows, []
        for later in requests:
            known = min(later, self._known)
            least = (later - known) * low + SLACK
            if known:
                least += lows[known - 1]
            found.append(min(later * mean, least))
        return found

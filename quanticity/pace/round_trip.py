"""How long requests take, as a budget has seen it."""

from __future__ import annotations

FIRST_GUESS = 0.5
# The estimates of the longest and the shortest come nearer to the mean by this part of what they
# are off with each new one. That some are quick, of one feed or at one time, is not soon forgotten.
SINK, RISE = 0.02, 0.002
# The mean is of about so many of the latest.
LATELY = 20
# An estimate of the longest that nothing renews for so many times itself is halved.
KEPT = 2.0


class RoundTrip:
    """How long requests take: a mean, and two estimates that follow what is beyond them at once.

    Nearly all take between `low` and `high`. Times are steady seconds.
    """

    __slots__ = ("at", "high", "low", "mean", "seen")

    def __init__(self) -> None:
        self.mean = FIRST_GUESS
        self.high = FIRST_GUESS
        self.low = 0.0
        self.seen = 0
        # When the latest of them ended.
        self.at = 0.0

    def longest(self, now: float) -> float:
        """What `high` is by now: who may not ask because answers took long cannot see them quick.

        It fades no further than to what is taken for granted of a vendor that nobody has asked.
        """
        high = self.high
        idle = now - self.at
        while high > FIRST_GUESS and idle > KEPT * high:
            idle -= KEPT * high
            high = max(high / 2, FIRST_GUESS)
        return high

    def slower(self, seconds: float, now: float) -> bool:
        """Whether some take longer than this by now."""
        return self.high > seconds and self.longest(now) > seconds

    def usual(self, now: float) -> float:
        """What the mean is by now."""
        return min(self.mean, self.longest(now))

    def add(self, seconds: float, now: float) -> None:
        """One more round trip, which ended `now`."""
        if self.high > FIRST_GUESS and now > self.at + KEPT * self.high:
            self.high = longest = self.longest(now)
            self.mean, self.low = min(self.mean, longest), min(self.low, longest)
        self.at = now
        self.seen = seen = self.seen + 1
        if seen == 1:
            self.mean = self.low = self.high = seconds
            return
        mean = self.mean
        self.mean = mean = mean + (seconds - mean) / min(seen, LATELY)
        high, low = self.high, self.low
        self.high = seconds if seconds >= high else high + (mean - high) * SINK
        self.low = seconds if seconds <= low else low + (mean - low) * RISE

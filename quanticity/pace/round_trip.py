"""How long requests take, as a budget has seen it."""

from __future__ import annotations

FIRST_GUESS = 0.5
# The estimates of the longest and the shortest come nearer to the mean by this part of what they
# are off with each new one. That some are quick, of one feed or at one time, is not soon forgotten.
SINK, RISE = 0.02, 0.002
# The mean is of about so many of the latest.
LATELY = 20


class RoundTrip:
    """How long requests take: a mean, and two estimates that follow what is beyond them at once.

    Nearly all take between `low` and `high`.
    """

    __slots__ = ("high", "low", "mean", "seen")

    def __init__(self) -> None:
        self.mean = FIRST_GUESS
        self.high = FIRST_GUESS
        self.low = 0.0
        self.seen = 0

    def add(self, seconds: float) -> None:
        """One more round trip."""
        self.seen += 1
        if self.seen > LATELY:
            self.mean = mean = self.mean + (seconds - self.mean) / LATELY
        elif self.seen == 1:
            self.mean = self.low = self.high = mean = seconds
        else:
            self.mean = mean = self.mean + (seconds - self.mean) / self.seen
        high, low = self.high, self.low
        self.high = seconds if seconds >= high else high + (mean - high) * SINK
        self.low = seconds if seconds <= low else low + (mean - low) * RISE

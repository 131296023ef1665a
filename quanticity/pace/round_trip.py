"""How long requests take, as a budget has seen it."""

from __future__ import annotations

FIRST_GUESS = 0.5
# The upper estimate of a round trip sinks by this part of its excess with each new one.
SINK = 0.02
# The mean is of about so many of the latest.
LATELY = 20


class RoundTrip:
    """How long requests take: a mean, and an upper estimate that follows peaks at once."""

    __slots__ = ("high", "mean", "seen")

    def __init__(self) -> None:
        self.mean = FIRST_GUESS
        self.high = FIRST_GUESS
        self.seen = 0

    def add(self, seconds: float) -> None:
        """One more round trip."""
        self.seen += 1
        if self.seen > LATELY:
            self.mean = mean = self.mean + (seconds - self.mean) / LATELY
        elif self.seen == 1:
            self.mean = self.high = mean = seconds
        else:
            self.mean = mean = self.mean + (seconds - self.mean) / self.seen
        high = self.high
        self.high = seconds if seconds >= high else high + (mean - high) * SINK

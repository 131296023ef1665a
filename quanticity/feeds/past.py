"""What was fetched by feeds that are gone, or were changed: totals go on through a reload."""

from __future__ import annotations

from quanticity.feeds.stats import FeedStats


class Past:
    """Counts of all that left."""

    __slots__ = ("failures", "fetches", "messages")

    def __init__(self) -> None:
        self.fetches = 0
        self.failures = 0
        self.messages = 0

    def add(self, stats: FeedStats) -> None:
        """A feed leaves."""
        self.fetches += stats.fetches
        self.failures += stats.failures

    def add_stream(self, stats: FeedStats) -> None:
        """A channel of a websocket leaves."""
        self.messages += stats.fetches
        self.failures += stats.failures

"""What is remembered of one feed's work: small, and always up to date."""

from __future__ import annotations

# A note: the vendor says that the last value still stands.
NOT_MODIFIED = "not modified"


class FeedStats:
    """Figures of one feed since it was made. Times are epoch seconds, durations seconds.

    `tried` and `received` are of the last run and the last value; `timestamp` is when the
    vendor says that value was true. `error` is empty unless the last run failed; `note` says
    what is unusual though nothing failed (nothing there, not modified, pages cut).
    `behind` is true while the vendor sends data whose own time is too old for readers.
    """

    __slots__ = (
        "behind",
        "bytes",
        "drifts",
        "error",
        "failures",
        "fetches",
        "hash",
        "latency",
        "note",
        "received",
        "requests",
        "retries",
        "running",
        "status",
        "timestamp",
        "transform_failures",
        "tried",
        "unchanged",
    )

    def __init__(self) -> None:
        self.tried: float | None = None
        self.received: float | None = None
        self.timestamp: float | None = None
        self.running = False
        self.behind = False
        self.status: int | None = None
        self.latency: float | None = None
        self.bytes = 0
        self.hash = ""
        self.error = ""
        self.note = ""
        self.fetches = 0
        self.requests = 0
        self.failures = 0
        self.retries = 0
        self.unchanged = 0
        self.drifts = 0
        self.transform_failures = 0

    def age(self, now: float) -> float | None:
        """Seconds since the last value came; None where none has."""
        return None if self.received is None else max(0.0, now - self.received)

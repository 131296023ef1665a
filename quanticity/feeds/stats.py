"""What is remembered of one feed's work: small, and always up to date."""

from __future__ import annotations

# A note: the vendor says that the last value still stands.
NOT_MODIFIED = "not modified"

# Seconds until a run at a time of day that failed is tried again, after the first failure in a row,
# the second, ...: networks are away for minutes after a machine slept, and files are late by hours.
TRIED_AGAIN = (300.0, 600.0, 1200.0, 2400.0, 3600.0, 3600.0)


class FeedStats:
    """Figures of one feed since it was made. Times are epoch seconds, durations seconds.

    `tried` and `received` are of the last run and the last value, which came at the monotonic
    second `came`; `timestamp` is when the vendor says that value was true. `error` is empty
    unless the last run failed; `note` says what is unusual though nothing failed (nothing there,
    not modified, pages cut).
    `behind` is true while the vendor sends data whose own time is too old for readers.
    """

    __slots__ = (
        "behind",
        "bytes",
        "came",
        "drifts",
        "error",
        "failures",
        "fetches",
        "hash",
        "in_a_row",
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
        self.came = 0.0
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
        # Failed runs since the last good one.
        self.in_a_row = 0
        self.retries = 0
        self.unchanged = 0
        self.drifts = 0
        self.transform_failures = 0

    def failed(self, text: str, *, counted: bool = False) -> str:
        """A run failed; what the one before it failed with, or empty where it did not.

        `counted` where a value came and was counted before it failed, as in a transform.
        """
        self.fetches += not counted
        self.failures += 1
        self.in_a_row += 1
        before, self.error = self.error, text
        return before

    def succeeded(self) -> bool:
        """A run did not fail; whether the one before it had."""
        self.in_a_row = 0
        before, self.error = self.error, ""
        return bool(before)

    def again_after(self) -> float | None:
        """Seconds until a run that failed is tried again; None for one that waits its next time."""
        return TRIED_AGAIN[self.in_a_row - 1] if 0 < self.in_a_row <= len(TRIED_AGAIN) else None

    def arrived(self, received: float, timestamp: float, steady: float) -> None:
        """A value came, at the monotonic second `steady`."""
        self.received, self.timestamp, self.came = received, timestamp, steady
        self.fetches += 1

    def age(self, now: float, steady: float) -> float | None:
        """Seconds since the last value came; None where none has. `steady` is monotonic.

        A wall clock that was set back makes nothing young again, and a monotonic one stands still
        while the machine sleeps.
        """
        return None if self.received is None else max(now - self.received, steady - self.came, 0.0)

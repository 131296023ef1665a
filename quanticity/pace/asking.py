"""How soon the ledger is asked again for what it refused."""

from __future__ import annotations

# After a refusal it is asked again this soon at the latest, seconds: nobody tells us when a place
# in flight of another process is free.
AT_LATEST = 0.2
# With the first refusal comes what others hold and need, which mostly shows what to wait for. The
# second in a row is followed by this much at least, seconds, each further one by twice as much.
AT_LEAST = 0.005


class Asking:
    """Refusals in a row by one ledger, for one budget."""

    __slots__ = ("_refused",)

    def __init__(self) -> None:
        self._refused = 0

    def granted(self) -> None:
        """Something was granted."""
        self._refused = 0

    def refused(self, retry_in: float | None) -> float:
        """Seconds to wait, where the ledger knows of nothing free for `retry_in`."""
        least = min(AT_LATEST, AT_LEAST * 2 ** (self._refused - 1)) if self._refused else 0.0
        self._refused = min(self._refused + 1, 16)
        return min(max(retry_in or 0.0, least), AT_LATEST)

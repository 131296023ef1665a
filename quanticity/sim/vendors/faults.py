"""What goes wrong on purpose between a simulated vendor and its caller."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """One way for an answer to fail. Every one of them counts as an arrival."""

    SERVER_ERROR = "server_error"  # status 500 with plain text
    UNAVAILABLE = "unavailable"  # status 503 with an HTML page
    SLOW = "slow"  # the answer comes `slow_seconds` late
    TRUNCATE = "truncate"  # half the promised body, then the connection closes
    DROP = "drop"  # the connection closes with no answer
    CLOSE_AFTER = "close_after"  # answered in full, then a kept-alive connection closes unsaid


@dataclass
class Faults:
    """Which faults come: those of `queue` first, one a request, then each by its rate."""

    rates: dict[Fault, float] = field(default_factory=dict)
    queue: deque[Fault] = field(default_factory=deque)
    slow_seconds: float = 5.0
    path_contains: str = ""

    def inject(self, *faults: Fault) -> None:
        """Let the next requests fail, in this order."""
        self.queue.extend(faults)

    def draw(self, path: str, random: Random) -> Fault | None:
        """The fault of a request, if any."""
        if self.path_contains not in path:
            return None
        if self.queue:
            return self.queue.popleft()
        at = random.random()
        for fault, rate in self.rates.items():
            if at < rate:
                return fault
            at -= rate
        return None

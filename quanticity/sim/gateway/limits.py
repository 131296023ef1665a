"""How much a client may ask: TWS's pacing rules, all counted in the gateway's own time.

Messages are counted for each connection, all else for all of them together, as lines, books and
history belong to the login. Source: the pacing limitations of the TWS API's documentation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

SECOND = 1.0
_OFFENCES = 3
_OFFENCE_MEMORY = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The figures; those of a login with 100 market data lines by default."""

    messages_per_second: int = 50
    lines: int = 100
    books: int = 3
    tick_streams: int = 3
    tick_request_seconds: float = 15.0
    open_history: int = 50
    small_bar_requests: int = 60
    small_bar_window: float = 600.0
    same_contract_requests: int = 5
    same_contract_window: float = 2.0
    identical_window: float = 15.0
    # A client that takes nothing for so many bytes is cut off, as TWS does.
    unread_bytes: int = 32 * 1024 * 1024


class MessageRate:
    """At most so many messages in any rolling second; who goes on for three seconds is cut off."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: deque[float] = deque()
        self._offences: deque[float] = deque()

    def refuse(self, now: float) -> int:
        """How many messages the last second holds where this one is too many, else 0."""
        while self._seen and self._seen[0] <= now - SECOND:
            self._seen.popleft()
        self._seen.append(now)
        if len(self._seen) <= self._limit:
            return 0
        if not self._offences or now - self._offences[-1] >= SECOND:
            self._offences.append(now)
        while self._offences[0] < now - _OFFENCE_MEMORY:
            self._offences.popleft()
        received = len(self._seen)
        # What was refused does not fill the second that follows.
        self._seen.pop()
        return received

    @property
    def goes_on(self) -> bool:
        """Whether it was too much in three seconds of the last minute."""
        return len(self._offences) >= _OFFENCES


class TickRate:
    """One tick-by-tick request for an instrument in 15 seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: dict[Hashable, float] = {}

    def refuse(self, instrument: Hashable, now: float) -> bool:
        """Whether a request comes too early; one that does not counts from now."""
        if now - self._last.get(instrument, -self._seconds) < self._seconds:
            return True
        self._last[instrument] = now
        return False


class HistoryRate:
    """The pacing of requests for bars of 30 seconds or less."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: deque[float] = deque()
        self._by_contract: dict[Hashable, deque[float]] = {}
        self._identical: dict[Hashable, float] = {}

    def refuse(self, request: Hashable, contract: Hashable, weight: int, now: float) -> str:
        """The rule that a request breaks, empty for none; one that breaks none counts from now.

        `weight` is 2 for bids and asks together.
        """
        limits = self._limits
        last = self._identical.get(request)
        if last is not None and now - last < limits.identical_window:
            return "identical history"
        recent = self._by_contract.setdefault(contract, deque())
        _forget(recent, now - limits.same_contract_window)
        if len(recent) + weight > limits.same_contract_requests:
            return "history of one contract"
        _forget(self._all, now - limits.small_bar_window)
        if len(self._all) + weight > limits.small_bar_requests:
            return "history"
        self._identical[request] = now
        recent.extend([now] * weight)
        self._all.extend([now] * weight)
        if len(self._identical) > 2 * limits.small_bar_requests:
            self._identical = {
                key: at for key, at in self._identical.items() if now - at < limits.identical_window
            }
        return ""


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()

"""The seams of pacing: what work is handed, and what a durable ledger of slots must do.

A *slot* is the right to send one request. It is held from the moment before the send until the
response headers (or the time-out and a grace), and from then on for the length of each window.
The request reached the vendor somewhere in between, so no window can hold more than its limit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from quanticity.model import Priority


class Slot(Protocol):
    """The right to send one request, now. Exactly one of the endings must be told."""

    def headers(self) -> None:
        """The response headers are here: the request reached the vendor before this moment.

        Also right when the request failed after it may have been sent and its time-out has
        passed. The place in flight stays taken until `done`.
        """
        ...

    def lost(self) -> None:
        """Sent, and nothing came back (time-out, reset): it may still be on its way.

        The slot stays held for the grace and then for the windows.
        """
        ...

    def done(self) -> None:
        """The body is read or given up: frees the place in flight."""
        ...

    def unsent(self) -> None:
        """Certainly never left this machine: the slot goes back as if never taken."""
        ...


class Lane(Protocol):
    """What one run of a job is handed: its due time, and the way to its slots."""

    @property
    def due(self) -> float:
        """Epoch seconds at which this run was due."""
        ...

    async def slot(self) -> Slot:
        """The next slot for this run; the first is granted already and comes at once.

        Further pages and retries wait their turn, in the job's group, by the run's due time.
        """
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One periodic piece of work on one budget: a feed.

    `interval` is in seconds; `at` are Eastern times of day ("06:00") on trading days, instead.
    `max_calls` is the most slots of one run. `fingerprint` tells whether a reload changed it:
    a job whose fingerprint stays keeps its schedule and its run in flight. `ready` may hold a
    run back (a condition, a dependency, an open breaker): it returns None, or a reason and how
    long to wait (seconds) before asking again.
    """

    id: str
    budget: str
    group: Priority
    run: Callable[[Lane], Awaitable[None]]
    interval: float | None = None
    at: tuple[str, ...] = ()
    max_calls: int = 1
    timeout: float = 15.0
    fingerprint: str = ""
    ready: Callable[[float], tuple[str, float] | None] | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What a vendor said about its limits. It tightens a budget at once, and never loosens it.

    `remaining` and `used`/`limit` are of the shortest window, `day_*` of the day's;
    `reset_in` is in seconds. `wait` stops the whole budget for so many seconds;
    `until_day_reset` stops it until the daily reset. `in_flight` says it was about concurrency.
    """

    remaining: int | None = None
    reset_in: float | None = None
    used: int | None = None
    limit: int | None = None
    day_used: int | None = None
    day_limit: int | None = None
    wait: float | None = None
    until_day_reset: bool = False
    in_flight: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One slot asked of a ledger. `hold` is how long it counts if nothing more is heard of it
    (time-out and grace), in seconds, before the windows begin to run off.
    """

    id: str
    hold: float


@dataclass(frozen=True, slots=True)
class Grant:
    """A ledger's answer for a batch of asks.

    The first `granted` asks may be sent. `others` are the release times (epoch seconds, per
    window in the order given) of slots that other processes hold, so that look-ahead sees them;
    `retry_in` is when the next slot may come free, where fewer were granted than asked.
    """

    granted: int
    retry_in: float | None = None
    others: tuple[tuple[float, ...], ...] = ()


class Ledger(Protocol):
    """Where slots are written before their requests are sent, shared by all processes of a token.

    Every time is the ledger's own clock in epoch seconds. Implementations: in memory (tests, and
    while the store is away) and in Redis by one atomic script.
    """

    async def take(
        self,
        budget: str,
        windows: Sequence[float],
        usable: Sequence[int],
        in_flight: int | None,
        asks: Sequence[Ask],
    ) -> Grant:
        """Write as many of `asks`, in order, as every window and the cap in flight allow."""
        ...

    async def release(
        self,
        budget: str,
        windows: Sequence[float],
        headers: Sequence[str],
        done: Sequence[str],
        unsent: Sequence[str],
    ) -> None:
        """Tell what became of slots: headers came now, place in flight free, never sent."""
        ...

    async def held(self, budget: str, windows: Sequence[float]) -> tuple[tuple[float, ...], ...]:
        """Release times of all slots held now, per window: what a restart begins with."""
        ...

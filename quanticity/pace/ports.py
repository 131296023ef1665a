"""The seams of pacing: what work is handed, and what a durable ledger of slots must do.

A *slot* is the right to send one request. It is held from the moment before the send until the
response headers (or the time-out and a grace), and from then on for the length of each window.
The request reached the vendor somewhere in between, so no window can hold more than its limit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from quanticity.model import Priority
from quanticity.pace.endings import Endings
from quanticity.pace.slot import Slot


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

    `interval` is in seconds; `at` are Eastern times instead: "06:00" on trading
    days, "sun 18:00" on a day of the week.
    `max_calls` is the most slots of one run. `fingerprint` tells whether a reload changed it:
    a job whose fingerprint stays keeps its schedule and its run in flight. `ready` may hold a
    run back (a condition, a dependency, an open breaker): it returns None, or a reason and how
    long to wait (seconds) before asking again. `again_after` is asked after each run at a time of
    day: the seconds until it is tried again, or None where it can wait for its next time.
    `former` are the ids of jobs that it goes on for: it begins no run while one of theirs lasts.
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
    again_after: Callable[[], float | None] | None = None
    former: tuple[str, ...] = ()


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


class Terms(NamedTuple):
    """On which terms a slot is asked for, where other processes draw on the same budget.

    Whoever asks decided by what it knew of the others. `upto` is up to how many loans of theirs
    (see `Grant.loans`) its decision stands; None for any number. `kept` is how many slots of the
    main span (see `Telling`) must be free after it. `soon` is how many places in
    flight critical needs soon: so many, and one at least where critical has none (and there are
    two or more), must be free after it; None where none is kept. A slot that is not `scheduled`,
    or is not critical's own, is a loan.
    """

    scheduled: bool = True
    upto: int | None = None
    kept: int = 0
    soon: int | None = None


class Ask(NamedTuple):
    """One slot asked of a ledger.

    `hold` is how long it counts if nothing more is heard of it (time-out and grace), in
    seconds, before the windows begin to run off. `id` is `process:number` and then the letter
    of its group (`RANKS`); what stands before the colon tells the processes apart.
    """

    id: str
    hold: float
    terms: Terms = Terms()


# The letters of the groups, by rank. A slot whose id ends otherwise is of no known group.
RANKS = "cinb"


def rank_of(slot: str) -> int:
    """The rank of a slot's group by its id; -1 where it is not known."""
    return RANKS.find(slot[-1:] or " ")


def is_loan(ask: Ask) -> bool:
    """Whether a slot is asked for that is not critical's own and foreseen."""
    return rank_of(ask.id) != 0 or not ask.terms.scheduled or ask.terms.upto is not None


class Told(NamedTuple):
    """What a process tells those who draw on the same budget, along with an exchange.

    `outlook` is what it expects of the coming window (see `pace.outlook`) where that is new, and
    `number` the number of the one that holds. Of what was due up to `at` (seconds since that was
    made) nothing is to come any more: it is held, or given up, or it waits. `waiting` are the
    slots that each group needs now, but for those that are asked for along with this. It counts
    for `lives` seconds if nothing more is heard.
    """

    number: int
    at: float
    waiting: tuple[int, ...]
    lives: float
    outlook: bytes | None = None


class Telling(NamedTuple):
    """Who asks, and what it tells and knows.

    `seen` is `now` of the last answer that it had, in the ledger's clock, and `loans` how many
    of all loans are its own. `main` is the place of the main window among the spans.
    """

    process: str
    told: Told
    seen: float = 0.0
    loans: int = 0
    main: int | None = None


class Heard(NamedTuple):
    """What another process told last, as in `Told`; it counts `until` then (the ledger's clock).

    `outlook` is None where it is older than what the asker has `seen`.
    """

    process: str
    number: int
    at: float
    waiting: tuple[int, ...]
    until: float
    outlook: bytes | None = None


class Span(NamedTuple):
    """One window as a ledger counts it.

    Every slot has one *base*: the moment from which its windows run off. That is sent + hold
    while it is in flight, and the moment its headers were told once they were. A rolling
    window counts slots whose base is later than now - `length`. A window with a reset counts
    slots whose base is at or after `since`, until `until` (both the ledger's epoch seconds);
    `length` is then its nominal length. So one ordered set of bases serves all windows.
    """

    usable: int
    length: float
    since: float | None = None
    until: float | None = None


class Grant(NamedTuple):
    """A ledger's answer for a batch of asks. Times are the ledger's own clock.

    The first `granted` asks may be sent. `retry_in` (seconds) is when the next slot may come
    free, where fewer were granted than asked. `counts` are the slots held per span after this
    grant, by all processes. `others` are the bases of slots of other processes later than
    now - `look`, so that look-ahead sees them, and `ranks` the letters of their groups, one for
    each; `others_in_flight` are those under way, and `critical_in_flight` those of critical.
    `processes` counts the processes, the asking one included, that asked within `look`,
    whether they were granted anything or not. `loans` counts all slots ever lent while there
    was more than one, and `heard` is what the others told. `since` is when the ledger heard of the
    budget first, and 0 where that is not known: it changes where all that was written got lost.
    """

    granted: int
    now: float
    retry_in: float | None = None
    counts: tuple[int, ...] = ()
    others: tuple[float, ...] = ()
    others_in_flight: int = 0
    processes: int = 1
    ranks: str = ""
    critical_in_flight: int = 0
    loans: int = 0
    heard: tuple[Heard, ...] = ()
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """All slots a ledger still knows of a budget: what a restart begins with.

    `bases` are ascending epoch seconds of the ledger's clock, which read `now`; `in_flight`
    are the moments at which places still taken are given up if nothing more is heard.
    `processes`, `ranks`, `loans`, `heard` and `since` are as in `Grant`.
    """

    now: float
    bases: tuple[float, ...] = ()
    in_flight: tuple[float, ...] = ()
    processes: int = 1
    ranks: str = ""
    loans: int = 0
    heard: tuple[Heard, ...] = ()
    since: float = 0.0


class Ledger(Protocol):
    """Where slots are written before their requests are sent, shared by all processes of a token.

    Implementations: in memory (tests, and while the store is away) and in Redis by one atomic
    script. All raise `StoreUnavailable` where the server cannot be reached; then nothing is
    known to have been written, and the caller counts the asks as held.
    `returned` are called when it is back: it may have kept less by then than it answered for.
    """

    returned: list[Callable[[], None]]

    async def take(
        self,
        budget: str,
        spans: Sequence[Span],
        in_flight: int | None,
        asks: Sequence[Ask],
        look: float,
        ended: Endings | None = None,
        telling: Telling | None = None,
    ) -> Grant:
        """Write as many of `asks`, in order, as every span, the cap in flight and terms allow.

        What `ended` is told first, in the same exchange; so is what the process is `telling`,
        who may ask for nothing and be told what the others do. Without that the terms of the
        asks do not count. An id that is written already is
        granted again, once (a repeat after a lost answer). Slots older than the longest span
        may be forgotten.
        """
        ...

    async def release(self, budget: str, ended: Endings) -> None:
        """Tell what became of slots. Telling it again, after a lost answer, changes nothing."""
        ...

    async def write(self, budget: str, bases: Mapping[str, float]) -> None:
        """Write slots that were taken while the ledger was away: id to base (its epoch seconds)."""
        ...

    async def knows(self, budget: str, slot: str) -> bool:
        """Whether a slot that was written is still there."""
        ...

    async def own(self, budget: str, process: str) -> Sequence[str]:
        """The slots of a process that are written, by id."""
        ...

    async def stop(self, budget: str, until: float) -> None:
        """Keep until when (the ledger's epoch second) the vendor asked for nothing."""
        ...

    async def stopped(self, budget: str) -> float:
        """Until when it asked for nothing, as an earlier run was told; 0 where it did not."""
        ...

    async def held(
        self, budget: str, length: float, look: float = 0.0, telling: Telling | None = None
    ) -> Held:
        """All slots whose base is later than now - `length`.

        A process that is `telling` is there from now on, as if it had asked for a slot, and
        hears of the others only: one that waits for others to be done never asks, and must be
        counted all the same.
        """
        ...

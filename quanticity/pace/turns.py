"""What the schedule knows of one job: when it is due, and what became of its runs."""

from __future__ import annotations

from enum import Enum

from quanticity.pace.ports import Job

NEVER = float("inf")


class Stage(Enum):
    """Where a job stands. A running one rests in the agenda for its next due time as well."""

    RESTING = "resting"
    WAITING = "waiting"
    RUNNING = "running"


class Turn:
    """The turns of one job. Times are steady epoch seconds.

    `due` is when the next run is due, or the one that waits was; `order` is the earliest due
    time not yet served, by which the runs of a group are ordered: a feed that is passed over
    again and again moves to the front. `calls` is what the run may need, and `taken` what it had
    of that; those took `spent` seconds so far. `every` is the interval under the session's rules.
    """

    __slots__ = (
        "again",
        "again_at",
        "asked",
        "calls",
        "due",
        "every",
        "first",
        "follows",
        "foreseen",
        "job",
        "kind",
        "last_due",
        "last_end",
        "last_start",
        "lateness",
        "listed",
        "order",
        "overlap",
        "passed",
        "passed_before",
        "phase",
        "phase_index",
        "place",
        "rank",
        "reason",
        "removed",
        "running",
        "runs",
        "second",
        "serial",
        "skipped",
        "spent",
        "taken",
        "waiting",
    )

    def __init__(self, job: Job, phase_index: int, phase: float) -> None:
        self.job = job
        # The rank of its group: asked for many times in every run.
        self.rank = job.group.rank
        # Where its phase is kept: the job may be exchanged for one with the same.
        self.kind = (job.group, job.interval)
        self.phase_index = phase_index
        self.phase = phase
        self.every: float | None = job.interval
        self.due = NEVER
        self.order = NEVER
        self.serial = 0
        # Where its agenda keeps it, with which interval, and the second and the slots it has there.
        self.place = -1
        self.listed: float | None = None
        self.second = self.foreseen = 0
        self.first = True
        # Due times that fell into the run under way, and into the one before it; and how many are
        # expected to fall into each that comes.
        self.passed = self.passed_before = self.overlap = 0
        self.running = False
        self.waiting = False
        self.removed = False
        self.again = False
        # When a run that failed at a time of day is tried again.
        self.again_at = NEVER
        self.asked = 0.0
        self.calls = job.max_calls
        self.follows: Turn | None = None
        self.taken = 0
        self.spent = 0.0
        self.runs = 0
        self.skipped = 0
        self.last_due: float | None = None
        self.last_start: float | None = None
        self.last_end: float | None = None
        self.lateness = 0.0
        self.reason = ""

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        if self.running:
            return Stage.RUNNING
        return Stage.WAITING if self.waiting else Stage.RESTING

    def busy(self) -> bool:
        """True while a run of it, or of the job it replaced, is under way."""
        if self.follows is not None and not self.follows.running:
            self.follows = None
        return self.running or self.follows is not None

    def count_passed(self) -> int:
        """A run begins: as many due times will fall into it as did into either of the last two.

        One that was quick is enough to expect the next ones at each due time again.
        """
        self.overlap = overlap = min(self.passed, self.passed_before)
        self.passed_before, self.passed = self.passed, 0
        return overlap

    def repeat(self, every: float) -> None:
        """Its interval, under the rules of a session: how many fall into a run is not known yet."""
        if every != self.every:
            self.every, self.passed_before, self.overlap = every, 0, 0

    @property
    def owing(self) -> int:
        """Slots that its run may still ask for."""
        return max(0, self.calls - self.taken)

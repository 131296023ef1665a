"""What pacing shows of itself: for the live table, `status` and tests. Frozen, and cheap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quanticity.clock import Session
from quanticity.model import Priority


@dataclass(frozen=True, slots=True)
class JobState:
    """One job. Moments are the wall clock's epoch seconds, durations seconds."""

    id: str
    budget: str
    group: Priority
    running: bool
    waiting: bool
    next_due: float | None
    last_start: float | None
    last_end: float | None
    lateness: float
    every: float | None
    runs: int
    skipped: int
    reason: str


@dataclass(frozen=True, slots=True)
class WindowState:
    """One window of a budget. `length` is in seconds; `held` counts all processes' slots."""

    length: float
    limit: int
    usable: int
    held: int
    tightened_by: int
    resets_at: float | None

    @property
    def left(self) -> int:
        """Requests that may still start."""
        return max(0, self.usable - self.held - self.tightened_by)


@dataclass(frozen=True, slots=True)
class BudgetState:
    """One budget. `lent` counts slots that groups had beyond their share so far, by group.

    `calls_left` is the least that any window leaves; None where nothing is limited.
    """

    name: str
    windows: tuple[WindowState, ...]
    in_flight: int
    max_in_flight: int | None
    stopped_until: float | None
    tightened_until: float | None
    why: str
    waiting: Mapping[Priority, int]
    lent: Mapping[Priority, int]
    mean_round_trip: float
    calls_left: int | None


@dataclass(frozen=True, slots=True)
class State:
    """All of pacing at one moment."""

    at: float
    session: Session
    session_ends: float
    jobs: Mapping[str, JobState]
    budgets: Mapping[str, BudgetState]
    ledger_away: bool
    failed_runs: int

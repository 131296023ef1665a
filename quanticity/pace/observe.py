"""Makes the shown state out of the working one."""

from __future__ import annotations

from collections.abc import Mapping

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.budget import Budget
from quanticity.pace.state import BudgetState, JobState, State, WindowState
from quanticity.pace.steady import SteadyClock
from quanticity.pace.turns import NEVER, Turn


def observe(
    budgets: Mapping[str, Budget],
    steady: SteadyClock,
    session: Session,
    session_ends: float,
    *,
    failed_runs: int,
    ledger_away: bool,
) -> State:
    """The state of all jobs and budgets now."""
    now = steady.now()
    jobs = {
        turn.job.id: _job(turn, budget, steady, now)
        for budget in budgets.values()
        for turn in budget.turns.values()
    }
    shown = shown_budgets(budgets, steady)
    return State(
        steady.wall(now),
        session,
        steady.wall(session_ends),
        jobs,
        shown,
        ledger_away,
        failed_runs,
    )


def shown_budgets(budgets: Mapping[str, Budget], steady: SteadyClock) -> dict[str, BudgetState]:
    """The state of all budgets now, without that of thousands of jobs."""
    now = steady.now()
    return {name: _budget(one, steady, now) for name, one in budgets.items()}


def _job(turn: Turn, budget: Budget, steady: SteadyClock, now: float) -> JobState:
    due = turn.due
    # Behind others who may not start it is lined up when they may.
    is_due = turn.serial > 0 and not turn.running and due < now
    behind = now < budget.gate.shut_until or budget.gate.is_blocked(turn.rank, now)
    waits = turn.waiting or (is_due and behind)

    def wall(at: float | None) -> float | None:
        return None if at is None or at == NEVER else steady.wall(at)

    return JobState(
        turn.job.id,
        budget.name,
        turn.job.group,
        turn.running,
        waits,
        wall(due),
        wall(turn.last_start),
        wall(turn.last_end),
        turn.lateness,
        turn.every,
        turn.runs,
        turn.skipped,
        budget.reasons[turn.rank] if waits else turn.reason,
    )


def _budget(budget: Budget, steady: SteadyClock, now: float) -> BudgetState:
    gate = budget.gate
    windows = []
    for index, window in enumerate(gate.tally.windows):
        if not window.spec.limits:
            continue
        until = window.period(now)[1]
        windows.append(
            WindowState(
                window.spec.length,
                window.spec.limit,
                window.spec.usable,
                gate.tally.held(index, now),
                gate.tight.phantom(index, now),
                None if until == NEVER else steady.wall(until),
            )
        )
    stopped = gate.tight.stopped_until
    tightened = gate.tight.until
    return BudgetState(
        budget.name,
        tuple(windows),
        gate.tally.all_in_flight(now),
        gate.tight.cap(gate.spec.max_in_flight, now),
        steady.wall(stopped) if stopped > now else None,
        steady.wall(tightened) if tightened > now else None,
        gate.tight.why if stopped > now else "",
        {group: gate.backlog[group.rank] for group in Priority},
        {group: gate.lending.lent[group.rank] for group in Priority},
        gate.tally.trip.mean,
        min((window.left for window in windows), default=None),
    )

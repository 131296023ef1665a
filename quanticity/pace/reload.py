"""A reload: which jobs stay as they are, which begin, which end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from quanticity.pace.budget import Budget
from quanticity.pace.ports import Job
from quanticity.pace.turns import Turn

# More new jobs than this part of the old ones: nobody could plan for so much at once.
MANY = 0.1


def apply_jobs(budgets: Mapping[str, Budget], wanted: Sequence[Job], now: float) -> set[str]:
    """Let `wanted` be the jobs of these budgets; the names of those that have others now."""
    touched = _dismiss(budgets, {job.id for job in wanted})
    leaving = {name: turn for one in budgets.values() for name, turn in one.leaving.items()}
    had = {name: Counter(turn.rank for turn in one.turns.values()) for name, one in budgets.items()}
    added: dict[str, Counter[int]] = {name: Counter() for name in budgets}
    where = {name: budget for budget in budgets.values() for name in budget.turns}
    for job in wanted:
        budget = budgets[job.budget]
        before = where.get(job.id)
        if before is not None:
            if before.turns[job.id].job is job:
                continue
            touched.add(before.name)
        touched.add(budget.name)
        runs = next((leaving[name] for name in (job.id, *job.former) if name in leaving), None)
        if _joins(budget, before, job, runs, now):
            added[budget.name][job.group.rank] += 1
    for name, count in added.items():
        critical = count[0] > MANY * had[name][0]
        if critical or count.total() > MANY * had[name].total():
            budgets[name].unsettle(now, critical=critical)
    return touched


def _dismiss(budgets: Mapping[str, Budget], wanted: Collection[str]) -> set[str]:
    """Let go of all jobs but these; the names of the budgets that had others."""
    touched = set[str]()
    for budget in budgets.values():
        for turn in [turn for name, turn in budget.turns.items() if name not in wanted]:
            budget.remove(turn)
            touched.add(budget.name)
    return touched


def _joins(
    budget: Budget, before: Budget | None, job: Job, leaving: Turn | None, now: float
) -> bool:
    """Give the job its turn; False where that is the one it had `before`, with the same timing.

    It begins no run before one that is under way is over: that of `before`, or of the one that is
    `leaving` since an earlier reload.
    """
    turn = before.turns[job.id] if before is not None else None
    if before is not None and turn is not None:
        if before is budget and _same_timing(turn.job, job):
            changed = turn.job.fingerprint != job.fingerprint
            budget.exchange(turn, job)
            if changed:
                budget.restart(turn, now)
            return False
        before.remove(turn)
        leaving = turn if turn.running else leaving
    budget.add(job, now).follows = leaving
    return True


def _same_timing(one: Job, other: Job) -> bool:
    return (one.group, one.interval, one.at) == (other.group, other.interval, other.at)

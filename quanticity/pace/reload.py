"""A reload: which jobs stay as they are, which begin, which end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from quanticity.pace.budget import Budget
from quanticity.pace.ports import Job

# More new jobs than this part of the old ones: nobody could plan for so much at once.
MANY = 0.1


def apply_jobs(budgets: Mapping[str, Budget], wanted: Sequence[Job], now: float) -> None:
    """Let `wanted` be the jobs of these budgets."""
    ids = {job.id for job in wanted}
    for budget in budgets.values():
        for turn in list(budget.turns.values()):
            if turn.job.id not in ids:
                budget.remove(turn)
    had = {name: Counter(turn.rank for turn in one.turns.values()) for name, one in budgets.items()}
    added: dict[str, Counter[int]] = {name: Counter() for name in budgets}
    where = {name: budget for budget in budgets.values() for name in budget.turns}
    for job in wanted:
        budget = budgets[job.budget]
        before = where.get(job.id)
        if before is None:
            budget.add(job, now)
            added[budget.name][job.group.rank] += 1
            continue
        turn = before.turns[job.id]
        if before is budget and _same_timing(turn.job, job):
            changed = turn.job.fingerprint != job.fingerprint
            budget.exchange(turn, job)
            if changed:
                budget.restart(turn, now)
            continue
        before.remove(turn)
        fresh = budget.add(job, now)
        fresh.follows = turn if turn.running else None
        added[budget.name][job.group.rank] += 1
    for name, count in added.items():
        critical = count[0] > MANY * had[name][0]
        if critical or count.total() > MANY * had[name].total():
            budgets[name].unsettle(now, critical=critical)


def _same_timing(one: Job, other: Job) -> bool:
    return (one.group, one.interval, one.at) == (other.group, other.interval, other.at)

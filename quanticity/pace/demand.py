"""What jobs plan to use of a budget, by session: what long quotas are spread by."""

from __future__ import annotations

from collections.abc import Iterable

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.rules import Rules
from quanticity.pace.spread import Demand
from quanticity.pace.turns import Turn

DAY = 86_400.0


def demand_of(turns: Iterable[Turn], rules: Rules) -> Demand:
    """Slots a second of each group in each session."""
    jobs = [turn.job for turn in turns]
    rates: dict[Session, tuple[float, float, float, float]] = {}
    for session in Session:
        table = rules.table(session)
        sums = [0.0] * len(Priority)
        for job in jobs:
            rank = job.group.rank
            if job.at:
                sums[rank] += job.max_calls * len(job.at) / DAY
            elif job.interval is not None:
                sums[rank] += job.max_calls / table[rank].interval(job.interval)
        rates[session] = (sums[0], sums[1], sums[2], sums[3])
    return Demand(rates)

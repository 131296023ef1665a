"""What jobs plan to use of a budget, by session, and how much room that leaves them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.rules import Rules
from quanticity.pace.spread import Demand
from quanticity.pace.table import GROUPS
from quanticity.pace.turns import Turn

DAY = 86_400.0
ROUNDING = 1 + 1e-6


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


def lumps_of(turns: Iterable[Turn]) -> tuple[int, ...]:
    """Slots that come back to each group at a time: those of one run of a higher group, at most.

    What a run held, or does not need after all, comes free within some round trips.
    """
    most = [1] * (len(Priority) + 1)
    for turn in turns:
        most[turn.rank + 1] = max(most[turn.rank + 1], turn.job.max_calls)
    return tuple(accumulate(most[:-1], max))


class Plans(NamedTuple):
    """What each group plans to use of a main window (slots); whether critical fits its share."""

    wants: Sequence[float]
    fits: bool


def plans_of(
    spec: BudgetSpec, demand: Demand, session: Session, passed: Sequence[float] = (0.0,) * GROUPS
) -> Plans:
    """Of all groups together no more than there is, where critical is within its share.

    What is `passed` over, slots a second of each group, is not planned for.
    """
    length = spec.main.length if spec.main is not None else 0.0
    wanted = zip(_wanted(spec, demand, session), passed, strict=True)
    wants = [max(0.0, want - length * less) for want, less in wanted]
    if not critical_fits(spec, demand, session):
        return Plans(wants, fits=False)
    rooms = _scarce(spec, wants)
    return Plans([room or want for room, want in zip(rooms, wants, strict=True)], fits=True)


def eases(spec: BudgetSpec, demand: Demand, session: Session) -> tuple[float, ...]:
    """What part of an interval a run of each group may be early by to get back to its grid.

    1 where the group could run twice as often as it wants to, 0 where it has all it can have.
    """
    if spec.main is None:
        return (1.0,) * len(Priority)
    wanted = _wanted(spec, demand, session)
    rooms = _rooms(spec, wanted)
    found = [
        min(1.0, max(0.0, room / want - 1)) if want else 1.0
        for room, want in zip(rooms, wanted, strict=True)
    ]
    if critical_fits(spec, demand, session):
        found[0] = 1.0
    return tuple(found)


def scarce(spec: BudgetSpec, demand: Demand, session: Session) -> tuple[float, ...]:
    """Slots of a main window that a group can have where it wants more; 0 where it has enough.

    Also 0 where it can have none.
    """
    return _scarce(spec, _wanted(spec, demand, session))


def _scarce(spec: BudgetSpec, wanted: Sequence[float]) -> tuple[float, ...]:
    found = zip(_rooms(spec, wanted), wanted, strict=True)
    return tuple(room if want > room * ROUNDING else 0.0 for room, want in found)


def _wanted(spec: BudgetSpec, demand: Demand, session: Session) -> list[float]:
    """Slots of a main window that each group plans to use."""
    length = spec.main.length if spec.main is not None else 0.0
    return [demand.rate(session, rank) * length for rank in range(len(Priority))]


def _rooms(spec: BudgetSpec, wanted: Sequence[float]) -> list[float]:
    """Slots of a main window that each group can have, given what the others want."""
    if spec.main is None:
        return [float("inf")] * len(wanted)
    found = []
    for rank in range(len(wanted)):
        taken = sum(
            other if higher < rank else min(other, spec.shares[higher])
            for higher, other in enumerate(wanted)
            if higher != rank
        )
        found.append(max(float(spec.shares[rank]), spec.main.usable - spec.reserve - taken))
    return found


def critical_fits(spec: BudgetSpec, demand: Demand, session: Session) -> bool:
    """Whether all that the critical group plans fits its share, where there are shares."""
    main = spec.main
    if main is None or not spec.has_shares:
        return True
    return demand.rate(session, 0) * main.length <= spec.shares[0] * ROUNDING

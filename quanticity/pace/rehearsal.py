"""A rehearsal: the scheduler's own decisions, driven through some virtual time at once.

No tasks, no clock: requests take a constant time, and the gaps between the starts of each
feed's runs are what a run would show. Used by `plan` where budgets are scarce.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from quanticity.clock import Session
from quanticity.pace.budget import Budget
from quanticity.pace.claims import Claim
from quanticity.pace.demand import demand_of
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.ports import Job, Lane
from quanticity.pace.rules import Rules
from quanticity.pace.slots import HeldSlot

NEVER = float("inf")
# Any moment will do: 2026-01-05, noon in New York.
START = 1_767_632_400.0
LEAST_STEP = 0.0005


@dataclass(slots=True)
class Shown:
    """What the rehearsal showed of one feed, seconds: starts of runs, and the widest gap."""

    runs: int = 0
    last: float | None = None
    widest: float = 0.0
    skipped: int = 0


@dataclass(slots=True)
class _Stage:
    now: float = START
    events: list[tuple[float, int, HeldSlot, Claim]] = field(default_factory=list)
    count: int = 0


async def _nothing(_lane: Lane) -> None:
    """Stands for a run: a rehearsal sends nothing."""


def rehearse(
    spec: BudgetSpec,
    jobs: Sequence[Job],
    rules: Rules,
    session: Session,
    *,
    seconds: float,
    warm_up: float,
    trip: float,
    most_calls: int = 20_000,
) -> tuple[dict[str, Shown], float]:
    """Run `jobs` on a budget through `seconds` of one session that does not end.

    `trip` is the time to the headers and the whole of one request, seconds. Returns what each
    feed showed after `warm_up`, and how many seconds after it were rehearsed before
    `most_calls` were made.
    """
    stage = _Stage()
    budget = Budget(
        "rehearsal",
        spec,
        time=lambda: stage.now,
        wall=lambda at: at,
        sessions=lambda start, end: [(start, end, session)],
        next_at=lambda _times, _after: NEVER,
        poke=lambda _budget: None,
        identify=lambda: "",
    )
    table = rules.table(session)
    budget.session_began(table, NEVER, table, START)
    for job in jobs:
        budget.add(job, START)
    budget.plan(demand_of(budget.turns.values(), rules), session)
    budget.unsettle(START)
    shown = {job.id: Shown() for job in jobs}
    end = START + seconds
    calls = 0
    while stage.now < end and calls < most_calls:
        for claim, slot in budget.dispatch(stage.now):
            calls += 1
            stage.count += 1
            heapq.heappush(stage.events, (stage.now + trip, stage.count, slot, claim))
            if claim.begins and claim.turn is not None:
                _note(shown[claim.turn.job.id], stage.now, START + warm_up)
        upcoming = stage.events[0][0] if stage.events else NEVER
        stage.now = max(min(upcoming, budget.wake), stage.now + LEAST_STEP)
        while stage.events and stage.events[0][0] <= stage.now:
            _, _, slot, claim = heapq.heappop(stage.events)
            slot.headers()
            slot.done()
            _go_on(budget, claim, stage.now)
    for turn in budget.turns.values():
        shown[turn.job.id].skipped = turn.skipped
    return shown, max(0.0, min(stage.now, end) - START - warm_up)


def _note(feed: Shown, now: float, since: float) -> None:
    if feed.last is not None and now >= since:
        feed.widest = max(feed.widest, now - feed.last)
        feed.runs += 1
    feed.last = now


def _go_on(budget: Budget, claim: Claim, now: float) -> None:
    turn = claim.turn
    if turn is None:
        return
    if turn.owing:
        hold = turn.job.timeout + budget.gate.spec.grace
        budget.claim(Claim(claim.rank, claim.order, hold, scheduled=True, turn=turn))
    else:
        budget.finished(turn, now)

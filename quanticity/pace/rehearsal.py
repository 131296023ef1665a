"""A rehearsal: the scheduler's own decisions, driven through some virtual time at once.

No tasks, no clock: the desk of the scheduler is asked at every moment that it names, and requests
take a random time (from a fixed seed: the same jobs show the same). Used by `plan` where
budgets are scarce.
"""

from __future__ import annotations

import heapq
import random
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
# A rehearsal with another seed starts this much later, seconds.
ELSEWHERE = 12_345.678
LEAST_STEP = 0.0005
MORE, MORE_LOOKS = 5, 3


@dataclass(slots=True)
class Shown:
    """What the rehearsal showed of one feed: its runs, and how old its values got.

    `first` and `second` are the starts of its first two runs; `ages` has, for every value that was
    replaced, when it was asked for and how many seconds later the next one was there. `skipped`
    counts runs that were given up or passed over. Times are seconds since the start.
    """

    first: float | None = None
    second: float | None = None
    asked: float = 0.0
    starts: int = 0
    ages: list[tuple[float, float]] = field(default_factory=list)
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Extent:
    """How long to rehearse: for so many `seconds`, and for some times that up to so many `looks`.

    Looks at the desk are what takes time. There are no more than `most_looks`, but where `start`
    seconds are not over by then: up to `MORE_LOOKS` times as many.
    """

    seconds: float
    looks: int
    most_looks: int
    start: float = 0.0

    def goes_on(self, seconds: float, looks: int) -> bool:
        """Whether to go on after so many seconds, and so many looks."""
        if looks >= self.most_looks:
            return seconds < self.start and looks < MORE_LOOKS * self.most_looks
        return seconds < self.seconds * (MORE if looks < self.looks else 1)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What each feed showed, how many seconds were rehearsed, and in how many looks at the desk."""

    shown: dict[str, Shown]
    seconds: float
    looks: int


@dataclass(slots=True)
class _Stage:
    now: float
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
    extent: Extent,
    trip: float,
    seed: int = 0,
) -> Rehearsal:
    """Run `jobs` on a budget through a session that does not end.

    `trip` is the longest that one request takes, seconds: half of it on an average. Another
    `seed` means other trips, and another moment of the start.
    """
    chance = random.Random(seed)
    start = START + seed * ELSEWHERE
    stage = _Stage(start)
    budget = Budget(
        "rehearsal",
        spec,
        time=lambda: stage.now,
        wall=lambda at: at,
        sessions=lambda since, until: [(since, until, session)],
        next_at=lambda _times, _after: NEVER,
        poke=lambda _budget: None,
        identify=lambda _rank: "",
    )
    table = rules.table(session)
    budget.session_began(table, NEVER, table, start)
    for job in jobs:
        budget.add(job, start)
    budget.plan(demand_of(budget.turns.values(), rules), session)
    budget.unsettle(start)
    shown = {job.id: Shown() for job in jobs}
    begun: dict[str, float] = {}
    looked = 0
    while extent.goes_on(stage.now - start, looked):
        looked += 1
        for claim, slot in budget.dispatch(stage.now):
            stage.count += 1
            takes = trip * (chance.random() + chance.random()) / 2
            heapq.heappush(stage.events, (stage.now + takes, stage.count, slot, claim))
            if claim.begins and claim.turn is not None:
                begun[claim.turn.job.id] = stage.now - start
        upcoming = stage.events[0][0] if stage.events else NEVER
        upcoming = min(upcoming, budget.wake)
        if upcoming == NEVER:
            break
        stage.now = max(upcoming, stage.now + LEAST_STEP)
        while stage.events and stage.events[0][0] <= stage.now:
            _, _, slot, claim = heapq.heappop(stage.events)
            slot.headers()
            slot.done()
            if _goes_on(budget, claim, stage.now) or claim.turn is None:
                continue
            name = claim.turn.job.id
            _note(shown[name], begun[name], stage.now - start)
    for turn in budget.turns.values():
        shown[turn.job.id].skipped = turn.skipped
    return Rehearsal(shown, stage.now - start, looked)


def _note(feed: Shown, asked: float, now: float) -> None:
    if feed.first is None:
        feed.first = asked
    else:
        feed.ages.append((feed.asked, now - feed.asked))
        if feed.second is None:
            feed.second = asked
    feed.asked = asked
    feed.starts += 1


def _goes_on(budget: Budget, claim: Claim, now: float) -> bool:
    """Whether the run asks for one more slot; else it is over."""
    turn = claim.turn
    if turn is None:
        return False
    if not turn.owing:
        budget.finished(turn, now)
        return False
    hold = turn.job.timeout + budget.gate.spec.grace
    budget.claim(Claim(claim.rank, claim.order, hold, scheduled=True, turn=turn))
    return True

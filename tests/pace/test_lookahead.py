"""What may be lent, by steps of time and event by event, against a plain look at each moment."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.lookahead import Headroom, Horizon
from quanticity.pace.sight import Sight
from quanticity.pace.slots import HeldSlot
from quanticity.pace.table import GROUPS, STEPS, Guard, Later, Table
from quanticity.pace.tally import Tally
from tests.pace import examples

NOW, NEVER = 1000.0, float("inf")
UNTIL, BACK = NOW + 80.0, 61.0


@dataclass(frozen=True)
class Future:
    """All that is known to happen: slots held until then, and needed from then on.

    With a `blur` each need begins so much sooner, and everything ends so much later.
    """

    held: list[list[float]]
    needs: list[list[tuple[float, int]]]
    capacity: int
    guards: tuple[Guard, ...]
    shares: tuple[int, ...]
    blur: float = 0.0

    def room(self, at: float) -> int:
        """What no guarded group holds or needs at one moment."""
        blur = self.blur
        left = self.capacity - sum(until + blur > at for until in self.held[GROUPS])
        for rank, guard in enumerate(self.guards):
            held = sum(until + blur > at for until in self.held[rank])
            wants = held
            for due, calls in self.needs[rank]:
                wants += calls if due - blur <= at < due + BACK + blur else 0
            if guard is Guard.FULL:
                left -= wants
            else:
                share = self.shares[rank] if guard in (Guard.SHARE, Guard.PLAN) else 0
                left -= max(held, min(share, wants))
        return left

    def lendable(self, at: float) -> int:
        """The least room at any moment from `at` on: it falls only where something is due."""
        dues = [due - self.blur for wanted in self.needs for due, _ in wanted]
        return min(self.room(moment) for moment in [at, *(due for due in dues if due > at)])

    def steps_of(self, horizon: Horizon) -> Headroom:
        return horizon.sweep(self.capacity, Sight.of(self.guards, self.shares))


@st.composite
def futures(draw: st.DrawFn) -> Future:
    many = draw(st.sampled_from([3, 20, 60]))
    ends = st.floats(NOW + 0.01, UNTIL + 20.0)
    wanted = st.tuples(st.one_of(st.just(NOW), st.floats(NOW, UNTIL)), st.integers(1, 3))
    return Future(
        [draw(st.lists(ends, max_size=many)) for _ in range(GROUPS + 1)],
        [draw(st.lists(wanted, max_size=many)) for _ in range(GROUPS)],
        draw(st.integers(0, 200)),
        draw(st.tuples(*[st.sampled_from(Guard)] * GROUPS)),
        draw(st.tuples(*[st.integers(0, 30)] * GROUPS)),
    )


asked = st.lists(st.floats(NOW, UNTIL - BACK), min_size=1, max_size=8).map(sorted)


@given(futures(), asked)
@examples(150)
def test_event_by_event_exactly_what_nobody_needs_may_be_lent(
    future: Future, moments: list[float]
) -> None:
    dues = [
        [*wanted, *((at + BACK, -calls) for at, calls in wanted if at + BACK <= UNTIL)]
        for wanted in future.needs
    ]
    horizon = Horizon(NOW, UNTIL - BACK, future.held, dues)
    headroom = future.steps_of(horizon)
    for at in moments:
        assert headroom.left(at) == future.lendable(at)


@given(futures(), asked)
@examples(150)
def test_in_steps_of_time_never_more_and_at_most_a_step_less_may_be_lent(
    future: Future, moments: list[float]
) -> None:
    table = Table(NOW, UNTIL)
    for group, held in enumerate(future.held):
        table.releases(group, held)
    for rank, wanted in enumerate(future.needs):
        dues, calls = np.array(wanted).reshape(-1, 2).T
        table.needs(rank, dues, calls, BACK)
    headroom = future.steps_of(Horizon.of_many(NOW, UNTIL - BACK, table))
    coarse = replace(future, blur=1.01 * (UNTIL - NOW) / STEPS)
    for at in moments:
        assert coarse.lendable(at) <= headroom.left(at) <= future.lendable(at)


@given(futures(), asked, st.floats(NOW, UNTIL - 0.1), st.integers(0, 60))
@examples(40)
def test_what_is_lent_before_limits_get_tighter_counts_among_those(
    future: Future, moments: list[float], change: float, fewer: int
) -> None:
    """With other shares, too: as many as there are on either side, and never more."""
    then = replace(
        future, capacity=future.capacity - fewer, shares=tuple(s // 2 for s in future.shares)
    )
    table = Table(NOW, UNTIL)
    for group, held in enumerate(future.held):
        table.releases(group, held)
    for rank, wanted in enumerate(future.needs):
        dues, calls = np.array(wanted).reshape(-1, 2).T
        table.needs(rank, dues, calls, BACK)
    later = Later(change, fewer, then.shares)
    horizon = Horizon.of_many(NOW, UNTIL - BACK, table)
    headroom = horizon.sweep(future.capacity, Sight.of(future.guards, future.shares), later)

    def lendable(at: float, blur: float) -> int:
        before, after = replace(future, blur=blur), replace(then, blur=blur)
        dues = [due - blur for wanted in future.needs for due, _ in wanted]
        looks = [at, *(due for due in dues if due > at)]
        rooms = [before.room(look) for look in looks if look < change + blur]
        rooms += [after.room(look) for look in (*looks, max(at, change)) if look >= change - blur]
        return min(rooms)

    for at in moments:
        least = lendable(at, 1.01 * (UNTIL - NOW) / STEPS)
        assert least <= headroom.left(at) <= lendable(at, 0.0)


def test_what_is_due_at_the_very_end_of_a_look_was_not_counted() -> None:
    table = Table(NOW, UNTIL)
    table.needs(0, np.array([UNTIL]), np.array([1]), BACK)
    horizon = Horizon.of_many(NOW, UNTIL - BACK, table)
    assert horizon.sweep(3, Sight.of((Guard.FULL,) * GROUPS, (0,) * GROUPS)).left(NOW) == 2


@given(futures(), asked, st.integers(1, 40))
@examples(100)
def test_it_says_when_more_may_be_lent(future: Future, moments: list[float], need: int) -> None:
    horizon = Horizon(NOW, UNTIL, future.held)
    headroom = future.steps_of(horizon)
    for at in moments:
        rises = headroom.rises_at(at, need)
        if rises == NEVER:
            assert future_without_needs(future).lendable(UNTIL + 30.0) < need
        else:
            assert future_without_needs(future).lendable(rises) >= need
            if rises > at:
                assert headroom.left(at) < need


def future_without_needs(future: Future) -> Future:
    return replace(future, needs=[[] for _ in range(GROUPS)])


def test_what_was_taken_since_is_lent_no_more() -> None:
    guards = (Guard.FULL, Guard.SHARE, Guard.HELD, Guard.HELD)
    horizon = Horizon(NOW, UNTIL, [[]] * (GROUPS + 1))
    headroom = horizon.sweep(10, Sight.of(guards, (0, 5, 0, 0)))
    horizon.take(0, scheduled=True, beyond=True)
    horizon.take(1, scheduled=True, beyond=False)
    assert headroom.left(NOW) == 10, "those were foreseen"
    horizon.take(1, scheduled=True, beyond=True)
    horizon.take(2, scheduled=True, beyond=False)
    horizon.take(0, scheduled=False, beyond=False)
    assert headroom.left(NOW) == 7


def test_what_went_beyond_a_plan_counts_until_its_group_holds_no_more_than_planned() -> None:
    tally = Tally(BudgetSpec((WindowSpec(60.0, 10, 10),)), lambda at: at)
    desk = Nobody()
    held = [HeldSlot(desk, str(number), 1, NOW, 30.0) for number in range(3)]
    for number, slot in enumerate(held):
        tally.take(slot)
        tally.settle(slot, NOW + number)
    horizon = Horizon(NOW, UNTIL, [[]] * (GROUPS + 1))
    guards = (Guard.FULL, Guard.PLAN, Guard.SHARE, Guard.HELD)
    headroom = horizon.sweep(10, Sight.of(guards, (0, 2, 0, 0)))
    horizon.take(1, scheduled=True, beyond=False, unplanned=True)
    horizon.come_back(tally, (math.inf, 2, 2, math.inf), NOW + 3.0)
    assert headroom.left(NOW + 3.0) == 9
    back = tally.group_frees_at(1, NOW + 3.0, 1)
    assert horizon.back_at == back
    horizon.come_back(tally, (math.inf, 2, 2, math.inf), back + 0.001)
    assert headroom.left(back + 0.001) == 10
    assert horizon.back_at == NEVER


class Nobody:
    """Nobody hears of the ends of these slots."""

    def slot_headers(self, slot: HeldSlot) -> None: ...
    def slot_lost(self, slot: HeldSlot) -> None: ...
    def slot_done(self, slot: HeldSlot) -> None: ...
    def slot_unsent(self, slot: HeldSlot) -> None: ...

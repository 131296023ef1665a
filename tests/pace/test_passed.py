"""What falls into a run is passed over, and not planned for."""

from __future__ import annotations

import pytest

from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.passed import STANDS, Passed
from quanticity.pace.ports import Job, Lane
from quanticity.pace.tally import Tally
from quanticity.pace.turns import Turn

SPAN = 60.0
TALLY = Tally(BudgetSpec((WindowSpec(SPAN, 100, 100),)), lambda now: now)


async def _nothing(_lane: Lane) -> None:
    return None


def slow() -> Turn:
    """Its runs of six requests take two to three intervals of ten seconds."""
    job = Job("a", "b", Priority.IMPORTANT, _nothing, interval=10.0, max_calls=6)
    return Turn(job, 0, 0.0)


def begin(passed: Passed, turn: Turn, now: float, fell: int) -> bool:
    turn.passed = fell
    return passed.begins(turn, now, TALLY)


def test_as_much_is_not_planned_for_as_fell_into_each_of_the_last_two_runs() -> None:
    passed, turn, found = Passed(), slow(), []
    for number, fell in enumerate((0, 2, 2, 3, 1, 0, 2)):
        begin(passed, turn, 100.0 * number, fell)
        found.append(passed.rates()[Priority.IMPORTANT.rank])
    # Of 0.6 slots a second two thirds, and a half.
    assert found == pytest.approx([0.0, 0.0, 0.4, 0.4, 0.3, 0.0, 0.0])


def test_what_is_planned_changes_a_few_times_a_window_at_most_and_no_change_is_forgotten() -> None:
    passed, turn = Passed(), slow()
    assert [begin(passed, turn, 0.0, 0), begin(passed, turn, 0.1, 2)] == [False, False]
    assert begin(passed, turn, 0.2, 2)
    assert not begin(passed, turn, 0.3, 0)
    other = slow()
    assert not begin(passed, other, SPAN * STANDS, 0)
    assert begin(passed, other, 1.1 * SPAN * STANDS, 0)
    assert not begin(passed, other, 3 * SPAN, 0)


def test_one_that_left_or_has_another_interval_now_counts_no_more() -> None:
    passed, gone, slower, stays = Passed(), slow(), slow(), slow()
    for turn in (gone, slower, stays):
        for now in (0.0, 1.0, 2.0):
            begin(passed, turn, now, 1)
    assert sum(passed.rates()) == pytest.approx(0.9)
    gone.removed = True
    slower.repeat(300.0)
    stays.repeat(10.0)
    assert sum(passed.rates()) == pytest.approx(0.3)

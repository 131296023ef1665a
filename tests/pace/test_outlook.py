"""What a process expects to need, as it tells the others, and as they hear it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.agenda import Agenda
from quanticity.pace.others import EARLY, Others
from quanticity.pace.outlook import MANY, STEPS, Outlook, look_out
from quanticity.pace.ports import Heard, Job, Lane
from quanticity.pace.spread import Demand
from quanticity.pace.turns import Turn

NOW, OFFSET = 1_767_625_200.0, 3.5
DEMAND = Demand({Session.MARKET_HOURS: (0.5, 0.25, 0.0, 2.0)})


async def nothing(_lane: Lane) -> None:
    """Stands for a run."""


def turn(interval: float, due: float, calls: int = 1) -> Turn:
    job = Job(
        f"{interval}{due}", "b", Priority.CRITICAL, nothing, interval=interval, max_calls=calls
    )
    made = Turn(job, 0, 0.0)
    made.due = due
    return made


def told(turns: Sequence[Turn], waiting: Sequence[Turn] = ()) -> Outlook:
    agendas = [Agenda() for _ in Priority]
    for one in turns:
        agendas[0].set(one, one.due)
    made = look_out(
        7, agendas, waiting, since=NOW, seconds=90.0, made_at=NOW + OFFSET, demand=DEMAND
    )
    found = Outlook.unpack(made.pack())
    assert found is not None
    return found


def heard(outlook: Outlook, at: float = 0.0, lives: float = 50.0) -> Heard:
    until = NOW + OFFSET + lives
    return Heard("p", outlook.number, at, (1, 0, 0, 2), until, outlook.pack())


def test_what_is_told_is_heard_in_the_other_clock() -> None:
    others = Others()
    assert others.learn([heard(told([turn(40.0, NOW + 10.25, 3)]))], OFFSET, NOW)
    due = NOW + 10.25 - EARLY
    assert [at for at, _ in others.upcoming(0, NOW, NOW + 90)] == pytest.approx([due, due + 40])
    assert others.needs(0, NOW + 20) == 1 + 3
    assert others.needs(0, NOW + 90) == 1 + 6
    assert others.next_due(0, NOW + 11) == pytest.approx(due + 40)
    assert others.demand.rate(Session.MARKET_HOURS, 0) == 0.5
    assert others.waiting == [1, 0, 0, 2]


def test_what_was_looked_at_since_is_to_come_no_more() -> None:
    outlook = told([turn(40.0, NOW + 10.0), turn(40.0, NOW + 12.0)])
    others = Others()
    others.learn([heard(outlook, at=10.0)], OFFSET, NOW + 10)
    assert others.needs(0, NOW + 20) == 1 + 1
    assert not others.overdue(NOW + 11)
    assert others.overdue(NOW + 12.5), "it may be held by now, or wait"
    # It is needed still.
    assert others.upcoming(0, NOW + 13, NOW + 20) == [(NOW + 13, 1)]


def test_a_run_that_waits_is_expected_again_on_its_grid() -> None:
    outlook = told([], [turn(40.0, NOW - 5.0)])
    steps, _ = outlook.dues[0]
    assert len(steps) == 2


def test_very_many_are_told_in_steps_and_none_is_lost_or_late() -> None:
    rng = random.Random(4)
    turns = [turn(30.0, NOW + rng.uniform(0, 30), rng.choice([1, 2])) for _ in range(MANY)]
    outlook = told(turns)
    assert outlook.step == 90.0 / STEPS
    steps, calls = outlook.dues[0]
    assert len(steps) <= STEPS
    assert calls.sum() == 3 * sum(one.job.max_calls for one in turns)
    first = min(one.due for one in turns) - NOW
    assert first - outlook.step <= steps[0] * outlook.step <= first
    assert len(outlook.pack()) < 6 * STEPS + 400


def test_who_is_silent_is_forgotten_and_so_is_what_it_plans() -> None:
    others = Others()
    others.learn([heard(told([turn(40.0, NOW + 10.0)]), lives=20.0)], OFFSET, NOW)
    assert not others.forget_silent(NOW + 19.9)
    assert others.there
    assert others.forget_silent(NOW + 20.1)
    assert not others.there
    assert others.needs(0, NOW + 90) == 0
    assert others.demand.rate(Session.MARKET_HOURS, 3) == 0


def test_what_another_version_packed_is_not_taken_for_anything() -> None:
    outlook = told([turn(40.0, NOW + 10.0)])
    assert Outlook.unpack(bytes([99]) + outlook.pack()[1:]) is None
    assert Outlook.unpack(b"") is None
    others = Others()
    others.learn([heard(outlook)._replace(outlook=b"\x63")], OFFSET, NOW)
    assert not others.there


def test_words_about_an_outlook_that_was_not_heard_count_for_nothing() -> None:
    outlook, others = told([turn(40.0, NOW + 10.0)]), Others()
    others.learn([heard(outlook)], OFFSET, NOW)
    others.learn([heard(outlook)._replace(number=8, outlook=None)], OFFSET, NOW)
    assert not others.there

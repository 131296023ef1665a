"""An agenda, whatever happened to it, tells what a plain list of its turns would."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant
from hypothesis.stateful import rule as step

from quanticity.model import Priority
from quanticity.pace.agenda import FEW, OFTEN, Agenda
from quanticity.pace.phases import grid_after
from quanticity.pace.ports import Job, Lane
from quanticity.pace.rules import Rule
from quanticity.pace.turns import NEVER, Turn
from tests.pace import examples

AHEAD = 40.0
# Moments, intervals and phases that are sums of powers of two: nothing is rounded.
moments = st.integers(0, 60 * 64).map(lambda parts: parts / 64)


async def _nothing(_lane: Lane) -> None:
    return None


def _job(interval: float | None, calls: int) -> Job:
    return Job("a", "b", Priority.CRITICAL, _nothing, interval=interval, max_calls=calls)


@dataclass
class Listed:
    """What the agenda should know: who is due when. `seconds` from now on may be asked about."""

    boundary: float = NEVER
    following: Rule = field(default_factory=Rule)
    due: dict[Turn, float] = field(default_factory=dict)

    def upcoming(self, until: float) -> list[tuple[float, int]]:
        """Each moment up to `until` at which a turn is due, one by one."""
        found = []
        for turn, first in self.due.items():
            at = first
            while at <= until:
                found.append((at, turn.job.max_calls))
                at = self._after(turn, first, at, until)
        return sorted(found)

    def _after(self, turn: Turn, first: float, at: float, until: float) -> float:
        every = turn.every
        if every is None or turn.job.interval is None:
            return NEVER
        slower = self.following.interval(turn.job.interval)
        if until < self.boundary:
            return at + every * (1 + turn.overlap)
        if at == first and at <= self.boundary:
            # The first of those that follow is on the grid, as is all that comes after it.
            later = grid_after(at, every, turn.phase)
        elif at <= self.boundary:
            later = at + every
        else:
            return grid_after(max(at, self.boundary), slower, turn.phase)
        if later <= self.boundary:
            return later
        return grid_after(max(self.boundary, first), slower, turn.phase)


class Agendas(RuleBasedStateMachine):
    """Everything that can be done to an agenda, in any order."""

    turns = Bundle("turns")

    @initialize(
        boundary=st.one_of(st.just(NEVER), st.integers(0, 80).map(float), st.just(60.0)),
        cadence=st.sampled_from(["run_normal", "reduce_frequency_50%"]),
    )
    def begin(self, boundary: float, cadence: str) -> None:
        self.agenda, self.listed = Agenda(), Listed(boundary, Rule(cadence=cadence))
        self.agenda.boundary, self.agenda.next_rule = boundary, self.listed.following

    @step(
        target=turns,
        due=moments,
        interval=st.sampled_from([None, 0.5, 1.0, 7.5, 30.0, 100.0]),
        calls=st.integers(1, 3),
        phase=st.sampled_from([0.0, 0.0, 0.25, 0.625]),
    )
    def add(self, due: float, interval: float | None, calls: int, phase: float) -> Turn:
        turn = Turn(_job(interval, calls), 0, phase)
        self.agenda.set(turn, due)
        self.listed.due[turn] = due
        return turn

    @step(turn=turns, due=st.one_of(moments, st.just(NEVER)))
    def set_again(self, turn: Turn, due: float) -> None:
        self.agenda.set(turn, due)
        self.listed.due[turn] = due

    @step(turn=turns, due=moments, passed=st.integers(0, 2))
    def begin_a_run(self, turn: Turn, due: float, passed: int) -> None:
        turn.passed = passed
        turn.count_passed()
        self.set_again(turn, due)

    @step(turn=turns)
    def drop(self, turn: Turn) -> None:
        self.agenda.drop(turn)
        self.listed.due.pop(turn, None)

    @step(turn=consumes(turns))
    def leave(self, turn: Turn) -> None:
        self.agenda.leave(turn)
        self.listed.due.pop(turn, None)

    @step(turn=turns, calls=st.integers(1, 3), interval=st.sampled_from([0.5, 7.5, 30.0]))
    def change(self, turn: Turn, calls: int, interval: float) -> None:
        turn.job = _job(interval, calls)
        turn.every = interval
        self.agenda.changed(turn)

    @step(now=moments)
    def pop(self, now: float) -> None:
        first = min(self.listed.due.values(), default=NEVER)
        assert self.agenda.next_due == first
        if first <= now:
            assert self.listed.due.pop(self.agenda.pop()) == first

    @invariant()
    def it_knows_who_is_next(self) -> None:
        assert self.agenda.next_due == min(self.listed.due.values(), default=NEVER)

    @step(until=st.one_of(moments, st.just(100.0)))
    def it_lists_what_is_coming(self, until: float) -> None:
        expected = self.listed.upcoming(until)
        assert sorted(self.agenda.upcoming(until)) == expected
        dues, calls = self.agenda.upcoming_arrays(until)
        assert sorted(zip(dues.tolist(), calls.tolist(), strict=True)) == expected
        assert self.agenda.runs(until) == len(expected)

    @step(now=moments, ahead=st.floats(0, AHEAD))
    def it_sums_what_is_due_first_by_the_second(self, now: float, ahead: float) -> None:
        seconds = range(int(now), int(now + ahead) + 1)
        first = sum(
            turn.job.max_calls
            for turn, due in self.listed.due.items()
            if due < NEVER and int(due) in seconds
        )
        assert self.agenda.first_dues(now, now + ahead) == first


TestAgenda = Agendas.TestCase
TestAgenda.settings = examples(60)


@given(
    jobs=st.lists(
        st.tuples(st.integers(0, 60 * 64), st.integers(1, 600), st.integers(1, 3)),
        min_size=1,
        max_size=20,
    ),
    most=st.integers(1, 4000),
)
@examples(40, 4000)
def test_what_is_gathered_is_as_much_and_never_later(
    jobs: list[tuple[int, int, int]], most: int
) -> None:
    agenda, until = Agenda(), 90.0
    for due, every, calls in jobs:
        turn = Turn(_job(every / 64, calls), 0, 0.0)
        turn.every = every / 64
        agenda.set(turn, due / 64)
    exact = agenda.upcoming(until)
    moments, needed = agenda.upcoming_arrays(until, most)
    assert len(moments) <= max(most, OFTEN * len(jobs))
    assert needed.sum() >= sum(calls for _, calls in exact)
    for at in sorted({due for due, _ in exact})[::7]:
        assert needed[moments <= at].sum() >= sum(calls for due, calls in exact if due <= at)
    gathered = [until * 64 / every / OFTEN + 1 for _, every, _ in jobs]
    over = sum(calls * many for (_, _, calls), many in zip(jobs, gathered, strict=True))
    assert needed.sum() <= sum(calls for _, calls in exact) + over


def test_what_comes_first_of_many_is_all_that_there_is() -> None:
    agenda, turns = Agenda(), [Turn(_job(None, 1), index, 0.0) for index in range(3 * FEW)]
    for index, turn in enumerate(turns):
        turn.every = None
        agenda.set(turn, index * 37 % len(turns) / 4)
    for turn in turns[::5]:
        agenda.drop(turn)
    for until in (-1.0, 0.0, 10.0, 40.0, 100.0):
        left = [turn.due for turn in turns if turn.serial and turn.due <= until]
        assert sorted(agenda.upcoming(until)) == [(due, 1) for due in sorted(left)]
        assert agenda.runs(until) == len(left)


def test_one_quick_run_is_enough_to_expect_the_next_at_each_due_time_again() -> None:
    turn, agenda, found = Turn(_job(1.0, 5), 0, 0.0), Agenda(), []
    for passed in (0, 2, 1, 1, 0, 1, 1):
        turn.passed = passed
        turn.count_passed()
        agenda.set(turn, 1.0)
        found.append(len(agenda.upcoming(4.5)))
    assert found == [4, 4, 2, 2, 4, 4, 2]


def test_a_feed_due_every_few_milliseconds_is_told_in_few_words() -> None:
    agenda = Agenda()
    for index in range(250):
        turn = Turn(_job(0.0125, 1), index, 0.0)
        turn.every = 0.0125
        agenda.set(turn, index / 20_000)
    moments, needed = agenda.upcoming_arrays(92.0, 32_768)
    assert len(moments) <= 32_768
    assert 1_840_000 <= needed.sum() <= 1_880_000


def test_calls_that_changed_while_a_turn_was_off_the_agenda_are_listed() -> None:
    agenda, turn = Agenda(), Turn(_job(10.0, 1), 0, 0.0)
    agenda.set(turn, 1.0)
    agenda.upcoming_arrays(5.0)
    agenda.pop()
    turn.job = _job(10.0, 3)
    agenda.changed(turn)
    agenda.set(turn, 11.0)
    assert agenda.upcoming_arrays(15.0)[1].tolist() == [3]

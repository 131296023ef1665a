"""The jobs of one budget: when each is due, under the rules of the session."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from quanticity.clock import Session
from quanticity.pace.ahead import Change
from quanticity.pace.demand import eases, lumps_of, plans_of, scarce
from quanticity.pace.gate import Gate
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.passed import Passed
from quanticity.pace.period import Wall
from quanticity.pace.phases import Phases, grid_after, window_of
from quanticity.pace.ports import Job
from quanticity.pace.rules import NORMAL, Admission, Rule
from quanticity.pace.spread import Demand, Sessions
from quanticity.pace.table import GROUPS
from quanticity.pace.turns import NEVER, Stage, Turn

LEAST_PAUSE = 0.05
LEAST_STEP = 0.5

TimeOfDay = Callable[[tuple[str, ...], float], float]


class Roster:
    """Who runs when. Times are steady epoch seconds."""

    __slots__ = (
        "_after",
        "_ease",
        "_next_at",
        "_passed",
        "_phases",
        "_planned",
        "_sessions",
        "_slack",
        "_wall",
        "gate",
        "leaving",
        "rules",
        "turns",
    )

    def __init__(
        self,
        spec: BudgetSpec,
        after: BudgetSpec | None = None,
        *,
        wall: Wall,
        sessions: Sessions,
        next_at: TimeOfDay,
        slack: float = 0.0,
    ) -> None:
        # The limits of the session that follows.
        self._after = spec if after is None else after
        self.turns: dict[str, Turn] = {}
        # Those whose job left while a run was under way, by its id, for as long as that lasts.
        self.leaving: dict[str, Turn] = {}
        self.gate = Gate(spec, wall, sessions, slack)
        self.rules: tuple[Rule, ...] = (NORMAL,) * GROUPS
        self._phases = Phases(window_of(spec))
        self._ease: tuple[float, ...] = (1.0,) * GROUPS
        self._planned: tuple[Demand, Session | None] = Demand({}), None
        self._passed = Passed()
        self._wall, self._sessions, self._next_at = wall, sessions, next_at
        self._slack = slack

    def add(self, job: Job, due: float) -> Turn:
        """A job joins; its first run is due at `due`."""
        index, phase = self._phases.take(job.group, job.interval, job.max_calls)
        turn = self.turns[job.id] = Turn(job, index, phase)
        self._apply_rule(turn)
        self.gate.agendas[turn.rank].set(turn, due)
        return turn

    def remove(self, turn: Turn) -> None:
        """A job leaves; a run under way ends as it would have."""
        if self.turns.get(turn.job.id) is turn:
            del self.turns[turn.job.id]
        turn.removed = True
        if turn.running:
            self.leaving[turn.job.id] = turn
        self.gate.agendas[turn.rank].leave(turn)
        self._phases.give_back(*turn.kind, turn.phase_index)
        if turn.waiting:
            turn.waiting = False
            self.gate.backlog[turn.rank] -= turn.calls

    def unsettle(self, now: float, *, critical: bool = True) -> None:
        """Much demand became known just now: it may have to wait for up to a window.

        Unless some of it is `critical`, nothing changes for that: its peaks are still kept free.
        """
        main = self.gate.tally.main
        if main is not None:
            self.gate.even.settled_at = settled = now + self.gate.tally.windows[main].span
            if critical:
                self.gate.lending.settled_at = settled

    def exchange(self, turn: Turn, job: Job) -> None:
        """The job of a turn is a new one with the same timing; a run under way is the old's."""
        turn.job = job
        self.gate.is_new = True
        self.gate.agendas[turn.rank].changed(turn)

    def restart(self, turn: Turn, now: float) -> None:
        """The job changed, its timing did not: it keeps its phase and runs at once."""
        if turn.running:
            turn.again = True
        elif not turn.waiting:
            self.gate.is_new = True
            self.gate.agendas[turn.rank].set(turn, now)

    def plan(self, demand: Demand, session: Session) -> None:
        """The jobs, the limits or the session changed: what was looked ahead no longer holds."""
        self._planned = demand, session
        self.gate.is_new = True
        if self.gate.others.there:
            demand = demand.plus(self.gate.others.demand)
        self.gate.demand = demand
        spec = self.gate.spec
        self._ease = eases(spec, demand, session)
        self._plan_lending()
        rooms = scarce(spec, demand, session)
        # Where others draw on the same budget, each process has its part of what is scarce.
        parts = [room * demand.part(session, rank) for rank, room in enumerate(rooms)]
        lumps = lumps_of(self.turns.values())
        self.gate.even.plan(parts, lumps, shared=self.gate.others.there)
        self.gate.lending.expect(
            (
                (turn.rank, turn.job.max_calls * max(1, len(turn.job.at)), turn.every or NEVER)
                for turn in self.turns.values()
            ),
            lumps,
        )
        self.gate.forget()

    def _plan_lending(self) -> None:
        demand, session = self.gate.demand, self._planned[1]
        if session is not None:
            plans = plans_of(self.gate.spec, demand, session, self._passed.rates())
            self.gate.lending.plan(plans, self._change(demand))

    def _change(self, demand: Demand) -> Change | None:
        """The other limits of the session that follows, where there are any."""
        at, after = self.gate.agendas[0].boundary, self._after
        if after == self.gate.spec or at == NEVER:
            return None
        _, _, following = self._sessions(at, at + 1.0)[0]
        return Change(at, after, plans_of(after, demand, following))

    @property
    def own_demand(self) -> Demand:
        """What the jobs of this process plan to use."""
        return self._planned[0]

    @property
    def planned_for(self) -> Session | None:
        """The session of the plan in force; None where there is none."""
        return self._planned[1]

    def plan_anew(self) -> None:
        """What others plan to draw from the same budget changed."""
        demand, session = self._planned
        if session is not None:
            self.plan(demand, session)

    def session_began(
        self, rules: Sequence[Rule], boundary: float, following: Sequence[Rule], now: float
    ) -> None:
        """A session began, or the rules changed; at `boundary` the next one does."""
        self.rules = tuple(rules)
        for rank, agenda in enumerate(self.gate.agendas):
            agenda.boundary, agenda.next_rule = boundary, following[rank]
        for turn in self.turns.values():
            before = turn.every
            self._apply_rule(turn)
            if turn.every == before:
                continue
            if turn.waiting or turn.first:
                self.gate.agendas[turn.rank].changed(turn)
            else:
                self.rest(turn, now)
        self.gate.forget()

    def set_again(self, now: float, step: float) -> None:
        """The wall clock was set by `step` seconds: times of day and resets lie elsewhere.

        A time of day that was leapt over (the machine slept) is made up for at once. A run that
        was held back mostly waits for one: whether it still has to is asked anew.
        """
        for window in (*self.gate.tally.windows, *self.gate.tally.foreign):
            window.forget_period()
        self.gate.tight.set_again(step)
        for turn in self.turns.values():
            if turn.reason and turn.stage is Stage.RESTING:
                self.gate.agendas[turn.rank].set(turn, now)
            elif turn.job.at and not turn.waiting and not turn.first and turn.due > now:
                # One that is due now is collected next: most sessions begin at a time of day.
                if turn.due <= now + step:
                    self.gate.agendas[turn.rank].set(turn, now)
                else:
                    self.rest(turn, now)
        self.gate.forget_pauses()

    def reconfigure(self, spec: BudgetSpec, after: BudgetSpec, now: float) -> bool:
        """New limits, and those `after` the session; held slots and what the vendor said stay.

        False where they are those of before.
        """
        same, self._after = after == self._after, after
        if spec == self.gate.spec:
            return not same
        old = self.gate
        self.gate = Gate(spec, self._wall, self._sessions, self._slack)
        self.gate.adopt(old, now)
        self._phases.window = window_of(spec)
        return True

    def held_back(self, turn: Turn, now: float) -> bool:
        """Whether the job itself is not ready; then it is asked again later."""
        job = turn.job
        answer = job.ready(self._wall(now)) if job.ready is not None else None
        if answer is None:
            return False
        turn.reason, wait = answer
        turn.order = NEVER
        again = now + max(wait, LEAST_PAUSE)
        if turn.every is not None and wait >= turn.every:
            again = grid_after(again - LEAST_PAUSE, turn.every, turn.phase)
        self.gate.agendas[turn.rank].set(turn, again)
        self.gate.is_new = True
        return True

    def begin(self, turn: Turn, now: float) -> None:
        """A run starts: note how late, and when the next one is due."""
        due, every = turn.due, turn.every
        if every is not None and now - due >= every:
            missed = math.floor((now - due) / every)
            turn.skipped += missed
            if self.rules[turn.rank].admission is not Admission.ALWAYS:
                due += missed * every
        turn.waiting, turn.running, turn.first = False, True, False
        turn.again_at, turn.spent = NEVER, 0.0
        if self._passed.begins(turn, now, self.gate.tally):
            self._plan_lending()
            self.gate.reopen()
        turn.last_due, turn.last_start = due, now
        turn.lateness = now - due
        turn.order = NEVER
        turn.reason = ""
        self.rest(turn, now)

    def goes_again(self, turn: Turn, now: float) -> bool:
        """Whether a job whose run just ended is due sooner than it was, and when it is then.

        One that was edited meanwhile is due at once, and one of a time of day that failed soon.
        """
        job = turn.job
        if turn.removed:
            self.leaving.pop(job.id, None)
            return False
        if turn.again:
            turn.again = False
            self.gate.agendas[turn.rank].set(turn, now)
            return True
        wait = job.again_after() if job.at and job.again_after is not None else None
        if wait is None:
            return False
        turn.again_at = now + wait
        self.rest(turn, now)
        return True

    def rest(self, turn: Turn, now: float) -> None:
        """Set the turn's next due time."""
        job = turn.job
        due, every = NEVER, turn.every
        if job.at:
            due = self._next_at(job.at, now)
            if now < turn.again_at < due:
                # One that was passed over then is not due at once, again and again.
                due = turn.again_at
        elif every is not None:
            due = grid_after(now, every, turn.phase)
            # Where there is little to spare, a run that came off its grid (the first, or a
            # late one) goes back to it by small steps, not by asking twice in one interval.
            step = max(every * self._ease[turn.rank], min(LEAST_STEP, every / 10))
            due = max(due, now + every - step)
        self.gate.agendas[turn.rank].set(turn, due)

    def _apply_rule(self, turn: Turn) -> None:
        interval = turn.job.interval
        if interval is not None:
            turn.repeat(self.rules[turn.rank].interval(interval))

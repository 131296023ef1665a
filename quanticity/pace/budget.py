"""One budget: its jobs, who waits for a slot, and who gets the next one.

Nothing here waits or reads a clock of its own: the scheduler (or a rehearsal) asks `dispatch`
at a moment, and `wake` says when to ask again at the latest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from quanticity.clock import Session
from quanticity.pace.claims import Claim, Queue
from quanticity.pace.demand import critical_fits, eases
from quanticity.pace.gate import Gate
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.lookahead import GROUPS
from quanticity.pace.phases import Phases, grid_after
from quanticity.pace.ports import Job, Word
from quanticity.pace.rules import NORMAL, Admission, Rule
from quanticity.pace.slots import HeldSlot
from quanticity.pace.spread import Demand, Sessions
from quanticity.pace.turns import NEVER, Turn
from quanticity.pace.windows import Wall

# `skip_if_busy` means now; the start of a burst is still now.
NOW_ENOUGH = 1.0
# After waiting this long a run asks again whether it is ready.
STALE_ANSWER = 1.0
LEAST_PAUSE = 0.05
LEAST_STEP = 0.5
# How soon a job looks again whether the last run of the one it replaced is over.
STILL_BUSY = 0.1

TimeOfDay = Callable[[tuple[str, ...], float], float]


class Budget:
    """The desk at which slots are handed out. Times are steady epoch seconds."""

    def __init__(
        self,
        name: str,
        spec: BudgetSpec,
        *,
        time: Callable[[], float],
        wall: Wall,
        sessions: Sessions,
        next_at: TimeOfDay,
        poke: Callable[[Budget], None],
        identify: Callable[[], str],
        slack: float = 0.0,
    ) -> None:
        self.name = name
        self.turns: dict[str, Turn] = {}
        self.gate = Gate(spec, wall, sessions, slack)
        self.wake = NEVER
        self.hold_until = 0.0
        self.released: Callable[[HeldSlot, str], None] | None = None
        self.rules: tuple[Rule, ...] = (NORMAL,) * GROUPS
        self.reasons = [""] * GROUPS
        self._scheduled = [Queue() for _ in range(GROUPS)]
        self._extra = [Queue() for _ in range(GROUPS)]
        self._phases = Phases()
        self._ease = (1.0,) * GROUPS
        self._time, self._wall, self._sessions = time, wall, sessions
        self._next_at, self._poke, self._identify = next_at, poke, identify
        self._slack = slack
        self._waits_for_place = False
        self._waits_for_headers = False

    # Jobs

    def add(self, job: Job, due: float) -> Turn:
        """A job joins; its first run is due at `due`."""
        kind = (job.group, job.interval)
        index, phase = self._phases.take(kind)
        turn = self.turns[job.id] = Turn(job, kind, index, phase)
        self._apply_rule(turn)
        self.gate.agendas[turn.rank].set(turn, due)
        return turn

    def remove(self, turn: Turn) -> None:
        """A job leaves; a run under way ends as it would have."""
        if self.turns.get(turn.job.id) is turn:
            del self.turns[turn.job.id]
        turn.removed = True
        self.gate.agendas[turn.rank].drop(turn)
        self._phases.give_back(turn.kind, turn.phase_index)
        if turn.waiting:
            turn.waiting = False
            self.gate.backlog[turn.rank] -= turn.calls

    def unsettle(self, now: float) -> None:
        """Much demand became known just now: it may have to wait for up to a window."""
        main = self.gate.tally.main
        if main is not None:
            self.gate.lending.settled_at = now + self.gate.tally.windows[main].span

    def exchange(self, turn: Turn, job: Job) -> None:
        """The job of a turn is a new one with the same timing; a run under way is the old's."""
        turn.job = job

    def restart(self, turn: Turn, now: float) -> None:
        """The job changed, its timing did not: it keeps its phase and runs at once."""
        if turn.running:
            turn.again = True
        elif not turn.waiting:
            self.gate.agendas[turn.rank].set(turn, now)

    def plan(self, demand: Demand, session: Session) -> None:
        """The jobs, the limits or the session changed: what was looked ahead no longer holds."""
        self.gate.demand = demand
        self._ease = eases(self.gate.spec, demand, session)
        main = self.gate.spec.main
        critical = demand.rate(session, 0) * main.length if main is not None else 0.0
        fits = critical_fits(self.gate.spec, demand, session)
        self.gate.lending.plan(critical, fits=fits)
        self.gate.forget()

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
            if turn.every != before and not turn.waiting and not turn.first:
                self._rest(turn, now)
        self.gate.forget()

    def set_again(self, now: float) -> None:
        """The wall clock was set: times of day and resets lie elsewhere."""
        for window in (*self.gate.tally.windows, *self.gate.tally.foreign):
            window.forget_period()
        for turn in self.turns.values():
            if turn.job.at and not turn.waiting and not turn.first:
                self._rest(turn, now)
        self.gate.forget()

    def reconfigure(self, spec: BudgetSpec, now: float) -> None:
        """New limits; held slots, queues and what the vendor said stay."""
        if spec == self.gate.spec:
            return
        old = self.gate
        self.gate = Gate(spec, self._wall, self._sessions, self._slack)
        self.gate.adopt(old, now)

    # Slots

    def claim(self, claim: Claim) -> None:
        """Somebody wants a slot."""
        (self._scheduled if claim.scheduled else self._extra)[claim.rank].push(claim)
        self._poke(self)

    def dispatch(self, now: float) -> list[tuple[Claim, HeldSlot]]:
        """Hand out all slots that may be had at `now`; sets `wake`."""
        self._collect(now)
        granted: list[tuple[Claim, HeldSlot]] = []
        wake = self.hold_until if self.hold_until > now else NEVER
        self._waits_for_place = self._waits_for_headers = False
        if wake == NEVER:
            wake = self._serve(now, granted)
        for agenda in self.gate.agendas:
            due = agenda.next_due()
            wake = min(wake, due)
        self.wake = wake
        return granted

    def pause(self, until: float) -> None:
        """Hand out nothing before `until`: a ledger said that there is nothing."""
        self.hold_until = max(self.hold_until, until)
        self._poke(self)

    def resume(self) -> None:
        """What there was to wait for is known."""
        self.hold_until = 0.0
        self.gate.forget()
        self._poke(self)

    def undo(self, claim: Claim, slot: HeldSlot) -> None:
        """The slot could not be written down: nothing was sent, and the claim waits on."""
        slot.ended, slot.in_flight = True, False
        self.gate.tally.give_back(slot)
        self.gate.forget()
        turn = claim.turn
        if claim.scheduled:
            self.gate.backlog[claim.rank] += 1
        if turn is not None:
            turn.taken -= 1
            if claim.begins:
                turn.waiting, turn.running = True, False
                turn.order = claim.order
                if turn.last_due is not None:
                    turn.due = turn.last_due
                self.gate.agendas[turn.rank].drop(turn)
        if turn is None or not turn.removed or not claim.begins:
            self.claim(claim)
        else:
            self.gate.backlog[claim.rank] -= turn.calls

    def finished(self, turn: Turn, now: float) -> None:
        """A run ended, however it did."""
        if turn.owing:
            self.gate.backlog[turn.rank] -= turn.owing
        turn.running = False
        turn.runs += 1
        turn.last_end = now
        turn.reason = ""
        if turn.again and not turn.removed:
            turn.again = False
            self.gate.agendas[turn.rank].set(turn, now)
            self._poke(self)

    def hear(self, word: Word, now: float) -> None:
        """The vendor said something about its limits."""
        self.gate.tight.hear(word, self.gate.spec, self.gate.tally, now)
        self.gate.forget()
        self._poke(self)

    # The endings of slots

    def slot_headers(self, slot: HeldSlot) -> None:
        """The request reached the vendor before now."""
        now = self._time()
        self.gate.tally.trip.add(now - slot.started)
        self._settled(slot, now, "headers")

    def slot_lost(self, slot: HeldSlot) -> None:
        """The request may still be on its way for the grace."""
        self._settled(slot, self._time() + self.gate.spec.grace, "lost")
        self.gate.forget()

    def slot_done(self, slot: HeldSlot) -> None:
        """The place in flight is free."""
        now = self._time()
        self.gate.tally.leave(slot)
        if slot.base <= now:
            self.gate.tally.whole.add(now - slot.started)
        self._tell(slot, "done")
        if self._waits_for_place:
            self._poke(self)

    def slot_unsent(self, slot: HeldSlot) -> None:
        """The request never left."""
        self.gate.tally.give_back(slot)
        self.gate.forget()
        self._tell(slot, "unsent")
        self._poke(self)

    def _settled(self, slot: HeldSlot, base: float, ending: str) -> None:
        self.gate.tally.settle(slot, base)
        self._tell(slot, ending)
        if self._waits_for_headers:
            # Who waits for a slot whose end was not known can be told a time now.
            self._poke(self)

    def _tell(self, slot: HeldSlot, ending: str) -> None:
        if self.released is not None:
            self.released(slot, ending)

    # Inside

    def _collect(self, now: float) -> None:
        for agenda in self.gate.agendas:
            while (turn := agenda.pop(now)) is not None:
                if turn.running:
                    # A slow vendor never makes polls pile up: this one is passed over.
                    turn.skipped += 1
                    self._rest(turn, now)
                elif turn.busy():
                    agenda.set(turn, now + STILL_BUSY)
                elif not self._held_back(turn, now):
                    self._enqueue(turn, now)

    def _enqueue(self, turn: Turn, now: float) -> None:
        job, rule = turn.job, self.rules[turn.rank]
        turn.waiting, turn.asked, turn.taken = True, now, 0
        if turn.order == NEVER:
            turn.order = turn.due
        turn.calls = job.max_calls
        self.gate.backlog[turn.rank] += turn.calls
        hold = job.timeout + self.gate.spec.grace
        claim = Claim(turn.rank, turn.order, hold, scheduled=True, turn=turn, begins=True)
        if rule.admission is Admission.IF_IDLE and not turn.first:
            claim.deadline = turn.due + min(NOW_ENOUGH, (turn.every or NEVER) / 10)
        self._scheduled[turn.rank].push(claim)

    def _held_back(self, turn: Turn, now: float) -> bool:
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
        return True

    def _serve(self, now: float, granted: list[tuple[Claim, HeldSlot]]) -> float:
        wake = NEVER
        gate = self.gate
        for rank in range(GROUPS):
            for queue in (self._extra[rank], self._scheduled[rank]):
                while (claim := queue.head()) is not None:
                    if not self._stands(claim, queue, now):
                        continue
                    refusal = gate.refusal(rank, claim.scheduled, now)
                    if refusal is not None:
                        wake = min(wake, refusal.until, claim.deadline or NEVER)
                        self._waits_for_place |= refusal.place
                        self._waits_for_headers |= refusal.until == NEVER
                        self.reasons[rank] = refusal.reason
                        if refusal.everyone:
                            return wake
                        break
                    queue.pop()
                    granted.append((claim, self._grant(claim, now)))
        return wake

    def _stands(self, claim: Claim, queue: Queue, now: float) -> bool:
        turn = claim.turn
        if turn is None or not claim.begins:
            return True
        if turn.removed or not turn.waiting:
            queue.pop()
            return False
        if claim.deadline is not None and now > claim.deadline:
            queue.pop()
            self._stop_waiting(turn)
            turn.skipped += 1
            turn.order = NEVER
            self._rest(turn, now)
            return False
        if now - turn.asked > STALE_ANSWER and turn.job.ready is not None:
            turn.asked = now
            if self._held_back(turn, now):
                queue.pop()
                self._stop_waiting(turn)
                return False
        return True

    def _stop_waiting(self, turn: Turn) -> None:
        turn.waiting = False
        self.gate.backlog[turn.rank] -= turn.calls

    def _grant(self, claim: Claim, now: float) -> HeldSlot:
        slot = HeldSlot(self, self._identify(), claim.rank, now, claim.hold)
        self.gate.granted(slot, claim.scheduled, now)
        if claim.scheduled:
            self.gate.backlog[claim.rank] -= 1
        turn = claim.turn
        if turn is not None:
            turn.taken += 1
            if claim.begins:
                self._begin(turn, now)
        return slot

    def _begin(self, turn: Turn, now: float) -> None:
        due, every = turn.due, turn.every
        if every is not None and now - due >= every:
            missed = math.floor((now - due) / every)
            turn.skipped += missed
            if self.rules[turn.rank].admission is not Admission.ALWAYS:
                due += missed * every
        turn.waiting, turn.running, turn.first = False, True, False
        turn.last_due, turn.last_start = due, now
        turn.lateness = now - due
        turn.order = NEVER
        turn.reason = ""
        self._rest(turn, now)

    def _rest(self, turn: Turn, now: float) -> None:
        job = turn.job
        due, every = NEVER, turn.every
        if job.at:
            due = self._next_at(job.at, now)
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
            turn.every = self.rules[turn.rank].interval(interval)

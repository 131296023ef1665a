"""One budget: its jobs, who waits for a slot, and who gets the next one.

Nothing here waits or reads a clock of its own: the scheduler (or a rehearsal) asks `dispatch`
at a moment, and `wake` says when to ask again at the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from quanticity.pace.claims import Claim, Queue, Waiting
from quanticity.pace.desk import Desk
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.period import Wall
from quanticity.pace.roster import TimeOfDay
from quanticity.pace.rules import Admission
from quanticity.pace.slots import UNSCHEDULED, HeldSlot
from quanticity.pace.spread import Sessions
from quanticity.pace.table import GROUPS
from quanticity.pace.turns import NEVER, Turn
from quanticity.pace.views import Refusal

# `skip_if_busy` means now; the start of a burst is still now.
NOW_ENOUGH = 1.0
# After waiting this long a run asks again whether it is ready.
STALE_ANSWER = 1.0
# How soon a job looks again whether the last run of the one it replaced is over.
STILL_BUSY = 0.1


class Budget(Desk):
    """The desk at which slots are handed out. Times are steady epoch seconds."""

    __slots__ = ("_identify", "_paused", "_waiting", "hold_until", "name", "reasons", "wake")

    def __init__(
        self,
        name: str,
        spec: BudgetSpec,
        after: BudgetSpec | None = None,
        *,
        time: Callable[[], float],
        wall: Wall,
        sessions: Sessions,
        next_at: TimeOfDay,
        poke: Callable[[Budget], None],
        identify: Callable[[int], str],
        slack: float = 0.0,
    ) -> None:
        super().__init__(
            spec,
            after,
            time=time,
            wall=wall,
            sessions=sessions,
            next_at=next_at,
            poke=poke,
            slack=slack,
        )
        self.name = name
        self.wake = NEVER
        self.hold_until = 0.0
        self.reasons = [""] * GROUPS
        self._waiting = Waiting()
        self._identify = identify
        self._paused = [0.0] * GROUPS

    # Slots

    def claim(self, claim: Claim) -> None:
        """Somebody wants a slot."""
        self._waiting.add(claim)
        self._poke(self)

    def dispatch(self, now: float) -> list[tuple[Claim, HeldSlot]]:
        """Hand out all slots that may be had at `now`; sets `wake`."""
        gate = self.gate
        gate.looked_at = now
        dues = gate.dues
        while (due := min(dues)) <= now:
            self._collect(dues.index(due), now)
        granted: list[tuple[Claim, HeldSlot]] = []
        wake = self.hold_until
        if wake <= now:
            wake = self._serve(now, granted)
        if min(dues) < wake:
            # Who may not start until a known moment is looked at then, whoever gets due meanwhile.
            shut = now < gate.shut_until < NEVER
            for rank, due in enumerate(dues):
                if due >= wake:
                    continue
                others_wait = rank and 2 * rank + 1 in self._waiting.taken
                later = shut or (others_wait and gate.is_blocked(rank, due))
                if not later or self.rules[rank].admission is Admission.IF_IDLE:
                    wake = due
        self.wake = wake
        return granted

    def pause(self, until: float, rank: int) -> None:
        """Hand nothing to a group and those below before `until`: a ledger had nothing."""
        for lower in range(rank, GROUPS):
            self._paused[lower] = max(self._paused[lower], until)
        self._poke(self)

    def waiting_turns(self) -> Iterator[Turn]:
        """Those that wait for the first slot of a run."""
        return self._waiting.turns()

    @property
    def waits(self) -> bool:
        """Whether anybody waits for a slot."""
        return any(self._waiting.lines[place][1].heap for place in self._waiting.taken)

    def resume(self) -> None:
        """What there was to wait for is known."""
        self.hold_until = 0.0
        self.gate.forget()
        self._poke(self)

    def look_again(self, *, changed: bool = True) -> None:
        """Others may hold more or less than was known; or nothing `changed` that is known."""
        (self.gate.look_again if changed else self.gate.reopen)()
        self._poke(self)

    def undo(self, claim: Claim, slot: HeldSlot) -> None:
        """The slot could not be written down: nothing was sent, and the claim waits on."""
        slot.ended, slot.in_flight = True, False
        self.gate.tally.give_back(slot)
        self.gate.forget_pauses()
        turn = claim.turn
        if claim.gone:
            # Who waited went meanwhile, and his run may be over: he counts as having had it.
            self._poke(self)
            return
        if claim.scheduled:
            self.gate.backlog[claim.rank] += 1
        if turn is not None:
            turn.taken -= claim.scheduled
            if turn.calls > 1:
                self.gate.under_way.granted(turn, self._time())
            if claim.begins:
                self.gate.under_way.over(turn)
                turn.waiting, turn.running = True, False
                turn.order = claim.order
                if turn.last_due is not None:
                    turn.due = turn.last_due
                self.gate.agendas[turn.rank].drop(turn)
        if turn is None or not turn.removed or not claim.begins:
            self.claim(claim)
        else:
            self.leaving.pop(turn.job.id, None)
            self.gate.backlog[claim.rank] -= turn.calls

    def finished(self, turn: Turn, now: float) -> None:
        """A run ended, however it did."""
        if turn.calls > turn.taken:
            self.gate.backlog[turn.rank] -= turn.owing
            self.gate.under_way.over(turn)
            self.gate.gave_up(turn.rank)
            if self.waits:
                self._poke(self)
        turn.running = False
        turn.runs += 1
        turn.last_end = now
        turn.reason = ""
        if (turn.again or turn.removed or turn.job.at) and self.goes_again(turn, now):
            self._poke(self)

    # Inside

    def _collect(self, rank: int, now: float) -> None:
        agenda, dues = self.gate.agendas[rank], self.gate.dues
        while dues[rank] <= now:
            turn = agenda.pop()
            if turn.running:
                # A slow vendor never makes polls pile up: this one is passed over.
                turn.skipped += 1
                turn.passed += 1
                self.rest(turn, now)
                self.gate.gave_up(turn.rank)
            elif turn.busy():
                agenda.set(turn, now + STILL_BUSY)
            elif self.held_back(turn, now):
                self.gate.gave_up(turn.rank)
            else:
                self._enqueue(turn, now)

    def _enqueue(self, turn: Turn, now: float) -> None:
        job, rule = turn.job, self.rules[turn.rank]
        turn.waiting, turn.asked, turn.taken = True, now, 0
        turn.reason = ""
        if turn.order == NEVER:
            turn.order = turn.due
        turn.calls = job.max_calls
        self.gate.backlog[turn.rank] += turn.calls
        hold = job.timeout + self.gate.spec.grace
        claim = Claim(turn.rank, turn.order, hold, scheduled=True, turn=turn, begins=True)
        if rule.admission is Admission.IF_IDLE and not turn.first:
            claim.deadline = turn.due + min(NOW_ENOUGH, (turn.every or NEVER) / 10)
        self._waiting.add(claim)

    def _pass_over(self, now: float) -> float:
        """Those that run now or not at all waited for too long; when the next will have."""
        deadlines = self._waiting.deadlines
        while (claim := deadlines.passed(now)) is not None:
            turn, claim.gone = claim.turn, True
            if turn is not None and turn.waiting:
                self._stop_waiting(turn)
                turn.skipped += 1
                turn.order = NEVER
                self.rest(turn, now)
        return deadlines.next()

    def _serve(self, now: float, granted: list[tuple[Claim, HeldSlot]]) -> float:
        gate, waiting = self.gate, self._waiting
        wake = self._pass_over(now) if waiting.deadlines.heap else NEVER
        if now < gate.shut_until:
            return min(wake, gate.shut_until)
        for place in waiting.taken.copy():
            rank, queue = waiting.lines[place]
            if now < self._paused[rank]:
                wake = min(wake, self._paused[rank])
                continue
            known = gate.blocked[rank] if place & 1 else None
            if known is None or known.until <= now:
                known = self._serve_line(rank, queue, now, granted)
            if known is None:
                if not queue.heap:
                    waiting.taken.remove(place)
                continue
            wake = min(wake, known.until)
            if known.everyone:
                gate.shut_until = known.until
                break
        return wake

    def _serve_line(
        self, rank: int, queue: Queue, now: float, granted: list[tuple[Claim, HeldSlot]]
    ) -> Refusal | None:
        """Hand out what one line may have; why not more, where somebody waits on."""
        gate = self.gate
        heap = queue.heap
        while heap:
            claim = heap[0][2]
            if claim.gone:
                queue.pop()
                continue
            turn = claim.turn
            if turn is not None and claim.begins and not self._stands(turn, queue, now):
                continue
            refusal = gate.refusal(rank, claim.scheduled, now)
            if refusal is not None:
                self._waits_for_place |= refusal.place
                self._waits_for_headers |= refusal.headers or refusal.until == NEVER
                self.reasons[rank] = refusal.reason
                if claim.scheduled and not refusal.everyone:
                    gate.blocked[rank] = refusal
                return refusal
            queue.pop()
            granted.append((claim, self._grant(claim, now)))
        return None

    def _stands(self, turn: Turn, queue: Queue, now: float) -> bool:
        if turn.removed or not turn.waiting:
            queue.pop()
            return False
        if now - turn.asked > STALE_ANSWER and turn.job.ready is not None:
            turn.asked = now
            if self.held_back(turn, now):
                queue.pop()
                self._stop_waiting(turn)
                return False
        return True

    def _stop_waiting(self, turn: Turn) -> None:
        turn.waiting = False
        self.gate.backlog[turn.rank] -= turn.calls
        self.gate.gave_up(turn.rank)

    def _grant(self, claim: Claim, now: float) -> HeldSlot:
        slot = HeldSlot(self, self._identify(claim.rank), claim.rank, now, claim.hold)
        if self.gate.others.there:
            slot.terms = self.gate.terms(claim.rank, claim.scheduled, now)
        elif not claim.scheduled:
            slot.terms = UNSCHEDULED
        self.gate.granted(slot, claim.scheduled, now, claim.order)
        if claim.scheduled:
            # What was needed is held now: that makes no difference to the groups below.
            self.gate.backlog[claim.rank] -= 1
        turn = claim.turn
        if turn is not None:
            turn.taken += claim.scheduled
            if turn.calls > 1:
                slot.run = turn
                self.gate.under_way.granted(turn, now)
            if claim.begins:
                self.begin(turn, now)
        return slot

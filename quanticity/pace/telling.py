"""What one process tells the others of a budget that they share, and hears of them.

It goes along with the exchanges that there are anyway. Its outlook is told again when it has
aged or something changed; what waits, and up to when it looked, with each slot that it takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.pace.budget import Budget
from quanticity.pace.outlook import look_out
from quanticity.pace.ports import Ask, Heard, Telling, Told, is_loan
from quanticity.pace.rhythm import Rhythm

# How far an outlook reaches, in windows and seconds beyond: a look ahead is of one and a quarter
# windows and a round trip, and an outlook is as old as this part of a window before the next.
REACH, BEYOND = 1.5, 2.0
AGED = 1 / 8
# Where something changed it is told anew at most so often.
CHANGED, AT_MOST = 1 / 64, 0.1


class Teller:
    """Speaks for one process. Times are steady epoch seconds."""

    def __init__(self, budget: Budget, process: str) -> None:
        self._budget = budget
        self._process = process
        self._number = 0
        self._made_at = -1.0
        self._seen = 0.0
        self._loans = 0
        self._stop_told = 0.0
        self._last: tuple[Heard, ...] = ()

    @property
    def has_news(self) -> bool:
        """Whether others count on something that is not so any more."""
        gate = self._budget.gate
        return gate.gave or self._stop_is_new or (gate.is_new and self._is_due(gate.looked_at))

    def wonders(self, now: float, heard_at: float) -> bool:
        """Whether there is something to tell others, or to hear of them since `heard_at`."""
        if self.has_news:
            return True
        gate = self._budget.gate
        passed = gate.others.overdue(now) or now > heard_at + gate.tally.trip.longest(now)
        return self._budget.waits and passed

    def tell(self, now: float, offset: float, *, anew: bool = False) -> Telling:
        """What to tell now; the ledger's clock is ahead by `offset`. `anew` says all of it."""
        gate, outlook = self._budget.gate, None
        rhythm = Rhythm(gate.tally.windows)
        since = max(gate.looked_at, now - rhythm.look)
        if anew or self._made_at < 0 or self._stop_is_new or self._is_due(since):
            self._number += 1
            self._made_at = since
            self._stop_told = gate.tight.heard_until
            outlook = look_out(
                self._number,
                gate.agendas,
                self._budget.waiting_turns(),
                since=since,
                seconds=REACH * rhythm.look + BEYOND,
                made_at=since + offset,
                demand=self._budget.own_demand,
                stopped=max(0.0, gate.tight.heard_until - since),
            ).pack()
            gate.is_new = False
        gate.gave = False
        told = Told(self._number, since - self._made_at, tuple(gate.backlog), rhythm.lives, outlook)
        return Telling(self._process, told, self._seen, self._loans, gate.tally.main)

    def was_lost(self) -> None:
        """Nobody may have heard what was told last."""
        self._made_at = -1.0

    def lent(self, asks: Sequence[Ask]) -> None:
        """These were granted while others were there."""
        self._loans += sum(map(is_loan, asks))

    def hear(
        self, at: float, loans: int, heard: tuple[Heard, ...], offset: float, now: float
    ) -> bool:
        """An answer of a ledger whose clock read `at`. True where others told anything new."""
        gate = self._budget.gate
        self._seen = at
        gate.others.loans = loans - self._loans
        if heard == self._last:
            return False
        self._last = heard
        if gate.others.learn(heard, offset, now):
            self._budget.plan_anew()
        gate.tight.hear_of_others(gate.others.stopped_until)
        return True

    def forget_silent(self, now: float) -> None:
        """Those of whom nothing was heard for long are no longer looked ahead for."""
        if self._budget.gate.others.forget_silent(now):
            self._budget.plan_anew()

    @property
    def _stop_is_new(self) -> bool:
        return self._budget.gate.tight.heard_until > self._stop_told

    def _is_due(self, now: float) -> bool:
        gate, age = self._budget.gate, now - self._made_at
        look = Rhythm(gate.tally.windows).look
        return age >= AGED * look or (gate.is_new and age >= max(AT_MOST, CHANGED * look))

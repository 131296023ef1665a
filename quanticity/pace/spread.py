"""A long quota (an hour, a day, a month) is spread, so that no group runs dry before its reset.

A group may use what the remaining planned demand of the higher groups leaves. Where that is
less than it plans itself, its requests are spaced out so that they last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quanticity.clock import Session
from quanticity.pace.limits import EXACT_WINDOW, RESERVE_FRACTION
from quanticity.pace.tally import GROUPS, Tally

NEVER = float("inf")
_BINS = 24
_RENEWALS = 2000
# A stretched group never plans to use the very last slot before the reset.
_CARE = 0.98

Sessions = Callable[[float, float], Sequence[tuple[float, float, Session]]]


Rates = dict[Session, tuple[float, float, float, float]]


@dataclass(frozen=True, slots=True)
class Demand:
    """Slots a second that each group plans to use, by session.

    `own` are those of this process, where others draw on the same budget; else None.
    """

    rates: Rates
    own: Rates | None = None

    def rate(self, session: Session, rank: int) -> float:
        """Slots a second of one group in a session."""
        return self.rates[session][rank] if session in self.rates else 0.0

    def own_rate(self, session: Session, rank: int) -> float:
        """What of that is this process's own."""
        own = self.rates if self.own is None else self.own
        return own[session][rank] if session in own else 0.0

    def part(self, session: Session, rank: int) -> float:
        """The part of a group's demand that is this process's own."""
        whole = self.rate(session, rank)
        return self.own_rate(session, rank) / whole if whole else 1.0

    def plus(self, others: Demand) -> Demand:
        """The demand of this process and of others together."""
        sums: Rates = {}
        for session in {**self.rates, **others.rates}:
            rates = [
                self.rate(session, rank) + others.rate(session, rank) for rank in range(GROUPS)
            ]
            sums[session] = (rates[0], rates[1], rates[2], rates[3])
        return Demand(sums, self.rates)


@dataclass(slots=True)
class _Stretch:
    """Up to a moment: slots held then, and what each group plans to have used by then."""

    held: int
    planned: tuple[float, ...]


class Quota:
    """The spread of one long window."""

    __slots__ = (
        "_at",
        "_next",
        "_rates",
        "_renew_at",
        "_sessions",
        "_spent",
        "_stale",
        "_stretches",
        "index",
        "length",
        "reserve",
        "usable",
    )

    def __init__(self, index: int, usable: int, length: float, sessions: Sessions) -> None:
        self._sessions = sessions
        self.index = index
        self.usable = usable
        self.length = length
        self.reserve = math.floor(RESERVE_FRACTION * usable)
        self._stretches: list[_Stretch] = []
        # When each group took its last slot, when it may have the next one, and whether plans
        # changed since that was counted.
        self._spent = [0.0] * GROUPS
        self._next = [0.0] * GROUPS
        self._stale = [False] * GROUPS
        self._rates: tuple[float, ...] = (0.0,) * GROUPS
        self._renew_at = 0.0
        self._at = 0

    def allows(self, rank: int, now: float, tally: Tally, phantom: int, demand: Demand) -> float:
        """`now` where a group may take a slot, else the moment to ask again."""
        if now >= self._renew_at:
            self._renew(now, tally, demand)
        if self._stale[rank]:
            self._count_next(rank, now, tally, phantom)
        if now < self._next[rank]:
            return min(self._next[rank], self._renew_at)
        factor = self._factor(rank, now, tally, phantom)
        return now if factor > 0 else self._renew_at

    def spent(self, rank: int, now: float, tally: Tally, phantom: int) -> None:
        """A group took a slot: where it plans more than there is, the next one waits."""
        self._spent[rank] = now
        self._count_next(rank, now, tally, phantom)

    def _count_next(self, rank: int, now: float, tally: Tally, phantom: int) -> None:
        self._stale[rank] = False
        factor = self._factor(rank, now, tally, phantom)
        rate = self._rates[rank]
        if factor < 1 and rate > 0 and self._spent[rank]:
            gap = 1 / (max(factor, 1e-6) * _CARE * rate)
            self._next[rank] = self._spent[rank] + min(gap, self.length)
        else:
            self._next[rank] = 0.0

    def renew(self) -> None:
        """Plans changed: look anew. A pause that is under way lasts as long as it now would."""
        self._renew_at = 0.0
        self._stale = [True] * GROUPS

    def forget_pauses(self) -> None:
        """Nobody has to wait because of the slot that its group took last."""
        self._spent = [0.0] * GROUPS
        self.renew()

    def adopt(self, old: Quota) -> None:
        """Go on with the pauses of before a reload."""
        self._spent = old._spent
        self.renew()

    def factor(self, rank: int, now: float, tally: Tally, phantom: int) -> float:
        """What part of its plan a group can have, 1 for all."""
        return min(1.0, self._factor(rank, now, tally, phantom)) if self._stretches else 1.0

    def _factor(self, rank: int, now: float, tally: Tally, phantom: int) -> float:
        grown = tally.held(self.index, now) - self._at
        capacity = self.usable - phantom - (self.reserve if rank else 0)
        least = NEVER
        for stretch in self._stretches:
            left = capacity - stretch.held - grown - sum(stretch.planned[:rank])
            own = stretch.planned[rank]
            if own > 0:
                least = min(least, left / own)
            elif left < 1:
                least = 0.0
        return least

    def _renew(self, now: float, tally: Tally, demand: Demand) -> None:
        self._renew_at = now + self.length / _RENEWALS
        self._at = tally.held(self.index, now)
        window = tally.windows[self.index]
        until = window.period(now)[1]
        if until < NEVER:
            ends = [until]
        else:
            ends = [now + self.length * part / _BINS for part in range(1, _BINS + 1)]
        others = self._at - window.held(now)
        planned = [0.0] * GROUPS
        self._stretches = []
        start = now
        for end in ends:
            for low, high, session in self._sessions(start, end):
                for rank in range(GROUPS):
                    planned[rank] += (high - low) * demand.rate(session, rank)
            start = end
            # Up to the reset all that is held stays held.
            held = self._at if until < NEVER else others + window.held_at(end)
            self._stretches.append(_Stretch(held, tuple(planned)))
        first = self._sessions(now, now + 1.0)
        session = first[0][2] if first else Session.MARKET_HOURS
        self._rates = tuple(demand.own_rate(session, rank) for rank in range(GROUPS))


def quotas(tally: Tally, sessions: Sessions) -> list[Quota]:
    """One for each window too long for exact look-ahead."""
    return [
        Quota(index, window.spec.usable, window.spec.length, sessions)
        for index, window in enumerate(tally.windows)
        if window.spec.length > EXACT_WINDOW or window.spec.reset is not None
    ]

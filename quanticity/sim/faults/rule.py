"""When a fault strikes: at a moment, again and again, for a while, or by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from quanticity.clock import EASTERN
from quanticity.sim.faults.fault import TIME, Fault, Where


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault of a plan and its occasions.

    `at` is in seconds from the plan's beginning, or a time of day (Eastern). Each occasion, at
    `at` and then `every` so many seconds, strikes the first event that comes; with `lasting` or
    `rate` all that come in so many seconds, of them a share. `matching` is a part of the event's
    kind, `times` the most strikes there may be.
    """

    fault: Fault
    where: frozenset[Where]
    matching: str = ""
    at: float | time = 0.0
    every: float | None = None
    lasting: float | None = None
    rate: float | None = None
    times: int | None = None

    @classmethod
    def anywhere(cls, fault: Fault, at: float = 0.0, every: float | None = None) -> Rule:
        """The fault in every place where it can strike."""
        return cls(fault, frozenset(fault.strikes), at=at, every=every)

    @property
    def by_chance(self) -> bool:
        """Whether it strikes a share of what comes."""
        return self.rate is not None

    @property
    def window(self) -> float:
        """How long an occasion stands open, in seconds; 0 where it strikes once."""
        if self.lasting is not None:
            return self.lasting
        return math.inf if self.by_chance else 0.0

    def applies(self, where: Where, kind: str) -> bool:
        """Whether it can ever strike such an event."""
        if where not in self.where or not self.fault.can_strike(where, kind):
            return False
        # What strikes with time alone does so once an occasion, and has no kind to match.
        return self.window == 0 if kind == TIME else self.matching in kind


class Turns:
    """The occasions of one rule, from the moment at which its plan begins."""

    def __init__(self, rule: Rule, begins: float) -> None:
        self.rule = rule
        self.struck = 0
        self._first = _first(rule.at, begins)
        self._done = -1

    @property
    def first(self) -> float:
        """The first occasion, epoch seconds; inf once there is none any more."""
        return self._first

    def due(self, now: float) -> bool:
        """Whether it is its turn at a moment."""
        number = self._number(now)
        if number is None:
            return False
        if self.rule.window == 0:
            return number > self._done
        return now < self._moment(number) + self.rule.window

    def strike(self, now: float) -> None:
        """It has struck. An occasion that passed meanwhile is not made up for."""
        self.struck += 1
        number = self._number(now)
        if number is not None:
            self._done = number
        if self.rule.times is not None and self.struck >= self.rule.times:
            self._first = math.inf

    def next_at(self, now: float) -> float:
        """The next occasion that strikes once; `now` where it is due, inf where none comes."""
        if self.rule.window > 0:
            return math.inf
        if self.due(now):
            return now
        if self._done < 0:
            return self._first
        return math.inf if self.rule.every is None else self._moment(self._done + 1)

    def _number(self, now: float) -> int | None:
        """Which occasion is the latest that has come."""
        if now < self._first:
            return None
        every = self.rule.every
        if every is None:
            return 0
        number = int((now - self._first) // every)
        # Division may fall short of a moment that was added up.
        return number + 1 if now >= self._moment(number + 1) else number

    def _moment(self, number: int) -> float:
        return self._first + number * (self.rule.every or 0.0)


def _first(at: float | time, begins: float) -> float:
    if isinstance(at, time):
        start = datetime.fromtimestamp(begins, EASTERN)
        moment = datetime.combine(start.date(), at, EASTERN)
        if moment < start:
            moment = datetime.combine(start.date() + timedelta(days=1), at, EASTERN)
        return moment.timestamp()
    return begins + at

"""A plan: which fault strikes which event, and how often each has."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from functools import lru_cache
from random import Random

from quanticity.sim.faults.chance import random_rules
from quanticity.sim.faults.fault import TIME, Fault, Where
from quanticity.sim.faults.rule import Rule, Turns
from quanticity.sim.faults.written import rules_named

_KINDS_KEPT = 4096


class FaultPlan:
    """Hands out the faults of its rules; see `Faults` in `ports.py`.

    A pure function of the rules, the seed and what was asked, in order, of each place: no clock
    is read. The plan begins at `begins` (epoch seconds), else with the first question. Of several
    rules whose turn it is, those that strike once come first, then those drawn by chance, then
    those that strike everything for a while; among equals the one that struck least.
    """

    def __init__(
        self, rules: Iterable[Rule] = (), *, seed: int = 0, begins: float | None = None
    ) -> None:
        self.rules: Sequence[Rule] = tuple(rules)
        self.counters: Counter[str] = Counter()
        self._seed = seed
        self._begins = begins
        self._turns: tuple[Turns, ...] = ()
        self._queue: deque[Fault] = deque()
        self._chance = {where: Random(f"{seed} {where}") for where in Where}
        self._matching = lru_cache(maxsize=_KINDS_KEPT)(self._find)
        if begins is not None:
            self._begin(begins)

    @classmethod
    def named(cls, names: str, *, seed: int = 0, begins: float | None = None) -> FaultPlan:
        """The plan of a name: one that ships, a fault's own, `random`, or several joined by `+`.

        `random:7` is what seed 7 makes up, `random` what `seed` does. ConfigError for a name that
        is neither.
        """
        return cls(rules_named(names, seed), seed=seed, begins=begins)

    @classmethod
    def random(
        cls,
        seed: int,
        *,
        where: Iterable[Where] = tuple(Where),
        faults: int | None = None,
        seconds: float = 60.0,
        begins: float | None = None,
    ) -> FaultPlan:
        """What a seed makes up: so many kinds of fault (2 to 5), all within so many seconds.

        Each kind has an occasion in the first half of them that strikes for certain.
        """
        return cls(random_rules(seed, where, faults, seconds), seed=seed, begins=begins)

    def inject(self, *faults: Fault) -> None:
        """Let these strike the next events that they can, in this order, before all else."""
        self._queue.extend(faults)

    def fire(self, kind: str, where: Where, now: float) -> Fault | None:
        """The fault that strikes an event of `kind` in a place, if one does; it is counted."""
        if self._begins is None:
            self._begin(now)
        if self._queue and self._queue[0].can_strike(where, kind):
            return self._struck(self._queue.popleft(), where)
        turns = self._matching(where, kind)
        if not turns:
            return None
        found = self._choose([each for each in turns if each.due(now)], where)
        if found is None:
            return None
        found.strike(now)
        return self._struck(found.rule.fault, where)

    def next_at(self, where: Where, now: float) -> float:
        """When a fault is next due in a place that strikes with time alone; inf for never."""
        if self._begins is None:
            self._begin(now)
        if self._queue and self._queue[0].can_strike(where, TIME):
            return now
        return min((each.next_at(now) for each in self._matching(where, TIME)), default=math.inf)

    def active(self, where: Where) -> bool:
        """Whether anything may ever strike in a place."""
        return bool(self._queue) or any(where in rule.where for rule in self.rules)

    def first_after(self) -> float:
        """Seconds from the plan's beginning to its first occasion; inf where it has none."""
        begins = self._begins or 0.0
        return min((Turns(rule, begins).first for rule in self.rules), default=math.inf) - begins

    def struck(self, name: str) -> int:
        """How often a fault has struck, in all places together."""
        return sum(count for key, count in self.counters.items() if key.partition(".")[2] == name)

    def _begin(self, at: float) -> None:
        self._begins = at
        self._turns = tuple(Turns(rule, at) for rule in self.rules)
        self._matching.cache_clear()

    def _find(self, where: Where, kind: str) -> tuple[Turns, ...]:
        return tuple(each for each in self._turns if each.rule.applies(where, kind))

    def _choose(self, due: list[Turns], where: Where) -> Turns | None:
        if not due:
            return None
        once = [each for each in due if each.rule.window == 0]
        if once:
            return min(once, key=_strikes)
        at = self._chance[where].random()
        for each in due:
            rate = each.rule.rate
            if rate is not None:
                if at < rate:
                    return each
                at -= rate
        always = [each for each in due if each.rule.rate is None]
        return min(always, key=_strikes, default=None)

    def _struck(self, fault: Fault, where: Where) -> Fault:
        self.counters[f"{where}.{fault.name}"] += 1
        return fault


def _strikes(turns: Turns) -> int:
    return turns.struck

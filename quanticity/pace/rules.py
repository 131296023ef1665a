"""Session rules: whether a group's feed waits for room, and how often it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from quanticity.clock import Session
from quanticity.config.schema.root import Root
from quanticity.model import Priority

HOUR = 3600.0
MINIMUM_UPDATES = 6 * HOUR

# What each cadence rule makes of an interval, in seconds.
CADENCES: Mapping[str, Callable[[float], float]] = {
    "run_normal": lambda interval: interval,
    "reduce_to_5min": lambda interval: max(interval, 300.0),
    "reduce_to_15min": lambda interval: max(interval, 900.0),
    "once_per_hour": lambda interval: max(interval, HOUR),
    "reduce_frequency_50%": lambda interval: 2 * interval,
    "minimum_updates_only": lambda interval: max(interval, MINIMUM_UPDATES),
}


class Admission(Enum):
    """What a run that finds no room does."""

    ALWAYS = "run_always"
    IF_CAPACITY = "run_if_capacity"
    IF_IDLE = "skip_if_busy"


_ADMISSIONS = {one.value: one for one in Admission}
# A session without rules of its own follows the nearest one that people do write.
_FOLLOWS = {Session.OVERNIGHT: Session.WEEKEND, Session.HOLIDAY: Session.WEEKEND}


@dataclass(frozen=True, slots=True)
class Rule:
    """One group in one session."""

    admission: Admission = Admission.ALWAYS
    cadence: str = "run_normal"

    def interval(self, seconds: float) -> float:
        """Seconds between two runs of a feed whose own interval is `seconds`."""
        return CADENCES[self.cadence](seconds)


NORMAL = Rule()


@dataclass(frozen=True)
class Rules:
    """All session rules of a config. Without any, feeds run at their interval always."""

    given: Mapping[Session, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    _found: dict[tuple[Session, Priority], Rule] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def rule(self, session: Session, group: Priority) -> Rule:
        """What holds for a group in a session. Worked out once: it is asked for every feed."""
        rule = self._found.get((session, group))
        if rule is None:
            rule = self._found[session, group] = self._work_out(session, group)
        return rule

    def table(self, session: Session) -> tuple[Rule, ...]:
        """The rules of a session by rank."""
        return tuple(self.rule(session, group) for group in Priority)

    def _work_out(self, session: Session, group: Priority) -> Rule:
        admission, cadence = Admission.ALWAYS, "run_normal"
        for name in self._names(session, group):
            if name in _ADMISSIONS:
                admission = _ADMISSIONS[name]
            else:
                cadence = name
        return Rule(admission, cadence)

    def _names(self, session: Session, group: Priority) -> Sequence[str]:
        given: Mapping[str, Sequence[str]] | None = self.given.get(session)
        if given is None and session in _FOLLOWS:
            given = self.given.get(_FOLLOWS[session])
        if given is None:
            return ()
        return given.get(group, given.get("all", ()))


def rules_of(root: Root) -> Rules:
    """The session rules of a config."""
    return Rules(
        {
            session: {str(group): tuple(names) for group, names in rules.items()}
            for session, rules in root.scheduler_rules.items()
        }
    )

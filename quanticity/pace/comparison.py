"""Two plans side by side: what another combination of feeds would take instead of this one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from quanticity.clock import Session
from quanticity.pace.planned import Plan, SourcePlan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair(Generic[T]):
    """One figure of both."""

    here: T
    there: T

    @property
    def differs(self) -> bool:
        """Whether it is another one there."""
        return self.here != self.there


@dataclass(frozen=True, slots=True)
class SourcePair:
    """One source in one session; it has no feeds, calls and cost where it is off."""

    session: Session
    source: str
    feeds: Pair[int]
    calls_per_minute: Pair[float]
    calls_per_day: Pair[float]
    cost_per_day: Pair[float]

    @property
    def differs(self) -> bool:
        """Whether any of its figures is another one there."""
        figures = (self.feeds, self.calls_per_minute, self.calls_per_day, self.cost_per_day)
        return any(one.differs for one in figures)


@dataclass(frozen=True, slots=True)
class AgePair:
    """The worst age in one session of a feed of both, seconds; None where it may never run."""

    session: Session
    feed: str
    worst_age: Pair[float | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`added` and `removed` are feeds that only the other has, and that it has not."""

    verdict: Pair[str]
    shortages: Pair[tuple[str, ...]]
    calls_per_trading_day: Pair[float]
    cost_per_trading_day: Pair[float]
    cost_per_month: Pair[float]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    sources: tuple[SourcePair, ...]
    ages: tuple[AgePair, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for `--format json`."""
        return asdict(self)


def compare(
    here: Plan, there: Plan, feeds_here: Iterable[str], feeds_there: Iterable[str]
) -> Comparison:
    """Both plans, of the same sessions; the feeds are all of each, streams as well."""
    mine, others = set(feeds_here), set(feeds_there)
    return Comparison(
        Pair(here.verdict, there.verdict),
        Pair(tuple(map(str, here.shortages)), tuple(map(str, there.shortages))),
        Pair(sum(here.calls_per_trading_day.values()), sum(there.calls_per_trading_day.values())),
        Pair(here.cost_per_trading_day, there.cost_per_trading_day),
        Pair(here.cost_per_month, there.cost_per_month),
        tuple(sorted(others - mine)),
        tuple(sorted(mine - others)),
        tuple(_sources(here, there)),
        tuple(_ages(here, there)),
    )


def _sources(here: Plan, there: Plan) -> Iterable[SourcePair]:
    both = {
        (each.session, source.source): source for each in here.sessions for source in each.sources
    }
    other = {
        (each.session, source.source): source for each in there.sessions for source in each.sources
    }
    for session, name in dict.fromkeys((*both, *other)):
        nothing = SourcePlan(name, 0, 0.0, 0.0, 0.0)
        one, two = both.get((session, name), nothing), other.get((session, name), nothing)
        yield SourcePair(
            session,
            name,
            Pair(one.feeds, two.feeds),
            Pair(one.calls_per_minute, two.calls_per_minute),
            Pair(one.calls_per_day, two.calls_per_day),
            Pair(one.cost_per_day, two.cost_per_day),
        )


def _ages(here: Plan, there: Plan) -> Iterable[AgePair]:
    other = _ages_of(there)
    for place, age in _ages_of(here).items():
        if place in other and other[place] != age:
            yield AgePair(*place, Pair(age, other[place]))


def _ages_of(plan: Plan) -> dict[tuple[Session, str], float | None]:
    return {
        (session.session, feed.id): feed.worst_age
        for session in plan.sessions
        for budget in session.budgets
        for feed in budget.feeds
    }

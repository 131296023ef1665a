"""What a plan is made of: the feeds that go in, and the figures that come out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from quanticity.clock import Session
from quanticity.config.schema.endpoint import Endpoint
from quanticity.config.schema.root import Root
from quanticity.errors import Severity
from quanticity.model import Priority
from quanticity.pace.hours import ALWAYS, Hours, hours_of
from quanticity.pace.limits import budget_name


@dataclass(frozen=True, slots=True)
class PlannedFeed:
    """One feed as far as planning goes; `calls` is the most of one run, `cost` of one call."""

    id: str
    source: str
    budget: str
    group: Priority
    interval: float | None = None
    at: tuple[str, ...] = ()
    calls: int = 1
    cost: float = 0.0
    hours: Hours = ALWAYS

    @property
    def endpoint(self) -> str:
        """`source.endpoint`, of whichever of its feeds this is."""
        return self.id.partition("#")[0].partition(":")[0]


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """One limit: what may arrive in it, less the buffer, and what is planned to."""

    length: float
    limit: int
    usable: int
    demand: float

    @property
    def fits(self) -> bool:
        """Whether the limit holds all that is planned."""
        return self.demand <= self.usable


@dataclass(frozen=True, slots=True)
class PlacesPlan:
    """The most in flight at once, and how many are on an average, by what a request may take.

    `round_trip` is what it is taken to last on an average, seconds: how long a vendor takes is not
    known before it is asked. `enough_up_to` is the longest that `places` are enough for; None
    where nothing is planned.
    """

    places: int
    round_trip: float
    busy: float
    enough_up_to: float | None


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """One group of one budget in one session; `can_have` is what it can have a minute."""

    group: Priority
    feeds: int
    calls_per_minute: float
    calls_per_day: float
    can_have: float | None
    share: int
    short: bool


@dataclass(frozen=True, slots=True)
class LumpPlan:
    """What a group asks at one time of day, `16:05`: so many `feeds`, and `calls` in all.

    `late` is how long after that the last request starts, seconds; None where it never does.
    """

    at: str
    group: Priority
    feeds: int
    calls: int
    late: float | None


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """One feed in one session, seconds. `worst_age` is None where it may never run.

    Also None where it runs at times of day: its value is as old as its last time, and what it is
    `late`, which is None for the others. `delayed` is how much of the worst age is for what runs at
    times of day; None where it runs at them itself, or may have no turn for it.
    """

    id: str
    group: Priority
    every: float | None
    worst_age: float | None
    late: float | None = None
    delayed: float | None = None


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """One budget in one session."""

    budget: str
    sources: tuple[str, ...]
    calls_per_minute: float
    calls_per_day: float
    cost_per_day: float
    groups: tuple[GroupPlan, ...]
    windows: tuple[WindowPlan, ...]
    in_flight: PlacesPlan | None
    lumps: tuple[LumpPlan, ...]
    feeds: tuple[FeedPlan, ...]


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """One source in one session."""

    source: str
    feeds: int
    calls_per_minute: float
    calls_per_day: float
    cost_per_day: float


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """One session; figures of a day are of the part of a day that it takes, `hours`."""

    session: Session
    hours: float
    budgets: tuple[BudgetPlan, ...]
    sources: tuple[SourcePlan, ...]


def _plain(count: float) -> str:
    """As people write it: 107,300; 12.3; 0.188."""
    return f"{count:,.0f}" if count >= 1000 else f"{count:.3g}"


@dataclass(frozen=True, slots=True)
class Shortage:
    """A group that wants more than it can have: an error for critical, else a warning.

    `most` is the endpoint that wants the most of it; empty where it is not known. `why` says what
    gives so little, where that is not the window. `at` is the time of day of what wants it at once.
    """

    severity: Severity
    budget: str
    group: Priority
    session: Session | None
    window: str
    demand: float
    can_have: float
    most: str = ""
    why: str = ""
    at: str = ""

    @property
    def lacks(self) -> float:
        """How much of what it wants it cannot have, as a fraction."""
        return 1 - self.can_have / self.demand if self.demand else 0.0

    def __str__(self) -> str:
        return self.told()

    def told(self, place: str = "") -> str:
        """In words; `place` is where that endpoint is written."""
        where = f" in {self.session.value}" if self.session is not None else ""
        why = f" {self.why}" if self.why else ""
        when = f"at {self.at}" if self.at else f"a {self.window}"
        most = ", ".join(filter(None, (self.most, place)))
        return (
            f"{self.budget}: {self.group.value} wants {_plain(self.demand)} calls {when}"
            f"{where} and can have {_plain(self.can_have)}{why}"
            + (f" (most by {most})" if most else "")
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The proof, or the refutation, of a config."""

    sessions: tuple[SessionPlan, ...]
    shortages: tuple[Shortage, ...]
    calls_per_trading_day: Mapping[str, float]
    cost_per_trading_day: float
    cost_per_month: float

    @property
    def verdict(self) -> str:
        """`fits`, `short` (some group other than critical) or `critical short`."""
        if any(one.severity is Severity.ERROR for one in self.shortages):
            return "critical short"
        return "short" if self.shortages else "fits"

    @property
    def exit_status(self) -> int:
        """1 where a critical group is short."""
        return 1 if self.verdict == "critical short" else 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for `--format json`."""
        tree = asdict(self)
        tree["verdict"] = self.verdict
        for one, told in zip(self.shortages, tree["shortages"], strict=True):
            told["message"] = str(one)
        return tree


def planned_feeds(root: Root, counts: Mapping[str, int] | None = None) -> list[PlannedFeed]:
    """The polled feeds of a config.

    Sources that are off for want of their key are for the caller to leave out of `root`.
    `counts` says how many feeds an endpoint ("source.endpoint") becomes, where the caller knows
    better than its symbols and the literal values it is expanded by.
    """
    found: list[PlannedFeed] = []
    for name, source in root.data_sources.items():
        if not source.enabled:
            continue
        for label, endpoint in source.endpoints.items():
            if not endpoint.enabled or endpoint.transport != "http":
                continue
            full = f"{name}.{label}"
            count = (counts or {}).get(full, _count(root, endpoint))
            found += [
                PlannedFeed(
                    f"{full}#{index}" if count > 1 else full,
                    name,
                    budget_name(root, name),
                    root.group_of(name, label),
                    endpoint.interval_seconds,
                    endpoint.at,
                    calls_of(endpoint),
                    endpoint.cost_per_call,
                    hours_of(endpoint),
                )
                for index in range(count)
            ]
    return found


def alike(feeds: Iterable[PlannedFeed]) -> list[PlannedFeed]:
    """The same demand in as few feeds as may be: those alike in all but their name are one.

    Those of times of day stay: what one run makes of a lump's calls matters to how late it is.
    A plan of them has the same shortages, in a fraction of the time; what it says of single feeds
    is of no use.
    """
    calls: dict[PlannedFeed, int] = defaultdict(int)
    timed = []
    for feed in feeds:
        if feed.at:
            timed.append(feed)
            continue
        calls[replace(feed, id="", source="", calls=1)] += feed.calls
    return [*(replace(kind, calls=count) for kind, count in calls.items()), *timed]


def calls_of(endpoint: Endpoint) -> int:
    """The most requests of one run: as declared, else the most pages, else one."""
    if endpoint.max_calls is not None:
        return endpoint.max_calls
    return endpoint.paging.max_pages if endpoint.paging is not None else 1


def _count(root: Root, endpoint: Endpoint) -> int:
    symbols = endpoint.symbols
    if isinstance(symbols, str):
        # Of a group without symbols no feed comes; an endpoint without any is one feed.
        count = len(root.symbol_groups.get(symbols, ()))
    else:
        count = max(1, len(symbols))
    for values in endpoint.expand.values():
        if isinstance(values, tuple):
            count *= len(values)
    return count

"""Prove a config before it runs: demand against every limit, and how old values may get.

Pure: the same config gives the same plan.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from quanticity.clock import Session
from quanticity.config.schema.root import Root
from quanticity.errors import Severity
from quanticity.model import Priority
from quanticity.pace.ages import ROUNDING, TRIP, worst_ages
from quanticity.pace.heaviest import blamed
from quanticity.pace.hours import HOURS
from quanticity.pace.limits import EXACT_WINDOW, BudgetSpec, WindowSpec, budgets_of
from quanticity.pace.lumps import delays_of, late_lumps, late_of, lumps_of
from quanticity.pace.planned import (
    BudgetPlan,
    FeedPlan,
    GroupPlan,
    Plan,
    PlannedFeed,
    SessionPlan,
    Shortage,
    SourcePlan,
    WindowPlan,
    planned_feeds,
)
from quanticity.pace.rooms import places_of, rooms_of
from quanticity.pace.rules import Admission, Rules, rules_of
from quanticity.pace.wants import DAY, calls_a_day, calls_a_month, calls_in, calls_in_window, rate


def plan(
    root: Root,
    feeds: Sequence[PlannedFeed] | None = None,
    *,
    sessions: Iterable[Session] = tuple(Session),
    trip: float = TRIP,
    ages: bool = True,
) -> Plan:
    """The plan of a config.

    `feeds` are those it becomes, where the caller knows (default: from symbols and literal
    values); `trip` is how long a request may take, seconds, where all is well. Without `ages`
    nothing is rehearsed: the verdict is the same and comes sooner, no age is stated.
    """
    wanted = list(planned_feeds(root) if feeds is None else feeds)
    rules = rules_of(root)
    specs = budgets_of(root)
    by_budget: dict[str, list[PlannedFeed]] = defaultdict(list)
    for feed in wanted:
        by_budget[feed.budget].append(feed)
    known: dict[object, dict[str, float | None]] | None = {} if ages else None
    shortages: list[Shortage] = []
    told: list[SessionPlan] = []
    for session in sessions:
        budgets = []
        for name, members in by_budget.items():
            spec = specs.get(name, BudgetSpec()).within(session)
            budgets.append(_budget(name, spec, members, rules, session, trip, shortages, known))
        told.append(
            SessionPlan(session, HOURS[session], tuple(budgets), _sources(wanted, rules, session))
        )
    for name, members in by_budget.items():
        shortages += _long_shortages(name, specs.get(name, BudgetSpec()), members, rules)
    per_day = {
        name: sum(calls_a_day(feed, rules) for feed in members)
        for name, members in by_budget.items()
    }
    cost = sum(calls_a_day(feed, rules) * feed.cost for feed in wanted)
    per_month = sum(calls_a_month(feed, rules) * feed.cost for feed in wanted)
    return Plan(tuple(told), blamed(shortages, wanted, rules), per_day, cost, per_month)


def _budget(
    name: str,
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    rules: Rules,
    session: Session,
    trip: float,
    shortages: list[Shortage],
    known: dict[object, dict[str, float | None]] | None,
) -> BudgetPlan:
    rates = [0.0] * len(Priority)
    for feed in feeds:
        rates[feed.group.rank] += rate(feed, rules, session)
    groups = []
    rooms = rooms_of(spec, rates, trip)
    for group in Priority:
        members = [feed for feed in feeds if feed.group is group]
        room = rooms[group.rank]
        span, have = room.span, room.calls
        want = rates[group.rank] * span
        short = want > have * ROUNDING
        if short:
            severity = Severity.ERROR if group is Priority.CRITICAL else Severity.WARNING
            short_of = Shortage(severity, name, group, session, _name(span), want, have)
            shortages.append(replace(short_of, why=room.why))
        groups.append(
            GroupPlan(
                group,
                len(members),
                60 * rates[group.rank],
                sum(calls_in(feed, rules, session) for feed in members),
                None if have == float("inf") else have * 60 / span,
                spec.shares[group.rank],
                short,
            )
        )
    lumps = lumps_of(spec, feeds, session, rates, trip)
    shortages += late_lumps(name, spec, feeds, lumps, rules, session, rates, trip)
    running = [feed for feed in feeds if feed.hours.inside(session)]
    # Sessions with the same rules, the same limits and the same feeds show the same.
    mark = (name, spec, rules.table(session), tuple(feed.id for feed in running))
    ages: dict[str, float | None] = {}
    if known is not None:
        if mark not in known:
            stretch = _stretch(spec, feeds, rules)
            known[mark] = worst_ages(spec, running, rules, session, stretch, trip)
        ages = known[mark]
    delays = delays_of(spec, running, session, rates, trip) if known is not None else {}
    shown = tuple(
        _feed(feed, rules, session, ages.get(feed.id), late_of(feed, lumps), delays)
        for feed in feeds
    )
    calls = sum(one.calls_per_day for one in groups)
    return BudgetPlan(
        name,
        tuple(dict.fromkeys(feed.source for feed in feeds)),
        60 * sum(rates),
        calls,
        sum(calls_in(feed, rules, session) * feed.cost for feed in feeds),
        tuple(groups),
        tuple(_window(one, feeds, rules, session) for one in spec.windows),
        places_of(spec, sum(rates), trip),
        lumps,
        shown,
    )


def _feed(
    feed: PlannedFeed,
    rules: Rules,
    session: Session,
    age: float | None,
    late: float | None,
    delays: Mapping[tuple[Priority, int], float],
) -> FeedPlan:
    """One feed; `age` is that of its values where no lump delays it."""
    every, delayed = _every(feed, rules, session), None
    if every is not None:
        delayed = delays.get((feed.group, feed.calls))
    if delayed and every:
        if rules.rule(session, feed.group).admission is Admission.IF_IDLE:
            # What does not wait is passed over until it may start at once.
            delayed = math.ceil(delayed / every) * every if delayed < math.inf else delayed
        age = None if age is None or delayed == math.inf else age + delayed
    return FeedPlan(feed.id, feed.group, every, age, late, None if delayed == math.inf else delayed)


def _every(feed: PlannedFeed, rules: Rules, session: Session) -> float | None:
    if feed.interval is None or feed.hours.inside(session) == 0:
        return None
    return rules.rule(session, feed.group).interval(feed.interval)


def _window(
    window: WindowSpec, feeds: Sequence[PlannedFeed], rules: Rules, session: Session
) -> WindowPlan:
    return WindowPlan(
        window.length,
        window.limit,
        window.usable,
        sum(calls_in_window(feed, window, rules, session) for feed in feeds),
    )


def _long_shortages(
    name: str, spec: BudgetSpec, feeds: Sequence[PlannedFeed], rules: Rules
) -> list[Shortage]:
    """Groups whose plans a quota of a day or longer does not hold, in priority order."""
    found = []
    for window in spec.windows:
        if window.length < DAY:
            continue
        left = float(window.usable)
        for group in Priority:
            members = (feed for feed in feeds if feed.group is group)
            want = sum(calls_in_window(feed, window, rules, None) for feed in members)
            if want > left * ROUNDING:
                severity = Severity.ERROR if group is Priority.CRITICAL else Severity.WARNING
                found.append(
                    Shortage(severity, name, group, None, _name(window.length), want, left)
                )
            left = max(0.0, left - want)
    return found


def _stretch(
    spec: BudgetSpec, feeds: Sequence[PlannedFeed], rules: Rules
) -> Mapping[Priority, float]:
    """By how much a long quota stretches the intervals of each group; inf where it has none."""
    found = dict.fromkeys(Priority, 1.0)
    for window in spec.windows:
        if window.length <= EXACT_WINDOW:
            continue
        left = float(window.usable)
        for group in Priority:
            members = (feed for feed in feeds if feed.group is group)
            want = sum(
                calls_in_window(feed, window, rules, Session.MARKET_HOURS) for feed in members
            )
            if want > left:
                stretch = want / left if left >= 1 else float("inf")
                found[group] = max(found[group], stretch)
            left = max(0.0, left - want)
    return found


def _sources(
    feeds: Sequence[PlannedFeed], rules: Rules, session: Session
) -> tuple[SourcePlan, ...]:
    by_source: dict[str, list[PlannedFeed]] = defaultdict(list)
    for feed in feeds:
        by_source[feed.source].append(feed)
    return tuple(
        SourcePlan(
            name,
            len(members),
            60 * sum(rate(feed, rules, session) for feed in members),
            sum(calls_in(feed, rules, session) for feed in members),
            sum(calls_in(feed, rules, session) * feed.cost for feed in members),
        )
        for name, members in by_source.items()
    )


def _name(seconds: float) -> str:
    names = {1.0: "second", 60.0: "minute", 3600.0: "hour", DAY: "day", 31 * DAY: "month"}
    return names.get(seconds, f"window of {seconds:g} s")

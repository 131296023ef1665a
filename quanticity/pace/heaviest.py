"""Which endpoint is to blame for a shortage: the one that wants the most of what is short."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from quanticity.clock import Session
from quanticity.pace.planned import PlannedFeed, Shortage
from quanticity.pace.rules import Rules
from quanticity.pace.wants import calls_a_day, calls_a_month, calls_in, rate


def blamed(
    shortages: Iterable[Shortage], feeds: Sequence[PlannedFeed], rules: Rules
) -> tuple[Shortage, ...]:
    """The same, each with its heaviest endpoint; none where feeds alike were made one."""
    return tuple(replace(each, most=_heaviest(each, feeds, rules)) for each in shortages)


def _heaviest(shortage: Shortage, feeds: Iterable[PlannedFeed], rules: Rules) -> str:
    wants: dict[str, float] = defaultdict(float)
    for feed in feeds:
        if feed.budget == shortage.budget and feed.group is shortage.group:
            wants[feed.endpoint] += _wants(feed, shortage, rules)
    return max(wants, key=lambda name: wants[name], default="")


def _wants(feed: PlannedFeed, shortage: Shortage, rules: Rules) -> float:
    if shortage.at:
        times = {one.rpartition(" ")[2] for one in feed.at}
        return float(feed.calls) if shortage.at in times else 0.0
    if shortage.session is not None:
        return rate(feed, rules, shortage.session)
    if shortage.window == "day":
        return max(calls_a_day(feed, rules), calls_in(feed, rules, Session.WEEKEND))
    return calls_a_month(feed, rules)

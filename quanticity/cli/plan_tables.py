"""A plan in full: in each session every limit, every group and the oldest feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from quanticity.pace.planned import (
    BudgetPlan,
    FeedPlan,
    PlacesPlan,
    Plan,
    SessionPlan,
    WindowPlan,
)
from quanticity.words import per, seconds

_OLDEST = 5


def tables(plan: Plan) -> Iterator[RenderableType]:
    """All that a plan says of each session."""
    for session in plan.sessions:
        yield _session(session)
        yield from oldest([feed for budget in session.budgets for feed in budget.feeds])


def _session(session: SessionPlan) -> Table:
    table = Table(
        title=Text(f"{session.session.value} ({session.hours:g} h)", "bold"),
        title_justify="left",
        box=None,
        header_style="dim",
        pad_edge=False,
    )
    table.add_column("budget", no_wrap=True)
    table.add_column("group", no_wrap=True)
    for name in ("feeds", "calls/min", "can have", "calls"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("limits (planned of usable)")
    for budget in session.budgets:
        _add(table, budget)
    return table


def _add(table: Table, budget: BudgetPlan) -> None:
    told = [Text(demand_of(window), "" if window.fits else "red") for window in budget.windows]
    if budget.in_flight is not None:
        told.append(_in_flight(budget.in_flight))
    limits = Text(", ").join(told)
    for index, group in enumerate(each for each in budget.groups if each.feeds):
        table.add_row(
            budget.budget if index == 0 else "",
            group.group.value,
            str(group.feeds),
            f"{group.calls_per_minute:.1f}",
            "no limit" if group.can_have is None else f"{group.can_have:.1f}",
            f"{group.calls_per_day:,.0f}",
            limits if index == 0 else "",
            style="red" if group.short else "",
        )


def _in_flight(plan: PlacesPlan) -> Text:
    """What is planned of the places in flight: `0.4 of 3 in flight at 0.2 s a request`."""
    busy = "almost none" if plan.busy < 0.05 else f"{plan.busy:,.1f}"
    told = f"{busy} of {plan.places} in flight at {plan.round_trip:g} s a request"
    return Text(told, "red" if plan.busy > plan.places else "")


def demand_of(window: WindowPlan) -> str:
    """What is planned of what may be: `61.4 of 110 a minute`."""
    calls = window.demand
    told = "almost none" if calls < 0.05 else f"{calls:,.{0 if calls >= 100 else 1}f}"
    return f"{told} of {window.usable:,} {per(window.length)}"


def oldest(feeds: Sequence[FeedPlan], where: str = "") -> Iterator[Text]:
    """Those that get oldest against their interval, and those that may never run."""
    never = [feed for feed in feeds if feed.worst_age is None and feed.every is not None]
    aged = [(feed.worst_age / feed.every, feed) for feed in feeds if feed.worst_age and feed.every]
    late = sorted(aged, key=lambda pair: pair[0], reverse=True)[:_OLDEST]
    told = ", ".join(
        f"{feed.id} {seconds(feed.worst_age)} (every {seconds(feed.every)})" for _, feed in late
    )
    if told:
        yield Text(f"oldest{where}: {told}", "dim")
    if never:
        names = ", ".join(feed.id for feed in never[:_OLDEST])
        yield Text(f"may never run: {names}{' …' if len(never) > _OLDEST else ''}", "yellow")

"""A plan as tables: every limit, every group, the oldest feeds, the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from quanticity.cli.words import seconds
from quanticity.errors import Severity
from quanticity.pace.planned import BudgetPlan, FeedPlan, Plan, SessionPlan

_OLDEST = 5


def tables(plan: Plan) -> Iterator[RenderableType]:
    """What a person reads, the verdict last."""
    for session in plan.sessions:
        yield _session(session)
        yield from _oldest(session)
    for shortage in plan.shortages:
        error = shortage.severity is Severity.ERROR
        yield Text(f"{'✗' if error else '!'} {shortage}", "red" if error else "yellow")
    calls = sum(plan.calls_per_trading_day.values())
    yield Text(
        f"{calls:,.0f} calls a trading day; cost {plan.cost_per_trading_day:,.2f} a trading day, "
        f"at most {plan.cost_per_month:,.2f} a month"
    )
    good = plan.exit_status == 0
    yield Text(f"{'✓' if good else '✗'} {plan.verdict}", "bold green" if good else "bold red")


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
    limits = Text(", ").join(
        Text(
            f"{_count(window.demand)} of {window.usable:,} in {seconds(window.length)}",
            "" if window.fits else "red",
        )
        for window in budget.windows
    )
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


def _count(calls: float) -> str:
    if calls >= 100:
        return f"{calls:,.0f}"
    return f"{calls:.1f}" if calls >= 0.05 else "almost none"


def _oldest(session: SessionPlan) -> Iterator[Text]:
    feeds: list[FeedPlan] = [feed for budget in session.budgets for feed in budget.feeds]
    never = [feed for feed in feeds if feed.worst_age is None and feed.every is not None]
    aged = [(feed.worst_age / feed.every, feed) for feed in feeds if feed.worst_age and feed.every]
    late = sorted(aged, key=lambda pair: pair[0], reverse=True)[:_OLDEST]
    told = ", ".join(
        f"{feed.id} {seconds(feed.worst_age)} (every {seconds(feed.every)})" for _, feed in late
    )
    if told:
        yield Text(f"oldest: {told}", "dim")
    if never:
        names = ", ".join(feed.id for feed in never[:_OLDEST])
        yield Text(f"may never run: {names}{' …' if len(never) > _OLDEST else ''}", "yellow")

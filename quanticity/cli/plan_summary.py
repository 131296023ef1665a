"""A plan in short: how full the limits of each source get, what is short, the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from quanticity.cli.plan_tables import demand_of, oldest
from quanticity.errors import Severity
from quanticity.pace.planned import (
    BudgetPlan,
    PlacesPlan,
    Plan,
    SessionPlan,
    Shortage,
    WindowPlan,
)
from quanticity.words import count, seconds

# A longer window sees several sessions, and says the same in each.
_LONGEST_WITHIN = 3600.0
_WIDE = 120
# Places in flight that a vendor so many times slower would take up are told of.
_SLOWER = 3
# Seconds that a lump at a time of day may take untold.
_A_WHILE = 60.0
# Here there is no room for the sessions beside each other.
_NARROW = 76


def summary(plan: Plan, width: int) -> Iterator[RenderableType]:
    """One line a source: the share that is planned of its fullest limit, by session and day."""
    yield _table(plan, width)
    busiest = max(plan.sessions, key=_calls_per_minute, default=None)
    if busiest is not None:
        feeds = [feed for budget in busiest.budgets for feed in budget.feeds]
        yield from oldest(feeds, f" in {busiest.session.value}")
    yield from _places(plan)
    yield from _lumps(plan)


def verdict(plan: Plan) -> Iterator[RenderableType]:
    """What is short, what it costs, and whether it fits."""
    for shortage in plan.shortages:
        error = shortage.severity is Severity.ERROR
        yield Text(f"{'✗' if error else '!'} {shortage}", "red" if error else "yellow")
    calls = sum(plan.calls_per_trading_day.values())
    cost = "nothing that runs has a price (cost_per_call)"
    if plan.cost_per_month:
        cost = (
            f"cost {plan.cost_per_trading_day:,.2f} a trading day, "
            f"at most {plan.cost_per_month:,.2f} a month"
        )
    yield Text(f"{calls:,.0f} calls a trading day; {cost}")
    marks = {"fits": ("✓", "bold green"), "short": ("!", "bold yellow")}
    mark, style = marks.get(plan.verdict, ("✗", "bold red"))
    yield Text(f"{mark} {plan.verdict}", style)


def _places(plan: Plan) -> Iterator[Text]:
    """Where a vendor somewhat slower than is assumed would leave too few places in flight."""
    found: dict[str, PlacesPlan] = {}
    for session in plan.sessions:
        for budget in session.budgets:
            one = budget.in_flight
            if one is not None and one.busy * _SLOWER > one.places:
                known = found.get(budget.budget)
                found[budget.budget] = one if known is None or one.busy > known.busy else known
    for name, one in found.items():
        yield Text(
            f"{name}: {one.places} in flight are enough while a request takes up to "
            f"{seconds(one.enough_up_to)} on an average; {one.round_trip:g} s are assumed "
            "(--round-trip)",
            "dim",
        )


def _lumps(plan: Plan) -> Iterator[Text]:
    """What runs at a time of day and takes a while."""
    told: dict[str, None] = {}
    for session in plan.sessions:
        for budget in session.budgets:
            for one in budget.lumps:
                if one.late is None or one.late < _A_WHILE:
                    continue
                calls = count(one.calls, f"{one.group.value} call")
                last = f"starts {seconds(one.late)} late"
                told[f"{budget.budget} at {one.at}: the last of {calls} {last}"] = None
    yield from (Text(each, "yellow") for each in told)


def _table(plan: Plan, width: int) -> Table:
    table = Table(
        title=Text("How full the fullest limit of each source gets", "bold"),
        title_justify="left",
        box=None,
        header_style="dim",
        pad_edge=False,
        padding=(0, 1 if width < _WIDE else 2, 0, 0),
    )
    table.add_column("budget", no_wrap=True)
    table.add_column("feeds", justify="right", no_wrap=True)
    wide, narrow = width >= _WIDE, width < _NARROW
    for session in () if narrow else plan.sessions:
        table.add_column(session.session.value.replace("_", "\n"), justify="right", no_wrap=True)
    table.add_column("fullest" if narrow else "whole\nday", justify="right", no_wrap=True)
    if wide:
        table.add_column("at its fullest")
    table.add_column("verdict")
    names = dict.fromkeys(each.budget for session in plan.sessions for each in session.budgets)
    for name in names:
        found = [
            next((each for each in session.budgets if each.budget == name), None)
            for session in plan.sessions
        ]
        budgets = [each for each in found if each is not None]
        windows = [_fullest([] if each is None else [each], longer=False) for each in found]
        windows.append(_fullest(budgets, longer=True))
        worst = max((each for each in windows if each is not None), key=_share, default=None)
        shown = [worst] if narrow else windows
        short = [shortage for shortage in plan.shortages if shortage.budget == name]
        table.add_row(
            name,
            str(max(map(_feeds, budgets))),
            *("–" if window is None else _percent(window) for window in shown),
            *(("no limit" if worst is None else demand_of(worst),) if wide else ()),
            _word(short),
        )
    return table


def _word(short: list[Shortage]) -> Text:
    if any(each.severity is Severity.ERROR for each in short):
        return Text("✗ critical is short", "red")
    groups = dict.fromkeys(each.group.value for each in short)
    return Text(f"! {', '.join(groups)} short", "yellow") if short else Text("✓ fits", "green")


def _fullest(budgets: Sequence[BudgetPlan], *, longer: bool) -> WindowPlan | None:
    """Of the windows that lie within a session, or of those that are longer than one."""
    windows = [window for budget in budgets for window in budget.windows]
    fitting = [window for window in windows if (window.length > _LONGEST_WITHIN) is longer]
    return max(fitting, key=_share, default=None)


def _share(window: WindowPlan) -> float:
    return window.demand / window.usable if window.usable else float("inf")


def _percent(window: WindowPlan) -> Text:
    share = _share(window)
    told = f"{share:.0%}" if share >= 0.01 or not share else "<1%"
    return Text(told, "red" if not window.fits else "")


def _feeds(budget: BudgetPlan) -> int:
    return sum(group.feeds for group in budget.groups)


def _calls_per_minute(session: SessionPlan) -> float:
    return sum(budget.calls_per_minute for budget in session.budgets)

"""Two environments' plans side by side, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from quanticity.pace.comparison import AgePair, Comparison, Pair
from quanticity.words import count, seconds

_TOLD = 8
_MARKS = {"fits": ("✓", "bold green"), "short": ("!", "bold yellow")}
T = TypeVar("T")


def side_by_side(
    made: Comparison, here: str, there: str, *, whole: bool = False
) -> Iterator[RenderableType]:
    """What differs, and both verdicts; `whole` names every feed instead of a few."""
    most = None if whole else _TOLD
    changed = [one for one in made.sources if one.differs]
    if changed:
        yield _table(made, f"From {here} to {there}, by source and session")
    same = {one.source for one in made.sources} - {one.source for one in changed}
    if same:
        yield Text(f"{count(len(same), 'source')} the same: {', '.join(sorted(same))}", "dim")
    for word, feeds in (("added", made.added), ("removed", made.removed)):
        if feeds:
            yield Text(f"{word}: {count(len(feeds), 'feed')}: {_listed(_by_endpoint(feeds), most)}")
    if made.ages:
        ages = {one.feed: one for one in sorted(made.ages, key=_weight)}
        told = _listed([_age(one) for one in reversed(ages.values())], most)
        yield Text(f"worst age differs for {count(len(ages), 'feed')}: {told}")
    yield Text(
        f"calls a trading day: {_pair(made.calls_per_trading_day, _whole)}; "
        f"cost a trading day: {_pair(made.cost_per_trading_day, _money)}, "
        f"a month at most: {_pair(made.cost_per_month, _money)}"
    )
    for name, verdict, short in (
        (here, made.verdict.here, made.shortages.here),
        (there, made.verdict.there, made.shortages.there),
    ):
        mark, style = _MARKS.get(verdict, ("✗", "bold red"))
        why = f": {_listed(short, most, '; ')}" if short else ""
        yield Text(f"{mark} {name}: {verdict}{why}", style)


def _table(made: Comparison, title: str) -> Table:
    table = Table(
        title=Text(title, "bold"),
        title_justify="left",
        box=None,
        header_style="dim",
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for name in ("source", "session"):
        table.add_column(name, no_wrap=True)
    for name in ("feeds", "calls/min", "calls/day", "cost/day"):
        table.add_column(name, justify="right", no_wrap=True)
    last = ""
    for one in sorted(made.sources, key=lambda each: each.source):
        if not one.differs:
            continue
        table.add_row(
            one.source if one.source != last else "",
            one.session.value,
            _pair(one.feeds, str),
            _pair(one.calls_per_minute, "{:,.1f}".format),
            _pair(one.calls_per_day, _whole),
            _pair(one.cost_per_day, _money),
        )
        last = one.source
    return table


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _pair(pair: Pair[T], say: Callable[[T], str]) -> str:
    here, there = say(pair.here), say(pair.there)
    return f"{here} → {there}" if here != there else here


def _age(one: AgePair) -> str:
    pair = one.worst_age
    told = " → ".join(
        "may never run" if age is None else seconds(age) for age in (pair.here, pair.there)
    )
    return f"{one.feed} {told} in {one.session.value}"


def _weight(one: AgePair) -> float:
    """How much it changes: the ratio of the larger to the smaller."""
    here, there = one.worst_age.here, one.worst_age.there
    if not here or not there:
        return float("inf")
    return max(here, there) / min(here, there)


def _by_endpoint(feeds: Sequence[str]) -> list[str]:
    """`vendor.quote (QQQ, SPY)` for the feeds of one endpoint."""
    found: dict[str, list[str]] = {}
    for feed in feeds:
        endpoint, _, values = feed.partition(":")
        found.setdefault(endpoint, []).extend([values] if values else [])
    return [f"{name} ({', '.join(values)})" if values else name for name, values in found.items()]


def _listed(words: Sequence[str], most: int | None, between: str = ", ") -> str:
    told = between.join(words[:most])
    more = 0 if most is None else len(words) - most
    return f"{told}{between}and {more:,} more (--all)" if more > 0 else told

"""`plan`: whether the schedule fits the limits, before it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from quanticity.cli.options import (
    ConfigOption,
    DataOption,
    EnvOption,
    Format,
    FormatOption,
    resolve,
)
from quanticity.cli.plan_against import side_by_side
from quanticity.cli.plan_summary import summary, verdict
from quanticity.cli.plan_tables import tables
from quanticity.cli.screen import console, emit, working
from quanticity.clock import Session
from quanticity.config.effective import Effective
from quanticity.config.loaded import Loaded
from quanticity.config.loader import load
from quanticity.errors import ConfigError, Problem
from quanticity.feeds.expand import bindings
from quanticity.pace.ages import TRIP
from quanticity.pace.comparison import compare
from quanticity.pace.plan import plan
from quanticity.pace.planned import Plan, PlannedFeed, planned_feeds
from quanticity.spec import near
from quanticity.words import count


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "plan", epilog="Example: quanticity plan --env demo --against dev --session market_hours"
    )(plan_command)


def plan_command(
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="NAME", help="Only this session, as market_hours."),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Every limit and group of every session, not a summary.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="ENV",
            help="Set another environment's feeds beside this one's: calls, cost, ages, verdicts.",
        ),
    ] = None,
    round_trip: Annotated[
        float,
        typer.Option(
            "--round-trip",
            min=0.0,
            metavar="SECONDS",
            help="What a request takes on an average where all is well; up to twice of it at most.",
        ),
    ] = TRIP / 2,
    format: FormatOption = Format.TEXT,
) -> None:
    """Calls per minute and day against every limit, the age of each feed, the cost, a verdict.

    Exit status 1 when a critical group is short, of `--env` where two are compared. What is off is
    not planned.
    """
    sessions = tuple(Session) if session is None else (_session(session),)
    place = resolve(env, config, data)
    loaded = load(place.location.base, place.env)
    other = None
    if against is not None:
        other = load(resolve(against, config, data).location.base, against)
    made = _plan(loaded, sessions, 2 * round_trip)
    if other is not None:
        there = _plan(other, sessions, 2 * round_trip)
        feeds, feeds_there = _names(loaded.effective), _names(other.effective)
        both = compare(made, there, feeds.values(), feeds_there.values())
        if format is Format.JSON:
            told = {"env": place.env, "against": against, **both.to_dict()}
            emit(told)
        else:
            _print(side_by_side(both, place.env, other.environment, whole=whole), loaded, other)
    elif format is Format.JSON:
        emit(made.to_dict())
    else:
        parts = tables(made) if whole else summary(made, console().width)
        counted = _counted(loaded.effective, len(_polled(loaded)))
        _print((*parts, counted, *verdict(made)), loaded)
    if made.exit_status:
        raise typer.Exit(made.exit_status)


def _polled(loaded: Loaded) -> list[PlannedFeed]:
    """The feeds to plan, under the names that a run gives them."""
    sources, names = loaded.effective.sources, _names(loaded.effective)
    return [
        replace(feed, id=names.get(feed.id, feed.id))
        for feed in planned_feeds(loaded.root)
        if sources[feed.source].off is None
    ]


def _plan(loaded: Loaded, sessions: Sequence[Session], trip: float) -> Plan:
    feeds = _polled(loaded)
    with working(f"rehearsing {count(len(feeds), 'feed')} of {loaded.environment}"):
        return plan(loaded.root, feeds, sessions=sessions, trip=trip)


def _print(parts: Iterable[RenderableType | str], *configs: Loaded) -> None:
    """What is off, of which of several environments, and the plan."""
    screen = console()
    for loaded in configs:
        for source in loaded.effective.sources.values():
            if source.off is not None:
                where = f" in {loaded.environment}" if len(configs) > 1 else ""
                said = f"{source.name} is off{where} and not planned: {source.off}"
                screen.print(Text(said, "dim"))
    for part in parts:
        screen.print(part, highlight=False)


def _names(effective: Effective) -> dict[str, str]:
    """Feeds as a run calls them, by the numbers that a plan gives them."""
    names: dict[str, str] = {}
    for each in effective.running():
        bound = [":".join((each.id, *values.values())) for values in bindings(each.endpoint)]
        numbers = [each.id] if len(bound) == 1 else [f"{each.id}#{n}" for n in range(len(bound))]
        names.update(zip(numbers, bound, strict=True))
    return names


def _counted(effective: Effective, feeds: int) -> str:
    """What was planned, in the numbers that `run` and `feeds` tell."""
    running = list(effective.running())
    streams = [each for each in running if each.endpoint.transport == "websocket"]
    text = f"planned: {count(feeds, 'feed')} of {count(len(running) - len(streams), 'endpoint')}"
    if streams:
        pushed = sum(len(bindings(each.endpoint)) for each in streams)
        whole = count(feeds + pushed, "feed")
        told = count(len(streams), "endpoint")
        text += f"; {pushed:,} more of {told} are streams, which take no calls: {whole} in all"
    return text


def _session(name: str) -> Session:
    try:
        return Session(name)
    except ValueError:
        known = [each.value for each in Session]
        hint = near(name, known) or f"there are {', '.join(known)}"
        said = f"there is no session '{name}'"
        raise ConfigError([Problem("--session", 0, 0, said, hint)]) from None

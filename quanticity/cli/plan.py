"""`plan`: whether the schedule fits the limits, before it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import orjson
import typer
from rich.text import Text

from quanticity.cli.options import (
    ConfigOption,
    DataOption,
    EnvOption,
    Format,
    FormatOption,
    resolve,
)
from quanticity.cli.plan_summary import summary, verdict
from quanticity.cli.plan_tables import tables
from quanticity.cli.screen import console, working
from quanticity.cli.words import count
from quanticity.clock import Session
from quanticity.config.effective import Effective
from quanticity.config.loader import load
from quanticity.errors import ConfigError, Problem
from quanticity.feeds.expand import bindings
from quanticity.pace.plan import plan
from quanticity.pace.planned import planned_feeds
from quanticity.spec import near


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan", epilog="Example: quanticity plan --env demo --session market_hours")(
        plan_command
    )


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
    format: FormatOption = Format.TEXT,
) -> None:
    """Calls per minute and day against every limit, the age of each feed, the cost, a verdict.

    Exit status 1 when a critical group is short. What is off is not planned.
    """
    sessions = tuple(Session) if session is None else (_session(session),)
    place = resolve(env, config, data)
    loaded = load(place.location.base, place.env)
    sources = loaded.effective.sources
    names = _names(loaded.effective)
    feeds = [
        replace(feed, id=names.get(feed.id, feed.id))
        for feed in planned_feeds(loaded.root)
        if sources[feed.source].off is None
    ]
    with working(f"rehearsing {len(feeds)} feeds"):
        made = plan(loaded.root, feeds, sessions=sessions)
    if format is Format.JSON:
        typer.echo(orjson.dumps(made.to_dict()).decode())
    else:
        screen = console()
        for source in sources.values():
            if source.off is not None:
                screen.print(Text(f"{source.name} is off and not planned: {source.off}", "dim"))
        counted = _counted(loaded.effective, len(feeds))
        for part in (
            *(tables(made) if whole else summary(made, screen.width)),
            counted,
            *verdict(made),
        ):
            screen.print(part, highlight=False)
    if made.exit_status:
        raise typer.Exit(made.exit_status)


def _names(effective: Effective) -> dict[str, str]:
    """Feeds as a run calls them, by the numbers that a plan gives them."""
    return {
        f"{each.id}#{number}": ":".join((each.id, *values.values()))
        for each in effective.running()
        for number, values in enumerate(bindings(each.endpoint))
    }


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

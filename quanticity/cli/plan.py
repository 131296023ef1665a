"""`plan`: whether the schedule fits the limits, before it runs."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer

from quanticity.cli.options import (
    ConfigOption,
    DataOption,
    EnvOption,
    Format,
    FormatOption,
    resolve,
)
from quanticity.cli.screen import console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity plan --env prod --session market_hours")(plan)


def plan(
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="NAME", help="Only this session, as market_hours."),
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Calls per minute and day against every limit, the age of each feed, the cost, a verdict.

    Exit status 1 when a critical group is short.
    """
    from quanticity.cli.plan_tables import tables

    place = resolve(env, config, data)
    loaded = load(place.location.base, place.env)
    made = plan_of(loaded.root, session=session)
    if format is Format.JSON:
        typer.echo(orjson.dumps(made.to_dict()).decode())
    else:
        screen = console()
        for part in tables(made):
            screen.print(part)
    if made.critical_short:
        raise typer.Exit(1)

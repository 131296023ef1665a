"""`status`: the running system as it sees itself."""

from __future__ import annotations

from typing import Any

import orjson
import typer

from quanticity.app import STATUS_KEY
from quanticity.cli.attach import with_store
from quanticity.cli.options import (
    ConfigOption,
    DataOption,
    EnvOption,
    Format,
    FormatOption,
    program,
    resolve,
)
from quanticity.cli.picture import endpoint_lines, picture
from quanticity.cli.screen import console
from quanticity.cli.words import per
from quanticity.errors import KeyNotFound
from quanticity.feeds.report import FeedRow, Summary
from quanticity.model import Priority

_ROOM = 400


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity status --format json")(status)


def status(
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show every feed of the running system, its budgets, generation and last error."""
    place = resolve(env, config, data)
    raw = with_store(place, lambda store: store.get_raw(STATUS_KEY))
    if raw is None:
        raise KeyNotFound(
            f"a store of {place.env} is there, but no running system reports to it; "
            f"start one with: {program()} run --env {place.env}"
        )
    if format is Format.JSON:
        typer.echo(raw.decode())
        return
    told = orjson.loads(raw)
    screen = console()
    screen.print(
        picture(
            f"quanticity · {told['environment']}",
            told["when"],
            endpoint_lines([_row(row) for row in told["feeds"]], told["now"]),
            _ROOM,
            [],
            Summary(**told["summary"]),
            screen.width,
        )
    )
    for budget in told["budgets"]:
        typer.echo(_budget(budget))
    for cost in told["costs"]:
        typer.echo(_cost(cost))
    if told["config"]["last_error"]:
        typer.echo(f"last refused edit: {told['config']['last_error']}")
    typer.echo(f"config generation {told['config']['generation']}, hash {told['config']['hash']}")


def _row(told: dict[str, Any]) -> FeedRow:
    return FeedRow(**{**told, "group": Priority(told["group"])})


def _budget(told: dict[str, Any]) -> str:
    windows = ", ".join(
        f"{window['held']:,} of {window['usable']:,} {per(window['seconds'])}"
        for window in told["windows"]
    )
    return f"{told['name']}: {windows or 'no limit'}; {told['in_flight']} in flight"


def _cost(told: dict[str, Any]) -> str:
    day, month = (f" of {told[per]:,.2f}" if told[per] else "" for per in ("per_day", "per_month"))
    spent = sorted(told["endpoints"].items(), key=lambda item: -item[1])
    by = ", ".join(f"{name} {amount:,.2f}" for name, amount in spent)
    return (
        f"{told['source']}: {told['today']:,.2f}{day} spent today, "
        f"{told['month']:,.2f}{month} this month; today {by or 'nothing'}"
    )

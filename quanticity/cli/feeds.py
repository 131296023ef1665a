"""`feeds`: what this config asks for, feed by feed."""

from __future__ import annotations

from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from quanticity.cli.options import (
    ConfigOption,
    DataOption,
    EnvOption,
    Format,
    FormatOption,
    resolve,
)
from quanticity.cli.screen import console, emit
from quanticity.cli.simulated import as_run
from quanticity.config.catalogue import span
from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.config.loader import load
from quanticity.feeds.expand import bindings
from quanticity.words import count


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity feeds --env prod")(feeds)


def feeds(
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """List every endpoint: its group, interval, key and symbols, and why it is off."""
    place = resolve(env, config, data)
    loaded = load(place.location.base, place.env)
    effective = as_run(loaded)
    rows = [_row(each) for each in effective.endpoints()]
    if format is Format.JSON:
        emit(rows)
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("feed", "group", "every", "key", "asked for", "what it gives"):
        table.add_column(name, no_wrap=name in ("feed", "group", "every"))
    for row in rows:
        off = row["off"]
        table.add_row(
            row["feed"],
            row["group"],
            _every(row),
            row["key"],
            Text(f"off: {off}", "dim") if off else _asked_for(row),
            row["description"],
        )
    console().print(table)
    typer.echo(_count(effective))


def _row(given: EffectiveEndpoint) -> dict[str, Any]:
    endpoint = given.endpoint
    return {
        "feed": given.id,
        "source": given.source,
        "endpoint": given.name,
        "description": endpoint.description,
        "units": endpoint.units,
        "group": given.group.value,
        "transport": endpoint.transport,
        "interval_seconds": endpoint.interval_seconds,
        "at": list(endpoint.at),
        "ttl_seconds": endpoint.ttl_seconds,
        "key": endpoint.redis_key,
        "output_key": endpoint.output_key,
        "symbols": list(given.symbols),
        "expand": sorted(endpoint.expand),
        "off": given.off,
    }


def _every(row: dict[str, Any]) -> str:
    if row["transport"] == "websocket":
        return "streamed"
    if row["at"]:
        return "at " + ", ".join(row["at"])
    return span(row["interval_seconds"])


def _asked_for(row: dict[str, Any]) -> str:
    names = row["symbols"]
    text = " ".join(names[:4]) + (f" +{len(names) - 4}" if len(names) > 4 else "")
    return " × ".join([text or "once", *row["expand"]])


def _count(effective: Effective) -> str:
    running = list(effective.running())
    feeds = sum(len(bindings(each.endpoint)) for each in running)
    total = sum(1 for _ in effective.endpoints())
    off = total - len(running)
    return (
        f"{count(feeds, 'feed')} of {count(len(running), 'endpoint')}: one for each symbol and "
        f"each listed value; {off} of {count(total, 'endpoint')} {'is' if off == 1 else 'are'} off"
    )

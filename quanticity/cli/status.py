"""`status`: the running system as it sees itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer

from quanticity.cli.attach import with_store
from quanticity.cli.component_lines import component_lines
from quanticity.cli.component_rows import component_rows
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
from quanticity.cli.screen import console, emit
from quanticity.cli.verify import table, verdict, verified
from quanticity.errors import KeyNotFound, StoreUnavailable
from quanticity.feeds.report import FeedRow, Summary
from quanticity.feeds.rotation import waits_until
from quanticity.feeds.status import STATUS_KEY
from quanticity.model import Priority
from quanticity.runtime.health import COMPONENTS_KEY, EDGES_KEY
from quanticity.store.redis_store import RedisStore
from quanticity.words import per, seconds

_ROOM = 400
_MOST_TROUBLES = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity status --format json")(status)


def status(
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    format: FormatOption = Format.TEXT,
    verify: Annotated[
        Priority | None,
        typer.Option(
            metavar="GROUP",
            help="Show the age of each key of this group and of those above, and exit with 1 "
            "where one has no fresh value.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show every feed and component that runs, the budgets, the generation and its last error."""
    place = resolve(env, config, data)
    raw, components, edges = with_store(place, _read)
    if raw is None:
        raise KeyNotFound(
            f"a store of {place.env} is there, but no running system reports to it; "
            f"start one with: {program()} run {place.options}"
        )
    told = orjson.loads(raw)
    if verify is not None:
        raise typer.Exit(_verify(told["feeds"], verify, format))
    if format is Format.JSON:
        told["components"] = components.get("components", [])
        told["edges"] = edges.get("edges", [])
        emit(told)
        return
    _show(told, components, edges)


def _show(told: dict[str, Any], components: dict[str, Any], edges: dict[str, Any]) -> None:
    """All of it, for people."""
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
            components=component_rows(components, edges, told["now"]),
        )
    )
    for line in component_lines(components, edges, told["now"]):
        typer.echo(line)
    for budget in told["budgets"]:
        typer.echo(budget_line(budget, told["now"]))
    for cost in told["costs"]:
        typer.echo(_cost(cost))
    for failover in told["failovers"]:
        typer.echo(failover_line(failover, told["now"]))
    for aggregate in told.get("aggregates", ()):  # none of an older run
        for trouble in aggregate["troubles"][:_MOST_TROUBLES]:
            typer.echo(f"aggregate {aggregate['name']}: {trouble['key']}: {trouble['error']}")
    for key in told["keys"]:
        typer.echo(f"{key['source']}: {waits_until(key['waits_until'])}")
    if told["config"]["last_error"]:
        typer.echo(f"last refused edit: {told['config']['last_error']}")
    for said in told["config"].get("transforms", ()):  # none of an older run
        typer.echo(f"transform {said}")
    typer.echo(f"config generation {told['config']['generation']}, hash {told['config']['hash']}")


def _verify(rows: list[dict[str, Any]], group: Priority, format: Format) -> int:
    """Print the keys that are needed; the exit status."""
    found = verified(rows, group)
    good = all(one.fresh for one in found)
    if format is Format.JSON:
        emit({"ok": good, "keys": [asdict(one) for one in found]})
    else:
        console().print(table(found))
        typer.echo(verdict(found))
    return 0 if good else 1


async def _read(store: RedisStore) -> tuple[bytes | None, dict[str, Any], dict[str, Any]]:
    """What the feeds' process tells of itself, and what those of the plugins do."""
    keys = (STATUS_KEY, COMPONENTS_KEY, EDGES_KEY)
    (raw, components, edges), _ = await store.fetch(keys, {})
    if raw is None and await store.why_no_writes():
        raise StoreUnavailable("what the run told of itself has expired, and no more can be kept")
    return raw, orjson.loads(components or b"{}"), orjson.loads(edges or b"{}")


def _row(told: dict[str, Any]) -> FeedRow:
    return FeedRow(**{**told, "group": Priority(told["group"])})


def budget_line(told: dict[str, Any], now: float) -> str:
    """`fmp: 3 of 290 a minute; 1 in flight; asks nothing for 12 s: the vendor asked us to wait`."""
    windows = ", ".join(
        f"{window['held']:,} of {window['usable']:,} {per(window['seconds'])}"
        for window in told["windows"]
    )
    until, why = told["stopped_until"], told["why"]
    stopped = "" if until is None else f"; asks nothing for {seconds(until - now)}: {why}"
    return f"{told['name']}: {windows or 'no limit'}; {told['in_flight']} in flight{stopped}"


def failover_line(told: dict[str, Any], now: float) -> str:
    """`quote: alpha_vantage.quote is primary (p95 0.31 s); ibkr.quotes stands by`."""
    by_name = {each["source"]: each for each in told["sources"]}
    active = by_name.pop(told["active"])
    since = f" for {seconds(now - told['since'])}" if told["since"] is not None else ""
    others = " and ".join(f"{name}{_tempo(each)}" for name, each in by_name.items())
    stand = "stands by" if len(by_name) == 1 else "stand by"
    return f"{told['name']}: {told['active']}{_tempo(active)} is primary{since}; {others} {stand}"


def _tempo(told: dict[str, Any]) -> str:
    parts = ["slow"] if told["slow"] else []
    parts += [f"p95 {told['p95']:.2g} s"] if told["p95"] is not None else []
    parts += [told["lacks"]] if told["lacks"] else []
    return f" ({', '.join(parts)})" if parts else ""


def _cost(told: dict[str, Any]) -> str:
    day, month = (f" of {told[per]:,.2f}" if told[per] else "" for per in ("per_day", "per_month"))
    spent = sorted(told["endpoints"].items(), key=lambda item: -item[1])
    by = ", ".join(f"{name} {amount:,.2f}" for name, amount in spent)
    return (
        f"{told['source']}: {told['today']:,.2f}{day} spent today, "
        f"{told['month']:,.2f}{month} this month; today {by or 'nothing'}"
    )

"""`probe`: one call, shown."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated, Any

import orjson
import typer

from quanticity.cli.options import (
    ConfigOption,
    DataOption,
    EnvOption,
    Format,
    FormatOption,
    Place,
    resolve,
)
from quanticity.cli.screen import emit, working
from quanticity.cli.sim_names import stand_in_of
from quanticity.cli.standin import clock_of
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.effective import EffectiveEndpoint, EffectiveSource
from quanticity.config.loader import load
from quanticity.errors import ConfigError, Problem, QuanticityError, StoreUnavailable
from quanticity.feeds.probe import Probe, find_endpoint, probe
from quanticity.feeds.retry import DEFAULTS
from quanticity.feeds.standin import Rewriter
from quanticity.logs import redact
from quanticity.store.opening import open_ledger, open_store, store_settings
from quanticity.words import count, seconds

_DEPTH = 3
_NAMES = 8


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("probe", epilog="Example: quanticity probe unusual_whales.spot_gex --symbol SPY")(
        probe_command
    )


def probe_command(
    endpoint: Annotated[str, typer.Argument(metavar="SOURCE.ENDPOINT", help="What to ask.")],
    symbol: Annotated[
        str | None, typer.Option("--symbol", metavar="S", help="Default: its first symbol.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Value of another placeholder."),
    ] = None,
    wait: Annotated[
        float,
        typer.Option("--wait", metavar="SECONDS", min=0, help="Longest wait for a free call."),
    ] = 60,
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Make one call within the limits and show status, time, size, shape and quota left.

    Nothing is stored. Exit status 1 when the call failed or its body left the contract.
    """
    place = resolve(env, config, data)
    values = _values(symbol, given or [])
    found = asyncio.run(_probe(place, endpoint, values, wait))
    told = _as_json(found)
    if format is Format.JSON:
        emit(redact(orjson.dumps(told).decode()))
    else:
        _print(found, told)
    if found.error or found.drifts:
        raise typer.Exit(1)


def _values(symbol: str | None, given: list[str]) -> dict[str, str]:
    values = {} if symbol is None else {"symbol": symbol}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise ConfigError([Problem("--set", 0, 0, f"'{pair}' is not NAME=VALUE")])
        values[name] = value
    return values


async def _probe(place: Place, name: str, values: dict[str, str], wait: float) -> Probe:
    loaded = load(place.location.base, place.env)
    calendar, wall = MarketCalendar(), LiveClock()
    clock = clock_of(loaded, calendar, wall)
    effective = loaded.effective
    stand_in = stand_in_of(loaded, clock, calendar)
    if stand_in is not None:
        await stand_in.start()
        effective = Rewriter(stand_in.rewrite)(effective)
    settings, environ = store_settings(loaded, os.environ)
    store = ledger = None
    try:
        try:
            store = await open_store(settings, place.data, wall, environ, attach_only=True)
            ledger = await open_ledger(store, wall)
        except StoreUnavailable:
            # Nobody runs here: then nobody shares the limits with this one call.
            ledger = None
        endpoint = find_endpoint(effective, name)
        if endpoint.off is not None and find_endpoint(loaded.effective, name).off is None:
            # A simulation asks nobody in the world.
            raise QuanticityError(f"{endpoint.id} is off: {endpoint.off}")
        source = effective.sources[endpoint.source]
        with working(waits_for(endpoint, source, wait)):
            return await probe(loaded, effective, endpoint, values, clock, calendar, ledger, wait)
    finally:
        if ledger is not None:
            await ledger.close()
        if store is not None:
            await store.close()
        if stand_in is not None:
            await stand_in.stop()


def waits_for(endpoint: EffectiveEndpoint, source: EffectiveSource, wait: float) -> str:
    """What a person waits for, and how long at most."""
    spec = endpoint.endpoint
    answer = spec.timeout_seconds or source.source.timeout_seconds
    policy = spec.retry_policy or source.source.retry_policy or DEFAULTS[endpoint.group]
    pages = spec.paging.max_pages if spec.paging is not None else 1
    each = f"of {count(pages, 'page')} " if pages > 1 else ""
    return (
        f"asking {endpoint.id}: at most {seconds(wait)} for a free call of {source.budget}, "
        f"then {seconds(answer)} for the answer {each}({count(policy.attempts, 'try', 'tries')})"
    )


def _as_json(found: Probe) -> dict[str, Any]:
    budget = found.budget
    return {
        "feed": found.feed,
        "key": found.key,
        "ok": not found.error and not found.drifts,
        "status": found.status,
        "latency_ms": None if found.latency is None else round(found.latency * 1000, 1),
        "bytes": found.bytes,
        "error": found.error,
        "note": found.note,
        "drifts": [str(drift) for drift in found.drifts],
        "timestamp": found.timestamp,
        "shape": shape(found.data),
        "output_key": found.output_key,
        "output_shape": None if found.output_key is None else shape(found.output),
        "quota_left": None if budget is None else budget.calls_left,
    }


def _print(found: Probe, told: dict[str, Any]) -> None:
    good = not found.error
    status = found.status or "no answer"
    typer.echo(f"{'✓' if good else '✗'} {found.feed}  status {status}, {_took(found)}")
    if found.error:
        typer.echo(f"  {redact(found.error)}", err=True)
    if found.data is not None:
        typer.echo(f"  key      {found.key}  ({found.bytes:,} bytes)")
        typer.echo(f"  shape    {told['shape']}")
    if found.output is not None:
        typer.echo(f"  output   {found.output_key}")
        typer.echo(f"  shape    {told['output_shape']}")
    if found.note:
        typer.echo(f"  note     {redact(found.note)}")
    for drift in found.drifts:
        typer.echo(f"  drift    {redact(str(drift))}", err=True)
    left = told["quota_left"]
    typer.echo(f"  quota    {'no limit' if left is None else count(left, 'call') + ' left'}")


def _took(found: Probe) -> str:
    return "no time" if found.latency is None else seconds(found.latency)


def shape(value: Any, depth: int = _DEPTH) -> str:
    """What a value is made of: `{data: [377 × {time: text, price: text, …}]}`."""
    if isinstance(value, dict):
        if depth == 0:
            return "{…}"
        parts = [f"{name}: {shape(each, depth - 1)}" for name, each in list(value.items())[:_NAMES]]
        return "{" + ", ".join(parts) + (", …" if len(value) > _NAMES else "") + "}"
    if isinstance(value, list):
        return f"[{len(value)} × {shape(value[0], depth - 1)}]" if value else "[]"
    names = {str: "text", bool: "yes/no", int: "integer", float: "number", type(None): "null"}
    return names.get(type(value), type(value).__name__)

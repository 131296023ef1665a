"""`keys` and `get`: what is in the store now."""

from __future__ import annotations

import re
import shlex
from math import inf
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from quanticity.cli.attach import with_store
from quanticity.cli.called import of_feed
from quanticity.cli.filled import filled_by
from quanticity.cli.lent import lent_for
from quanticity.cli.missing import why_by_status, why_missing, why_not_brought, why_not_written
from quanticity.cli.options import (
    ConfigOption,
    DataOption,
    EnvOption,
    Format,
    FormatOption,
    Place,
    program,
    resolve,
)
from quanticity.cli.screen import console, emit
from quanticity.cli.simulated import as_run
from quanticity.config.loader import load
from quanticity.errors import ConfigError, KeyNotFound
from quanticity.feeds.status import STATUS_KEY
from quanticity.logs import redact
from quanticity.runtime.health import COMPONENTS_KEY, EDGES_KEY
from quanticity.spec import near
from quanticity.store.redis_store import RedisStore
from quanticity.store.well_known import keys_called
from quanticity.words import count, seconds

_EVENTS_SHOWN = 20
_OWN = ("quanticity:", "slots:", "state:")
_TEXT_ROWS = 200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: quanticity keys 'raw:uw:*'")(keys)
    app.command(epilog="Example: quanticity get raw:uw:spot_gex:SPY")(get)


def keys(
    pattern: Annotated[str, typer.Argument(help="Glob pattern.")] = "*",
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """List keys of the running system, with the life they have left."""
    found = with_store(resolve(env, config, data), lambda store: store.keys(pattern))
    if format is Format.JSON:
        rows = [{"key": name, "ttl_seconds": round(ttl, 3)} for name, ttl in found]
        emit(rows)
        return
    table = Table("key", "expires in", box=None, header_style="dim", pad_edge=False)
    for name, ttl in found:
        table.add_row(visible(name), expires_in(ttl))
    console().print(table)
    typer.echo(count(len(found), "key"))


def get(
    key: Annotated[str, typer.Argument(help="Name of a key, as `keys` lists it, or of its feed.")],
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Print what a key holds: the envelope and its data (for events, the newest ones)."""
    place = resolve(env, config, data)

    async def read(store: RedisStore) -> tuple[bytes | None, list[dict[str, Any]], str]:
        raw, shown = await held(store, key)
        if raw is not None or shown:
            return raw, shown, ""
        told = await store.get_raw(STATUS_KEY)
        name, more = of_feed(key, orjson.loads(told)["feeds"] if told else ())
        name = name or another_name(place, key)
        if name is None or name == key:
            if more and not keys_called(key):
                return None, [], f"no value under '{key}': {more}"
            return None, [], await why_nothing(store, place, key)
        typer.echo(f"{visible(key)} is {name}", err=True)
        raw, shown = await held(store, name)
        found = raw is not None or bool(shown)
        return raw, shown, "" if found else await why_nothing(store, place, name)

    raw, events, why = with_store(place, read)
    if raw is None and not events:
        raise KeyNotFound(why)
    if format is Format.JSON:
        emit(as_json(raw) if raw is not None else events)
        return
    typer.echo(pretty(raw) if raw is not None else pretty(orjson.dumps(events)))


async def held(store: RedisStore, key: str) -> tuple[bytes | None, list[dict[str, Any]]]:
    """What a key holds: its bytes, or its newest events, or None and nothing."""
    raw = await store.get_raw(key)
    if raw is not None:
        return raw, []
    events = await store.newest_events(key, _EVENTS_SHOWN)
    shown = [
        {
            "id": number,
            "timestamp": event.timestamp,
            "received": event.received,
            "source": event.source,
            "seq": event.seq,
            "hash": event.hash,
            "data": event.data,
        }
        for number, event in events
    ]
    return None, shown


def another_name(place: Place, key: str) -> str | None:
    """The key that is surely meant by another word for it: that of its feed, or of the notes.

    None where several may be meant, or where a feed of the config fills `key` as it is written.
    """
    called = keys_called(key)
    if len(called) != 1:
        return None
    try:
        effective = load(place.location.base, place.env).effective
    except ConfigError:
        return called[0]
    return None if filled_by(key, effective) else called[0]


async def why_nothing(store: RedisStore, place: Place, key: str) -> str:
    """What a key without a value waits for, or which key was meant."""
    if any(sign in key for sign in "*?["):
        every = f"{program()} keys {shlex.quote(key)} {place.options}".rstrip()
        return f"'{key}' is a pattern and no key; those that fit: {every}"
    nobody = "no feed fills it and no component writes it"
    told = await store.get_raw(STATUS_KEY)
    status = None if told is None else orjson.loads(told)
    try:
        loaded = load(place.location.base, place.env)
    except ConfigError:
        # What runs is the last good config, and nobody knows what else the broken one would fill.
        waits = why_by_status(key, status)
        told_by = f"{program()} check {place.options}"
        nobody = f"the config does not load, so nobody can say what fills it: {told_by} says why"
    else:
        effective = as_run(loaded)
        lent = await lent_for(key, effective, store, status["now"]) if status else {}
        waits = why_missing(key, effective, loaded.root.aggregates, status, lent)
    if waits:
        return redact(f"no value yet under '{key}': {waits}")
    plugins = await store.get_raw(COMPONENTS_KEY)
    running = None if plugins is None else orjson.loads(plugins)
    waits = why_not_written(key, running, running["at"] if running else 0.0)
    edges = await store.get_raw(EDGES_KEY)
    waits = waits or why_not_brought(key, None if edges is None else orjson.loads(edges))
    if waits:
        return redact(f"no value yet under '{key}': {waits}")
    # What the system keeps for itself is not what anybody looks for by name.
    names = {name for name, _ in await store.keys("*") if not name.startswith(_OWN)}
    names.update(row["key"] for row in (status["feeds"] if status else ()))
    called = keys_called(key)
    hint = f"it may be {' or '.join(called)}" if called else near(key, names)
    return f"no value under '{key}', and {nobody}" + (f"; {hint}" if hint else "")


def expires_in(ttl: float) -> str:
    """The life that a key has left (s), as it is shown."""
    return seconds(ttl) if ttl < inf else "never"


def as_json(raw: bytes) -> str:
    """What a key holds as JSON: as it is, or as text where another program wrote no JSON."""
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return orjson.dumps(raw.decode("utf-8", "replace")).decode()
    return raw.decode()


def visible(text: str, kept: str = "") -> str:
    """`text` with what would move the cursor written out; what others wrote is only shown."""
    return _CONTROLS.sub(lambda sign: sign[0] if sign[0] in kept else ascii(sign[0])[1:-1], text)


def pretty(raw: bytes) -> str:
    """What a key holds, for people: indented, and not all of what is long."""
    try:
        text = orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # No JSON, or nested deeper than it can be indented.
        text = raw.decode("utf-8", "replace")
    lines = visible(text, "\n\t").split("\n")
    if len(lines) > _TEXT_ROWS:
        rest = len(lines) - _TEXT_ROWS
        return "\n".join(
            [*lines[:_TEXT_ROWS], f"… {count(rest, 'more line')}; --format json prints all"]
        )
    return "\n".join(lines)

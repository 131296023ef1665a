"""`check`: whether this config would run, on this machine, now."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

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
from quanticity.cli.problems import tell
from quanticity.cli.screen import emit
from quanticity.cli.shortages import schedule_problems
from quanticity.cli.sim_names import simulation_problems
from quanticity.cli.simulated import as_run
from quanticity.config.loaded import Loaded
from quanticity.config.loader import Loader
from quanticity.errors import ConfigError, Problem, Severity, StoreError
from quanticity.logs import redact
from quanticity.runtime.loader import plugin_folders
from quanticity.runtime.sections import claims_of
from quanticity.runtime.whole import Whole, whole_of
from quanticity.store.address import Address
from quanticity.store.binary import find_server
from quanticity.store.opening import look_for, store_settings
from quanticity.words import count as counted

# Of the column of names, at least.
_WIDTH = 22


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity check --env prod")(check)


def check(
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Check config, plugins and this machine: every problem at once, with file and line.

    The examples in strategies' files are run. Exit status 0 when it would run, 1 when there are
    problems. A source that needs a key it has not got is a note.
    """
    place: Place | None = None
    loader: Loader | None = None
    loaded: Loaded | None = None
    whole: Whole | None = None
    short: list[Problem] = []
    try:
        place = resolve(env, config, data)
        loader = Loader(place.location.base, place.env)
        loaded = loader.load()
        whole = whole_of(loaded, tested=True)
        short = list(schedule_problems(loaded, loader.locate))
        problems = [*loaded.problems, *whole.problems, *short, *simulation_problems(loaded)]
    except ConfigError as error:
        problems = list(error.problems)
        if loader is not None:
            plugins = plugin_folders(loader.location).refresh()
            problems += plugins.problems
            problems += claims_of(loader.sections, {}, loader.locate, plugins).problems
    machine = _machine(place, loaded) if place else []
    bad = [problem for problem in problems if problem.severity is Severity.ERROR]
    broken = [row for row in machine if not row["ok"]]
    if format is Format.JSON:
        emit(_as_json(place, loaded, problems, machine))
    else:
        _print(place, loaded, whole, problems, machine, fits=not short)
    if bad or broken:
        raise typer.Exit(1)


def _print(
    place: Place | None,
    loaded: Loaded | None,
    whole: Whole | None,
    problems: list[Problem],
    machine: list[dict[str, Any]],
    *,
    fits: bool,
) -> None:
    for row in machine:
        typer.echo(f"{'✓' if row['ok'] else '✗'} {row['what']:<12} {row['detail']}")
    tell(problems, notes=True)
    named = [
        *(loaded.effective.sources if loaded else ()),
        *(whole.plugins.components if whole else ()),
    ]
    width = max([_WIDTH, *map(len, named)])
    if loaded is not None and place is not None:
        for source in as_run(loaded).sources.values():
            state = "on" if source.off is None else f"off: {source.off}"
            running = sum(endpoint.off is None for endpoint in source.endpoints.values())
            _row(width, source.off is None, source.name, counted(running, "endpoint"), state)
    if whole is not None:
        _print_components(whole, width)
    count = sum(problem.severity is Severity.ERROR for problem in problems)
    if count:
        typer.echo(counted(count, "problem"), err=True)
    elif place is not None:
        but = "" if fits else ", but its schedule is short of calls: see `plan`"
        warned = any(problem.severity is Severity.WARNING for problem in problems)
        typer.echo(f"{'!' if warned else '✓'} {place.env}: the config is good{but}")


def _row(width: int, good: bool, name: str, count: str, state: str) -> None:
    typer.echo(f"{'✓' if good else '·'} {name:<{width}} {count:<14} {redact(state)}")


def _print_components(whole: Whole, width: int) -> None:
    lacking = whole.lacking
    bindings: dict[str, list[str]] = {}
    for one in whole.bound.bindings:
        bindings.setdefault(one.component.name, []).append(one.id)
    names = sorted(whole.plugins.components)
    running = [name for name in names if name in bindings]
    for name in running:
        mine = bindings[name]
        idle = [lacking[one] for one in mine if one in lacking]
        state = "on"
        if idle:
            some = f"on, but {len(idle)} of {len(mine)}: " if len(idle) < len(mine) else ""
            state = f"{some}{idle[0]}"
        _row(width, len(idle) < len(mine), name, counted(len(mine), "binding"), state)
    if off := len(names) - len(running):
        others = counted(off, "other component" if running else "component")
        _row(width, False, others, counted(0, "binding"), "off; see components")


def _as_json(
    place: Place | None,
    loaded: Loaded | None,
    problems: list[Problem],
    machine: list[dict[str, Any]],
) -> dict[str, Any]:
    errors = any(problem.severity is Severity.ERROR for problem in problems)
    sources = []
    if loaded is not None:
        sources = [
            {
                "name": source.name,
                "on": source.off is None,
                "reason": redact(source.off or ""),
                "endpoints": [
                    {
                        "name": endpoint.name,
                        "on": endpoint.off is None,
                        "reason": redact(endpoint.off or ""),
                    }
                    for endpoint in source.endpoints.values()
                ],
            }
            for source in as_run(loaded).sources.values()
        ]
    return {
        "ok": not errors and all(row["ok"] for row in machine),
        "environment": place.env if place else None,
        "problems": [problem_as_json(problem) for problem in problems],
        "machine": machine,
        "sources": sources,
    }


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """A problem as programs read it."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity.value,
        "message": redact(problem.message),
        "hint": redact(problem.hint),
    }


def _machine(place: Place, loaded: Loaded | None) -> list[dict[str, Any]]:
    """What this machine must have: a new enough Python, a server, a place for state."""
    version = platform.python_version()
    store_ok, store = _server(loaded)
    lacks = _lacks(place.data)
    return [
        {"what": "python", "ok": sys.version_info >= (3, 11), "detail": version},
        {"what": "store", "ok": store_ok, "detail": redact(store)},
        {
            "what": "state",
            "ok": not lacks,
            "detail": f"{lacks}; use --data" if lacks else str(place.data),
        },
    ]


def _lacks(data: Path) -> str:
    """Why no state can be kept in a folder, which need not be there yet; empty where it can."""
    folder = data
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder} is no folder"
    if not os.access(folder, os.W_OK):
        return f"{folder} cannot be written"
    try:
        # The permissions of /proc, and of some mounts, promise what is then refused.
        tempfile.TemporaryDirectory(prefix=".check-", dir=folder).cleanup()
    except OSError as error:
        return f"{folder} cannot be written ({error.strerror})"
    return ""


def _server(loaded: Loaded | None) -> tuple[bool, str]:
    """Which server a run would use, and whether there is one."""
    settings, environ = (None, os.environ) if loaded is None else store_settings(loaded, os.environ)
    url = (settings.url if settings else None) or environ.get("REDIS_URL", "")
    try:
        if url:
            address = Address(url=url)
            asyncio.run(look_for(address))
            return True, str(address)
        apart = loaded is not None and loaded.secrets.given("REDIS_URL") and not url
        note = "; REDIS_URL is left alone, simulated prices stay apart from real ones"
        return True, f"embedded, {find_server(environ).name}{note if apart else ''}"
    except StoreError as error:
        return False, str(error)

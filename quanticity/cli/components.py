"""`components`: what the plugins offer, what of it runs, and with which parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
import typer
from pydantic_core import PydanticUndefined, to_jsonable_python
from rich.table import Table
from rich.text import Text

from quanticity.cli.options import ConfigOption, EnvOption, Format, FormatOption, resolve
from quanticity.cli.screen import console, emit
from quanticity.component import Around, At, Component, Every, OnChange, Trigger
from quanticity.config.loader import load
from quanticity.config.reference import type_words
from quanticity.config.render import Redact, hide
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.runtime.binding import Binding
from quanticity.runtime.declared import is_pure, kind_of
from quanticity.runtime.whole import Whole, whole_of
from quanticity.spec import near
from quanticity.words import count, seconds

_VALUES = 4


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity components exposure")(components)


def components(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="Show one, or a file of config/strategies, with its parameters."
        ),
    ] = None,
    env: EnvOption = None,
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """List the components of all plugins: their kind, what they run for, when, and their file.

    How they fare is told by `status`. Exit status 1 when one cannot be loaded or bound.
    """
    place = resolve(env, config, None)
    whole = whole_of(load(place.location.base, place.env))
    known = whole.plugins.components
    file = None if name is None or name in known else _plugin_of(whole, name)
    if name is not None and name not in known and file is None:
        hint = near(name, known) or f"there are {', '.join(sorted(known)) or 'none'}"
        raise ConfigError([Problem("", 0, 0, f"there is no component '{name}'", hint)])
    shown = sorted(known) if name is None else [file or name]
    rows = [_row(whole, one, name if file else None) for one in shown]
    if format is Format.JSON:
        emit(rows[0] if name else rows)
    elif name:
        _print_one(rows[0])
        _print_files(whole, file or name, name)
    else:
        _print(rows)
    bad = [one for one in whole.problems if one.severity is Severity.ERROR]
    for problem in bad if name is None else ():
        typer.echo(str(problem), err=True)
    if bad and name is None:
        raise typer.Exit(1)


def _plugin_of(whole: Whole, name: str) -> str | None:
    """The plugin that a file of strategies runs, where `name` is that of one."""
    file = whole.loaded.root.strategies.get(name)
    found = file is not None and file.plugin in whole.plugins.components
    return file.plugin if file is not None and found else None


def _row(whole: Whole, name: str, file: str | None = None) -> dict[str, Any]:
    """What is told of a component; of its bindings by one file of strategies, where that is named.

    One plugin with two files has two sets of parameters, of which only one can be shown.
    """
    component = whole.plugins.components[name]
    bindings = [
        one
        for one in whole.bound.bindings
        if one.component.name == name and file in (None, one.values.get("strategy"))
    ]
    lacking = whole.lacking
    idle = [lacking[one.id] for one in bindings if one.id in lacking]
    return {
        "component": name,
        "kind": kind_of(component),
        "description": (component.__doc__ or "").strip().partition("\n")[0],
        "file": whole.plugins.files.get(name, ""),
        "section": component.section,
        "runs": bool(bindings),
        "why": (idle[0] if idle else "") if bindings else _why(whole, name, file),
        "when": _when(component),
        "reads": [key.name for key in component.reads.values()],
        "writes": [key.name for key in component.writes.values()],
        "bindings": [one.id for one in bindings],
        "params": list(_params(component, bindings, whole.loaded.secrets.redact)),
    }


def _why(whole: Whole, name: str, file: str | None) -> str:
    """Why a component does not run."""
    root = whole.loaded.root
    files = {file.plugin or title: file for title, file in root.strategies.items()}
    component = whole.plugins.components[name]
    entry = root.strategies[file] if file else files.get(name) or root.components.get(name)
    if entry is not None and entry.enabled is False:
        return "disabled in the config"
    if entry is None and kind_of(component) == "strategy":
        return "no file of config/strategies names it"
    if entry is None and not is_pure(component):
        return f"not turned on: components: {{{name}: {{enabled: true}}}}"
    told = [
        str(one.message)
        for one in whole.problems
        if one.message.startswith(f"{name} ") or one.message.startswith(f"{name}:")
    ]
    if told:
        return told[0].removeprefix(f"{name} ")
    idle = name not in whole.bound.refused
    return "no feed that is on gives what it reads" if idle else "its config is wrong; see check"


def _params(component: type[Component], bindings: Sequence[Binding], redact: Redact) -> Any:
    values = bindings[0].instance.params.model_dump(mode="json") if bindings else {}
    values = hide(values, redact)
    for name, info in component.Params.model_fields.items():
        default = info.get_default(call_default_factory=True)
        yield {
            "name": name,
            "type": type_words(info.annotation),
            "default": None if default is PydanticUndefined else to_jsonable_python(default),
            "required": info.is_required(),
            "value": values.get(name),
            "help": info.description or "",
        }


def _when(component: type[Component]) -> str:
    timed = any(not isinstance(one, OnChange) for one in component.triggers())
    if not is_pure(component) and not timed:
        return "always" if kind_of(component) == "source" else "on each event"
    return ", ".join(map(_trigger, component.triggers()))


def _trigger(one: Trigger) -> str:
    if isinstance(one, Every):
        where = f" in {', '.join(one.sessions)}" if one.sessions else ""
        return f"every {seconds(one.seconds)}{where}"
    if isinstance(one, At):
        return f"at {', '.join(one.times)}"
    if isinstance(one, Around):
        side = "before" if one.seconds < 0 else "after"
        event = one.event.replace("_", " ")
        return f"{seconds(abs(one.seconds))} {side} {event}" if one.seconds else f"at {event}"
    gap = f", at most every {seconds(one.at_most_every)}" if one.at_most_every else ""
    return f"on change{gap}"


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for title in ("component", "kind", "runs for", "when", "file"):
        table.add_column(title, no_wrap=title in ("component", "kind"))
    for row in rows:
        runs = Text(f"off: {row['why']}", "dim")
        if row["runs"]:
            idle = f"; {row['why']}" if row["why"] else ""
            runs = Text.assemble(_runs_for(row["bindings"]), (idle, "dim"))
        table.add_row(row["component"], row["kind"], runs, row["when"], row["file"])
    console().print(table)
    running = sum(row["runs"] for row in rows)
    bound = sum(len(row["bindings"]) for row in rows)
    typer.echo(f"{count(bound, 'binding')} of {running} of {count(len(rows), 'component')}")


def _runs_for(ids: Sequence[str]) -> str:
    values = [one.partition(":")[2] for one in ids]
    if values == [""]:
        return "once"
    more = f" +{len(values) - _VALUES}" if len(values) > _VALUES else ""
    return " ".join(values[:_VALUES]) + more


def _print_files(whole: Whole, plugin: str, name: str) -> None:
    """Whose parameters were shown, where several files run one plugin."""
    files = [
        title
        for title, file in whole.loaded.root.strategies.items()
        if (file.plugin or title) == plugin
    ]
    others = [title for title in files if title != name]
    if name != plugin:
        typer.echo(f"as strategies/{name}.yaml has it")
    if others:
        typer.echo(f"its other files, each with parameters of its own: {', '.join(others)}")


def _print_one(row: Mapping[str, Any]) -> None:
    typer.echo(f"{row['component']}  {row['kind']}, {row['file']}")
    typer.echo(f"  {row['description']}")
    typer.echo(f"  runs    {row['when']}" if row["runs"] else f"  off     {row['why']}")
    if row["runs"]:
        typer.echo(f"  for     {_runs_for(row['bindings'])}")
        if row["why"]:
            typer.echo(f"  idle    {row['why']}")
    for title in ("reads", "writes"):
        for number, key in enumerate(row[title]):
            typer.echo(f"  {title if not number else '':<7} {key}")
    if row["section"]:
        typer.echo(f"  section {row['section']}, at the top of the config")
    if not row["params"]:
        typer.echo("  params  none")
        return
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("parameter", "type", "value", "default", "what it is"):
        table.add_column(title, no_wrap=title in ("parameter", "type"))
    for param in row["params"]:
        default = "required" if param["required"] else _shown(param["default"])
        value = _shown(param["value"]) if row["runs"] else "–"
        table.add_row(param["name"], param["type"], value, default, param["help"])
    console().print(table)


def _shown(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()

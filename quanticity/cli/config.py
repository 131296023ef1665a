"""`config show|diff|schema`: what the config says, and where each value comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from quanticity.cli.options import (
    ConfigOption,
    EnvOption,
    Format,
    FormatOption,
    resolve,
)
from quanticity.cli.screen import echo, emit
from quanticity.config.diff import diff
from quanticity.config.json_schema import json_schema_text
from quanticity.config.loader import Loader
from quanticity.config.location import find_config
from quanticity.config.show import show, show_values
from quanticity.logs import redact
from quanticity.runtime.loader import plugin_folders
from quanticity.runtime.sections import sections_of

group = typer.Typer(no_args_is_help=True, help="Show, compare and describe the config.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(group, name="config")


@group.command("show", epilog="Example: quanticity config show fmp.earnings_calendar --origin")
def show_command(
    part: Annotated[
        str,
        typer.Argument(
            metavar="PART",
            help="What to show: a source, a feed, or a dotted path. Default: everything.",
            show_default=False,
        ),
    ] = "",
    origin: Annotated[
        bool, typer.Option("--origin", help="Name the file and line that set each value.")
    ] = False,
    env: EnvOption = None,
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Print the merged config. Secrets are never shown."""
    place = resolve(env, config, None)
    layers, secrets = Loader(place.location.base, place.env).written()
    if format is Format.JSON:
        emit(show_values(layers, part, redact=secrets.redact))
    else:
        typer.echo(show(layers, part, origin=origin, redact=secrets.redact), nl=False)


@group.command("diff", epilog="Example: quanticity config diff dev prod")
def diff_command(
    one: Annotated[str, typer.Argument(metavar="ENV", help="From this environment.")],
    other: Annotated[str, typer.Argument(metavar="ENV", help="To this one.")],
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show what would change between two environments, with the line that sets each value."""
    before, hidden = Loader(resolve(one, config, None).location.base, one).written()
    after, hidden_too = Loader(resolve(other, config, None).location.base, other).written()

    def redact(text: str) -> str:
        return hidden_too.redact(hidden.redact(text))

    changes = diff(before, after, redact=redact)
    if format is Format.JSON:
        emit([change.as_dict() for change in changes])
        return
    echo(map(str, changes))
    if not changes:
        typer.echo(f"{one} and {other} are the same")


@group.command("schema", epilog="Example: quanticity config schema > config/schema.json")
def schema_command(
    overlay: Annotated[
        bool, typer.Option("--overlay", help="For a file of config/env: null removes.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Print the JSON Schema that editors complete and check YAML with.

    It has the sections of the plugins beside the config; one that does not load is told and left
    out.
    """
    plugins = plugin_folders(find_config(config)).refresh()
    for problem in plugins.problems:
        typer.echo(redact(str(problem)), err=True)
    typer.echo(json_schema_text(sections_of(plugins), overlay=overlay), nl=False)

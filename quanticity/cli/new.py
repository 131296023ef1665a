"""`new`: a feed or a transform to begin with, that works as it is."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from quanticity.cli.options import ConfigOption, program, python
from quanticity.config.location import Location, find_config
from quanticity.config.scaffold import new_feed, new_transform
from quanticity.errors import ConfigError, Problem

group = typer.Typer(no_args_is_help=True, help="Begin a feed or a transform.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(group, name="new")


@group.command("feed", epilog="Example: quanticity new feed unusual_whales.quote")
def feed_command(
    name: Annotated[str, typer.Argument(metavar="SOURCE.NAME", help="Of the new endpoint.")],
    show: Annotated[
        bool, typer.Option("--print", help="Print the block instead of writing it.")
    ] = False,
    new_source: Annotated[
        bool, typer.Option("--new-source", help="SOURCE is a new vendor: begin it too.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Write a commented endpoint into data_sources.yaml; it is off until you turn it on."""
    location = _own(find_config(config))
    made = new_feed(location, name, write=not show, new_source=new_source)
    if show or made.path is None:
        typer.echo(made.block, nl=False)
        if made.why:
            typer.echo(made.why, err=True)
        return
    if new_source:
        typer.echo(f"✓ {name.partition('.')[0]} is a new source; its base_url is yours to fill in")
    typer.echo(f"✓ {location.shown(made.path)}:{made.line}: edit it, then set enabled: true")
    typer.echo(f"  {program()} check && {program()} probe {name}")


@group.command("transform", epilog="Example: quanticity new transform my_totals")
def transform_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As YAML will name it.")],
    config: ConfigOption = None,
) -> None:
    """Write transforms/NAME.py and a test of it that passes as it is."""
    location = _own(find_config(config))
    source, test = new_transform(location, name)
    typer.echo(f"✓ {location.shown(source)}")
    typer.echo(f"✓ {location.shown(test)}")
    typer.echo(f"  name it in YAML: transform: {name}")
    typer.echo(f"  its test: {python()} -m pytest {location.shown(test)}")
    if not find_spec("pytest"):
        typer.echo("  (pytest is not installed yet: make dev, or pip install pytest)")


def _own(location: Location) -> Location:
    """A config of the person's own: what is installed is not edited."""
    if location.shipped and "site-packages" in location.folder.parts:
        said = "this is the config that ships with the program"
        raise ConfigError([Problem(str(location.folder), 0, 0, said, "give --config DIR")])
    return location

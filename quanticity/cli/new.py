"""`new`: a feed, a transform or a plugin to begin with, that works as it is."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from quanticity.cli.options import ConfigOption, from_here, program, python
from quanticity.config.effective import Effective
from quanticity.config.loader import Loader
from quanticity.config.location import BASE_FILE, Location, find_config
from quanticity.config.scaffold import new_feed, new_transform
from quanticity.config.scaffold_plugin import NewPlugin, new_plugin
from quanticity.errors import ConfigError, Problem

_NO_FEED = "  the config has no feed with symbols: write into `reads` what it is to read"
group = typer.Typer(no_args_is_help=True, help="Begin a feed, a transform or a plugin.")


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
    location = find_config(config) if show else _own(find_config(config))
    made = new_feed(location, name, write=not show, new_source=new_source)
    if show or made.path is None:
        typer.echo(made.block, nl=False)
        if made.why:
            typer.echo(made.why, err=True)
        if not show:  # nothing was written
            raise typer.Exit(1)
        return
    if new_source:
        typer.echo(f"✓ {name.partition('.')[0]} is a new source; its base_url is yours to fill in")
    typer.echo(f"✓ {location.shown(made.path)}:{made.line}: edit it, then set enabled: true")
    place = f" --config {shlex.quote(str(config))}" if config is not None else ""
    typer.echo(f"  {program()} check{place} && {program()} probe {name}{place}")


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
    _print_test(location, test)


@group.command("analytic", epilog="Example: quanticity new analytic my_ratio")
def analytic_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As config and keys will name it.")],
    config: ConfigOption = None,
) -> None:
    """Write plugins/analytics/NAME.py and a test of it that passes as it is."""
    location = _own(find_config(config))
    made = _made(location, "analytic", name)
    typer.echo(f"  it runs for every symbol of {made.feed}" if made.feed else _NO_FEED)
    _print_test(location, made.test)


@group.command("strategy", epilog="Example: quanticity new strategy my_breakout")
def strategy_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As config and keys will name it.")],
    config: ConfigOption = None,
) -> None:
    """Write plugins/strategies/NAME.py, its file in config/strategies, and a test that passes."""
    location = _own(find_config(config))
    made = _made(location, "strategy", name)
    typer.echo(f"  it reads {made.feed}" if made.feed else _NO_FEED)
    typer.echo(f"  it is off: set enabled: true in {_beside(location, made.files[-1])}")
    _print_test(location, made.test)


@group.command("distributor", epilog="Example: quanticity new distributor my_pager")
def distributor_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As config will name it.")],
    config: ConfigOption = None,
) -> None:
    """Write plugins/distributors/NAME.py and a test of it that passes as it is."""
    location = _own(find_config(config))
    made = _made(location, "distributor", name)
    typer.echo(
        f"  set {name.upper()}_URL, and turn it on: components: {{{name}: {{enabled: true}}}}"
    )
    _print_test(location, made.test)


def _made(location: Location, kind: str, name: str) -> NewPlugin:
    made = new_plugin(location, kind, name, _effective(location))
    for file in made.files:
        typer.echo(f"✓ {_beside(location, file)}")
    return made


def _beside(location: Location, file: Path) -> str:
    """One of several folders' files: each from where `config/`, `plugins/` and `tests/` stand."""
    return file.relative_to(location.home).as_posix()


def _effective(location: Location) -> Effective:
    """The feeds as the config has them; none where it is wrong, for that is told by `check`."""
    try:
        return Loader(location.base).load().effective
    except ConfigError:
        return Effective({})


def _print_test(location: Location, test: Path) -> None:
    typer.echo(f"  its test: {python()} -m pytest {shlex.quote(from_here(test))}")
    if not find_spec("pytest"):
        typer.echo("  (pytest is not installed yet: make dev, or pip install pytest)")


def _own(location: Location) -> Location:
    """A config of the person's own: what ships with the program is not edited from elsewhere."""
    if location.shipped:
        said = f"there is no config/{BASE_FILE} in this folder, and nothing was written"
        hint = f"write 'data_sources: {{}}' into config/{BASE_FILE} to begin one, or give --config"
        raise ConfigError([Problem("", 0, 0, said, hint)])
    return location

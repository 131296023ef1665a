"""Options that commands share, and what they resolve to."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from quanticity.config.location import (
    DEFAULT_ENVIRONMENT,
    Location,
    check_environment,
    find_config,
)


class Format(StrEnum):
    """How data are printed: for people, or for programs (stable and documented)."""

    TEXT = "text"
    JSON = "json"


EnvOption = Annotated[
    str | None,
    typer.Option(
        "--env",
        help="Environment: an overlay of config/env. Default: $QUANTICITY_ENV, else demo.",
        show_default=False,
        metavar="NAME",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Folder with data_sources.yaml. Default: ./config, else the shipped one.",
        show_default=False,
        metavar="DIR",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder for state. Default: $QUANTICITY_DATA, else .quanticity beside the config.",
        show_default=False,
        metavar="DIR",
    ),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="text for people, json for programs.")
]


def program() -> str:
    """How this program was called, for hints that can be typed as they are."""
    script = Path(sys.argv[0])
    if script.name == "quanticity":
        return "quanticity"
    return f"{python()} {from_here(script) if script.name == 'main.py' else 'main.py'}"


def python() -> str:
    """The Python that runs, as a person types it: by its path where it is not the one on PATH."""
    found = shutil.which("python")
    if found is not None and Path(found).absolute() == Path(sys.executable).absolute():
        return "python"
    return from_here(Path(sys.executable))


def from_here(path: Path) -> str:
    """A path as a person types it in the folder that they are in."""
    whole = path.absolute()
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else str(whole)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: which environment, which config, which state.

    `options` are those that lead another command to the same place.
    """

    env: str
    location: Location
    data: Path
    options: str


def resolve(env: str | None, config: Path | None, data: Path | None) -> Place:
    """Resolve the three shared options.

    State is kept apart by environment, so that simulated values never meet real ones.
    """
    name = env or os.environ.get("QUANTICITY_ENV") or DEFAULT_ENVIRONMENT
    location = find_config(config)
    check_environment(location, name)
    given = os.environ.get("QUANTICITY_DATA")
    folder = data or (Path(given) if given else _beside(location))
    options = f"--env {name}"
    for option, path in (("--config", config), ("--data", data)):
        options += f" {option} {shlex.quote(str(path))}" if path is not None else ""
    return Place(name, location, folder.absolute() / name, options)


def _beside(location: Location) -> Path:
    """`.quanticity` beside the config; for the shipped config, in the current folder."""
    if location.shipped or not os.access(location.home, os.W_OK):
        return Path.cwd() / ".quanticity"
    return location.home / ".quanticity"

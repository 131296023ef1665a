"""Options that commands share, and what they resolve to."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_ENV = "demo"


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: which environment, which config, which state."""

    env: str
    config: Path
    data: Path

    @property
    def root(self) -> Path:
        """The folder beside the config, where transforms/ and plugins/ are looked for."""
        return self.config.parent


def environment_name(env: str | None) -> str:
    """`--env`, else `$QUANTICITY_ENV`, else demo."""
    return env or os.environ.get("QUANTICITY_ENV") or DEFAULT_ENV


def place(
    env: str | None,
    config: Path | None,
    data: Path | None,
    find_config: Callable[[Path | None], Path],
) -> Place:
    """Resolve the three shared options.

    State is kept apart by environment, so that simulated values never meet real ones.
    """
    name = environment_name(env)
    folder = find_config(config)
    given = data or (
        Path(os.environ["QUANTICITY_DATA"]) if os.environ.get("QUANTICITY_DATA") else None
    )
    return Place(name, folder, (given or _beside(folder)).absolute() / name)


def _beside(config: Path) -> Path:
    """`.quanticity` beside the config; for the shipped config, in the current folder."""
    if "site-packages" in config.parts or not os.access(config.parent, os.W_OK):
        return Path.cwd() / ".quanticity"
    return config.parent / ".quanticity"

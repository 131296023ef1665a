"""Where a config is found, and which environments it has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from quanticity.errors import ConfigError, Problem
from quanticity.spec import near

BASE_FILE = "data_sources.yaml"
DEFAULT_ENVIRONMENT = "demo"

# What an environment is where the config folder has no overlay of that name.
BUILT_IN = {
    "demo": "environment: demo\nsimulation: {vendors: true, clock: trading_day}\n",
    "dev": "environment: dev\n",
    "prod": "environment: prod\n",
}


@dataclass(frozen=True, slots=True)
class Location:
    """A config folder and its base file."""

    folder: Path
    base: Path
    shipped: bool = False

    @property
    def home(self) -> Path:
        """The folder that `config/`, `plugins/`, `transforms/` and `.env` stand in."""
        return self.folder.parent

    def overlay(self, environment: str) -> Path:
        """The file of an environment, whether it is there or not."""
        return self.folder / "env" / f"{environment}.yaml"

    def strategies(self) -> tuple[Path, ...]:
        """The files of the strategies, by name. Raises OSError where nobody can say which."""
        return _yaml_in(self.folder / "strategies")

    def presets(self) -> tuple[Path, ...]:
        """The files of the presets, by name. Raises OSError where nobody can say which."""
        return _yaml_in(self.folder / "presets")

    def environments(self) -> tuple[str, ...]:
        """Names that `--env` may be given."""
        found = {file.stem for file in (self.folder / "env").glob("*.yaml")}
        return tuple(sorted(found | set(BUILT_IN)))

    def shown(self, file: Path) -> str:
        """How a file is named to people: relative to the config folder, or to its home."""
        for top in (self.folder, self.home):
            if file.is_relative_to(top):
                return file.relative_to(top).as_posix()
        return file.name


def _yaml_in(folder: Path) -> tuple[Path, ...]:
    try:
        # A glob would take a folder that may not be looked into for an empty one.
        found = sorted(folder.iterdir())
    except FileNotFoundError:
        return ()
    # What an editor or a Mac leaves beside a file (.#calm.yaml, ._calm.yaml) is nobody's.
    yaml = (file for file in found if file.suffix in (".yaml", ".yml"))
    return tuple(file for file in yaml if not file.name.startswith("."))


def shipped_home() -> Path:
    """The folder of what ships: inside the wheel, or the repository itself."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "shipped"
    return inside if inside.is_dir() else package.parent


def find_config(given: Path | None = None, start: Path | None = None) -> Location:
    """The config that was given (a folder, or its base file), else `./config`, else the shipped.

    Raises ConfigError where one was given and is not there.
    """
    if given is not None:
        if given.is_file():
            return Location(_absolute(given).parent, _absolute(given))
        if not given.is_dir():
            raise ConfigError([Problem(str(given), 0, 0, "there is no such config folder")])
        base = _absolute(given) / BASE_FILE
        if not base.is_file():
            raise ConfigError(
                [
                    Problem(
                        str(given), 0, 0, f"the folder has no {BASE_FILE}", "is it the right one?"
                    )
                ]
            )
        return Location(base.parent, base)
    here = _absolute(start or Path.cwd()) / "config"
    if (here / BASE_FILE).is_file():
        return Location(here, here / BASE_FILE)
    folder = shipped_home() / "config"
    return Location(folder, folder / BASE_FILE, shipped=True)


def _absolute(path: Path) -> Path:
    # Links stay as they are: a folder that is swapped by its link is followed to the new one.
    return Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow them


def check_environment(location: Location, name: str) -> None:
    """Raise ConfigError for a name that no overlay has, with the near miss and all there are.

    And for a folder that is there no more: what is in none of its files is not the name's fault.
    """
    if not location.folder.is_dir():
        where = str(location.folder)
        raise ConfigError([Problem(where, 0, 0, "the config folder is gone", "put it back")])
    known = location.environments()
    if name not in known:
        meant = near(name, known) or f"there are {', '.join(known)}"
        raise ConfigError([Problem("", 0, 0, f"there is no environment '{name}'", meant)])

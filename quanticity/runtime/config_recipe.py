"""The recipe of a running system: its config folder and its plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from quanticity.clock import Calendar
from quanticity.config.loaded import Loaded
from quanticity.config.loader import load
from quanticity.errors import Severity
from quanticity.runtime.ages import feed_ages
from quanticity.runtime.bindings import bindings_of
from quanticity.runtime.loader import PluginFolders, plugin_folders
from quanticity.runtime.recipe import Built

# A process keeps the plugins that it loaded: the next recipe loads only what changed, and what
# no longer loads stays as it was.
_FOLDERS: dict[Path, PluginFolders] = {}


@dataclass(frozen=True, slots=True)
class ConfigRecipe:
    """Made anew for each generation of the config. Can be pickled."""

    base: Path
    environment: str
    environ: Mapping[str, str] = field(repr=False)
    generation: int = 1

    def build(self, calendar: Calendar) -> Built:
        """Read the config, load what is new of the plugins, and bind."""
        loaded = load(self.base, self.environment, self.environ)
        folders = _FOLDERS.get(loaded.location.home)
        if folders is None:
            folders = _FOLDERS[loaded.location.home] = plugin_folders(loaded.location)
        plugins = folders.refresh()
        bound = bindings_of(loaded, plugins)
        problems = [*plugins.problems, *bound.problems]
        told = [one for one in problems if one.severity is not Severity.NOTE]
        return Built(bound.bindings, feed_ages(loaded, calendar, bound.bindings), told)


def recipe_of(loaded: Loaded, environ: Mapping[str, str]) -> ConfigRecipe:
    """The recipe of one generation."""
    location = loaded.location
    return ConfigRecipe(location.base, loaded.environment, dict(environ), loaded.generation)

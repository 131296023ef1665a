"""The recipe of a running system: its config, and the plugin folders beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from quanticity.clock import Calendar
from quanticity.config.loaded import Loaded
from quanticity.config.modules import Modules
from quanticity.errors import Severity
from quanticity.runtime.ages import feed_ages
from quanticity.runtime.bindings import bindings_of
from quanticity.runtime.hooks import lint
from quanticity.runtime.loader import PluginFolders, plugin_folders
from quanticity.runtime.recipe import Built
from quanticity.runtime.shunned import Shunned

# A process keeps the plugins that it loaded: the next recipe loads only what changed, and what
# no longer loads stays as it was.
_FOLDERS: dict[Path, PluginFolders] = {}


@dataclass(frozen=True, slots=True)
class ConfigRecipe:
    """Made anew for each generation of the config, which goes along. Can be pickled.

    So a process that starts in the middle of an edit works by the very config that the feeds
    run on, and need not read any.
    """

    loaded: Loaded = field(repr=False)

    @property
    def folders(self) -> Sequence[Path]:
        """Where plugins are looked for."""
        return plugin_folders(self.loaded.location).folders

    def build(self, calendar: Calendar) -> Built:
        """Load what is new of the plugins, and bind."""
        loaded = self.loaded
        loaded.secrets.register()
        folders = self._kept()
        plugins = folders.refresh()
        bound = bindings_of(loaded, plugins)
        problems = [*plugins.problems, *bound.problems, *lint(folders.hooks, loaded.written)]
        told = [one for one in problems if one.severity is not Severity.NOTE]
        ages = feed_ages(loaded, calendar, bound.bindings)
        refused = (plugins.components[name] for name in bound.refused & plugins.components.keys())
        silent = frozenset(key.name for each in refused for key in each.writes.values())
        names = frozenset(bound.refused), silent, frozenset(bound.wanted)
        return Built(bound.bindings, ages, told, folders.hooks, *names)

    def shun(self, one: Shunned) -> None:
        """Do not load that version of a file."""
        self._kept().shun(one)

    def _kept(self) -> PluginFolders:
        home = self.loaded.location.home
        if home not in _FOLDERS:
            _FOLDERS[home] = plugin_folders(self.loaded.location)
        return _FOLDERS[home]


def recipe_of(loaded: Loaded) -> ConfigRecipe:
    """The recipe of one generation. The modules of transforms are no matter to it."""
    return ConfigRecipe(replace(loaded, modules=Modules()))

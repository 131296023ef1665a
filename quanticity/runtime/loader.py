"""All plugins: files of `plugins/`, and installed packages that say so by an entry point.

A file that does not load is a problem with its line; what it gave before stays in use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from quanticity.component import Component
from quanticity.config import python_file
from quanticity.config.interrupts import is_its_own
from quanticity.config.location import Location, shipped_home
from quanticity.errors import ConfigError, Problem
from quanticity.runtime.hooks import Hookwork
from quanticity.runtime.plugin_file import LoadedPlugin, load_plugin, of_module, unreadable
from quanticity.runtime.plugin_paths import bytes_of, plugin_paths
from quanticity.runtime.shunned import Shunned

GROUP = "quanticity.plugins"


@dataclass(frozen=True, slots=True)
class Plugins:
    """What is loaded now. `files` shows where each component stands, `sources` its bytes."""

    components: Mapping[str, type[Component]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()


class PluginFolders:
    """The plugins of several folders; where two give one name, the earlier folder wins."""

    def __init__(self, folders: Sequence[Path], *, installed: bool = True) -> None:
        self.folders = tuple(dict.fromkeys(folders))
        self.hooks = Hookwork()
        self.current = Plugins()
        self._installed = installed
        self._loaded: dict[Path, LoadedPlugin] = {}
        self._failed: dict[Path, tuple[bytes, tuple[Problem, ...]]] = {}
        self._packages: list[tuple[str, tuple[type[Component], ...]]] | None = None
        self._package_problems: list[Problem] = []

    def refresh(self) -> Plugins:
        """Load what is new or changed. Never raises for what stands in a file."""
        problems: list[Problem] = []
        loaded: dict[Path, LoadedPlugin] = {}
        taken: dict[str, tuple[type[Component], str, bytes]] = {}
        for folder in self.folders:
            here: dict[str, tuple[type[Component], str, bytes]] = {}
            for path in plugin_paths(folder):
                plugin = self._newest(path, f"{folder.name}/{path.relative_to(folder)}", problems)
                if plugin is None:
                    continue
                loaded[path] = plugin
                for component in plugin.components:
                    _enter(here, component, plugin.shown, plugin.source, problems)
            for name, found in here.items():
                taken.setdefault(name, found)
        for shown, components in self._of_packages():
            for component in components:
                taken.setdefault(component.name, (component, shown, b""))
        problems += self._package_problems
        self._swap(loaded)
        self.current = Plugins(
            {name: found[0] for name, found in taken.items()},
            {name: found[1] for name, found in taken.items()},
            {name: found[2] for name, found in taken.items() if found[2]},
            tuple(problems),
        )
        return self.current

    def shun(self, one: Shunned) -> None:
        """Do not load that version of a file; what it gave before stays in use."""
        self._failed[one.path] = (one.source, (one.problem,))

    def _newest(self, path: Path, shown: str, problems: list[Problem]) -> LoadedPlugin | None:
        old = self._loaded.get(path)
        try:
            source = bytes_of(path)
        except OSError as error:
            problems.append(unreadable(error, path, shown))
            return old
        if old is not None and old.source == source:
            problems += old.warnings
            return old
        failed = self._failed.get(path)
        if failed is not None and failed[0] == source:
            problems += failed[1]
            return old
        try:
            plugin = load_plugin(path, source, shown)
        except ConfigError as error:
            self._failed[path] = (source, error.problems)
            problems += error.problems
            return old
        self._failed.pop(path, None)
        problems += plugin.warnings
        return plugin

    def _swap(self, loaded: dict[Path, LoadedPlugin]) -> None:
        for path, old in self._loaded.items():
            if loaded.get(path) is not old:
                self.hooks.remove(old.module)
                python_file.forget(old.module)
        for path, plugin in loaded.items():
            if self._loaded.get(path) is not plugin:
                self.hooks.add(plugin.module, plugin.shown)
        self._loaded = loaded

    def _of_packages(self) -> list[tuple[str, tuple[type[Component], ...]]]:
        """Installed plugins are loaded once: a package does not change under a running program."""
        if self._packages is None:
            self._packages = []
            for entry in entry_points(group=GROUP) if self._installed else ():
                shown = f"{entry.name} ({entry.value})"
                try:
                    module = _module_of(entry)
                    self._packages.append((shown, of_module(module, shown)))
                    self.hooks.add(module, shown)
                except ConfigError as error:
                    self._package_problems += error.problems
                except BaseException as error:
                    # A stranger's code: whatever it raises is its own problem.
                    if not is_its_own(error):
                        raise
                    self._package_problems.append(python_file.problem_of(error, shown, 0))
        return self._packages


def plugin_folders(location: Location) -> PluginFolders:
    """`plugins/` beside the config, and what ships: the first has the say on a name."""
    return PluginFolders([location.home / "plugins", shipped_home() / "plugins"])


def _enter(
    here: dict[str, tuple[type[Component], str, bytes]],
    component: type[Component],
    shown: str,
    source: bytes,
    problems: list[Problem],
) -> None:
    other = here.get(component.name)
    if other is not None:
        said = f"the component '{component.name}' is in {other[1]} too"
        problems.append(Problem(shown, 1, 1, said, "names of components are unique"))
        return
    here[component.name] = (component, shown, source)


def _module_of(entry: EntryPoint) -> ModuleType:
    found = entry.load()
    if not isinstance(found, ModuleType):
        raise TypeError(f"{entry.value} is no module")
    return found

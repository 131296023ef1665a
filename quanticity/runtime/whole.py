"""What a config and the plugins beside it make together, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from quanticity.config.loaded import Loaded
from quanticity.errors import Problem, Severity
from quanticity.runtime.bindings import Bound, bindings_of
from quanticity.runtime.graph import Graph, graph_of
from quanticity.runtime.hooks import lint
from quanticity.runtime.lacking import lacking, unset
from quanticity.runtime.loader import Plugins, plugin_folders
from quanticity.runtime.stand_by_keys import never_filled
from quanticity.runtime.strategy_tests import failing_tests


@dataclass(frozen=True, slots=True)
class Whole:
    """Plugins as loaded, components as bound, and all that is wrong with either."""

    loaded: Loaded
    plugins: Plugins
    bound: Bound
    problems: tuple[Problem, ...]

    @property
    def lacking(self) -> Mapping[str, str]:
        """Which bindings can do nothing, and why, by id."""
        return lacking(self.bound.bindings, self.bound.known, self.loaded.secrets)

    @property
    def graph(self) -> Graph:
        """Who reads whom."""
        return graph_of(self.bound.bindings, self.bound.known)


def whole_of(loaded: Loaded, *, tested: bool = False) -> Whole:
    """Load the plugins and bind them; `tested` runs the examples of strategies too."""
    folders = plugin_folders(loaded.location)
    plugins = folders.refresh()
    bound = bindings_of(loaded, plugins)
    problems = [*plugins.problems, *bound.problems, *lint(folders.hooks, loaded.written)]
    problems += _unset(loaded, bound)
    problems += never_filled(loaded, plugins, bound.known)
    if tested:
        problems += failing_tests(loaded, plugins)
    redact = loaded.secrets.redact
    told = [replace(one, message=redact(one.message), hint=redact(one.hint)) for one in problems]
    return Whole(loaded, plugins, bound, tuple(dict.fromkeys(told)))


def _unset(loaded: Loaded, bound: Bound) -> Iterator[Problem]:
    for binding in bound.bindings:
        name = binding.component.name
        for variable in unset(binding, loaded.secrets.given):
            place = loaded.locate(("components", name))
            said = f"{name} can do nothing: {variable} is not set"
            hint = "set it in the environment or in .env"
            yield Problem(*place, said, hint, Severity.WARNING)

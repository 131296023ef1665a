"""Which components the config wants to run, and what is wrong with how it says so."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quanticity.component import Analytic, Component, Strategy
from quanticity.config.loaded import Loaded
from quanticity.config.location import shipped_home
from quanticity.config.schema.components import ComponentConfig
from quanticity.errors import Problem, Severity
from quanticity.runtime.loader import Plugins
from quanticity.spec import Path as TreePath
from quanticity.spec import Spec, near

# Of the symbols that nothing knows, so many are told one by one.
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """One component as the config wants it, and where the config says so.

    `variant` is the name of a strategy's file where that is not the plugin's: several files may
    run one plugin side by side, each with its own parameters, state and signals.
    """

    name: str
    component: type[Component]
    config: ComponentConfig
    at: TreePath
    variant: str = ""


def wanted(loaded: Loaded, plugins: Plugins, problems: list[Problem]) -> Iterator[Wanted]:
    """The components that run, by what the config says and what they are."""
    root = loaded.root
    problems += _strangers(loaded, plugins)
    for name, component in sorted(plugins.components.items()):
        if issubclass(component, Strategy):
            continue
        config = root.components.get(name, ComponentConfig())
        enabled = config.enabled
        if enabled is None:
            enabled = issubclass(component, Analytic) or name in root.components
        if enabled:
            yield Wanted(name, component, config, ("components", name))
    for title, file in sorted(root.strategies.items()):
        name = file.plugin or title
        strategy = plugins.components.get(name)
        at: TreePath = ("strategies", title)
        if strategy is None or not issubclass(strategy, Strategy):
            place = (*at, "plugin") if file.plugin else at
            problems.append(_unknown(name, place, loaded, plugins, "strategy"))
        elif file.enabled:
            given = ComponentConfig(symbols=file.symbols, params=file.params)
            yield Wanted(name, strategy, given, at, "" if title == name else title)


def _strangers(loaded: Loaded, plugins: Plugins) -> Iterator[Problem]:
    """Entries of the config that name no component."""
    for name in loaded.root.components:
        at: TreePath = ("components", name)
        known = plugins.components.get(name)
        if known is None:
            yield _unknown(name, at, loaded, plugins)
        elif issubclass(known, Strategy):
            hint = f"its place is strategies/{name}.yaml beside the config"
            yield Problem(*loaded.locate(at), f"'{name}' is a strategy", hint)


def open_names(component: type[Component]) -> tuple[str, ...]:
    """The placeholders that a binding has to fill."""
    names: dict[str, None] = {}
    for key in (*component.reads.values(), *component.writes.values()):
        own = [name for name in key.placeholders if name != "strategy"]
        names.update(dict.fromkeys(own if not key.over else own[:0]))
    return tuple(names)


def symbols_of(one: Wanted, loaded: Loaded) -> tuple[str, ...] | None:
    """Those that the config lists for it, which may be none; None where it lists nothing."""
    listed = one.config.symbols
    return loaded.root.symbol_groups.get(listed, ()) if isinstance(listed, str) else listed


def slips_of(one: Wanted, loaded: Loaded) -> Iterator[Problem]:
    """Symbols and values that cannot be what was meant."""
    groups, given, listed = loaded.root.symbol_groups, one.config.symbols, symbols_of(one, loaded)
    at = (*one.at, "symbols")
    if isinstance(given, str) and given not in groups:
        hint = near(given, groups) or f"a single symbol is written [{given}]"
        said = f"there is no symbol group '{given}'"
        yield Problem(*loaded.locate(at), said, hint)
    names = open_names(one.component)
    if listed is not None and "symbol" not in names:
        said = f"{one.name} has no {{symbol}} in its keys: symbols mean nothing to it"
        yield Problem(*loaded.locate(at), said, "leave them out")
    twice = next((symbol for symbol, count in Counter(listed or ()).items() if count > 1), None)
    if twice is not None:
        yield Problem(*loaded.locate(at), f"'{twice}' is listed twice")
    for name in one.config.values:
        if name not in names:
            hint = near(name, names) or f"there is {', '.join(names) or 'none'}"
            place = loaded.locate((*one.at, "values", name))
            yield Problem(*place, f"{one.name} has no {{{name}}} in its keys", hint)


def known_symbols(loaded: Loaded, sections: Iterable[Spec]) -> frozenset[str]:
    """All that the config knows: in groups, of feeds, and in lists of sections of components."""
    root = loaded.root
    lists: list[Any] = list(root.symbol_groups.values())
    for source in root.data_sources.values():
        lists += [each.symbols for each in source.endpoints.values()]
    for params in sections:
        lists += vars(params).values()
    found = {one for listed in lists if isinstance(listed, tuple) for one in listed}
    return frozenset(one for one in found if isinstance(one, str))


def strange_symbols(one: Wanted, loaded: Loaded, known: frozenset[str]) -> Iterator[Problem]:
    """Symbols written for it that nothing else in the config knows: most are misspelt."""
    given = one.config.symbols
    if not given or isinstance(given, str):
        return
    strange = [at for at, symbol in enumerate(given) if symbol not in known]
    for at in strange[:_TOLD]:
        said = f"'{given[at]}' is in no symbol group, and no feed asks for it"
        place = loaded.locate((*one.at, "symbols", at))
        yield Problem(*place, said, near(given[at], known), Severity.NOTE)
    if more := strange[_TOLD:]:
        said = f"and {len(more)} more of {one.name} that nothing else knows"
        yield Problem(*loaded.locate((*one.at, "symbols", more[0])), said, "", Severity.NOTE)


def place_of(one: Wanted, loaded: Loaded, plugins: Plugins) -> tuple[str, int, int]:
    """Where what is wrong with it is told: the config's entry, else its file."""
    at = written_at(one, loaded)
    if at is not None:
        return loaded.locate(at)
    return plugins.files.get(one.name, one.name), 1, 1


def is_meant(one: Wanted, loaded: Loaded) -> bool:
    """Whether a person asked for it: in the config, or by a file in their own `plugins/`.

    What ships and finds nothing to do is silent.
    """
    if written_at(one, loaded) is not None:
        return True
    file = getattr(sys.modules.get(one.component.__module__), "__file__", None)
    own = loaded.location.home / "plugins"
    return file is not None and own != shipped_home() / "plugins" and Path(file).is_relative_to(own)


def written_at(one: Wanted, loaded: Loaded) -> TreePath | None:
    """Where the config names it: its entry, else its section; None where it does not."""
    entries: Any = loaded.written.get(str(one.at[0]))
    if isinstance(entries, Mapping) and one.at[1] in entries:
        return one.at
    section = one.component.section
    return (section,) if section in loaded.sections else None


def _unknown(
    name: str, at: TreePath, loaded: Loaded, plugins: Plugins, kind: str = "component"
) -> Problem:
    known = [
        one
        for one, component in plugins.components.items()
        if (kind == "strategy") == issubclass(component, Strategy)
    ]
    hint = near(name, known) or f"there are {', '.join(sorted(known)) or 'none'}"
    return Problem(*loaded.locate(at), f"there is no {kind} '{name}'", hint)

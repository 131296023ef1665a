"""From the config and the plugins to the bindings in force, and every problem on the way."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from quanticity.component import Analytic, Component, Strategy
from quanticity.config.loaded import Loaded
from quanticity.config.location import shipped_home
from quanticity.config.schema.components import ComponentConfig
from quanticity.errors import ComponentError, Problem, Severity
from quanticity.model import Kind
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.joined import joined
from quanticity.runtime.known_keys import KnownKeys, keys_of_feeds
from quanticity.runtime.loader import Plugins
from quanticity.spec import Path as TreePath
from quanticity.spec import Spec, near, validate

_MOST_BINDINGS = 5000


@dataclass(frozen=True, slots=True)
class Wanted:
    """One component as the config wants it, and where the config says so."""

    name: str
    component: type[Component]
    config: ComponentConfig
    at: TreePath


@dataclass(slots=True)
class Bound:
    """Bindings, and what was wrong with the rest.

    `refused` are the components of which a binding was left out for what is wrong with it.
    """

    bindings: list[Binding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    known: KnownKeys = field(default_factory=KnownKeys)
    refused: set[str] = field(default_factory=set)


def bindings_of(loaded: Loaded, plugins: Plugins) -> Bound:
    """Bind every component that runs. One that is wrong is left out, with its problems."""
    bound = Bound(known=keys_of_feeds(loaded))
    left = []
    for one in wanted(loaded, plugins, bound.problems):
        path = (*one.at, "params")
        params, slips = validate(one.component.Params, dict(one.config.params), loaded.locate, path)
        bound.problems += slips
        if params is None:
            bound.refused.add(one.name)
        else:
            left.append((one, params))
    symbols = {symbol for group in loaded.root.symbol_groups.values() for symbol in group}
    taken: dict[str, str] = {}
    # What a component writes may be what another waits for to know its symbols.
    progress = True
    while left and progress:
        progress = False
        for entry in list(left):
            one, params = entry
            values = list(_values(one, loaded, bound.known, symbols))
            if values and (_is_meant(one, loaded) or _is_fed(one.component, bound.known)):
                left.remove(entry)
                progress = True
                _bind_all(one, params, values, loaded, plugins, taken, bound)
    bound.problems += [_nothing_to_do(one, loaded) for one, _ in left if _is_meant(one, loaded)]
    _remember_idle(bound, plugins, {one.name for one, _ in left})
    before = bound.bindings
    bound.bindings, loose = joined(before, bound.known)
    bound.refused |= {one.component.name for one in before if one not in bound.bindings}
    bound.problems += loose
    return bound


def wanted(loaded: Loaded, plugins: Plugins, problems: list[Problem]) -> Iterator[Wanted]:
    """The components that run, by what the config says and what they are."""
    root = loaded.root
    problems += [
        _unknown(name, ("components", name), loaded, plugins)
        for name in root.components
        if name not in plugins.components
    ]
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
            yield Wanted(name, strategy, given, at)


def open_names(component: type[Component]) -> tuple[str, ...]:
    """The placeholders that a binding has to fill."""
    names: dict[str, None] = {}
    for key in (*component.reads.values(), *component.writes.values()):
        own = [name for name in key.placeholders if name != "strategy"]
        names.update(dict.fromkeys(own if not key.over else own[:0]))
    return tuple(names)


def _values(
    one: Wanted, loaded: Loaded, known: KnownKeys, symbols: set[str]
) -> Iterator[Mapping[str, str]]:
    names = open_names(one.component)
    config = one.config
    given: dict[str, Sequence[str]] = {
        name: [str(value) for value in listed] for name, listed in config.values.items()
    }
    listed = config.symbols
    if isinstance(listed, str):
        listed = loaded.root.symbol_groups.get(listed, ())
    if listed:
        given["symbol"] = listed
    if all(name in given for name in names):
        for chosen in product(*(given[name] for name in names)):
            yield dict(zip(names, chosen, strict=True))
        return
    for found in _derived(one.component, names, known):
        fits = all(found[name] in given[name] for name in names if name in given)
        if fits and (not symbols or "symbol" not in found or found["symbol"] in symbols):
            yield found


def _derived(
    component: type[Component], names: tuple[str, ...], known: KnownKeys
) -> Iterator[Mapping[str, str]]:
    """All values for which every required input is written by somebody, or any where none is."""
    per_read = [
        (key.optional, {tuple(found[name] for name in names) for found in known.values(key.name)})
        for key in component.reads.values()
        if not key.over and set(names) <= set(key.placeholders)
    ]
    required = [found for optional, found in per_read if not optional]
    together: set[tuple[str, ...]] = set()
    if required:
        together = set.intersection(*required)
    else:
        for _, found in per_read:
            together |= found
    for chosen in sorted(together):
        yield dict(zip(names, chosen, strict=True))


def _bind_all(
    one: Wanted,
    params: Spec,
    values: Iterable[Mapping[str, str]],
    loaded: Loaded,
    plugins: Plugins,
    taken: dict[str, str],
    bound: Bound,
) -> None:
    for each in values:
        if len(bound.bindings) >= _MOST_BINDINGS:
            said = f"more than {_MOST_BINDINGS:,} bindings; the rest does not run"
            bound.problems.append(Problem(*loaded.locate(one.at), said))
            return
        try:
            binding = bind(
                one.component,
                params,
                each,
                plugin=plugins.files.get(one.name, ""),
                source=plugins.sources.get(one.name),
            )
        except ComponentError as error:
            bound.problems.append(Problem(*_place(one, loaded, plugins), str(error)))
            bound.refused.add(one.name)
            return
        clash = next(
            (
                write.key
                for write in binding.writes.values()
                if write.kind is Kind.LATEST
                and (write.key in taken or bound.known.writer(write.key) is not None)
            ),
            None,
        )
        if clash is not None:
            other = taken.get(clash) or bound.known.writer(clash)
            said = f"{binding.id} and {other} both write {clash}"
            bound.problems.append(
                Problem(*_place(one, loaded, plugins), said, "a key has one writer")
            )
            bound.refused.add(one.name)
            return
        for write in binding.writes.values():
            if write.kind is Kind.LATEST:
                taken[write.key] = binding.id
        bound.bindings.append(binding)
        for write in binding.writes.values():
            bound.known.add(write.key, binding.id, kind=write.kind)


def _remember_idle(bound: Bound, plugins: Plugins, idle: set[str]) -> None:
    """Keys that a component would write if it ran: who reads them waits, and is not mistaken."""
    running = {binding.component.name for binding in bound.bindings}
    for name, component in plugins.components.items():
        if name in running:
            continue
        why = "it has nothing to run for" if name in idle else "it does not run"
        for key in component.writes.values():
            bound.known.add(key.bind(strategy=name).name, name, why, key.kind)


def _nothing_to_do(one: Wanted, loaded: Loaded) -> Problem:
    place = loaded.locate(one.at) if _is_written(one, loaded) else ("", 0, 0)
    names = ", ".join(open_names(one.component)) or "symbol"
    said = f"{one.name} has nothing to run for: no feed that is on gives a {names} for its inputs"
    return Problem(*place, said, "name its symbols, or turn on a feed it reads", Severity.NOTE)


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


def _place(one: Wanted, loaded: Loaded, plugins: Plugins) -> tuple[str, int, int]:
    if _is_written(one, loaded):
        return loaded.locate(one.at)
    return plugins.files.get(one.name, one.name), 1, 1


def _is_fed(component: type[Component], known: KnownKeys) -> bool:
    """Whether anything that it reads is written; one that reads nothing needs nothing."""
    reads = component.reads.values()
    return not reads or any(next(known.values(key.name), None) is not None for key in reads)


def _is_meant(one: Wanted, loaded: Loaded) -> bool:
    """Whether a person asked for it: in the config, or by a file in their own `plugins/`.

    What ships and finds nothing to do is silent.
    """
    if _is_written(one, loaded):
        return True
    file = getattr(sys.modules.get(one.component.__module__), "__file__", None)
    own = loaded.location.home / "plugins"
    return file is not None and own != shipped_home() / "plugins" and Path(file).is_relative_to(own)


def _is_written(one: Wanted, loaded: Loaded) -> bool:
    section: Any = loaded.written.get(str(one.at[0]))
    return isinstance(section, Mapping) and one.at[1] in section

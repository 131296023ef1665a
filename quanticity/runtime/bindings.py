"""From the config and the plugins to the bindings in force, and every problem on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from quanticity.component import Component
from quanticity.config.interrupts import is_its_own
from quanticity.config.loaded import Loaded
from quanticity.errors import ComponentError, Problem, Severity, of_error
from quanticity.model import Kind
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.circles import circle_of_idle
from quanticity.runtime.joined import joined, never_written, of_circle
from quanticity.runtime.known_keys import KnownKeys, fits, keys_of_feeds
from quanticity.runtime.loader import Plugins
from quanticity.runtime.sections import claims_of
from quanticity.runtime.wanted import (
    Wanted,
    is_meant,
    known_symbols,
    open_names,
    place_of,
    slips_of,
    strange_symbols,
    symbols_of,
    wanted,
    written_at,
)
from quanticity.spec import Spec, validate

_MOST_BINDINGS = 5000


@dataclass(slots=True)
class Bound:
    """Bindings, and what was wrong with the rest.

    `refused` are the components of which a binding was left out for what is wrong with it.
    """

    bindings: list[Binding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    known: KnownKeys = field(default_factory=KnownKeys)
    refused: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)


def bindings_of(loaded: Loaded, plugins: Plugins) -> Bound:
    """Bind every component that runs. One that is wrong is left out, with its problems."""
    claims = claims_of(loaded.sections, loaded.root.components, loaded.locate, plugins)
    bound = Bound(known=keys_of_feeds(loaded))
    bound.problems += claims.problems
    left, idle = [], set[str]()
    known = known_symbols(loaded, claims.params.values())
    for one in wanted(loaded, plugins, bound.problems):
        bound.wanted.add(one.name)
        params, slips = claims.params.get(one.name), list(slips_of(one, loaded))
        if one.name in claims.refused:
            params = None
        elif params is None:
            given = dict(one.config.params)
            section = one.component.section
            path = (section,) if section and not given else (*one.at, "params")
            params, wrong = validate(one.component.Params, given, loaded.locate, path)
            slips += wrong
        bound.problems += slips
        if params is None or slips:
            bound.refused.add(one.name)
        elif symbols_of(one, loaded) == ():
            bound.problems.append(_for_none(one, loaded))
            idle.add(one.name)
        else:
            bound.problems += strange_symbols(one, loaded, known)
            left.append((one, params))
    symbols = {symbol for group in loaded.root.symbol_groups.values() for symbol in group}
    taken: dict[str, str] = {}
    # What a component writes may be what another waits for to know its symbols.
    progress = True
    while left and progress:
        progress = False
        for entry in list(left):
            one, params = entry
            variant = {"strategy": one.variant} if one.variant else {}
            values = [{**variant, **each} for each in _values(one, loaded, bound.known, symbols)]
            if values and (is_meant(one, loaded) or _is_fed(one.component, bound.known)):
                left.remove(entry)
                progress = True
                _bind_all(one, params, values, loaded, plugins, taken, bound)
    _remember_idle(bound, plugins, idle | {one.name for one, _ in left})
    bound.problems += _idle(left, loaded, plugins, bound.known)
    before = bound.bindings
    bound.bindings, loose = joined(before, bound.known)
    bound.refused |= {one.component.name for one in before if one not in bound.bindings}
    bound.problems += loose
    return bound


def _values(
    one: Wanted, loaded: Loaded, known: KnownKeys, symbols: set[str]
) -> Iterator[Mapping[str, str]]:
    names = open_names(one.component)
    config = one.config
    given: dict[str, Sequence[str]] = {
        name: [str(value) for value in listed] for name, listed in config.values.items()
    }
    listed = symbols_of(one, loaded)
    if listed is not None:
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
        except BaseException as error:
            # Its `__init__` is a stranger's code.
            if not is_its_own(error):
                raise
            told = str(error) if isinstance(error, ComponentError) else ""
            told = told or f"{one.name} cannot be made: {type(error).__name__}: {of_error(error)}"
            bound.problems.append(Problem(*place_of(one, loaded, plugins), told))
            bound.refused.add(one.name)
            return
        clash = _clash(binding, taken, bound.known, loaded)
        if clash is not None:
            bound.problems.append(Problem(*place_of(one, loaded, plugins), *clash))
            bound.refused.add(one.name)
            return
        for write in binding.writes.values():
            if write.kind is Kind.LATEST:
                taken[write.key] = binding.id
        bound.bindings.append(binding)
        for write in binding.writes.values():
            bound.known.add(write.key, binding.id, kind=write.kind)


def _clash(
    binding: Binding, taken: Mapping[str, str], known: KnownKeys, loaded: Loaded
) -> tuple[str, str] | None:
    """Whose key it would write, and what to do."""
    for write in binding.writes.values():
        other = taken.get(write.key) or known.writer(write.key)
        if other is None:
            continue
        if other == binding.id:
            return f"{binding.id} is there twice", "one entry or file for each"
        kind = known.kind(write.key)
        if kind is not write.kind:
            said = f"{binding.id} writes {write.key} as {write.kind}, {other} as {kind}"
            return said, "one key is of one kind"
        if write.kind is Kind.LATEST:
            whose = other if write.key in taken else _in_config(other, write.key, loaded)
            said = f"{binding.id} and {whose} both write {write.key}"
            return said, "a key has one writer; give one of them another key"
    return None


def _in_config(writer: str, key: str, loaded: Loaded) -> str:
    """A writer that is no component, with where the config gives it the key.

    The problem itself is told at the component, which may be nothing that anybody edited.
    """
    found = loaded.effective.find(writer)
    if found is not None:
        given = found.endpoint.output_key
        field = "redis_key" if given is None or not fits(given, key) else "output_key"
        at: tuple[str, ...] = ("data_sources", found.source, "endpoints", found.name, field)
    elif writer in loaded.root.aggregates:
        at = ("aggregates", writer, "redis_key")
        writer = f"aggregate {writer}"
    else:
        return writer
    file, line, _ = loaded.locate(at)
    return f"{writer} ({file}:{line})"


def _remember_idle(bound: Bound, plugins: Plugins, idle: set[str]) -> None:
    """Keys that a component would write if it ran: who reads them waits, and is not mistaken."""
    running = {binding.component.name for binding in bound.bindings}
    for name, component in plugins.components.items():
        if name in running:
            continue
        why = "it has nothing to run for" if name in idle else "it does not run"
        for key in component.writes.values():
            bound.known.add(key.bind(strategy=name).name, name, why, key.kind)


def _idle(
    left: Iterable[tuple[Wanted, Spec]], loaded: Loaded, plugins: Plugins, known: KnownKeys
) -> Iterator[Problem]:
    """Why those that somebody asked for have nothing to run for."""
    patterns = {one.endpoint.redis_key: None for one in loaded.effective.endpoints()}
    for component in plugins.components.values():
        patterns |= dict.fromkeys(key.name for key in component.writes.values())
    waiting = [one for one, _ in left]
    circle = circle_of_idle([one.component for one in waiting], known)
    if circle:
        yield of_circle(circle, plugins.files)
    for one in waiting:
        if is_meant(one, loaded) and one.component not in circle:
            file = plugins.files.get(one.name, "")
            found = list(never_written(one.component, file, known, patterns))
            yield from found or [_nothing_to_do(one, loaded)]


def _for_none(one: Wanted, loaded: Loaded) -> Problem:
    place = loaded.locate((*one.at, "symbols"))
    said = f"{one.name} runs for no symbol: the list is empty"
    return Problem(
        *place, said, "leave symbols out to have all, or set enabled: false", Severity.NOTE
    )


def _nothing_to_do(one: Wanted, loaded: Loaded) -> Problem:
    at = written_at(one, loaded)
    place = loaded.locate(at) if at is not None else ("", 0, 0)
    names = ", ".join(open_names(one.component)) or "symbol"
    said = f"{one.name} has nothing to run for: no feed that is on gives a {names} for its inputs"
    return Problem(*place, said, "name its symbols, or turn on a feed it reads", Severity.NOTE)


def _is_fed(component: type[Component], known: KnownKeys) -> bool:
    """Whether anything that it reads is written; one that reads nothing needs nothing."""
    reads = component.reads.values()
    return not reads or any(next(known.values(key.name), None) is not None for key in reads)

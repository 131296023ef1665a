"""Whether bindings can be joined: reads that nobody writes, keys of another kind, circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from quanticity.component import Component, Distributor
from quanticity.errors import Problem, Severity
from quanticity.model import Key
from quanticity.runtime.binding import Binding
from quanticity.runtime.circles import circle_of
from quanticity.runtime.known_keys import KnownKeys
from quanticity.runtime.said import Said
from quanticity.spec import near

_SHOWN = 3
Lacking = dict[tuple[str, str], list[tuple[Binding, str]]]


def joined(
    bindings: Sequence[Binding], known: KnownKeys
) -> tuple[list[Binding], tuple[Problem, ...]]:
    """The bindings that can run, and what is wrong with the others.

    Each mistake is told once for a component, however many bindings have it. What reads from one
    that is left out is left out too.
    """
    left, problems = list(bindings), list[Problem]()
    while circle := circle_of(left):
        problems.append(_of_circle(circle))
        left = [one for one in left if one not in circle]
    unwritten: Lacking = {}
    waiting: Lacking = {}
    strange: Lacking = {}
    for binding in left:
        for name, key in _inputs(binding):
            place = (binding.component.name, name)
            kind = known.kind(key)
            if kind is None:
                if not binding.reads[name].optional:
                    unwritten.setdefault(place, []).append((binding, key))
            elif kind is not binding.reads[name].kind:
                strange.setdefault(place, []).append((binding, key))
            elif known.is_coming(key):
                continue
            elif known.writer(key) is None and _waits(binding, name):
                waiting.setdefault(place, []).append((binding, key))
    problems += [_unwritten(name, given, known) for (_, name), given in unwritten.items()]
    problems += [_of_another_kind(name, given, known) for (_, name), given in strange.items()]
    problems += [_waiting(name, given, known) for (_, name), given in waiting.items()]
    problems += _idle(left, known)
    bad = [
        binding for given in (unwritten, strange) for mine in given.values() for binding, _ in mine
    ]
    return _without(left, bad), tuple(dict.fromkeys(problems))


def never_written(
    component: type[Component], plugin: str, known: KnownKeys, patterns: Iterable[str]
) -> Iterator[Problem]:
    """Required inputs of a component that found nothing to run for, where nobody writes such a key.

    `patterns` are those of all feeds and components, for the one that was meant.
    """
    said = Said(component, plugin, component.name)
    for name, key in component.reads.items():
        if not (key.optional or key.over or any(known.filling(key.name))):
            message = f" reads '{name}', and nothing writes {key.name}"
            hint = near(key.name, patterns) or "is its feed in the config?"
            yield said.problem(message, hint, word=f'"{key.name}"')


def _waits(binding: Binding, name: str) -> bool:
    """Whether it does nothing without this input; a distributor tells of what there is."""
    return not (binding.reads[name].optional or issubclass(binding.component, Distributor))


def _inputs(binding: Binding) -> Iterator[tuple[str, str]]:
    for name, read in binding.reads.items():
        for key in read.keys.values():
            yield name, key


def _without(bindings: Sequence[Binding], bad: Sequence[Binding]) -> list[Binding]:
    """Without the bad ones, and without those that need what only these would write."""
    left = [one for one in bindings if one not in bad]
    gone = {write.key for one in bad for write in one.writes.values()}
    gone -= {write.key for one in left for write in one.writes.values()}
    needy = [
        one
        for one in left
        if any(not one.reads[name].optional and key in gone for name, key in _inputs(one))
    ]
    return _without(left, needy) if needy else left


def _of_circle(circle: Sequence[Binding]) -> Problem:
    return _circle(_said(circle[0]), [one.id for one in circle])


def of_circle(circle: Sequence[type[Component]], files: Mapping[str, str]) -> Problem:
    """Components that are not even bound, for each waits for another."""
    first = circle[0]
    said = Said(first, files.get(first.name, ""), first.name)
    return _circle(said, [one.name for one in circle])


def _circle(said: Said, names: Sequence[str]) -> Problem:
    hint = "remember by State instead of reading back"
    if len(names) == 1:
        return said.problem(f" reads what it writes itself ({names[0]})", hint, word="reads")
    path = " -> ".join((*names, names[0]))
    return said.problem(f" waits in a circle: {path}", hint, word="reads")


def _unwritten(name: str, given: Sequence[tuple[Binding, str]], known: KnownKeys) -> Problem:
    binding, key = given[0]
    declared = binding.component.reads[name]
    said = f" reads '{name}', and nothing writes {_listed(given)}"
    writers = list(known.filling(declared.name))
    if writers:
        told = f"{declared.name} is written for other values, by {writers[0]}"
        hint = f"{told}: ask for these there as well, or leave them out here"
    else:
        hint = near(key, known.keys()) or "is its feed in the config?"
    return _at(binding, declared, said, hint)


def _of_another_kind(name: str, given: Sequence[tuple[Binding, str]], known: KnownKeys) -> Problem:
    binding, key = given[0]
    declared, kind = binding.component.reads[name], known.kind(key)
    writer = known.writer(key) or "a feed that is off"
    said = f" reads '{name}', {_listed(given)}, as {declared.kind}; {writer} writes it as {kind}"
    hint = f"kind=Kind.{kind.name}" if kind is not None else ""
    return _at(binding, declared, said, hint)


def _waiting(name: str, given: Sequence[tuple[Binding, str]], known: KnownKeys) -> Problem:
    binding, key = given[0]
    said = f" waits for {_listed(given)} of {known.why_off(key)}"
    return _at(binding, binding.component.reads[name], said, "", Severity.WARNING)


def _idle(bindings: Sequence[Binding], known: KnownKeys) -> Iterator[Problem]:
    """All inputs of a component may be missing, and all are: it would say so for ever."""
    by_component: dict[str, list[Binding]] = {}
    for binding in bindings:
        by_component.setdefault(binding.component.name, []).append(binding)
    for mine in by_component.values():
        keys = [key for binding in mine for _, key in _inputs(binding)]
        optional = all(read.optional for binding in mine for read in binding.reads.values())
        if keys and optional and all(known.kind(key) is None for key in keys):
            said = f" has only inputs that nothing writes: {_joined(keys)}"
            hint = near(keys[0], known.keys())
            yield _said(mine[0]).problem(said, hint, word="reads")


def _listed(given: Sequence[tuple[Binding, str]]) -> str:
    return _joined([key for _, key in given])


def _joined(keys: Sequence[str]) -> str:
    shown = list(dict.fromkeys(keys))
    more = len(shown) - _SHOWN
    return ", ".join(shown[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _said(binding: Binding) -> Said:
    return Said(binding.component, binding.plugin, binding.component.name)


def _at(
    binding: Binding,
    declared: Key,
    message: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Problem:
    """At the line that has the key."""
    found = _said(binding).problem(message, hint, word=f'"{declared.name}"')
    return Problem(found.file, found.line, found.column, found.message, found.hint, severity)

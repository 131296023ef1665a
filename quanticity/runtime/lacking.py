"""Bindings that are there and can do nothing: their feeds are off, or a secret is not set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from quanticity.component import Analytic, Distributor, OnChange, Source, Strategy
from quanticity.config.secrets import Secrets
from quanticity.runtime.binding import Binding
from quanticity.runtime.known_keys import KnownKeys


def lacking(bindings: Iterable[Binding], known: KnownKeys, secrets: Secrets) -> Mapping[str, str]:
    """Why, by the binding's id; also those that wait for one of these."""
    left = {binding.id: binding for binding in bindings}
    writers: dict[str, set[str]] = {}
    for name, binding in left.items():
        for write in binding.writes.values():
            writers.setdefault(write.key, set()).add(name)
    found: dict[str, str] = {}

    def unwritten(key: str) -> str | None:
        """Why nobody writes a key; None where somebody does."""
        writer = known.writer(key)
        if writer is None:
            return known.why_off(key) or f"{key}, which nothing writes yet"
        idle = writer in found and writers.get(key, set()) <= found.keys()
        return f"{writer}, which does not run either" if idle else None

    while more := {
        name: why
        for name, binding in left.items()
        if (why := _unset(binding, secrets) or _starved(binding, unwritten)) is not None
    }:
        found |= more
        left = {name: binding for name, binding in left.items() if name not in more}
    return found


def unset(binding: Binding, given: Callable[[str], bool]) -> Iterator[str]:
    """Environment variables that an edge cannot do without and that are not `given`."""
    component = binding.component
    if issubclass(component, Source | Distributor):
        for name in component.secrets:
            variable = str(getattr(binding.instance.params, name))
            if not given(variable):
                yield variable


def _unset(binding: Binding, secrets: Secrets) -> str | None:
    return next((f"{variable} is not set" for variable in unset(binding, secrets.given)), None)


def _starved(binding: Binding, unwritten: Callable[[str], str | None]) -> str | None:
    if not issubclass(binding.component, Analytic | Strategy):
        return None  # an edge tells of what there is, or brings it itself
    required = [read for read in binding.reads.values() if not read.optional]
    for key in (key for read in required for key in read.keys.values()):
        if (why := unwritten(key)) is not None:
            return f"waits for {why}"
    if any(not isinstance(one, OnChange) for one in binding.triggers):
        return None
    # A change of any of these would be enough.
    first, *others = sorted(binding.watched) or [""]
    if not first or not all(unwritten(key) for key in (first, *others)):
        return None
    more = f" and {len(others) - 2} more" if len(others) > 2 else ""
    named = ", ".join(others[:2]) + more
    return f"waits for {unwritten(first)}" + (f"; or for {named}, likewise" if others else "")

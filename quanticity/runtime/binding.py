"""A component tied to one set of values and parameters: what it reads and writes, by key."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from xxhash import xxh3_64_hexdigest

from quanticity.component import Component, Every, OnChange, Trigger
from quanticity.errors import ComponentError
from quanticity.model import Key, Kind
from quanticity.plain_file import read_plain
from quanticity.spec import Spec
from quanticity.views import Value

_EVENTS_LIFE = 7 * 86_400.0
_SHORTEST_LIFE = 600.0
# What is written at times of day lives over a long weekend.
_DAILY_LIFE = 4 * 86_400.0


@dataclass(frozen=True, slots=True)
class BoundRead:
    """One input. `keys` is one key under "", or several under the values that `over` names."""

    name: str
    keys: Mapping[str, str]
    several: bool
    kind: Kind
    max_age: float | None
    view: Any
    optional: bool


@dataclass(frozen=True, slots=True)
class BoundWrite:
    """One output. A `plain` one is text, in no envelope."""

    name: str
    key: str
    kind: Kind
    ttl: float
    cap: int
    shape: Any
    plain: bool = False


@dataclass(frozen=True, eq=False)
class Binding:
    """One component at work. `digest` changes with its file, its parameters and its values."""

    id: str
    component: type[Component]
    instance: Component
    values: Mapping[str, str]
    reads: Mapping[str, BoundRead]
    writes: Mapping[str, BoundWrite]
    digest: str
    plugin: str
    triggers: tuple[Trigger, ...] = field(default=())

    @cached_property
    def latest(self) -> tuple[str, ...]:
        """The latest keys it reads."""
        return self._keys(Kind.LATEST)

    @cached_property
    def events(self) -> tuple[str, ...]:
        """The events keys it reads."""
        return self._keys(Kind.EVENTS)

    @cached_property
    def watched(self) -> frozenset[str]:
        """The keys whose change makes it run."""
        return frozenset(key for names, _ in self.changes for key in self.keys_of(names))

    @cached_property
    def changes(self) -> tuple[tuple[tuple[str, ...], float], ...]:
        """Its OnChange triggers, as names of inputs and least seconds between two runs."""
        required = tuple(name for name, read in self.reads.items() if not read.optional)
        return tuple(
            (one.inputs or required or tuple(self.reads), one.at_most_every)
            for one in self.triggers
            if isinstance(one, OnChange)
        )

    @cached_property
    def remembers(self) -> bool:
        """Whether a restart needs to know where it was: state, events, or times that passed."""
        timed = any(not isinstance(one, OnChange) for one in self.triggers)
        tells = any(write.kind is Kind.EVENTS for write in self.writes.values())
        return bool(self.component.State is not None or self.events or timed or tells)

    def keys_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The keys of some inputs."""
        return tuple(key for name in names for key in self.reads[name].keys.values())

    def _keys(self, kind: Kind) -> tuple[str, ...]:
        reads = (read for read in self.reads.values() if read.kind is kind)
        return tuple(dict.fromkeys(key for read in reads for key in read.keys.values()))


def bind(
    component: type[Component],
    params: Spec,
    values: Mapping[str, str],
    *,
    plugin: str = "",
    source: bytes | None = None,
) -> Binding:
    """Tie a component down. `plugin` is its file as shown, `source` that file's bytes.

    ComponentError where a key is not filled by the values, or a trigger names no input.
    """
    filled = {"strategy": component.name, **values}
    title = ":".join((component.name, *values.values()))
    reads = {name: _read(title, name, key, filled, params) for name, key in component.reads.items()}
    triggers = component.triggers()
    for one in triggers:
        for name in one.inputs if isinstance(one, OnChange) else ():
            if name not in reads:
                listed = ", ".join(sorted(reads)) or "nothing"
                raise ComponentError(f"{title}: its trigger names '{name}', but it reads {listed}")
    life = _life(triggers)
    writes = {
        title_of_write: write
        for name, key in component.writes.items()
        for title_of_write, write in _writes(title, name, key, filled, life, params)
    }
    if source is None:
        source = _source(component)
    told = (source, params.model_dump_json().encode(), repr(sorted(values.items())).encode())
    return Binding(
        id=title,
        component=component,
        instance=component(params, dict(values)),
        values=dict(values),
        reads=reads,
        writes=writes,
        digest=xxh3_64_hexdigest(b"\0".join(told)),
        plugin=plugin or _file(component),
        triggers=triggers,
    )


def _read(id: str, name: str, key: Key, values: Mapping[str, str], params: Spec) -> BoundRead:
    bound = key.bind(**values)
    keys = {"": bound.name}
    if key.over:
        open_names = bound.placeholders
        listed = getattr(params, key.over, None)
        if len(open_names) != 1 or not isinstance(listed, list | tuple | set | frozenset):
            raise ComponentError(
                f"{id}: '{name}' goes over '{key.over}', which must be a parameter that lists "
                f"values for the one placeholder left in {bound.name}"
            )
        keys = {str(value): bound.bind(**{open_names[0]: str(value)}).name for value in listed}
    _must_be_filled(id, name, keys.values())
    view = Value if key.view is None else key.view
    return BoundRead(name, keys, bool(key.over), key.kind, key.max_age, view, key.optional)


def _writes(
    id: str, name: str, key: Key, values: Mapping[str, str], life: float, params: Spec
) -> Iterator[tuple[str, BoundWrite]]:
    """One output, or one for each value of the parameter that it goes over."""
    bound = key.bind(**values)
    ttl = key.ttl or (_EVENTS_LIFE if key.kind is Kind.EVENTS else life)
    if not key.over:
        _must_be_filled(id, name, (bound.name,))
        yield name, BoundWrite(name, bound.name, key.kind, ttl, key.cap, key.shape, key.plain)
        return
    first, *_ = bound.placeholders
    for value in _listed(id, name, key, bound, params):
        one = bound.bind(**{first: str(value)}).name
        yield f"{name}:{value}", BoundWrite(name, one, key.kind, ttl, key.cap, key.shape)


def _listed(id: str, name: str, key: Key, bound: Key, params: Spec) -> Iterable[object]:
    listed = getattr(params, key.over, None)
    if not bound.placeholders or not isinstance(listed, list | tuple | set | frozenset | dict):
        raise ComponentError(
            f"{id}: '{name}' goes over '{key.over}', which must be a parameter that lists values "
            f"for a placeholder of {bound.name}"
        )
    return dict.fromkeys(listed)


def _must_be_filled(id: str, name: str, keys: Any) -> None:
    for key in keys:
        if not Key(key).is_bound:
            raise ComponentError(f"{id}: no value for a placeholder of its '{name}', {key}")


def _life(triggers: tuple[Trigger, ...]) -> float:
    lives = [_SHORTEST_LIFE]
    for one in triggers:
        if isinstance(one, Every):
            lives.append(_DAILY_LIFE if one.sessions else 3 * one.seconds)
        elif isinstance(one, OnChange):
            lives.append(3 * one.at_most_every)
        else:
            lives.append(_DAILY_LIFE)
    return max(lives)


def _file(component: type[Component]) -> str:
    return getattr(sys.modules.get(component.__module__), "__file__", None) or ""


def _source(component: type[Component]) -> bytes:
    path = Path(_file(component) or ".")
    return read_plain(path) if path.is_file() else component.__qualname__.encode()

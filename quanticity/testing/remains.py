"""What a plugin's module, classes and instance hold, as something that can be compared."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import ModuleType
from typing import Any

import msgspec
import numpy as np

from quanticity.component import Component

_DEEPEST = 12
# Of what holds more objects than so many, the rest is known by its identity.
_MOST = 50_000
_NOT_DATA = (ModuleType, type(len), type(Component.triggers))


def remains(instance: Component, modules: list[ModuleType]) -> dict[str, Any]:
    """By place (`module.NAME`, `Class.name`, `self.name`): whatever a run could leave behind."""
    found: dict[str, Any] = {}
    for module in modules:
        for name, value in list(vars(module).items()):
            if name.startswith("__"):
                continue
            if inspect.isclass(value):
                if value.__module__ == module.__name__:
                    found.update(_of_class(value))
            elif inspect.isfunction(value):
                if value.__module__ == module.__name__:
                    found.update(_of_function(value))
            else:
                found[name] = _print(value)
    for one in type(instance).__mro__:
        if one.__module__ in {module.__name__ for module in modules}:
            found.update(_of_class(one))
    # What is worked out once from the parameters may be kept.
    found.update(
        (f"self.{name}", _print(value))
        for name, value in vars(instance).items()
        if not isinstance(inspect.getattr_static(type(instance), name, None), cached_property)
    )
    return found


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The places that differ."""
    places = dict.fromkeys([*before, *after])
    return [place for place in places if before.get(place) != after.get(place)]


def _of_class(kind: type) -> Iterator[tuple[str, Any]]:
    for name, value in list(vars(kind).items()):
        if name.startswith("__") or inspect.isdatadescriptor(value):
            continue
        function = inspect.unwrap(getattr(value, "__func__", value))
        if inspect.isfunction(function):
            yield from _of_function(function)
        elif not inspect.isclass(value):
            yield f"{kind.__name__}.{name}", _print(value)


def _of_function(function: Any) -> Iterator[tuple[str, Any]]:
    """Defaults that can change, attributes, and what it closes over."""
    place = f"{function.__qualname__}()"
    held = (function.__defaults__, function.__kwdefaults__, vars(function))
    if any(held):
        yield place, _print(held)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if name != "__class__":
            try:
                yield f"{place}.{name}", _print(cell.cell_contents)
            except ValueError:
                continue  # not filled yet


def _print(value: Any) -> Any:
    """The value as tuples of plain things; what is no data is known by its identity."""
    return _Walk().of(value, 0)


class _Walk:
    """One walk over all that a value holds, each object once: however much of it is shared.

    Without that a few objects that know each other take for ever, for the ways between them are
    without number.
    """

    def __init__(self) -> None:
        # The objects met, by id; they are kept so that no id comes twice.
        self._met: dict[int, tuple[int, Any]] = {}

    def of(self, value: Any, depth: int) -> Any:
        """One value, met for the first time or again."""
        name = type(value).__name__
        if value is None or isinstance(value, bool | int | float | complex | str | bytes):
            return (name, repr(value))
        if isinstance(value, _NOT_DATA) or depth > _DEEPEST or len(self._met) > _MOST:
            return (name, id(value))
        met = self._met.get(id(value))
        if met is not None:
            return (name, "again", met[0])
        self._met[id(value)] = (len(self._met), value)
        return (name, *self._inside(value, depth + 1))

    def _inside(self, value: Any, depth: int) -> tuple[Any, ...]:
        if isinstance(value, np.ndarray):
            return (value.shape, str(value.dtype), value.tobytes())
        if isinstance(value, Mapping):
            return tuple((self.of(k, depth), self.of(v, depth)) for k, v in list(value.items()))
        if isinstance(value, set | frozenset):
            # Their order is of no account, so each element is a walk of its own.
            return tuple(sorted(repr(_print(one)) for one in value))
        if isinstance(value, list | tuple):
            return tuple(self.of(one, depth) for one in value)
        if isinstance(value, msgspec.Struct):
            return tuple(self.of(getattr(value, n), depth) for n in value.__struct_fields__)
        if inspect.isclass(value) or callable(value):
            return (id(value),)
        held = {name: getattr(value, name) for name in _slots(value) if hasattr(value, name)}
        held.update(getattr(value, "__dict__", {}))
        if not held:
            return (repr(value),)
        return tuple((name, self.of(one, depth)) for name, one in held.items())


def _slots(value: Any) -> Iterator[str]:
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots

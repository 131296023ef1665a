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


def _print(value: Any, depth: int = 0, above: tuple[int, ...] = ()) -> Any:
    """The value as tuples of plain things; what is no data is known by its identity."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return (type(value).__name__, repr(value))
    if depth > _DEEPEST or id(value) in above or isinstance(value, _NOT_DATA):
        return (type(value).__name__, id(value))
    down = (depth + 1, (*above, id(value)))
    if isinstance(value, np.ndarray):
        return ("array", value.shape, str(value.dtype), value.tobytes())
    if isinstance(value, Mapping):
        items = list(value.items())
        return (type(value).__name__, tuple((_print(k, *down), _print(v, *down)) for k, v in items))
    if isinstance(value, set | frozenset):
        return (type(value).__name__, tuple(sorted(repr(_print(one, *down)) for one in value)))
    if isinstance(value, list | tuple):
        return (type(value).__name__, tuple(_print(one, *down) for one in value))
    if isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
        return (type(value).__name__, tuple(_print(getattr(value, n), *down) for n in names))
    if inspect.isclass(value) or callable(value):
        return ("callable", id(value))
    held = {name: getattr(value, name) for name in _slots(value) if hasattr(value, name)}
    held.update(getattr(value, "__dict__", {}))
    if held:
        return (
            type(value).__name__,
            tuple((name, _print(one, *down)) for name, one in held.items()),
        )
    return (type(value).__name__, repr(value))


def _slots(value: Any) -> Iterator[str]:
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots

"""Ways to break a body that its contract must notice: a required field gone, a type changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]


def promised(schema: Any, value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each required field that `value` has, once for each object of the schema, with its schema.

    Of a list the first element is looked at, of a mapping with free names the first value.
    """
    if "anyOf" in schema:
        schema = next(option for option in schema["anyOf"] if "properties" in option)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name in value:
                yield (*path, name), known.get(name, {})
        for name, inside in known.items():
            if name in value:
                yield from promised(inside, value[name], (*path, name))
        free = schema.get("additionalProperties")
        others = [name for name in value if name not in known]
        if isinstance(free, dict) and others and "properties" in free:
            yield from promised(free, value[others[0]], (*path, others[0]))
    elif isinstance(value, list) and value and "items" in schema:
        yield from promised(schema["items"], value[0], (*path, 0))


def without(body: Any, path: Path) -> Any:
    """A copy of `body` without the field at `path`."""
    changed = copy.deepcopy(body)
    del _holder(changed, path)[path[-1]]
    return changed


def mistyped(body: Any, path: Path, schema: Any) -> Any:
    """A copy of `body` with a value at `path` that is of no type that `schema` allows."""
    changed = copy.deepcopy(body)
    wrong = {"object": {"wrong": 1}, "string": "wrong", "integer": 7, "boolean": True}
    allowed = schema.get("type", ["string"] if "enum" in schema else [])
    allowed = [allowed] if isinstance(allowed, str) else allowed
    # Every whole number is a number.
    taken = {*allowed, "integer"} if "number" in allowed else set(allowed)
    kind = next(kind for kind in wrong if kind not in taken)
    _holder(changed, path)[path[-1]] = wrong[kind]
    return changed


def _holder(body: Any, path: Path) -> Any:
    for part in path[:-1]:
        body = body[part]
    return body

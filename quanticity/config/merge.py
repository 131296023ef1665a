"""One tree laid over another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Tree = Mapping[str, Any]


def merge(base: Tree, over: Tree) -> dict[str, Any]:
    """`base` with `over` laid on it: mappings meet, null removes, all else replaces.

    Neither is changed; what `over` does not touch is shared with `base`.
    """
    merged = dict(base)
    for name, value in over.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            below = merged.get(name)
            merged[name] = merge(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged

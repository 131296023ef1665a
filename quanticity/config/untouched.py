"""What everybody in a process uses is as it was after a user's file was run: or it is put back."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from itertools import repeat
from operator import is_
from types import ModuleType
from typing import Any

from quanticity.errors import Problem

# Whose functions a file might replace for itself, and so for us and all other plugins. What is
# not there yet is looked up while it is loaded.
_SHARED = (
    "asyncio",
    "builtins",
    "datetime",
    "json",
    "math",
    "msgspec",
    "numpy",
    "orjson",
    "os",
    "pandas",
    "quanticity.api",
    "quanticity.component",
    "random",
    "socket",
    "threading",
    "time",
)
_GONE = object()


class Untouched:
    """Looks before and after. Names that are new are nobody's loss: modules load parts late."""

    def __init__(self) -> None:
        modules = (sys.modules.get(name) for name in _SHARED)
        self._before: list[tuple[ModuleType, Mapping[str, Any]]] = [
            (one, dict(vars(one))) for one in modules if one is not None
        ]

    def restored(self) -> list[str]:
        """Put back what was replaced or taken away; returns it, as `json.dumps`."""
        changed = []
        for module, before in self._before:
            now = vars(module)
            # Nearly always nothing changed; there are thousands of names.
            if all(map(is_, map(now.get, before, repeat(_GONE)), before.values())):
                continue
            for name, value in before.items():
                if name.startswith("_") or (name in now and _is_as_it_was(now[name], value)):
                    continue
                now[name] = value
                changed.append(f"{module.__name__}.{name}")
        return changed


def _is_as_it_was(now: Any, before: Any) -> bool:
    # A library that has the zone read anew gives `time.tzname` the same texts in another tuple.
    return now is before or (isinstance(before, tuple) and now == before)


def replaced(changed: Iterable[str], shown: str, trees: Iterable[ast.AST]) -> Problem:
    """What is wrong with a file that replaced these, at the line that does it."""
    listed = list(changed)
    names = {name.rpartition(".")[2] for name in listed}
    lines = (
        node.lineno
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store | ast.Del)
        and node.attr in names
    )
    said = f"replaces {', '.join(listed)}, which all others use"
    return Problem(shown, next(lines, 1), 1, said, "call what is your own by a name of its own")

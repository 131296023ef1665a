"""A tree of config as YAML lines, nothing secret in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from quanticity.config.scalars import resolve
from quanticity.logs import redact
from quanticity.spec import Path

HIDDEN = "***"
_SECRET_NAME = re.compile(r"(?i)(api[-_]?key|token|secret|authorization|cookie|passw)(?!.*_env$)")
_BARE = re.compile(r"[A-Za-z0-9_/][\w./%+@=~^-]*(?: [\w./%+=~^(][\w./%+@=~^()-]*)*", re.ASCII)
_WIDEST = 88

Redact = Callable[[str], str]


def hide(tree: Any, also: Redact = str, name: str = "") -> Any:
    """`tree` without secrets: known values, what looks like one, and text under a telling name.

    References (`${VAR}`) and placeholders stay as they are written.
    """
    if isinstance(tree, Mapping):
        return {key: hide(value, also, str(key)) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [hide(value, also, name) for value in tree]
    if isinstance(tree, str):
        if _SECRET_NAME.search(name) and "{" not in tree and len(tree) >= 4:
            return HIDDEN
        return redact(also(tree))
    return tree


def lines(
    tree: Any, path: Path = (), indent: str = "", *, apart: bool = False
) -> Iterator[tuple[str, Path]]:
    """Each line of `tree` as YAML, with the path of what it says.

    `apart` gives every entry of a mapping a line of its own.
    """
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            here = (*path, key)
            head = f"{indent}{scalar(str(key))}:"
            if _fits(value, head) and not (apart and value and isinstance(value, Mapping)):
                yield f"{head} {flow(value)}", here
            else:
                yield head, here
                yield from lines(value, here, indent + "  ", apart=apart)
        return
    for index, value in enumerate(tree):
        here = (*path, index)
        if _fits(value, indent) or not value:
            yield f"{indent}- {flow(value)}", here
            continue
        first = True
        for text, below in lines(value, here, indent + "  "):
            yield (f"{indent}- {text[len(indent) + 2 :]}" if first else text), below
            first = False


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        inside = (f"{scalar(str(key))}: {flow(item)}" for key, item in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A scalar as YAML reads it back."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    if _BARE.fullmatch(value) and resolve(value) == value and not value.endswith(" "):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in quoted)


def _fits(value: Any, head: str) -> bool:
    if not isinstance(value, Mapping | list | tuple) or not value:
        return True
    items = list(value.values()) if isinstance(value, Mapping) else list(value)
    if isinstance(value, Mapping) and len(items) > 3:
        return False
    deep = any(isinstance(item, Mapping) and item for item in items)
    return not deep and len(head) + len(flow(value)) < _WIDEST

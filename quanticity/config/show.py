"""`config show`: what the config says, layer upon layer, and where each value was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quanticity.config.overlay import Layers
from quanticity.config.render import Redact, hide, lines
from quanticity.spec import Path

_COMMENT_AT = 72


def show(layers: Layers, *, origin: bool = False, redact: Redact = str) -> str:
    """The merged config as YAML, ending in a newline; with `origin`, file and line of each value.

    References to the environment are shown as they are written, never what they stand for;
    `redact` hides what else must not be seen.
    """
    said = []
    for text, path in lines(hide(layers.tree, redact), apart=origin):
        if origin:
            file, line, _ = layers.locate(path)
            said.append(f"{text:<{_COMMENT_AT}}  # {file}:{line}")
        else:
            said.append(text)
    return "".join(f"{text}\n" for text in said)


def show_values(layers: Layers, *, redact: Redact = str) -> dict[str, dict[str, Any]]:
    """Every value by its dotted path: `{"value", "file", "line", "column"}`, for JSON."""
    found = {}
    for path, value in leaves(hide(layers.tree, redact)):
        file, line, column = layers.locate(path)
        name = ".".join(map(str, path))
        found[name] = {"value": value, "file": file, "line": line, "column": column}
    return found


def leaves(tree: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """What is no mapping, with its path; an empty mapping is a leaf, a list is one leaf."""
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value

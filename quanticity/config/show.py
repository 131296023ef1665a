"""`config show`: what the config says, layer upon layer, and where each value was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quanticity.config.overlay import Layers
from quanticity.config.render import Redact, hide, lines
from quanticity.errors import QuanticityError
from quanticity.spec import Path, near

_COMMENT_AT = 72


def show(layers: Layers, part: str = "", *, origin: bool = False, redact: Redact = str) -> str:
    """The merged config as YAML, ending in a newline; with `origin`, file and line of each value.

    `part` is the dotted path of what to show, with what it is in, or the name of a source or a
    feed; everything without one.
    References to the environment are shown as they are written, never what they stand for;
    `redact` hides what else must not be seen. QuanticityError where there is no such part.
    """
    said = []
    for text, path in lines(_only(hide(layers.tree, redact), part), apart=origin):
        if origin:
            file, line, _ = layers.locate(path)
            said.append(f"{text:<{_COMMENT_AT}}  # {file}:{line}")
        else:
            said.append(text)
    return "".join(f"{text}\n" for text in said)


def show_values(
    layers: Layers, part: str = "", *, redact: Redact = str
) -> dict[str, dict[str, Any]]:
    """Every value by its dotted path: `{"value", "file", "line", "column"}`, for JSON.

    `part` is as in `show`.
    """
    found = {}
    for path, value in leaves(_only(hide(layers.tree, redact), part)):
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


def _only(tree: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    """`tree` with nothing beside `part`."""
    if not part:
        return tree
    names: dict[str, Path] = {}
    for path in _paths(tree):
        names[".".join(map(str, path))] = path
        if path[0] == "data_sources" and path[1:]:
            # As `feeds` and `probe` call it: source.endpoint.
            inside = path[3:] if path[2:3] == ("endpoints",) else path[2:]
            names.setdefault(".".join(map(str, (path[1], *inside))), path)
    if part not in names:
        hint = near(part, names) or f"it has {', '.join(map(str, tree))}"
        raise QuanticityError(f"nothing is written at {part}; {hint}")
    found: Any = tree
    for name in names[part]:
        found = found[name]
    for name in reversed(names[part]):
        found = {name: found}
    return dict(found)


def _paths(tree: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """The path of everything in a tree."""
    for name, value in tree.items():
        yield (*above, name)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, name))

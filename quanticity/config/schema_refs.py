"""References of a JSON Schema that lead nowhere, outside, or round in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_REFS = ("$ref", "$dynamicRef")
# What these hold looks at the very value that the schema itself looks at.
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")


def slip_of_references(schema: Any) -> str:
    """What is wrong with the references of a valid schema; empty where nothing is.

    References stay within their file: a contract is one file, and nothing is fetched for it.
    """
    nodes = list(_nodes(schema))
    for node in nodes:
        for word in _REFS:
            name = node.get(word)
            if name is None:
                continue
            if name != "#" and not name.startswith("#/"):
                return f"refers to '{name}', which leads out of it; write it below '$defs'"
            if target_of(schema, name) is None:
                return f"refers to '{name}', which is not in it"
    return "holds a '$ref' that leads back to itself" if _circles(schema, nodes) else ""


def target_of(schema: Any, name: str) -> Any:
    """The part of `schema` that a reference such as `#/$defs/row` means; None where none is."""
    here = schema
    for part in name.removeprefix("#").strip("/").split("/"):
        if not part:
            continue
        part = part.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901  # as it is written
        if isinstance(here, Mapping) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here if isinstance(here, Mapping | bool) else None


def _nodes(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping that may be a schema; of what is none, references mean nothing."""
    pending = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            if all(isinstance(node.get(word, ""), str) for word in _REFS):
                yield node
            pending += [value for name, value in node.items() if name not in ("enum", "const")]
        elif isinstance(node, list):
            pending += node


def _circles(schema: Any, nodes: list[Mapping[str, Any]]) -> bool:
    """Whether some schema asks itself about one and the same value, without end."""
    done: set[int] = set()
    for start in nodes:
        trail = [(id(start), _beside(schema, start))]
        on_trail = {id(start)}
        while trail:
            mark, following = trail[-1]
            node = next(following, None)
            if node is None:
                trail.pop()
                on_trail.discard(mark)
                done.add(mark)
            elif id(node) in on_trail:
                return True
            elif id(node) not in done:
                trail.append((id(node), _beside(schema, node)))
                on_trail.add(id(node))
    return False


def _beside(schema: Any, node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    near: list[Any] = [target_of(schema, node[word]) for word in _REFS if word in node]
    for word in _LISTS:
        near += node.get(word, ())
    near += [node[word] for word in _SINGLE if word in node]
    return (each for each in near if isinstance(each, Mapping))

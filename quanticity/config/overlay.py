"""Layers of config laid over each other, and which of them a value comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quanticity.config.document import Document
from quanticity.config.merge import Tree, merge
from quanticity.config.presets import behind
from quanticity.errors import Problem, Severity
from quanticity.spec import Path, near


class Layers:
    """Documents from the lowest to the highest, and what they say together."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)
        tree: dict[str, Any] = dict(self.documents[0].tree) if self.documents else {}
        for document in self.documents[1:]:
            tree = _laid(tree, document)
        self.tree = tree

    def locate(self, path: Path) -> tuple[str, int, int]:
        """Where `path` got its value: the highest layer that writes it.

        A mapping that several layers write to is the lowest one's. For what is written nowhere
        it is the place of the nearest thing above it, in the layer that comes closest, the lower
        one of two; a preset of its entry where that comes closer than all layers.
        """
        best, deepest = self._find(path)
        if deepest < len(path) and (preset := behind(self.tree, path)) is not None:
            place, depth = self._find(preset)
            if depth > deepest:
                return place
        return best

    def _find(self, path: Path) -> tuple[tuple[str, int, int], int]:
        """The place, and how many steps of `path` led there."""
        best, deepest = ("", 0, 0), -1
        for document in self.documents:
            (line, column), depth = document.find(path)
            whole = depth == len(path)
            if depth > deepest or (whole and not isinstance(document.value(path), Mapping)):
                best, deepest = (document.file, line, column), depth
        return best, deepest


def idle_removals(base: Tree, over: Document) -> Iterator[Problem]:
    """A warning for each null of an overlay that removes nothing: most often a slip."""
    pending: list[tuple[Path, Any, Any]] = [((), base, over.tree)]
    while pending:
        path, below, above = pending.pop()
        known = below if isinstance(below, Mapping) else {}
        for name, value in above.items():
            here = (*path, name)
            if isinstance(value, Mapping):
                pending.append((here, known.get(name), value))
            elif value is None and name not in known:
                file, line, column = over.locate(here)
                yield Problem(
                    file,
                    line,
                    column,
                    f"null removes '{name}', which is not there",
                    near(name, known),
                    Severity.WARNING,
                )


def strays(base: Tree, over: Document) -> Iterator[Problem]:
    """An error for each source and endpoint that only an overlay has, and has not whole.

    Most often its name is misspelt, or the overlay was written for another config.
    """
    there, above = _mapping(base, "data_sources"), _mapping(over.tree, "data_sources")
    for name, source in above.items():
        if not isinstance(source, Mapping):
            continue
        if name not in there and "base_url" not in source:
            yield _stray(over, ("data_sources", name), "source", there)
            continue
        below = _mapping(_mapping(there, name), "endpoints")
        for title, endpoint in _mapping(source, "endpoints").items():
            if isinstance(endpoint, Mapping) and title not in below and "redis_key" not in endpoint:
                yield _stray(over, ("data_sources", name, "endpoints", title), "feed", below)


def _laid(tree: Tree, document: Document) -> dict[str, Any]:
    """`tree` with a document on it.

    A file that is an entry of its own lies on nothing: its null takes nothing away, and stays for
    whoever reads it. Dropped, a name that is misspelt beside one would never be told.
    """
    if len(document.entry) == 2:
        section, name = document.entry
        there = _mapping(tree, section)
        if name not in there:
            return {**tree, section: {**there, name: document.tree[section][name]}}
    return merge(tree, document.tree)


def _mapping(tree: Any, name: str) -> Tree:
    inside = tree.get(name) if isinstance(tree, Mapping) else None
    return inside if isinstance(inside, Mapping) else {}


def _stray(over: Document, path: Path, kind: str, known: Tree) -> Problem:
    file, line, column = over.locate(path)
    said = f"there is no {kind} '{path[-1]}' below this overlay"
    return Problem(file, line, column, said, near(str(path[-1]), known))

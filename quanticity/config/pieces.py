"""Validation piece by piece: one bad endpoint hides no other mistake, one good one is kept.

A piece whose text did not change between two loads is the very same object in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quanticity.config.salvage import salvage_endpoint, salvage_source
from quanticity.config.schema import Endpoint, Root, Source
from quanticity.config.slipped import fields_beside, slipped_source, told_beside, with_slipped
from quanticity.errors import Problem
from quanticity.spec import Locate, Path, Spec, field_names, validate

Cache = dict[tuple[str, str], tuple[Any, str, Endpoint]]


@dataclass(slots=True)
class Pieces:
    """A root of all that is right, what is wrong, and which pieces that left out.

    `broken` names (source, endpoint) that could not be used, with an empty endpoint for a whole
    source. `doubtful` are those of which only a part could be read, and the fields that do not
    say what was meant; they are in `root`, so that they are checked too. `cache` is handed to the
    next load.
    """

    root: Root = field(default_factory=Root)
    problems: list[Problem] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)
    doubtful: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    cache: Cache = field(default_factory=dict)


class Assembler:
    """Checks one merged and filled tree, with the cache of the load before."""

    def __init__(self, locate: Locate, cache: Cache) -> None:
        self._locate = locate
        self._known = cache
        self._pieces = Pieces()

    def assemble(self, tree: Mapping[str, Any]) -> Pieces:
        """Check it all."""
        pieces = self._pieces
        top = _given(tree)
        sources = top.get("data_sources")
        if isinstance(sources, dict):
            top["data_sources"] = {
                name: checked
                for name, source in sources.items()
                if (checked := self._source(name, source)) is not None
            }
        for section in ("components", "strategies", "presets"):
            entries = top.get(section)
            if isinstance(entries, dict):
                top[section] = {name: _entry(given) for name, given in entries.items()}
        root, problems = validate(Root, top, self._locate)
        if root is None:
            pieces.problems += problems
            wrong = {name for name in top if validate(Root, {name: top[name]}, self._locate)[1]}
            rest = {name: value for name, value in top.items() if name not in wrong}
            root = validate(Root, rest, self._locate)[0]
        pieces.root = root if root is not None else Root()
        return pieces

    def _source(self, name: str, tree: Any) -> Source | None:
        at: Path = ("data_sources", name)
        given: Any = {} if tree is None else tree
        if (slip := slipped_source(name, tree, at, self._locate)) is not None:
            self._pieces.problems.append(slip)
            self._pieces.broken.add((name, ""))
            return None
        if isinstance(tree, dict):
            given = _given(tree)
            endpoints = given.get("endpoints")
            if isinstance(endpoints, dict):
                beside = self._beside(name, endpoints)
                given["endpoints"] = {
                    title: checked
                    for title, endpoint in endpoints.items()
                    if title not in beside
                    and (checked := self._endpoint(name, title, endpoint)) is not None
                }
        source, problems = validate(Source, given, self._locate, at)
        if source is None:
            problems = _at_home(problems, Endpoint, "it belongs to an endpoint, below 'endpoints'")
            problems = with_slipped(problems, given if isinstance(given, dict) else {})
            left = salvage_source(given, self._locate, at)
            self._pieces.problems += [*problems, *left.problems]
            if left.piece is None or "endpoints" in left.doubtful:
                self._pieces.broken.add((name, ""))
            self._pieces.doubtful[name, ""] = left.doubtful
            return left.piece
        return source

    def _beside(self, source: str, endpoints: Mapping[str, Any]) -> set[str]:
        """What is no endpoint, or none with its fields below it: told once, and left out."""
        left: set[str] = set()
        for owner, fields in fields_beside(endpoints).items():
            at: Path = ("data_sources", source, "endpoints")
            self._pieces.problems.append(told_beside(owner, fields, at, self._locate))
            self._pieces.broken.add((source, owner))
            left |= {owner, *fields}
        return left

    def _endpoint(self, source: str, title: str, tree: Any) -> Endpoint | None:
        place = (source, title)
        known = self._known.get(place)
        if known is not None and known[0] is tree:
            self._pieces.cache[place] = known
            return known[2]
        # The repr hides what came from the environment, so such a tree is always checked anew.
        content = repr(tree)
        if known is not None and known[1] == content and "${" not in content:
            self._pieces.cache[place] = (tree, content, known[2])
            return known[2]
        given: Any = {} if tree is None else tree
        if isinstance(tree, dict):
            given = _given(tree)
        at: Path = ("data_sources", source, "endpoints", title)
        endpoint, problems = validate(Endpoint, given, self._locate, at)
        if endpoint is None:
            problems = _at_home(problems, Source, "it belongs to the source, beside 'endpoints'")
            left = salvage_endpoint(given, self._locate, at)
            self._pieces.problems += [*problems, *left.problems]
            if left.piece is None:
                self._pieces.broken.add(place)
            self._pieces.doubtful[place] = left.doubtful
            return left.piece
        self._pieces.cache[place] = (tree, content, endpoint)
        return endpoint


def _at_home(problems: list[Problem], other: type[Spec], hint: str) -> list[Problem]:
    """The same, with where a field belongs that is only in the wrong place."""
    misplaced = {f"unknown field '{name}'" for name in field_names(other, ())}
    return [
        Problem(one.file, one.line, one.column, one.message, hint, one.severity)
        if one.message in misplaced
        else one
        for one in problems
    ]


def _entry(tree: Any) -> Any:
    """One entry of a section; a name with nothing behind it has all defaults."""
    return _given(tree) if isinstance(tree, dict) else {} if tree is None else tree


def _given(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Without the fields that are written and left empty: they are not given."""
    return {name: value for name, value in tree.items() if value is not None}

"""Endpoints that slipped to the left, and so stand where something else is meant to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quanticity.config.schema import Endpoint, Source
from quanticity.errors import Problem
from quanticity.spec import Locate, Path, field_names
from quanticity.words import count

_TELLING = frozenset({"path", "url", "redis_key"})
# What only a source has.
_OF_SOURCES = field_names(Source, ()) - field_names(Endpoint, ())


def looks_like_an_endpoint(tree: Any) -> bool:
    """Whether a piece of config is an endpoint, wherever it stands."""
    if not isinstance(tree, Mapping) or _OF_SOURCES & tree.keys():
        return False
    known = field_names(Endpoint, ()) & tree.keys()
    return bool(_TELLING & known) and 2 * len(known) > len(tree)


def slipped_source(name: str, tree: Any, at: Path, locate: Locate) -> Problem | None:
    """The one problem of an endpoint among the sources; None for a source."""
    if not looks_like_an_endpoint(tree):
        return None
    said = f"'{name}' stands among the sources, and looks like an endpoint"
    return Problem(*locate(at), said, "indent it below the 'endpoints' of its source")


def fields_beside(endpoints: Mapping[str, Any]) -> dict[str, list[str]]:
    """Fields that stand beside the names of their endpoints, by those names; "" for none."""
    found: dict[str, list[str]] = {}
    owner, fields = "", field_names(Endpoint, ())
    for name, given in endpoints.items():
        # What such a field holds may be a mapping too, or nothing: so far as one is known to be.
        known = bool(owner) and owner in found
        if isinstance(given, Mapping):
            known |= bool(owner) and not looks_like_an_endpoint(given)
        else:
            known |= given is not None
        if known and name in fields:
            found.setdefault(owner, []).append(name)
        else:
            owner = name if given is None else ""
    return found


def told_beside(owner: str, fields: Sequence[str], at: Path, locate: Locate) -> Problem:
    """The one problem of all `fields` that stand among the `endpoints` at `at`."""
    more = len(fields) - 1
    them, stand, like = "it", "stands", "looks like a field"
    if more:
        them, like = "them", "look like fields"
        stand = f"and {count(more, 'more field')} stand"
    below = f"'{owner}' (line {locate((*at, owner))[1]})" if owner else "the name of its endpoint"
    said = f"'{fields[0]}' {stand} among the endpoints, and {like} of one"
    return Problem(*locate((*at, fields[0])), said, f"indent {them} below {below}")


def with_slipped(problems: Iterable[Problem], tree: Mapping[str, Any]) -> list[Problem]:
    """The same, saying of an endpoint among a source's own fields what it looks like."""
    said = {
        f"unknown field '{name}'" for name, given in tree.items() if looks_like_an_endpoint(given)
    }
    hint = "it looks like an endpoint: indent it below 'endpoints'"
    return [
        Problem(one.file, one.line, one.column, one.message, hint, one.severity)
        if one.message in said
        else one
        for one in problems
    ]

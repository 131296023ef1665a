"""Endpoints that slipped to the left, and so stand where something else is meant to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from quanticity.config.schema import Endpoint, Source
from quanticity.errors import Problem
from quanticity.spec import Locate, Path, field_names

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

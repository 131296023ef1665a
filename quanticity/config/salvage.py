"""What is left of a piece of config with mistakes: enough to look for the other mistakes in it.

A salvaged piece never runs. A misspelt field is read as the one that was meant, a wrong value is
left out, and what cannot be left out gets a stand-in; `doubtful` names all the fields that do not
say what the person meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from quanticity.config.schema import Endpoint, Source
from quanticity.config.schema.endpoint import ExpandFrom
from quanticity.errors import Problem
from quanticity.spec import Locate, Path, Spec, nearest, validate, wrong_fields

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class Salvaged(Generic[S]):
    """The piece, None where too little is left; and mistakes that others had hidden."""

    piece: S | None
    doubtful: frozenset[str]
    problems: tuple[Problem, ...] = ()


def salvage_endpoint(tree: Any, locate: Locate, at: Path) -> Salvaged[Endpoint]:
    """What is left of an endpoint. Of a wrong `expand` the feeds that it names stay."""

    def complete(given: dict[str, Any], doubtful: set[str]) -> None:
        _complete_endpoint(given, doubtful)
        if "expand" in doubtful and isinstance(tree.get("expand"), Mapping):
            given["expand"] = _feeds_named(tree["expand"])

    return _salvage(Endpoint, tree, locate, at, complete)


def salvage_source(tree: Any, locate: Locate, at: Path) -> Salvaged[Source]:
    """What is left of a source; its good endpoints stay."""
    return _salvage(Source, tree, locate, at, _complete_source)


def _salvage(
    spec: type[S],
    tree: Any,
    locate: Locate,
    at: Path,
    complete: Callable[[dict[str, Any], set[str]], None],
) -> Salvaged[S]:
    if not isinstance(tree, Mapping):
        return Salvaged(None, frozenset())
    given, doubtful = dict(tree), set[str]()
    for name in wrong_fields(spec, given):
        value = given.pop(name, None)
        meant = nearest(name, spec.model_fields)
        if name not in spec.model_fields and meant is not None and meant not in given:
            given[meant] = value
        else:
            doubtful.add(name)
    for name in wrong_fields(spec, given):
        given.pop(name, None)
        doubtful.add(name)
    complete(given, doubtful)
    piece, problems = validate(spec, given, locate, at)
    return Salvaged(piece, frozenset(doubtful), tuple(problems))


def _complete_endpoint(given: dict[str, Any], doubtful: set[str]) -> None:
    if "redis_key" in doubtful:
        given["redis_key"] = "raw:not:known"
    if "ttl_seconds" in doubtful:
        given["ttl_seconds"] = 1.0
    if doubtful & {"path", "url"} and not {"path", "url"} & set(given):
        given["path"] = "/"
    timed = {"interval_seconds", "at"}
    if doubtful & timed and not timed & set(given) and given.get("transport") != "websocket":
        given["at"] = ["00:00"]


def _feeds_named(expand: Mapping[Any, Any]) -> dict[Any, Any]:
    """The placeholders whose values come from a feed, each with its name and nothing else."""
    return {
        name: {"from": values["from"]}
        for name, values in expand.items()
        if isinstance(values, Mapping)
        and not wrong_fields(ExpandFrom, {"from": values.get("from")})
    }


def _complete_source(given: dict[str, Any], doubtful: set[str]) -> None:
    if "base_url" in doubtful:
        given["base_url"] = "https://not.known"

"""What a check is handed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.config.schema import Endpoint, Root
from quanticity.errors import Problem, Severity
from quanticity.spec import Locate, Spec
from quanticity.spec import Path as TreePath

Place = tuple[str, str]
"""(source, endpoint)."""

BoundKey = tuple[str, str]
"""The field that it comes from, and a key with its values filled in."""


@dataclass(frozen=True, slots=True)
class Known:
    """What stands outside the config and is named in it.

    `transforms` are the functions by name, with the spec of their options where they have one;
    None leaves names unchecked. `unloaded` are names of functions whose files do not load, with
    what is wrong there. `streams` are feeds of event-driven sources, `ibkr.trades`.
    """

    transforms: Mapping[str, type[Spec] | None] | None = None
    streams: frozenset[str] = frozenset()
    unloaded: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)


class KeysOf(NamedTuple):
    """Every key that an endpoint writes; `is_sound` where none of it is wrong by itself.

    `moments` are those of its `timestamp_key`, which hold no value.
    """

    endpoint: EffectiveEndpoint
    keys: tuple[BoundKey, ...]
    is_sound: bool
    moments: tuple[str, ...]


@dataclass(slots=True)
class Memo:
    """What one load found out and the next need not: all of it goes by the very object."""

    clean: dict[Place, Endpoint] = field(default_factory=dict)
    keys: dict[Place, KeysOf] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """A config whose pieces are valid, and where to find them.

    `broken` are (source, endpoint) that did not pass the schema: they are there, though not in
    `root`. Of those in `doubtful` only a part could be read: the fields that it names do not say
    what was meant. `folder` is the config folder. `from_environment` is where `${VAR}` stood.
    `before` is the memo of the load before, `memo` this one's.
    """

    root: Root
    effective: Effective
    environment: str
    folder: Path
    locate: Locate
    broken: frozenset[Place] = frozenset()
    doubtful: Mapping[Place, frozenset[str]] = field(default_factory=dict)
    simulated: bool = False
    from_environment: frozenset[TreePath] = frozenset()
    known: Known = field(default_factory=Known)
    before: Memo = field(default_factory=Memo)
    memo: Memo = field(default_factory=Memo)

    def error(self, path: TreePath, message: str, hint: str = "") -> Problem:
        """An error at `path`."""
        return self._problem(path, message, hint, Severity.ERROR)

    def warning(self, path: TreePath, message: str, hint: str = "") -> Problem:
        """A warning at `path`."""
        return self._problem(path, message, hint, Severity.WARNING)

    def note(self, path: TreePath, message: str, hint: str = "") -> Problem:
        """A note at `path`."""
        return self._problem(path, message, hint, Severity.NOTE)

    def clear(self, place: Place, fields: Set[str]) -> bool:
        """Whether all of `fields` say what was meant: else what they show is no mistake."""
        return not self.doubtful.get(place, frozenset()) & fields

    def written(self) -> Iterator[tuple[Place, Endpoint]]:
        """Every endpoint as it is written, by (source, name)."""
        for source, settings in self.root.data_sources.items():
            for name, endpoint in settings.endpoints.items():
                yield (source, name), endpoint

    def places(self) -> Iterator[Place]:
        """(source, name) of every endpoint, those that the schema refused included."""
        for place, _ in self.written():
            yield place
        yield from self.broken

    def find(self, source: str, wanted: str) -> Place | None:
        """The feed that `wanted` means in `source`: `name` there, or `source.name`."""
        if (source, wanted) in self.broken or wanted in self._endpoints(source):
            return source, wanted
        other, dot, name = wanted.partition(".")
        if dot and ((other, name) in self.broken or name in self._endpoints(other)):
            return other, name
        broken = (source, ""), (other, "")
        return (source, wanted) if any(one in self.broken for one in broken) else None

    def endpoint(self, place: Place) -> EffectiveEndpoint | None:
        """The resolved endpoint, None for one that the schema refused."""
        source = self.effective.sources.get(place[0])
        return source.endpoints.get(place[1]) if source is not None else None

    def _endpoints(self, source: str) -> Mapping[str, Endpoint]:
        known = self.root.data_sources.get(source)
        return known.endpoints if known is not None else {}

    def _problem(self, path: TreePath, message: str, hint: str, severity: Severity) -> Problem:
        file, line, column = self.locate(path)
        return Problem(file, line, column, message, hint, severity)


def endpoint_path(source: str, endpoint: str, *rest: str | int) -> TreePath:
    """The path of an endpoint, or of something in it."""
    return ("data_sources", source, "endpoints", endpoint, *rest)

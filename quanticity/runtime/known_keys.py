"""Which keys there will be under a config, and which values fill a pattern's placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import TypeVar

from quanticity.component.trading import COMING
from quanticity.config.effective import EffectiveEndpoint
from quanticity.config.lint.keys import output_key
from quanticity.config.loaded import Loaded
from quanticity.model import Kind, bind, placeholders

_MOST = 2000
T = TypeVar("T", bound=str)
SYSTEM = "quanticity"
SYSTEM_KEYS = ("analytics:alerts", "monitors:data")
"""Events that the system itself writes: of the plugins, and of the feeds."""


class KnownKeys:
    """Keys by who writes them: feeds (running or off), and components as they are bound.

    A placeholder whose values come from another feed's bodies stays in the key, and matches any.
    """

    def __init__(self) -> None:
        self.writers: dict[str, str] = {}
        self.off: dict[str, str] = {}
        self._kinds: dict[str, Kind] = {}

    def add(self, key: str, writer: str, off: str | None = None, kind: Kind = Kind.LATEST) -> None:
        """Enter a key. The first writer is remembered."""
        self._kinds.setdefault(key, kind)
        if off is None:
            self.writers.setdefault(key, writer)
        else:
            self.off.setdefault(key, f"{writer}, which is off: {off}")

    def writer(self, key: str) -> str | None:
        """Who writes a bound key; None where nobody does."""
        return self.writers.get(key) or _found(key, self.writers)

    def kind(self, key: str) -> Kind | None:
        """How a bound key is written; None where nobody does."""
        return self._kinds.get(key) or _found(key, self._kinds)

    def why_off(self, key: str) -> str | None:
        """Which feed would write it, and why that is off."""
        return self.off.get(key) or _found(key, self.off)

    def is_coming(self, key: str) -> bool:
        """Whether a key is fixed and nothing writes it yet: who reads it waits, and is no slip."""
        return key in COMING and self.writer(key) is None

    def keys(self) -> Iterable[str]:
        """Every key that is written, or would be if its feed were on."""
        return self._kinds

    def filling(self, pattern: str) -> Iterator[str]:
        """Who writes keys of `pattern`, whatever the values."""
        regex = _regex(pattern)
        for where in (self.writers, self.off):
            yield from (writer for key, writer in where.items() if regex.fullmatch(key))

    def values(self, pattern: str) -> Iterator[Mapping[str, str]]:
        """What fills the placeholders of `pattern` so that somebody writes the key."""
        regex = _regex(pattern)
        for key in self.writers:
            match = regex.fullmatch(key)
            if match and not any("{" in value for value in match.groupdict().values()):
                yield match.groupdict()


def keys_of_feeds(loaded: Loaded) -> KnownKeys:
    """The keys of all endpoints, raw and transformed, and of aggregates."""
    known = KnownKeys()
    for one in loaded.effective.endpoints():
        spec = one.endpoint
        output = output_key(one)
        for values in _values(one):
            known.add(bind(spec.redis_key, values), one.id, one.off, spec.kind)
            if output is not None:
                known.add(bind(output, values), one.id, one.off)
    for name, aggregate in loaded.root.aggregates.items():
        symbols = {
            symbol
            for source in aggregate.sources
            if (found := loaded.effective.find(source)) is not None
            for symbol in found.symbols
        }
        for symbol in sorted(symbols) or [""]:
            known.add(bind(aggregate.redis_key, {"symbol": symbol} if symbol else {}), name)
    for key in SYSTEM_KEYS:
        known.add(key, SYSTEM, kind=Kind.EVENTS)
    for coming, who, why in COMING.values():
        known.add(coming.name, who, why, coming.kind)
    return known


def fits(pattern: str, key: str) -> bool:
    """Whether a key is one of those that a pattern stands for."""
    return _regex(pattern).fullmatch(key) is not None


def _values(one: EffectiveEndpoint) -> Iterator[Mapping[str, str]]:
    lists: dict[str, Iterable[str]] = {}
    if one.symbols:
        lists["symbol"] = one.symbols
    for name, given in one.endpoint.expand.items():
        if isinstance(given, tuple):
            lists[name] = [str(value) for value in given]
    for count, chosen in enumerate(product(*lists.values())):
        if count >= _MOST:
            return
        yield dict(zip(lists, chosen, strict=True))


def _found(key: str, where: Mapping[str, T]) -> T | None:
    return next(
        (
            writer
            for pattern, writer in where.items()
            if "{" in pattern and _regex(pattern).fullmatch(key)
        ),
        None,
    )


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """Placeholders as groups; one that stands twice must have the same value both times."""
    text, seen = re.escape(pattern), set[str]()
    for name in placeholders(pattern):
        seen.add(name)
        hole = re.escape(f"{{{name}}}")
        text = text.replace(hole, f"(?P<{name}>[^:]+)", 1).replace(hole, f"(?P={name})")
    return re.compile(text)

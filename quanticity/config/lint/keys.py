"""Every key has one writer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from quanticity.config.effective import EffectiveEndpoint
from quanticity.config.lint.context import BoundKey, Checked, endpoint_path
from quanticity.config.schema.endpoint import ExpandFrom
from quanticity.config.schema.root import Aggregate
from quanticity.errors import Problem
from quanticity.model import bind, placeholders
from quanticity.model import output_key as default_output_key
from quanticity.spec import Path

# Stands for values that only a run will tell: two such keys may meet.
_SOME = "{}"
_MOST_BOUND = 20_000
# What decides which keys an endpoint writes.
_DECIDE = {"redis_key", "output_key", "transform", "transform_config", "symbols", "expand"}


def check_keys(config: Checked) -> Iterator[Problem]:
    """Two writers of one key, symbols listed twice, an output that lands on its own input."""
    writers: dict[str, tuple[str, Path]] = {}
    for endpoint in config.effective.endpoints():
        source = config.root.data_sources[endpoint.source]
        if not (source.enabled and endpoint.written.enabled):
            continue
        if not config.clear((endpoint.source, endpoint.name), _DECIDE):
            continue
        at = endpoint_path(endpoint.source, endpoint.name)
        yield from _twice(config, endpoint)
        if output_key(endpoint) == endpoint.endpoint.redis_key:
            said = "the transform's value would overwrite the vendor's bytes"
            yield config.error((*at, "redis_key"), said, "give output_key")
        told = set()
        for field, key in _keys(config, endpoint):
            mine = (endpoint.id, (*at, field))
            other = writers.setdefault(key, mine)
            if other[0] != endpoint.id and field not in told:
                told.add(field)
                yield _shared(config, key, mine[1], other)
    for name, aggregate in config.root.aggregates.items():
        path: Path = ("aggregates", name, "redis_key")
        pattern = aggregate.redis_key
        key = bind(pattern, dict.fromkeys(placeholders(pattern), _SOME))
        other = writers.setdefault(key, (f"aggregate {name}", path))
        if other[1] != path:
            yield _shared(config, key, path, other)


def _keys(config: Checked, endpoint: EffectiveEndpoint) -> tuple[BoundKey, ...]:
    """Every key that an endpoint writes, kept as long as the endpoint is the same."""
    place = (endpoint.source, endpoint.name)
    known = config.before.keys.get(place)
    if known is None or known[0] is not endpoint:
        found = [("redis_key", key) for key in bound(endpoint, endpoint.endpoint.redis_key)]
        output = output_key(endpoint)
        if output is not None and output != endpoint.endpoint.redis_key:
            field = "output_key" if endpoint.endpoint.output_key is not None else "transform"
            found += [(field, key) for key in bound(endpoint, output)]
        known = (endpoint, tuple(found))
    config.memo.keys[place] = known
    return known[1]


def output_key(endpoint: EffectiveEndpoint) -> str | None:
    """Where the transform's value goes, None where nothing is transformed."""
    settings = endpoint.endpoint
    if settings.output_key is not None:
        return settings.output_key
    if settings.transform is None and not settings.transform_config:
        return None
    return default_output_key(settings.redis_key)


def foreign_key(aggregate: Aggregate, name: str) -> str:
    """Where an aggregate reads a source that is no feed of the config, but a plugin's."""
    reading = aggregate.reads.get(name)
    if reading is not None and reading.key is not None:
        return reading.key
    source, _, feed = name.partition(".")
    return f"raw:{source}:{feed}:{{symbol}}"


def bound(endpoint: EffectiveEndpoint, pattern: str) -> Iterator[str]:
    """The keys that a pattern stands for; `{}` in place of values that only a run will tell."""
    lists: dict[str, tuple[str, ...]] = {}
    for name in placeholders(pattern):
        if name == "symbol" and endpoint.symbols:
            lists[name] = endpoint.symbols
            continue
        values = endpoint.endpoint.expand.get(name, (_SOME,))
        lists[name] = (
            (_SOME,) if isinstance(values, ExpandFrom) else tuple(str(value) for value in values)
        )
    for values in itertools.islice(itertools.product(*lists.values()), _MOST_BOUND):
        yield bind(pattern, dict(zip(lists, values, strict=True)))


def _twice(config: Checked, endpoint: EffectiveEndpoint) -> Iterator[Problem]:
    symbols = endpoint.symbols
    if len(set(symbols)) == len(symbols):
        return
    twice = next(symbol for symbol in symbols if symbols.count(symbol) > 1)
    at = endpoint_path(endpoint.source, endpoint.name, "symbols")
    if isinstance(endpoint.written.symbols, str):
        at = ("symbol_groups", endpoint.written.symbols)
    yield config.error(at, f"'{twice}' is listed twice")


def _shared(config: Checked, key: str, path: Path, other: tuple[str, Path]) -> Problem:
    file, line, _ = config.locate(other[1])
    shown = key.replace(_SOME, "*")
    said = f"the key '{shown}' is written by {other[0]} too ({file}:{line})"
    return config.error(path, said, "every feed needs a key of its own")

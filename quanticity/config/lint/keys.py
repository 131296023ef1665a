"""Every key has one writer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from quanticity.config.effective import EffectiveEndpoint
from quanticity.config.lint.context import Checked, KeysOf, Place, endpoint_path
from quanticity.config.schema.endpoint import ExpandFrom
from quanticity.config.schema.root import Aggregate
from quanticity.errors import Problem
from quanticity.model import bind, placeholders
from quanticity.model import output_key as default_output_key
from quanticity.spec import Path

# Stands for values that only a run will tell: two such keys may meet.
_SOME = "{}"
_MOST_BOUND = 20_000
_Writer = tuple[EffectiveEndpoint | str, str]  # an endpoint, or an aggregate's name; its field
# What decides which keys an endpoint writes.
_DECIDE = {"redis_key", "output_key", "transform", "transform_config", "symbols", "expand"}
_DECIDE |= {"timestamp_key"}


def check_keys(config: Checked) -> Iterator[Problem]:
    """Two writers of one key, symbols listed twice, an output that lands on its own input."""
    writers: dict[str, _Writer] = {}
    every = list(_of_all(config))
    for known in every:
        endpoint = known.endpoint
        if not known.is_sound:
            yield from _unsound(config, endpoint)
        told = set()
        for field, key in known.keys:
            mine = (endpoint, field)
            other = writers.setdefault(key, mine)
            if other[0] is not endpoint and field not in told:
                told.add(field)
                yield _shared(config, key, mine, other)
    for name, aggregate in config.root.aggregates.items():
        writer = (name, "redis_key")
        for key in _aggregated(config, aggregate):
            if (other := writers.setdefault(key, writer)) is not writer:
                yield _shared(config, key, writer, other)
                break
    for known in every:
        # Several feeds may keep one moment, the latest; none may write it over a value.
        met = next((key for key in known.moments if key in writers), None)
        if met is not None:
            yield _shared(config, met, (known.endpoint, "timestamp_key"), writers[met])


def _of_all(config: Checked) -> Iterator[KeysOf]:
    """The keys of every endpoint that may run, as far as what decides them could be read."""
    for source in config.effective.sources.values():
        if not source.source.enabled:
            continue
        for endpoint in source.endpoints.values():
            place = (source.name, endpoint.name)
            if endpoint.written.enabled and config.clear(place, _DECIDE):
                yield _keys(config, place, endpoint)


def _keys(config: Checked, place: Place, endpoint: EffectiveEndpoint) -> KeysOf:
    """Every key that an endpoint writes, kept as long as the endpoint is the same."""
    known = config.before.keys.get(place)
    if known is None or known.endpoint is not endpoint:
        vendors = endpoint.endpoint.redis_key
        found = [("redis_key", key) for key in bound(endpoint, vendors)]
        output = output_key(endpoint)
        if output is not None and output != vendors:
            field = "output_key" if endpoint.endpoint.output_key is not None else "transform"
            found += [(field, key) for key in bound(endpoint, output)]
        sound = output != vendors and len(set(endpoint.symbols)) == len(endpoint.symbols)
        of_moments = endpoint.endpoint.timestamp_key
        moments = tuple(bound(endpoint, of_moments)) if of_moments is not None else ()
        known = KeysOf(endpoint, tuple(found), sound, moments)
    config.memo.keys[place] = known
    return known


def _aggregated(config: Checked, aggregate: Aggregate) -> Iterator[str]:
    """The keys that an aggregate writes: for the values of its feeds, and for a plugin's any."""
    pattern = aggregate.redis_key
    yield bind(pattern, dict.fromkeys(placeholders(pattern), _SOME))
    for source in aggregate.sources:
        endpoint = config.effective.find(source)
        if endpoint is not None and config.clear((endpoint.source, endpoint.name), _DECIDE):
            yield from bound(endpoint, pattern)


def _unsound(config: Checked, endpoint: EffectiveEndpoint) -> Iterator[Problem]:
    yield from _twice(config, endpoint)
    if output_key(endpoint) == endpoint.endpoint.redis_key:
        at = endpoint_path(endpoint.source, endpoint.name, "redis_key")
        said = "the transform's value would overwrite the vendor's bytes"
        yield config.error(at, said, "give output_key")


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


def _shared(config: Checked, key: str, mine: _Writer, other: _Writer) -> Problem:
    file, line, _ = config.locate(_path(other))
    shown = key.replace(_SOME, "*")
    whose = other[0].id if isinstance(other[0], EffectiveEndpoint) else f"aggregate {other[0]}"
    said = f"the key '{shown}' is written by {whose} too ({file}:{line})"
    return config.error(_path(mine), said, "every feed needs a key of its own")


def _path(writer: _Writer) -> Path:
    """Where the config says that it writes the key."""
    owner, field = writer
    if isinstance(owner, EffectiveEndpoint):
        return endpoint_path(owner.source, owner.name, field)
    return ("aggregates", owner, field)

"""Names of keys: their grammar, what is put into them, and what nobody else may write."""

from __future__ import annotations

import math
from collections.abc import Iterator

from quanticity.config.lint.context import Checked, Place, endpoint_path
from quanticity.config.schema import Endpoint
from quanticity.config.schema.endpoint import ExpandFrom
from quanticity.errors import Problem
from quanticity.model import can_fill_parts, placeholders, problem_with
from quanticity.spec import Path

MOST_FEEDS = 100_000
"""Feeds of one endpoint: more is a slip, and would take all memory before anybody is told."""

_FIELDS = ("redis_key", "output_key", "timestamp_key")
NAME_KEYS = frozenset({*_FIELDS, "symbols", "expand"})
# What the program writes of itself; a feed's value there would be of another kind.
_OF_THE_PROGRAM = ("heartbeat", "module")
_KEYS_OF_THE_PROGRAM = ("analytics:alerts", "analytics:STATUS", "monitors:data")


def check_key_names(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """Keys that the store would refuse or mistake, and values that cannot stand in one."""
    named: set[str] = set()
    for field in _FIELDS:
        key = getattr(endpoint, field)
        if key is not None:
            named.update(placeholders(key))
            yield from _key(config, endpoint_path(*place, field), key)
    if "symbol" in named and isinstance(endpoint.symbols, tuple):
        yield from check_symbols(config, endpoint_path(*place, "symbols"), endpoint.symbols)
    for name, values in endpoint.expand.items():
        if name in named and not isinstance(values, ExpandFrom):
            for index, value in enumerate(values):
                at = endpoint_path(*place, "expand", name, index)
                yield from _value(config, at, str(value))
    yield from _count(config, place, endpoint)


def check_shared_names(config: Checked) -> Iterator[Problem]:
    """The same of symbol groups and aggregates."""
    for name, symbols in config.root.symbol_groups.items():
        yield from check_symbols(config, ("symbol_groups", name), symbols)
    for name, aggregate in config.root.aggregates.items():
        yield from _key(config, ("aggregates", name, "redis_key"), aggregate.redis_key)


def check_symbols(config: Checked, at: Path, symbols: tuple[str, ...]) -> Iterator[Problem]:
    """An error for each symbol that cannot be part of a key."""
    for index, symbol in enumerate(symbols):
        yield from _value(config, (*at, index), symbol)


def _key(config: Checked, at: Path, key: str) -> Iterator[Problem]:
    if slip := problem_with(key):
        said, _, hint = slip.partition("; ")
        yield config.error(at, f"'{key}' cannot be a key: {said}", hint)
    elif key.partition(":")[0] in _OF_THE_PROGRAM or key in _KEYS_OF_THE_PROGRAM:
        said = f"the key '{key}' is written by the program itself"
        yield config.error(at, said, "give another, such as raw:vendor:what")


def _value(config: Checked, at: Path, value: str) -> Iterator[Problem]:
    # A value may hold colons, `BINANCE:BTCUSDT`: they make parts of the key.
    if not can_fill_parts(value):
        hint = "use letters, digits, _ . - + @ ^ = / and colons between them"
        yield config.error(at, f"'{value}' cannot be part of a key", hint)


def _count(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    lists = [values for values in endpoint.expand.values() if not isinstance(values, ExpandFrom)]
    sizes = [len(values) for values in lists]
    if isinstance(endpoint.symbols, tuple) and endpoint.symbols:
        sizes.append(len(endpoint.symbols))
    feeds = math.prod(sizes)
    if feeds > MOST_FEEDS:
        said = f"this would be {feeds:,} feeds; an endpoint has at most {MOST_FEEDS:,}"
        yield config.error(endpoint_path(*place, "expand"), said, "give fewer values")

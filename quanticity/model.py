"""Frozen value types that everything above speaks in: keys and what is stored under them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

# `${NAME}` names a variable of the environment, and is none of ours.
_PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z_][A-Za-z0-9_]*)\}")
_KEY_TEXT = re.compile(r"^[^\s{}]+$")
_SEGMENT = re.compile(r"^(?:[A-Za-z0-9_.\-+@^=/]|\{[A-Za-z_][A-Za-z0-9_]*\})+$")
_LONGEST_KEY = 512
_OF_THE_STORE = ("changes", "slots", "state", "writer")


class Kind(StrEnum):
    """`latest`: one value, a newer one replaces it. `events`: a capped stream, nothing lost."""

    LATEST = "latest"
    EVENTS = "events"


class Priority(StrEnum):
    """The four groups that share a vendor's budget, highest first."""

    CRITICAL = "critical"
    IMPORTANT = "important"
    NICE_TO_HAVE = "nice_to_have"
    BACKGROUND = "background"

    @property
    def rank(self) -> int:
        """0 for critical, 3 for background."""
        return _RANKS[self]


_RANKS = {priority: rank for rank, priority in enumerate(Priority)}


@cache
def placeholders(pattern: str) -> tuple[str, ...]:
    """Names in braces, in order of first appearance: `a:{symbol}` gives `("symbol",)`."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(pattern)))


def bind(pattern: str, values: Mapping[str, str]) -> str:
    """Put `values` into the placeholders of `pattern`; a name without a value stays."""
    return _PLACEHOLDER.sub(lambda m: values.get(m.group(1), m.group(0)), pattern)


def problem_with(pattern: str) -> str:
    """What is wrong with a key name or pattern such as `raw:uw:spot_gex:{symbol}`; else ''.

    A name is made of segments joined by colons. A segment holds letters, digits,
    `_ . - + @ ^ = /` and placeholders in braces.
    """
    if not pattern:
        return "a key needs a name"
    if len(pattern.encode()) > _LONGEST_KEY:
        return f"a key's name is at most {_LONGEST_KEY} bytes long"
    segments = pattern.split(":")
    if segments[0] in _OF_THE_STORE:
        return f"keys that begin with '{segments[0]}' belong to the store itself"
    for segment in segments:
        if not segment:
            return "a key's name has no empty part between colons"
        if not _SEGMENT.match(segment):
            return (
                f"'{segment}' cannot stand in a key; "
                "use letters, digits, _ . - + @ ^ = / and {placeholders}"
            )
    return ""


def can_fill_key(value: str) -> bool:
    """Whether `value`, which a vendor chose, may stand in a key for a placeholder: as one part.

    Colons would make more parts of it, and the key perhaps another feed's.
    """
    return ":" not in value and can_fill_parts(value)


def can_fill_parts(value: str) -> bool:
    """The same of a value that the config says; colons in it make more parts."""
    return bool(value) and not placeholders(value) and not problem_with(f"raw:{value}")


def output_key(redis_key: str) -> str:
    """Where a transform's value goes unless told otherwise: `raw:` replaced by `feed:`."""
    if redis_key.startswith("raw:"):
        return "feed:" + redis_key.removeprefix("raw:")
    return "feed:" + redis_key


@dataclass(frozen=True, slots=True)
class Key:
    """A slot in the store, or a pattern of slots until its placeholders are bound.

    For a reader: `max_age` (seconds) is how old a value it will still use, None for any age;
    `view` is the type it reads the value as; without an `optional` value it runs all the same;
    `over` names the parameter that lists values for the one placeholder the binding does not
    give, and the input is then a mapping by those values.
    For a writer: `ttl` (seconds) is how long a value lives, `cap` the most events kept, `shape`
    a type that the value must have. A source may write one key for each of many values: `over`
    then names the parameter that lists those of the first placeholder the binding does not give,
    and any further ones stay open until it puts a value. A `plain` key is text without an
    envelope, as others who share the store expect of some names; only a source writes one.
    """

    name: str
    max_age: float | None = None
    kind: Kind = Kind.LATEST
    view: Any = None
    optional: bool = False
    over: str = ""
    ttl: float | None = None
    cap: int = 10_000
    shape: Any = None
    plain: bool = False

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names that must be bound before the key can be read or written."""
        return placeholders(self.name)

    def bind(self, **values: str) -> Key:
        """The key with its placeholders filled in."""
        return replace(self, name=bind(self.name, values))

    @property
    def is_bound(self) -> bool:
        """True where the name can be used as it is."""
        return _KEY_TEXT.match(self.name) is not None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a key holds, as a reader sees it.

    `timestamp` is when the data was true and `received` when it came, both epoch seconds;
    `seq` is the id of the write in the stream `changes`; `hash` is the hex xxh3-64 of the
    bytes of `data`; `inputs` are the seqs of the values a derived value was made from.
    """

    timestamp: float
    received: float
    source: str
    seq: str
    hash: str
    data: Any
    inputs: Mapping[str, str] = field(default_factory=dict)

    def age(self, now: float) -> float:
        """Seconds since the data was true, seen from epoch second `now`."""
        return max(0.0, now - self.timestamp)


class Write(NamedTuple):
    """One value on its way into the store. `data` is JSON text in UTF-8, stored as it is.

    `ttl` is in seconds and always positive: every key expires. For `events`, `data` is one
    event and `cap` the most events kept. `once` is an event that nobody can bring again: however
    long the server is away, it is not given up for room.
    """

    key: str
    data: bytes
    source: str
    timestamp: float
    received: float
    ttl: float
    kind: Kind = Kind.LATEST
    inputs: Mapping[str, str] | None = None
    cap: int = 10_000
    once: bool = False

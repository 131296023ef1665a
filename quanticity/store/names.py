"""Names of keys: their grammar, and those that the store itself uses."""

from __future__ import annotations

import re

CHANGES = "changes"

_SEGMENT = re.compile(r"^(?:[A-Za-z0-9_.\-+@^=/]|\{[A-Za-z_][A-Za-z0-9_]*\})+$")
_LONGEST = 512
_OWN = ("changes", "slots", "state", "writer")


def problem_with(pattern: str) -> str:
    """What is wrong with a key name or pattern such as `raw:uw:spot_gex:{symbol}`; else ''.

    A name is made of segments joined by colons. A segment holds letters, digits,
    `_ . - + @ ^ = /` and placeholders in braces.
    """
    if not pattern:
        return "a key needs a name"
    if len(pattern.encode()) > _LONGEST:
        return f"a key's name is at most {_LONGEST} bytes long"
    segments = pattern.split(":")
    if segments[0] in _OWN:
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


def output_key(redis_key: str) -> str:
    """Where a transform's value goes unless told otherwise: `raw:` replaced by `feed:`."""
    if redis_key.startswith("raw:"):
        return "feed:" + redis_key.removeprefix("raw:")
    return "feed:" + redis_key


def timestamp_key(feed: str) -> str:
    """The plain key that tells the epoch of a feed's last write: `av:options:timestamp`."""
    return f"{feed}:timestamp"


def heartbeat_key(source: str) -> str:
    """The plain key that tells the epoch of a source's last answer: `heartbeat:uw`."""
    return f"heartbeat:{source}"


def state_key(name: str) -> str:
    """Where the state of a transform or component is saved."""
    return f"state:{name}"


def writer_mark(writer: str) -> str:
    """Where a writer leaves the number of its last batch with events."""
    return f"writer:{writer}"


def slots_key(budget: str) -> str:
    """Where the slots of a budget are kept; more keys follow below this name."""
    return f"slots:{budget}"

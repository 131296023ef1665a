"""Names of keys that the store and its users agree on; `model` has their grammar."""

from __future__ import annotations

from quanticity.model import output_key, problem_with

__all__ = [
    "CHANGES",
    "heartbeat_key",
    "output_key",
    "problem_with",
    "short_name",
    "slots_key",
    "state_key",
    "timestamp_key",
    "writer_mark",
]

CHANGES = "changes"


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


def short_name(redis_key: str, source: str) -> str:
    """How keys call the source: `uw` in `raw:uw:spot_gex:{symbol}`."""
    parts = redis_key.split(":")
    return parts[1] if len(parts) > 2 and parts[0] == "raw" and "{" not in parts[1] else source

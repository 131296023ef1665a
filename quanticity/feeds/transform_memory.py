"""What a feed's transform remembers, as the store holds it: one text for each set of values."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from quanticity.heap import exact
from quanticity.logs import logger


def part_of(values: Mapping[str, str]) -> str:
    """The name of a set of values: a feed that expands runs for each, and each remembers its own.

    It is empty where a feed has no values.
    """
    return "|".join(f"{item}={values[item]}" for item in sorted(values))


def parts_of(feed: str, saved: bytes) -> dict[str, bytes]:
    """What was saved, by part; nothing, and a line that says so, where it cannot be read."""
    try:
        whole = orjson.loads(saved)
        return {part: exact(orjson.dumps(memory)) for part, memory in whole.items()}
    except (orjson.JSONDecodeError, AttributeError):
        logger.warning("{}: its saved state cannot be read and is given up", feed)
        return {}


def state_name(feed: str) -> str:
    """Under which name the store keeps it."""
    return f"transform:{feed}"

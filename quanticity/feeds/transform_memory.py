"""What a feed's transform remembers, as the store holds it: one text for each set of values."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import orjson

from quanticity.heap import exact
from quanticity.logs import logger


def part_of(values: Mapping[str, str]) -> str:
    """The name of a set of values: a feed that expands runs for each, and each remembers its own.

    It is empty where a feed has no values.
    """
    return "|".join(f"{item}={values[item]}" for item in sorted(values))


class Memories:
    """What transforms remember, by feed and part, each the JSON text that the store holds."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, bytes]] = {}

    def of(self, feed: str, part: str) -> bytes | None:
        """What a part of a feed remembers."""
        return self._held.get(feed, {}).get(part)

    def take_up(self, feed: str, saved: bytes | None) -> None:
        """Go on with what was saved, where nothing is remembered since."""
        if saved is not None and feed not in self._held:
            self._held[feed] = parts_of(feed, saved)

    def put(self, feed: str, part: str, memory: bytes | None) -> bytes | None:
        """A run left this; the text to save where that changes what the feed remembers."""
        parts = self._held.setdefault(feed, {})
        before = parts.pop(part, None)
        left = before if memory is None else memory
        if left is not None:
            parts[part] = left  # behind all that changed before it
        if left == before:
            return None
        return orjson.dumps({name: orjson.Fragment(text) for name, text in parts.items()})

    def keep(self, feed: str, wanted: Collection[str]) -> None:
        """A feed goes on with these parts; of others the latest stay, as many again.

        Values that it takes from another feed come and go, and some return. Each expiry that ever
        was would be remembered for ever.
        """
        parts = self._held.get(feed, {})
        others = [part for part in parts if part not in wanted]
        for part in others[: max(0, len(others) - len(wanted))]:
            del parts[part]

    def forget(self, feed: str) -> None:
        """A feed is gone."""
        self._held.pop(feed, None)


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

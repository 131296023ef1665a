"""Feeds that others wait for, and whether what they brought is still fresh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Known(Protocol):
    """What the book asks of a feed."""

    @property
    def endpoint_id(self) -> str:
        """`source.endpoint`."""
        ...

    @property
    def values(self) -> Mapping[str, str]:
        """Its placeholders: `{"symbol": "SPY"}`."""
        ...

    def age(self, now: float) -> float | None:
        """Seconds since its last value came; None where none has."""
        ...

    def limit(self, now: float) -> float:
        """Seconds after which its value is stale, stretched with the session's cadence."""
        ...


class Book:
    """All feeds of a process by endpoint, so that one can ask about another."""

    def __init__(self) -> None:
        self._feeds: dict[str, list[Known]] = {}

    def enter(self, feed: Known) -> None:
        """A feed exists from now on."""
        self._feeds.setdefault(feed.endpoint_id, []).append(feed)

    def leave(self, feed: Known) -> None:
        """A feed is gone."""
        feeds = self._feeds.get(feed.endpoint_id, [])
        if feed in feeds:
            feeds.remove(feed)

    def lacking(self, endpoint_id: str, values: Mapping[str, str], now: float) -> str | None:
        """Why what `endpoint_id` brings cannot be counted on now; None where it can.

        Looked at are its feeds that agree with `values` where both have a name: for SPY the
        one of SPY, or the only one where it has no symbol.
        """
        name = endpoint_id.partition(".")[2]
        feeds = [feed for feed in self._feeds.get(endpoint_id, ()) if _agree(feed.values, values)]
        if not feeds:
            return f"waits for {name}, which does not run for {' '.join(values.values()) or 'it'}"
        for feed in feeds:
            age = feed.age(now)
            if age is None:
                return f"waits for the first value of {name}"
            if age > feed.limit(now):
                return f"waits for {name}, whose value is {age:.0f} s old"
        return None


def _agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(other.get(name, value) == value for name, value in one.items())

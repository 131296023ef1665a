"""How old a reader lets a value be: its own limit, stretched with the cadence of the feeds behind.

A feed polled every 300 s before the open is not stale at 90 s, and neither is what was computed
from it: a derived value's timestamp is that of its oldest input, so it ages as that input does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from quanticity.clock import Calendar
from quanticity.config.loaded import Loaded
from quanticity.model import Priority
from quanticity.pace.rules import rules_of
from quanticity.pace.staleness import Staleness
from quanticity.runtime.binding import Binding
from quanticity.runtime.patterns import Patterns
from quanticity.store.names import output_key


class Ages(Protocol):
    """Limits of age by key."""

    def limit(self, key: str, max_age: float, now: float) -> float:
        """Seconds that the value of `key` may be old at epoch second `now`."""
        ...


class PlainAges:
    """The reader's own limit, in every session."""

    def limit(self, key: str, max_age: float, now: float) -> float:
        """Just `max_age`."""
        return max_age


@dataclass(frozen=True, slots=True)
class Cadence:
    """How a feed is polled: its group, seconds between two polls, times of day, or pushed."""

    group: Priority
    interval: float | None
    at: tuple[str, ...] = ()
    pushed: bool = False


class FeedAges:
    """Limits under one config: keys of feeds, and what the bindings make of them."""

    def __init__(
        self,
        staleness: Staleness,
        feeds: Patterns[Cadence],
        bindings: Iterable[Binding] = (),
    ) -> None:
        self._staleness = staleness
        self._feeds = feeds
        self._inputs: Mapping[str, tuple[str, ...]] = {
            write.key: binding.latest for binding in bindings for write in binding.writes.values()
        }
        self._roots: dict[str, tuple[Cadence, ...]] = {}

    def limit(self, key: str, max_age: float, now: float) -> float:
        """The widest of what the cadences behind the key ask for."""
        limits = (self._one(cadence, max_age, now) for cadence in self._behind(key))
        return max(max_age, *limits, max_age)

    def _one(self, cadence: Cadence, max_age: float, now: float) -> float:
        if cadence.pushed:
            return self._staleness.limit_pushed(max_age, now)
        if cadence.at:
            return self._staleness.limit_at(max_age, cadence.at, now)
        return self._staleness.limit(max_age, cadence.group, cadence.interval, now)

    def _behind(self, key: str) -> tuple[Cadence, ...]:
        known = self._roots.get(key)
        if known is None:
            found: dict[Cadence, None] = {}
            self._collect(key, found, set())
            known = self._roots[key] = tuple(found)
        return known

    def _collect(self, key: str, found: dict[Cadence, None], seen: set[str]) -> None:
        if key in seen:
            return
        seen.add(key)
        cadence = self._feeds.find(key)
        if cadence is not None:
            found[cadence] = None
        for name in self._inputs.get(key, ()):
            self._collect(name, found, seen)


def feed_ages(loaded: Loaded, calendar: Calendar, bindings: Iterable[Binding]) -> FeedAges:
    """The limits of one config."""
    feeds: Patterns[Cadence] = Patterns()
    for one in loaded.effective.running():
        spec = one.endpoint
        cadence = Cadence(
            one.group,
            spec.interval_seconds,
            tuple(spec.at),
            pushed=spec.transport == "websocket",
        )
        feeds.add(spec.redis_key, cadence)
        feeds.add(spec.output_key or output_key(spec.redis_key), cadence)
    return FeedAges(Staleness(rules_of(loaded.root), calendar), feeds, bindings)

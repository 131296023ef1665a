"""Alerts: what went wrong with data, in the store, for whoever was not looking when it did."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from quanticity.clock import Clock
from quanticity.feeds.ports import Drift, Observer
from quanticity.logs import redact
from quanticity.model import Kind, Write
from quanticity.store.ports import Store

ALERTS_KEY = "monitors:data"
_CAP = 5000
_LIFE = 7 * 86_400.0


class Alerts:
    """An observer that writes each trouble as one event at `monitors:data`, and passes all on.

    `data` of an event: `kind` (`drift`, `failed`, `recovered`, `gap` or `failover`), `feed`,
    `message`; for a drift also `path`; for a gap `since` and `until` (epoch seconds) and the
    `feeds` that have missed something. Each trouble is told once, and again only when its
    reason changes.
    """

    def __init__(self, store: Store, clock: Clock, further: Observer) -> None:
        self._store = store
        self._clock = clock
        self._further = further
        # Every value passes here: no step more than it needs.
        self.fetched = further.fetched

    def failed(self, feed: str, message: str) -> None:
        """See `Observer`."""
        self._write(feed, "failed", message)
        self._further.failed(feed, message)

    def recovered(self, feed: str) -> None:
        """See `Observer`."""
        self._write(feed, "recovered", "values flow again")
        self._further.recovered(feed)

    def drifted(self, drift: Drift) -> None:
        """See `Observer`."""
        self._write(drift.feed, "drift", drift.message, path=drift.path)
        self._further.drifted(drift)

    def missed(self, name: str, feeds: Sequence[str], since: float, until: float) -> None:
        """See `Observer`."""
        said = f"nothing came for {until - since:.1f} s, and the vendor does not replay it"
        self._write(name, "gap", said, feeds=list(feeds), since=since, until=until)
        self._further.missed(name, feeds, since, until)

    def switched(self, name: str, message: str, *, back: bool) -> None:
        """See `Observer`."""
        self._write(name, "failover", message)
        self._further.switched(name, message, back=back)

    def _write(self, feed: str, kind: str, message: str, **more: object) -> None:
        now = self._clock.now()
        told = {"kind": kind, "feed": redact(feed), "message": redact(message), **more}
        source = f"alerts.{kind}"
        self._store.put(
            Write(ALERTS_KEY, orjson.dumps(told), source, now, now, _LIFE, Kind.EVENTS, None, _CAP)
        )

"""Payload contracts: what a vendor's body promises to look like, and the alert when it changes.

A contract is a JSON Schema below `config/contracts/`. Every body gets a quick look at its
envelope and at no more than 20 of its rows, on the loop. A feed's first body, the first after its
contract changed, and one an hour are looked at whole, in a thread. What does not fit is a
`Drift`: told once, counted, shown until it is gone. The value is stored all the same.

jsonschema has the last word on every no, and is the one to explain it. That the quick look says
no whenever jsonschema would is proved by a property test.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from quanticity.clock import Clock
from quanticity.feeds.contract_schema import Contract, Finding
from quanticity.feeds.ports import QUIET, Drift, Observer
from quanticity.feeds.shape import spread
from quanticity.logs import logger

SAMPLED_ROWS = 20
FULL_EVERY = 3600.0
EXPLAIN_EVERY = 60.0
CLEAN_BODIES = 20
_WAITING_BYTES = 64_000_000
_NONE = ("", "none")

_What = tuple[str, str]


@dataclass(slots=True)
class ContractCounts:
    """How often what happened, since the start. `drifts` are those that were new when found."""

    sampled: int = 0
    full: int = 0
    postponed: int = 0
    drifts: int = 0
    bodies_adrift: int = 0


@dataclass(slots=True)
class _Watched:
    """What is known of one feed."""

    contract: Contract
    full_due: float
    digest: str = ""
    explained_at: float = float("-inf")
    adrift_at: float = float("-inf")
    clean: int = 0
    sampled: dict[_What, Drift] = field(default_factory=dict)
    full: dict[_What, Drift] = field(default_factory=dict)


class ContractChecker:
    """Looks at bodies, remembers how each feed drifts, and tells what is new.

    `contracts` are by the names that YAML gives. Drifts that a look at the whole body finds go
    to `observer`; those that the quick look finds are returned by `observe`.
    """

    def __init__(
        self,
        clock: Clock,
        contracts: Mapping[str, Contract],
        *,
        observer: Observer = QUIET,
        rows: int = SAMPLED_ROWS,
        full_every: float = FULL_EVERY,
    ) -> None:
        self.counts = ContractCounts()
        self._clock = clock
        self._contracts = dict(contracts)
        self._observer = observer
        self._rows = rows
        self._full_every = full_every
        self._watched: dict[str, _Watched] = {}
        self._told: dict[tuple[str, str, str], int] = {}
        self._unknown: set[str] = set()
        self._waiting: OrderedDict[str, bytes] = OrderedDict()
        self._waiting_bytes = 0
        self._worker: asyncio.Task[None] | None = None

    def observe(
        self, feed: str, contract: str, payload: Any, *, body: bytes, digest: str, now: float
    ) -> Sequence[Drift]:
        """Look at one body; returns the drifts that are new. Never raises for what it holds.

        A body that is the same as the last one (by `digest`) was looked at already.
        """
        if contract in _NONE:
            return ()
        watched = self._watched.get(feed)
        known = self._contracts.get(contract)
        if known is None:
            return self._without(feed, contract)
        if watched is None or watched.contract is not known:
            watched = self._watch(feed, known, now)
        if self._is_due(watched, now):
            self._queue(feed, watched, body, now)
        elif digest == watched.digest:
            return ()
        watched.digest = digest
        self.counts.sampled += 1
        if known.fits(payload, self._rows):
            watched.clean += 1
            # A feed of several calls sends clean bodies between those that are adrift.
            if watched.sampled and (
                watched.clean >= CLEAN_BODIES or not 0 <= now - watched.adrift_at < self._full_every
            ):
                self._settle(feed, watched, "sampled", _by_what(feed, known.given_up(), now))
            return ()
        return self._adrift(feed, watched, payload, now)

    def knows(self, feed: str, contract: str, digest: str, now: float) -> bool:
        """Whether `observe` would have nothing to do with the body of this digest."""
        watched = self._watched.get(feed)
        return (
            watched is not None
            and watched.contract is self._contracts.get(contract)
            and watched.digest == digest
            and not self._is_due(watched, now)
        )

    def replace(self, contracts: Mapping[str, Contract]) -> None:
        """Go on with these contracts. Feeds of a changed one start anew: full check and all."""
        kept = {
            name: self._contracts[name]
            if name in self._contracts and self._contracts[name].digest == contract.digest
            else contract
            for name, contract in contracts.items()
        }
        self._contracts = kept
        self._unknown.clear()

    def forget(self, feed: str) -> None:
        """A feed is gone, and its drifts with it."""
        watched = self._watched.pop(feed, None)
        if watched is not None:
            self._settle(feed, watched, "sampled", {}, quiet=True)
            self._settle(feed, watched, "full", {}, quiet=True)
        self._waiting_bytes -= len(self._waiting.pop(feed, b""))

    def drifts(self, feed: str | None = None) -> tuple[Drift, ...]:
        """All drifts that stand now, or those of one feed, oldest first."""
        if feed is None:
            watched = list(self._watched.values())
        else:
            watched = [self._watched[feed]] if feed in self._watched else []
        found = {
            (drift.feed, *what): drift
            for each in watched
            for what, drift in (each.full | each.sampled).items()
        }
        return tuple(sorted(found.values(), key=lambda drift: drift.first_seen))

    async def settle(self) -> None:
        """Wait until every full check that is under way or waiting is done."""
        while self._worker is not None:
            await asyncio.shield(self._worker)

    async def close(self) -> None:
        """Give up full checks that wait; one that runs is finished."""
        self._waiting.clear()
        self._waiting_bytes = 0
        await self.settle()

    def _is_due(self, watched: _Watched, now: float) -> bool:
        # Further away than it was ever set: the clock was set back since.
        return not 0 < watched.full_due - now <= self._full_every

    def _watch(self, feed: str, contract: Contract, now: float) -> _Watched:
        if feed in self._watched:
            self.forget(feed)
        watched = self._watched[feed] = _Watched(contract, full_due=now)
        return watched

    def _without(self, feed: str, contract: str) -> Sequence[Drift]:
        if contract not in self._unknown:
            self._unknown.add(contract)
            logger.warning("{}: there is no contract '{}'; bodies go unchecked", feed, contract)
        return ()

    def _adrift(self, feed: str, watched: _Watched, payload: Any, now: float) -> Sequence[Drift]:
        self.counts.bodies_adrift += 1
        # Explaining costs a hundred times the look itself: a feed that stays adrift is asked
        # why only now and then.
        watched.clean, watched.adrift_at = 0, now
        if watched.sampled and 0 <= now - watched.explained_at < EXPLAIN_EVERY:
            return ()
        watched.explained_at = now
        found = watched.contract.explain(prune(payload, self._rows), self._rows)
        if found:
            return self._settle(feed, watched, "sampled", _by_what(feed, found, now))
        # The rows that were looked at and those that explained differ: look at all of them.
        watched.full_due = min(watched.full_due, now)
        return ()

    def _settle(
        self,
        feed: str,
        watched: _Watched,
        which: str,
        found: dict[_What, tuple[Drift, str]],
        *,
        quiet: bool = False,
    ) -> Sequence[Drift]:
        """Take `found` for what stands now; returns and logs what is new."""
        before: dict[_What, Drift] = getattr(watched, which)
        other = watched.full if which == "sampled" else watched.sampled
        after = {what: before.get(what, drift) for what, (drift, _) in found.items()}
        setattr(watched, which, after)
        name = watched.contract.name
        new = [what for what in after if what not in before and what not in other]
        for what in new:
            self._told[name, *what] = self._told.get((name, *what), 0) + 1
            self.counts.drifts += 1
            level = "WARNING" if self._told[name, *what] == 1 else "DEBUG"
            logger.log(level, "{} [{}]{}", after[what], name, found[what][1])
        for what, drift in before.items():
            if what in after or what in other:
                continue
            left = self._told.pop((name, *what)) - 1
            if left:
                self._told[name, *what] = left
            elif not quiet:
                logger.info("{}: no longer so [{}]", drift, name)
        return [after[what] for what in new]

    def _queue(self, feed: str, watched: _Watched, body: bytes, now: float) -> None:
        waiting = self._waiting_bytes - len(self._waiting.get(feed, b"")) + len(body)
        if self._waiting and waiting > _WAITING_BYTES:
            # It stays due: the next body asks again.
            self.counts.postponed += 1
            return
        self._waiting[feed] = body
        self._waiting_bytes = waiting
        watched.full_due = now + self._full_every
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting:
                feed, body = self._waiting.popitem(last=False)
                self._waiting_bytes -= len(body)
                watched = self._watched.get(feed)
                if watched is None:
                    continue
                found = await asyncio.to_thread(_look_whole, watched.contract, body)
                self.counts.full += 1
                if self._watched.get(feed) is not watched:
                    continue
                now = self._clock.now()
                for drift in self._settle(feed, watched, "full", _by_what(feed, found, now)):
                    self._observer.drifted(drift)
        finally:
            self._worker = None


def _look_whole(contract: Contract, body: bytes) -> list[Finding]:
    payload = orjson.loads(body)
    return contract.given_up() if contract.fits(payload, None) else contract.explain(payload)


def _by_what(feed: str, found: Sequence[Finding], now: float) -> dict[_What, tuple[Drift, str]]:
    return {
        (finding.path, finding.message): (
            Drift(feed, finding.path, finding.message, now),
            finding.example,
        )
        for finding in found
    }


def prune(value: Any, rows: int) -> Any:
    """`value` with no more than `rows` elements of any array: those that a quick look sees."""
    if isinstance(value, list):
        kept = spread(len(value), rows)
        inside = max(1, rows // max(1, len(kept)))
        return [prune(value[index], inside) for index in kept]
    if isinstance(value, dict):
        return {name: prune(item, rows) for name, item in value.items()}
    return value

"""All aggregates of a config, told of every change in the store that concerns them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quanticity.background import started
from quanticity.clock import Clock
from quanticity.config.effective import Effective
from quanticity.config.lint.keys import foreign_key, output_key
from quanticity.config.schema.root import Aggregate
from quanticity.feeds.aggregate import Aggregator, Input
from quanticity.feeds.expand import bindings
from quanticity.feeds.failover import FailoverAggregator
from quanticity.feeds.filling import FillAggregator
from quanticity.feeds.ports import QUIET, Observer
from quanticity.feeds.tempo import Tempo
from quanticity.model import placeholders
from quanticity.store.ports import Store


def inputs_of(spec: Aggregate, effective: Effective) -> tuple[Input, ...]:
    """Where the sources of an aggregate are read: a transform's value where a feed has one.

    A source that is no feed of the config (`ibkr.trades`, which a plugin writes) is read at the
    key that `reads` gives, else where its kind writes by custom: `raw:ibkr:trades:{symbol}`.
    """
    inputs = []
    for name in spec.sources:
        found = effective.find(name)
        if found is None:
            inputs.append(Input(name, foreign_key(spec, name)))
            continue
        endpoint = found.endpoint
        key = endpoint.redis_key
        key = output_key(found) or key
        inputs.append(Input(found.id, key, endpoint.kind))
    return tuple(inputs)


def _members(
    spec: Aggregate, inputs: Sequence[Input], effective: Effective
) -> Sequence[Mapping[str, str]] | None:
    """The sets of values that its feeds bring up; None where a plugin or an answer says which."""
    names, found = placeholders(spec.redis_key), list[Mapping[str, str]]()
    for each in inputs:
        if not set(names) <= set(placeholders(each.key)):
            # A feed of all symbols in one brings up none.
            continue
        given = effective.find(each.name)
        sets = bindings(given.endpoint) if given is not None else [{}]
        if not all(name in values for values in sets for name in names):
            return None
        found += sets
    return found


def _brought_up(given: Input, effective: Effective) -> Sequence[Mapping[str, str]]:
    """The sets of values that the config names for an input; none for one that is no feed."""
    found = effective.find(given.name)
    return bindings(found.endpoint) if found is not None else ()


class Aggregates:
    """Keeps an `Aggregator` for each aggregate of the config, and follows the store for them."""

    def __init__(self, store: Store, clock: Clock, observer: Observer = QUIET) -> None:
        self._store = store
        self._clock = clock
        self._observer = observer
        self._running: dict[str, Aggregator] = {}
        self._marks: dict[str, tuple[Aggregate, tuple[Input, ...]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._follower: asyncio.Task[None] | None = None

    @property
    def running(self) -> Mapping[str, Aggregator]:
        """The aggregates at work, by name."""
        return self._running

    def update(self, wanted: Mapping[str, Aggregate], effective: Effective) -> None:
        """Keep exactly these from now on; what did not change goes on undisturbed."""
        for name in set(self._running) - set(wanted):
            self._stop(name)
        for name, spec in wanted.items():
            mark = (spec, inputs_of(spec, effective))
            named = [values for each in mark[1] for values in _brought_up(each, effective)]
            if self._marks.get(name) == mark:
                self._running[name].expect(named)
                members = _members(spec, mark[1], effective)
                if members is not None:
                    self._running[name].keep(members)
                continue
            before = self._running.get(name)
            if before is not None:
                self._stop(name)
            aggregator = self._made(name, spec, mark[1], effective)
            aggregator.expect(named)
            if spec.method != "failover":
                for values in named:
                    aggregator.look(values)
            if isinstance(before, FailoverAggregator) and isinstance(
                aggregator, FailoverAggregator
            ):
                aggregator.follow(before)
            self._running[name], self._marks[name] = aggregator, mark
            self._tasks[name] = started(aggregator.run(), f"aggregate {name}")
        if self._running and self._follower is None:
            self._follower = started(self._follow(), "aggregates")

    def tempos(self) -> Mapping[str, tuple[Tempo, ...]]:
        """Who wants to know how long an endpoint takes, by `source.endpoint`."""
        found: dict[str, tuple[Tempo, ...]] = {}
        for each in self._failovers():
            for name, tempo in each.tempos.items():
                found[name] = (*found.get(name, ()), tempo)
        return found

    def failovers(self) -> Sequence[Mapping[str, Any]]:
        """Which source of each failover is primary, as `status` shows it."""
        return [each.state() for each in self._failovers()]

    def states(self) -> Sequence[Mapping[str, Any]]:
        """How each aggregate fares, as `status` and `get` tell it."""
        return [
            {
                "name": name,
                "key": each.spec.redis_key,
                "method": each.spec.method,
                "merges": each.stats.merges,
                "written": each.stats.written,
                "troubles": each.troubles(),
            }
            for name, each in self._running.items()
        ]

    def _failovers(self) -> Iterator[FailoverAggregator]:
        return (each for each in self._running.values() if isinstance(each, FailoverAggregator))

    def _made(
        self, name: str, spec: Aggregate, inputs: tuple[Input, ...], effective: Effective
    ) -> Aggregator:
        if spec.method == "fill" and spec.fill is not None:
            return FillAggregator(name, spec, spec.fill, inputs, self._store, self._clock)
        if spec.method != "failover":
            return Aggregator(name, spec, inputs, self._store, self._clock)
        polled = frozenset(
            each.id for each in effective.running() if each.endpoint.transport == "http"
        )
        return FailoverAggregator(
            name, spec, inputs, self._store, self._clock, polled=polled, observer=self._observer
        )

    async def close(self) -> None:
        """Stop all."""
        tasks = list(self._tasks.values())
        for name in list(self._running):
            self._stop(name)
        if self._follower is not None:
            self._follower.cancel()
            tasks.append(self._follower)
            self._follower = None
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stop(self, name: str) -> None:
        del self._running[name], self._marks[name]
        self._tasks.pop(name).cancel()

    async def _follow(self) -> None:
        async for _, key in self._store.changes():
            for aggregator in self._running.values():
                aggregator.changed(key)

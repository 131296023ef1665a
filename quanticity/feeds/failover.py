"""Failover: a key that holds what the first source in order gives that is not too slow.

Where sources differ in shape, `reads` of the config says how each is read: see `reading`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import orjson

from quanticity.clock import Clock
from quanticity.config.schema.root import Aggregate
from quanticity.feeds.aggregate import Aggregator, Input
from quanticity.feeds.ports import QUIET, Observer
from quanticity.feeds.reading import Readings
from quanticity.feeds.tempo import Tempo
from quanticity.heap import exact
from quanticity.model import Envelope, Write, bind
from quanticity.store.ports import Store


class FailoverAggregator(Aggregator):
    """An aggregate with `method: failover`, at work.

    Its sources go on being polled, all of them: the first so that it is seen when it is quick
    again, the others so that a switch finds a value that is there already. `tempos` are told how
    long each polled source takes, by `source.endpoint`; what a plugin brings has none.
    """

    def __init__(
        self,
        name: str,
        spec: Aggregate,
        inputs: Sequence[Input],
        store: Store,
        clock: Clock,
        *,
        polled: frozenset[str] = frozenset(),
        observer: Observer = QUIET,
    ) -> None:
        super().__init__(name, spec, inputs, store, clock)
        self._observer = observer
        self._readings = Readings(spec)
        self._heard: set[str] = set()
        self._lacks: dict[str, str] = {}
        self._active = 0
        self._since: float | None = None
        self._in_vain = False
        self._written: dict[str, str] = {}
        self.tempos: Mapping[str, Tempo] = {
            each.name: Tempo(spec.failover, self._turned) for each in inputs if each.name in polled
        }

    def follow(self, earlier: FailoverAggregator) -> None:
        """Go on where the one before an edit stands: who was slow is slow still."""
        for name, tempo in self.tempos.items():
            if name in earlier.tempos:
                tempo.follow(earlier.tempos[name])
        names = [each.name for each in self._inputs]
        if earlier.active in names:
            self._active, self._since = names.index(earlier.active), earlier._since

    @property
    def active(self) -> str:
        """The source that is primary now."""
        return self._inputs[self._active].name

    def state(self) -> Mapping[str, Any]:
        """How it stands, as `status` shows it."""
        return {
            "name": self.name,
            "key": self.spec.redis_key,
            "primary": self._inputs[0].name,
            "active": self.active,
            "since": self._since,
            "sources": [self._source(each.name) for each in self._inputs],
        }

    def _source(self, name: str) -> Mapping[str, Any]:
        tempo = self.tempos.get(name)
        p95 = tempo.p95 if tempo is not None else None
        return {
            "source": name,
            "p95": p95 if p95 is not None and isfinite(p95) else None,
            "slow": tempo is not None and tempo.slow,
            "lacks": self._lacks.get(name, "" if name in self._heard else "no value yet"),
        }

    def heard(self, name: str) -> None:
        """See `Aggregator`. What was wrong with its value before may be so no more."""
        self._heard.add(name)
        self._lacks.pop(name, None)

    async def merge(self, values: Mapping[str, str]) -> bool:
        """Write the primary's value, or that of the next in order where the primary has none."""
        await self._elect()
        first = self._inputs[self._active]
        for each in (first, *(other for other in self._inputs if other is not first)):
            envelope = await self._value(each, values)
            if envelope is not None:
                self._hand_on(each, envelope, values)
                return True
        return False

    async def _value(self, given: Input, values: Mapping[str, str]) -> Envelope | None:
        """The value of a source that counts; None where it has none such."""
        envelopes = await self._read(given, values)
        if not envelopes:
            return None
        envelope = envelopes[-1]
        self._heard.add(given.name)
        lacks = self._readings.lacks(given.name, envelope.data, envelope.age(self._clock.now()))
        if lacks:
            self._lacks[given.name] = lacks
            return None
        self._lacks.pop(given.name, None)
        return envelope

    def _hand_on(self, given: Input, envelope: Envelope, values: Mapping[str, str]) -> None:
        key = bind(self.spec.redis_key, values)
        if self._written.get(key) == envelope.seq:
            return  # another source was heard of, that is not the primary
        self._written[key] = envelope.seq
        named = {name: values[name] for name in self._names}
        self._store.put(
            Write(
                key,
                exact(orjson.dumps(self._readings.shaped(given.name, envelope.data, named))),
                f"aggregate.{self.name}",
                envelope.timestamp,
                envelope.received,
                self.spec.ttl_seconds,
                inputs={given.name: envelope.seq},
            )
        )
        self.stats.merges += 1
        self.stats.written = self._clock.now()

    def _turned(self) -> None:
        """A source became slow, or quick again: every symbol is looked at anew."""
        self._in_vain = False
        for values in list(self._known.values()):
            self._mark(values)

    async def _elect(self) -> None:
        names = [each.name for each in self._inputs]
        tempos = [self.tempos.get(name) for name in names]
        quick = [number for number, tempo in enumerate(tempos) if tempo is None or not tempo.slow]
        for number in quick or [0]:
            if number == self._active:
                return
            if await self._has_a_value(self._inputs[number]):
                before, self._active = self._active, number
                self._since = self._clock.now()
                self._tell(names[before], names[number], back=number < before)
                return
        if not self._in_vain:
            self._in_vain = True
            others = [self._source(name) for name in names if name != names[self._active]]
            why = ", ".join(
                f"{each['source']}: {each['lacks']}" for each in others if each["lacks"]
            )
            none = f"no other source has a value ({why})" if why else "no other source has a value"
            told = f"{self._slow(names[self._active])}; {none}: it goes on"
            self._observer.switched(f"aggregate {self.name}", told, back=False)

    async def _has_a_value(self, given: Input) -> bool:
        for values in list(self._known.values()):
            if await self._value(given, values) is not None:
                return True
        return False

    def _tell(self, before: str, after: str, *, back: bool) -> None:
        tempo = self.tempos.get(after)
        if not back:
            told = f"{self._slow(before)}; {after} is primary now"
        elif tempo is not None and tempo.slow:
            told = f"{self._slow(before)} as well; {after} is primary again"
        else:
            quick = f" ({tempo.told})" if tempo is not None else ""
            told = f"{after} is quick again{quick} and primary; {before} stands by"
        self._observer.switched(f"aggregate {self.name}", told, back=back)

    def _slow(self, name: str) -> str:
        tempo, spec = self.tempos.get(name), self.spec.failover
        how = tempo.told if tempo is not None else "too slow"
        limit = f"{spec.for_seconds:g} s above {spec.p95_seconds:g} s"
        return f"{name} is slow ({how}, {limit})"

"""Filling: a key that holds the first source's value, with the rows that only later ones have.

`aggregated:chain:{symbol}` is the live chain, and behind its rows the strikes that it misses, as
they were at the last close. The first source says whether there is a value at all, and how old it
is: without one nothing is written, for rows of others alone would pass for a whole value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from quanticity.clock import Clock
from quanticity.config.schema.root import Aggregate, Fill
from quanticity.errors import BadBody
from quanticity.feeds.aggregate import Aggregator, Input
from quanticity.feeds.fill import Filled, filled, rows_at
from quanticity.heap import exact
from quanticity.model import Envelope, Write, bind
from quanticity.store.ports import Store


class FillAggregator(Aggregator):
    """An aggregate with `method: fill`, at work."""

    def __init__(
        self,
        name: str,
        spec: Aggregate,
        fill: Fill,
        inputs: Sequence[Input],
        store: Store,
        clock: Clock,
    ) -> None:
        super().__init__(name, spec, inputs, store, clock)
        self._fill = fill

    async def merge(self, values: Mapping[str, str]) -> bool:
        """Write the first source's value with what others add; False where it has none.

        BadBody where a source has no rows at the place that the config names: after the write where
        it is a later one, whose rows are left out.
        """
        first, *others = self._inputs
        found = await self._read(first, values)
        if not found:
            return False
        there: dict[str, Envelope] = {}
        for each in others:
            envelopes = await self._read(each, values)
            if envelopes:
                there[each.name] = envelopes[-1]
        self._write(found[-1], there, values)
        return True

    def _write(
        self, first: Envelope, there: Mapping[str, Envelope], values: Mapping[str, str]
    ) -> None:
        rows, odd = dict[str, list[Any]](), list[str]()
        for name, envelope in there.items():
            try:
                rows[name] = rows_at(envelope.data, self._fill)
            except BadBody as error:
                odd.append(f"{name}: {error}")
        now = self._clock.now()
        try:
            made = filled(first.data, rows, self._fill, now)
        except BadBody as error:
            raise BadBody(f"{self._inputs[0].name}: {error}") from error
        named = {name: values[name] for name in self._names}
        seqs = {self._inputs[0].name: first.seq}
        seqs |= {name: there[name].seq for name in rows}
        self._store.put(
            Write(
                bind(self.spec.redis_key, values),
                exact(orjson.dumps(named | made.value | self._told(made, there))),
                f"aggregate.{self.name}",
                first.timestamp,
                now,
                self.spec.ttl_seconds,
                inputs=seqs,
            )
        )
        self.stats.merges += 1
        self.stats.written = now
        if odd:
            raise BadBody("; ".join(odd))

    def _told(self, made: Filled, there: Mapping[str, Envelope]) -> dict[str, Any]:
        """What stands beside the value: whose rows were added, how many, how old."""
        return {
            "filled": {
                name: {"rows": count, "timestamp": there[name].timestamp}
                for name, count in made.counts.items()
            },
            "missing": [each.name for each in self._inputs[1:] if each.name not in made.counts],
        }

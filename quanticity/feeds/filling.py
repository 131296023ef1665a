"""Filling: a key that holds the first source's value, with the rows that only later ones have.

`aggregated:chain:{symbol}` is the live chain, and behind its rows the strikes that it misses, as
they were at the last close. The first source says whether there is a value at all, and how old it
is: without one nothing is written, for rows of others alone would pass for a whole value. For the
same reason nothing is filled in where its list is empty, or where its rows lack what tells them
apart, and no other source makes what was written of one value of it live longer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from quanticity.clock import Clock
from quanticity.config.schema.root import Aggregate, Fill
from quanticity.errors import BadBody, StoreError, StoreUnavailable
from quanticity.feeds.aggregate import Aggregator, Input
from quanticity.feeds.fill import Filled, filled, keyless, rows_at, undated
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
        # By key: the first source's seq, and when what was made of that value ends (monotonic).
        self._ends: dict[str, tuple[str, float]] = {}

    async def merge(self, values: Mapping[str, str]) -> bool:
        """Write the first source's value with what others add; False where it has none.

        BadBody where a source has no rows at the place that the config names: after the write where
        it is a later one, whose rows are left out.
        """
        first, *others = self._inputs
        found = await self._read(first, values)
        if not found:
            return False
        there, odd = dict[str, Envelope](), list[str]()
        for each in others:
            try:
                envelopes = await self._read(each, values)
            except StoreUnavailable:
                raise
            except StoreError as error:
                # No envelope, or a key of another kind, as another program wrote it.
                odd.append(f"{each.name}: {error}")
                continue
            if envelopes:
                there[each.name] = envelopes[-1]
        return self._write(found[-1], there, values, odd)

    def keep(self, sets: Collection[Mapping[str, str]]) -> None:
        """See `Aggregator`."""
        super().keep(sets)
        keys = {bind(self.spec.redis_key, values) for values in sets}
        self._ends = {key: ends for key, ends in self._ends.items() if key in keys}

    def _write(
        self,
        first: Envelope,
        there: Mapping[str, Envelope],
        values: Mapping[str, str],
        odd: list[str],
    ) -> bool:
        key = bind(self.spec.redis_key, values)
        life = self._life(key, first.seq)
        if life <= 0:
            return False
        rows = self._rows(there, odd)
        now = self._clock.now()
        try:
            own = rows_at(first.data, self._fill)
            wrong = keyless(own, self._fill)
            if wrong:
                odd.append(f"{self._inputs[0].name}: {wrong}")
            taken = rows if own and not wrong else dict.fromkeys(rows, ())
            made = filled(first.data, taken, self._fill, now)
        except BadBody as error:
            raise BadBody(f"{self._inputs[0].name}: {error}") from error
        named = {name: values[name] for name in self._names}
        seqs = {self._inputs[0].name: first.seq}
        seqs |= {name: there[name].seq for name in rows}
        self._store.put(
            Write(
                key,
                exact(orjson.dumps(named | made.value | self._told(made, there))),
                f"aggregate.{self.name}",
                first.timestamp,
                now,
                life,
                inputs=seqs,
            )
        )
        self.stats.merges += 1
        self.stats.written = now
        if odd:
            raise BadBody("; ".join(odd))
        return True

    def _life(self, key: str, seq: str) -> float:
        """How long what is made of the first source's value may live, seconds."""
        now = self._clock.monotonic()
        before, ends = self._ends.get(key, ("", 0.0))
        if before != seq:
            ends = now + self.spec.ttl_seconds
            self._ends[key] = seq, ends
        return ends - now

    def _rows(self, there: Mapping[str, Envelope], odd: list[str]) -> dict[str, Sequence[Any]]:
        """The rows of each later source whose rows can be taken; what is wrong goes to `odd`."""
        rows: dict[str, Sequence[Any]] = {}
        for name, envelope in there.items():
            try:
                given = rows_at(envelope.data, self._fill)
            except BadBody as error:
                odd.append(f"{name}: {error}")
                continue
            wrong = keyless(given, self._fill) or undated(given, self._fill)
            if wrong:
                odd.append(f"{name}: {wrong}")
            else:
                rows[name] = given
        return rows

    def _told(self, made: Filled, there: Mapping[str, Envelope]) -> dict[str, Any]:
        """What stands beside the value: whose rows were added, how many, how old."""
        return {
            "filled": {
                name: {"rows": count, "timestamp": there[name].timestamp}
                for name, count in made.counts.items()
            },
            "missing": [each.name for each in self._inputs[1:] if each.name not in made.counts],
        }

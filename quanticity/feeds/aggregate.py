"""Aggregates: keys made of several feeds of the same symbol, made anew when one of them changes.

`aggregated:flow:{symbol}` holds the rows of all its inputs, merged on their times (see `merge`),
with the age of each. An input that has no value yet, or whose value has expired, is left out and
named in `missing`; with none at all nothing is written.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from quanticity.clock import Clock
from quanticity.config.schema.root import Aggregate
from quanticity.errors import QuanticityError, StoreUnavailable
from quanticity.feeds.merge import Row, Timed, merge_on_timestamp, timed_rows
from quanticity.feeds.message import same_trouble
from quanticity.heap import exact
from quanticity.logs import logger, redact
from quanticity.model import Envelope, Kind, Write, bind, placeholders
from quanticity.store.ports import Store

MOST_ROWS = 1000
QUIET_SECONDS = 0.05
_FAILED_PAUSE = 1.0
_PAGE = 500
_MOST_TROUBLES = 100
_SYMBOL_NAMES = ("symbol", "ticker", "underlying_symbol", "underlying")


@dataclass(frozen=True, slots=True)
class Input:
    """One source of an aggregate: `source.feed`, and the key pattern that it is read from."""

    name: str
    key: str
    kind: Kind = Kind.LATEST


@dataclass(slots=True)
class AggregateStats:
    """Figures of one aggregate."""

    merges: int = 0
    failures: int = 0
    written: float | None = None
    error: str = ""


class Aggregator:
    """One aggregate of the config, at work. `changed` is told of keys; `run` does the merging.

    Changes that come close together are one merge. At most `most_rows` of the newest merged rows
    are kept.
    """

    def __init__(
        self,
        name: str,
        spec: Aggregate,
        inputs: Sequence[Input],
        store: Store,
        clock: Clock,
        *,
        most_rows: int = MOST_ROWS,
        quiet: float = QUIET_SECONDS,
    ) -> None:
        self.name = name
        self.spec = spec
        self.stats = AggregateStats()
        self._inputs = tuple(inputs)
        self._store = store
        self._clock = clock
        self._most = most_rows
        self._quiet = quiet
        self._patterns = [key_pattern(each.key) for each in self._inputs]
        self._names = placeholders(spec.redis_key)
        self._due: dict[tuple[str, ...], Mapping[str, str]] = {}
        self._known: dict[tuple[str, ...], Mapping[str, str]] = {}
        self._of_colons: dict[str, Mapping[str, str]] = {}
        self._tails: dict[str, tuple[str, deque[tuple[str, Envelope]]]] = {}
        # What merges of each set of values failed with, until one succeeds.
        self._troubles: dict[tuple[str, ...], str] = {}
        self._woken = asyncio.Event()

    def changed(self, key: str) -> bool:
        """A key was written. True where it is an input, and a merge follows."""
        for each, pattern in zip(self._inputs, self._patterns, strict=True):
            found = pattern.fullmatch(key)
            values = found.groupdict() if found else self._of_colons.get(key)
            if values is None or bind(each.key, values) != key:
                continue
            self.heard(each.name)
            if all(name in values for name in self._names):
                self._mark(values)
            else:
                # A feed of all symbols in one: it concerns every symbol that others brought up.
                for known in self._known.values():
                    self._mark(known)
            return True
        return False

    def look(self, values: Mapping[str, str]) -> None:
        """Merge what is there for these values already: it may be long until an input is new."""
        if all(name in values for name in self._names):
            self._mark(values)

    def expect(self, sets: Collection[Mapping[str, str]]) -> None:
        """The config names these values: with a colon in one, a key alone does not tell them."""
        self._of_colons = {
            bind(each.key, values): values
            for values in sets
            if any(":" in value for value in values.values())
            for each in self._inputs
        }

    def keep(self, sets: Collection[Mapping[str, str]]) -> None:
        """An edit left these sets of values: others are merged and remembered no longer."""
        marks = {self._mark_of(values) for values in sets}
        self._known = {mark: known for mark, known in self._known.items() if mark in marks}
        self._due = {mark: due for mark, due in self._due.items() if mark in marks}
        keys = {bind(each.key, values) for values in sets for each in self._inputs}
        self._tails = {key: tail for key, tail in self._tails.items() if key in keys}
        self._troubles = {mark: text for mark, text in self._troubles.items() if mark in marks}

    def heard(self, name: str) -> None:
        """A source wrote something."""

    def troubles(self) -> list[dict[str, str]]:
        """Keys whose merges fail now, and with what; of very many the first."""
        return [
            {
                "key": bind(self.spec.redis_key, dict(zip(self._names, mark, strict=True))),
                "error": text,
            }
            for mark, text in islice(self._troubles.items(), _MOST_TROUBLES)
        ]

    def _mark_of(self, values: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(values[name] for name in self._names)

    def _mark(self, values: Mapping[str, str]) -> None:
        mark = self._mark_of(values)
        self._known.setdefault(mark, values)
        self._due[mark] = values
        self._woken.set()

    async def run(self) -> None:
        """Merge whatever changed, until cancelled."""
        while True:
            await self._woken.wait()
            # Feeds of one symbol tend to come together.
            await self._clock.sleep(self._quiet)
            self._woken.clear()
            due, self._due = self._due, {}
            for values in due.values():
                await self._merge_or_tell(values)

    async def merge(self, values: Mapping[str, str]) -> bool:
        """Read the inputs of one set of values, merge them, write; False where there are none."""
        now = self._clock.now()
        timed: dict[str, list[Timed]] = {}
        seqs: dict[str, str] = {}
        ages: dict[str, float] = {}
        newest = 0.0
        for each in self._inputs:
            envelopes = await self._read(each, values)
            if not envelopes:
                continue
            timed[each.name] = [
                (at, row)
                for envelope in envelopes
                for at, row in timed_rows(envelope.data, envelope.timestamp)
                if _concerns(row, each, values)
            ]
            last = envelopes[-1]
            seqs[each.name], ages[each.name] = last.seq, last.age(now)
            newest = max(newest, last.timestamp)
        if not timed:
            return False
        rows = merge_on_timestamp(timed, self.spec.tolerance_seconds)
        value = {
            **{name: values[name] for name in self._names},
            "sources": [each.name for each in self._inputs],
            "missing": [each.name for each in self._inputs if each.name not in timed],
            "ages": ages,
            "rows": rows[-self._most :],
        }
        key = bind(self.spec.redis_key, values)
        self._store.put(
            Write(
                key,
                exact(orjson.dumps(value)),
                f"aggregate.{self.name}",
                newest,
                now,
                self.spec.ttl_seconds,
                inputs=seqs,
            )
        )
        self.stats.merges += 1
        self.stats.written = now
        return True

    async def _read(self, each: Input, values: Mapping[str, str]) -> Sequence[Envelope]:
        key = bind(each.key, values)
        if each.kind is Kind.LATEST:
            found = await self._store.get(key)
            return [] if found is None else [found]
        oldest = await self._store.events(key, "0", 1)
        if not oldest:
            # It has expired, and what it held with it.
            self._tails.pop(key, None)
            return []
        after, tail = self._tails.get(key, ("0", deque(maxlen=self._most)))
        while page := await self._store.events(key, after, _PAGE):
            after = page[-1][0]
            tail.extend(page)
            self._tails[key] = (after, tail)
            if len(page) < _PAGE:
                break
        while tail and _order(tail[0][0]) < _order(oldest[0][0]):
            tail.popleft()
        return [envelope for _, envelope in tail]

    async def _merge_or_tell(self, values: Mapping[str, str]) -> None:
        try:
            await self.merge(values)
        except Exception as error:  # noqa: BLE001
            # What vendors and plugins wrote meets libraries here: one key stops no other's merges.
            self.stats.failures += 1
            named = isinstance(error, QuanticityError)
            text = redact(str(error) if named else f"{type(error).__name__}: {error}")
            if not any(same_trouble(text, before) for before in self._troubles.values()):
                logger.warning("aggregate {}: {}", self.name, text)
            self._troubles[self._mark_of(values)] = self.stats.error = text
            if isinstance(error, StoreUnavailable):
                self._mark(values)
                await self._clock.sleep(_FAILED_PAUSE)
        else:
            self._troubles.pop(self._mark_of(values), None)
            self.stats.error = next(iter(self._troubles.values()), "")


def _order(event: str) -> tuple[int, ...]:
    """Where an event stands among those of its stream, by its id."""
    return tuple(map(int, event.split("-")))


def key_pattern(key: str) -> re.Pattern[str]:
    """Matches keys of a pattern, and takes their placeholders out."""
    parts = re.split(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", key)
    text = ""
    seen: set[str] = set()
    for number, part in enumerate(parts):
        if number % 2 == 0:
            text += re.escape(part)
        elif part in seen:
            text += f"(?P={part})"
        else:
            seen.add(part)
            text += f"(?P<{part}>[^:]+)"
    return re.compile(text)


def _concerns(row: Row, each: Input, values: Mapping[str, str]) -> bool:
    """Whether a row of a feed of all symbols is about the symbol that is merged."""
    symbol = values.get("symbol")
    if symbol is None or "symbol" in placeholders(each.key):
        return True
    named = [row[name] for name in _SYMBOL_NAMES if name in row]
    return not named or symbol in named

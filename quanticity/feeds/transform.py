"""Transforms by name: given a payload of their own and what they remembered, asked for a value.

State is kept here by feed, always as the JSON text that the store holds, so that a run after a
restart sees exactly what the run before it left: live, restarted and replayed give the same bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from quanticity.clock import Clock
from quanticity.config.overdue import Patience
from quanticity.errors import StoreUnavailable, TransformError
from quanticity.feeds.blame import place
from quanticity.feeds.repeats import Repeats, Watched
from quanticity.feeds.transform_memory import Memories, part_of, state_name
from quanticity.feeds.transform_run import (
    GENERIC_OPTIONS,
    Function,
    Outcome,
    TransformHung,
    TransformRun,
    mark_of,
    unchanged,
)
from quanticity.logs import logger
from quanticity.spec import near
from quanticity.store.ports import Store

__all__ = ["GENERIC_OPTIONS", "Function", "LoadedTransforms", "TransformCounts"]

BUDGET_SECONDS = 0.25
LONGEST_SECONDS = 3.0
"""What a transform may take on the event loop before it is stopped; ten times that in a thread."""
ON_THE_LOOP = 200_000
"""Bytes of payload that are transformed on the event loop; more goes to a thread."""


@dataclass(slots=True)
class TransformCounts:
    """How often what happened in one transform. `nulls` are figures that JSON cannot hold."""

    runs: int = 0
    failures: int = 0
    nulls: int = 0
    over_budget: int = 0
    states_dropped: int = 0
    longest_seconds: float = 0.0


@dataclass(slots=True)
class _Named:
    function: Function
    mark: str
    counts: TransformCounts = field(default_factory=TransformCounts)
    hung: str = ""


class LoadedTransforms:
    """The functions of `transforms/`, their options, and what they remember for each feed."""

    def __init__(
        self,
        clock: Clock,
        store: Store,
        functions: Mapping[str, Function],
        *,
        budget_seconds: float = BUDGET_SECONDS,
        patience: Patience | None = None,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._clock = clock
        self._store = store
        self._budget = budget_seconds
        self._patience = patience or Patience()
        self._longest = longest
        self._named: dict[str, _Named] = {}
        self._memories = Memories()
        self._restored: set[str] = set()
        self._told: set[tuple[str, str]] = set()
        self._repeats = Repeats()
        self._options = _Named(unchanged, "")
        self.replace(functions)

    def replace(self, functions: Mapping[str, Function]) -> None:
        """Use these functions from the next run on. What feeds remember stays."""
        for name, function in functions.items():
            self.swap(name, function)
        for name in set(self._named) - set(functions):
            del self._named[name]

    def swap(self, name: str, function: Function) -> None:
        """Use `function` for `name` from the next run on."""
        known = self._named.get(name)
        counts, mark = known.counts if known else TransformCounts(), mark_of(function)
        hung = known.hung if known and known.mark == mark else ""
        self._named[name] = _Named(function, mark, counts, hung)

    @property
    def counts(self) -> Mapping[str, TransformCounts]:
        """What happened so far, by transform; the empty name is options without one."""
        counts = {name: named.counts for name, named in self._named.items()}
        return MappingProxyType({"": self._options.counts, **counts})

    def version(self, name: str | None) -> str:
        """Another text after each edit of the file that `name` comes from."""
        named = self._named.get(name) if name is not None else None
        return named.mark if named is not None else ""

    async def restore(self, feed: str) -> None:
        """Take up what `feed` remembered when the program last ran, before its first run."""
        if feed in self._restored:
            return
        try:
            saved = await self._store.state(state_name(feed))
        except StoreUnavailable:
            # Fetching goes on while the store is away; the next run asks again.
            return
        self._restored.add(feed)
        self._memories.take_up(feed, saved)

    def keep(self, feed: str, sets: Iterable[Mapping[str, str]]) -> None:
        """The sets of values that a feed has now; see `feeds.ports.Transforms`."""
        wanted = {part_of(values) for values in sets}
        self._memories.keep(feed, wanted)
        self._repeats.keep_only(feed, wanted)

    def forget(self, feed: str) -> None:
        """A feed is gone: its state is no longer held here. The store keeps what was saved."""
        self._memories.forget(feed)
        self._restored.discard(feed)
        self._repeats.forget(feed)

    def apply(
        self,
        feed: str,
        name: str | None,
        payload: Any,
        *,
        options: Mapping[str, Any],
        values: Mapping[str, str],
        received: float,
        digest: str = "",
        states: dict[str, bytes] | None = None,
    ) -> bytes:
        """The value to store, as JSON text; see `feeds.ports.Transforms`."""
        named, run, part = self._prepare(
            feed, name, payload, options, values, received, self._longest
        )
        started = self._clock.monotonic()
        try:
            outcome = run.compute()
        except TransformError as error:
            self._failed(named, error)
            raise
        self._time(run, named, self._clock.monotonic() - started)
        return self._finish(run, named, part, outcome, digest, states)

    def made_before(
        self,
        feed: str,
        name: str | None,
        digest: str,
        *,
        options: Mapping[str, Any],
        values: Mapping[str, str],
    ) -> bytes | None:
        """What the same body gave before; see `feeds.ports.Transforms`."""
        return self._repeats.find(feed, part_of(values), digest, self.version(name), options)

    async def apply_aside(
        self,
        feed: str,
        name: str | None,
        payload: Any,
        *,
        size: int,
        options: Mapping[str, Any],
        values: Mapping[str, str],
        received: float,
        digest: str = "",
        states: dict[str, bytes] | None = None,
    ) -> bytes:
        """As `apply`; in a thread where the payload has more than 200 kB."""
        # It may have been let go meanwhile: what is not at hand is not to be saved as forgotten.
        await self.restore(feed)
        if size <= ON_THE_LOOP:
            told: Any = {"values": values, "received": received, "digest": digest}
            told["states"] = states
            return self.apply(feed, name, payload, options=options, **told)
        named, run, part = self._prepare(
            feed, name, payload, options, values, received, 10 * self._longest
        )
        started = self._clock.monotonic()
        try:
            outcome = await asyncio.to_thread(run.compute)
        except TransformError as error:
            self._failed(named, error)
            raise
        seconds = self._clock.monotonic() - started
        named.counts.longest_seconds = max(named.counts.longest_seconds, seconds)
        await self.restore(feed)
        return self._finish(run, named, part, outcome, digest, states)

    def _prepare(
        self,
        feed: str,
        name: str | None,
        payload: Any,
        options: Mapping[str, Any],
        values: Mapping[str, str],
        received: float,
        seconds: float,
    ) -> tuple[_Named, TransformRun, str]:
        named = self._find(feed, name)
        if named.hung:
            raise TransformError(f"{feed}: {named.hung}")
        named.counts.runs += 1
        context = Watched(feed, MappingProxyType(dict(values)), received)
        config = MappingProxyType({**options, "context": context})
        part = part_of(values)
        memory = self._remembered(feed, part, name)
        run = TransformRun(
            *(feed, name, named.function, named.mark, payload, config, memory),
            patience=self._patience,
            seconds=seconds,
        )
        return named, run, part

    def _failed(self, named: _Named, error: TransformError) -> None:
        named.counts.failures += 1
        if isinstance(error, TransformHung):
            # Once has held up all feeds; each further run would again.
            named.hung = str(error).partition(": ")[2]

    def _find(self, feed: str, name: str | None) -> _Named:
        if name is None:
            return self._options
        if name not in self._named:
            hint = near(name, self._named)
            raise TransformError(
                f"{feed}: there is no transform '{name}'" + (f"; {hint}" if hint else "")
            )
        return self._named[name]

    def _remembered(self, feed: str, part: str, name: str | None) -> Mapping[str, Any]:
        saved = self._memories.of(feed, part)
        memory: Any = None if saved is None else orjson.loads(saved)
        ours = isinstance(memory, dict) and memory.get("transform") == name
        return memory if ours else {}

    def _finish(
        self,
        run: TransformRun,
        named: _Named,
        part: str,
        outcome: Outcome,
        digest: str,
        states: dict[str, bytes] | None,
    ) -> bytes:
        if digest:
            self._repeats.keep(run, part, outcome, digest)
        if outcome.nulls:
            named.counts.nulls += outcome.nulls
            self._tell_once(
                run.feed,
                "nulls",
                f"{outcome.nulls} figures that it gave are NaN or infinite and become null",
                run,
            )
        if outcome.dropped:
            named.counts.states_dropped += 1
            logger.warning(
                "{}; it begins anew without the state of its former version", outcome.dropped
            )
        whole = self._memories.put(run.feed, part, outcome.memory)
        if whole is not None and states is not None:
            states[state_name(run.feed)] = whole
        elif whole is not None:
            self._store.put_state(state_name(run.feed), whole)
        return outcome.data

    def _time(self, run: TransformRun, named: _Named, seconds: float) -> None:
        counts = named.counts
        counts.longest_seconds = max(counts.longest_seconds, seconds)
        if seconds > self._budget:
            counts.over_budget += 1
            text = f"took {seconds:.2f} s; all feeds wait meanwhile (budget {self._budget} s)"
            self._tell_once(run.feed, "budget", text, run)

    def _tell_once(self, feed: str, what: str, text: str, run: TransformRun) -> None:
        if (feed, what) not in self._told:
            self._told.add((feed, what))
            logger.warning("{}: {}: {}", feed, place(run.function), text)

"""Transforms by name: given a payload of their own and what they remembered, asked for a value.

State is kept here by feed, always as the JSON text that the store holds, so that a run after a
restart sees exactly what the run before it left: live, restarted and replayed give the same bytes.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import xxhash

from quanticity.clock import Clock
from quanticity.component import TransformContext
from quanticity.errors import StoreUnavailable, TransformError
from quanticity.feeds.blame import cause, described, place, where
from quanticity.feeds.deltas import Memory, calculate_deltas
from quanticity.feeds.steps import flatten, numbers, parse_timestamps
from quanticity.feeds.value_json import count_lost, to_json
from quanticity.logs import logger
from quanticity.spec import near
from quanticity.store.ports import Store

Function = Callable[[Any, Mapping[str, Any], Any], Any]

GENERIC_OPTIONS = ("flatten_nested", "parse_timestamps", "numbers", "calculate_deltas")
BUDGET_SECONDS = 0.25


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


class LoadedTransforms:
    """The functions of `transforms/`, their options, and what they remember for each feed."""

    def __init__(
        self,
        clock: Clock,
        store: Store,
        functions: Mapping[str, Function],
        *,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self._clock = clock
        self._store = store
        self._budget = budget_seconds
        self._named: dict[str, _Named] = {}
        self._states: dict[str, dict[str, bytes]] = {}
        self._restored: set[str] = set()
        self._told: Counter[tuple[str, str]] = Counter()
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
        counts = known.counts if known else TransformCounts()
        self._named[name] = _Named(function, _mark(function), counts)

    @property
    def counts(self) -> Mapping[str, TransformCounts]:
        """What happened so far, by transform; `options` stands for those that ran alone."""
        return MappingProxyType({name: named.counts for name, named in self._named.items()})

    async def restore(self, feed: str) -> None:
        """Take up what `feed` remembered when the program last ran; to be called before it runs.

        Costs nothing but the first time.
        """
        if feed in self._restored:
            return
        try:
            saved = await self._store.state(_state_name(feed))
        except StoreUnavailable:
            # Fetching goes on while the store is away; the next run asks again.
            return
        self._restored.add(feed)
        if saved is not None and feed not in self._states:
            self._states[feed] = _parts(feed, saved)

    def forget(self, feed: str) -> None:
        """A feed is gone: its state is no longer held here. The store keeps what was saved."""
        self._states.pop(feed, None)
        self._restored.discard(feed)

    def apply(
        self,
        feed: str,
        name: str | None,
        payload: Any,
        *,
        options: Mapping[str, Any],
        values: Mapping[str, str],
        received: float,
    ) -> bytes:
        """The value to store, as JSON text; see `feeds.ports.Transforms`."""
        named = self._find(feed, name)
        part = "|".join(f"{item}={values[item]}" for item in sorted(values))
        memory = self._remembered(feed, part, name)
        started = self._clock.monotonic()
        context = TransformContext(feed, MappingProxyType(dict(values)), received)
        config = MappingProxyType({**options, "context": context})
        named.counts.runs += 1
        try:
            value, state = self._call(feed, named, payload, config, memory)
            data = self._to_json(feed, named, value, "value")
            deltas: Memory = {}
            if any(options.get(option) for option in GENERIC_OPTIONS):
                # The options change in place: they get a value that nobody else holds.
                before = memory.get("deltas") or {}
                value, deltas = _with_options(feed, orjson.loads(data), options, before)
                data = self._to_json(feed, named, value, "value")
            kept = {"transform": name, "mark": named.mark, "state": state, "deltas": deltas}
            self._remember(feed, part, self._to_json(feed, named, kept, "state"), memory, kept)
        except TransformError:
            named.counts.failures += 1
            raise
        self._time(feed, named, self._clock.monotonic() - started)
        return data

    def _find(self, feed: str, name: str | None) -> _Named:
        if name is None:
            return self._named.setdefault("options", _Named(_unchanged, ""))
        if name not in self._named:
            hint = near(name, self._named)
            raise TransformError(
                f"{feed}: there is no transform '{name}'" + (f"; {hint}" if hint else "")
            )
        return self._named[name]

    def _call(
        self,
        feed: str,
        named: _Named,
        payload: Any,
        config: Mapping[str, Any],
        memory: Mapping[str, Any],
    ) -> tuple[Any, Any]:
        state = memory.get("state")
        if state is None or memory.get("mark") == named.mark:
            return _run(feed, named.function, payload, config, state)
        # The state was left by an earlier version of the function, which may have meant
        # something else by it: that alone must not stop the feed for good.
        spare = to_json(payload)
        try:
            return _run(feed, named.function, payload, config, state)
        except TransformError as error:
            found = _run(feed, named.function, orjson.loads(spare), config, None)
            named.counts.states_dropped += 1
            logger.warning("{}; it begins anew without the state of its former version", error)
            return found

    def _remembered(self, feed: str, part: str, name: str | None) -> Mapping[str, Any]:
        saved = self._states.get(feed, {}).get(part)
        memory: Any = None if saved is None else orjson.loads(saved)
        ours = isinstance(memory, dict) and memory.get("transform") == name
        return memory if ours else {}

    def _remember(
        self, feed: str, part: str, saved: bytes, before: Mapping[str, Any], kept: Mapping[str, Any]
    ) -> None:
        if kept["state"] is None and not kept["deltas"] and not before:
            return
        # A feed that expands runs once for each of its values, and each remembers its own.
        parts = self._states.setdefault(feed, {})
        if parts.get(part) != saved:
            parts[part] = saved
            whole = {name: orjson.Fragment(text) for name, text in parts.items()}
            self._store.put_state(_state_name(feed), orjson.dumps(whole))

    def _to_json(self, feed: str, named: _Named, value: Any, what: str) -> bytes:
        try:
            data = to_json(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise TransformError(
                f"{feed}: {place(named.function)}: its {what} cannot be written as JSON: {error}"
            ) from error
        if b"null" in data and (lost := count_lost(value)):
            named.counts.nulls += lost
            if not self._told[feed, what]:
                logger.warning(
                    "{}: {}: {} figures of its {} are NaN or infinite and become null",
                    *(feed, place(named.function), lost, what),
                )
            self._told[feed, what] += 1
        return data

    def _time(self, feed: str, named: _Named, seconds: float) -> None:
        counts = named.counts
        counts.longest_seconds = max(counts.longest_seconds, seconds)
        if seconds > self._budget:
            counts.over_budget += 1
            if not self._told[feed, "budget"]:
                logger.warning(
                    "{}: {} took {:.2f} s; all feeds wait while a transform runs (budget {} s)",
                    *(feed, place(named.function), seconds, self._budget),
                )
            self._told[feed, "budget"] += 1


def _run(
    feed: str, function: Function, payload: Any, config: Mapping[str, Any], state: Any
) -> tuple[Any, Any]:
    try:
        found = function(payload, config, state)
    except (Exception, SystemExit) as error:
        # The boundary to code that is not ours: whatever it raises is this feed's failure only.
        raise TransformError(f"{feed}: {where(function, error)}: {cause(error)}") from error
    if inspect.iscoroutine(found):
        found.close()
        raise TransformError(f"{feed}: {place(function)}: a transform is `def`, not `async def`")
    if not isinstance(found, tuple) or len(found) != 2:
        raise TransformError(
            f"{feed}: {place(function)}: it returned {described(found)}; "
            "a transform returns two things: value, state"
        )
    return found


def _with_options(
    feed: str, value: Any, options: Mapping[str, Any], before: Memory
) -> tuple[Any, Memory]:
    deltas: Memory = {}
    if options.get("flatten_nested"):
        value = flatten(value)
    if wanted := options.get("parse_timestamps"):
        try:
            value = parse_timestamps(value, wanted)
        except ValueError as error:
            raise TransformError(f"{feed}: transform_config.parse_timestamps: {error}") from error
    if wanted := options.get("numbers"):
        value = numbers(value, wanted)
    if wanted := options.get("calculate_deltas"):
        value, deltas = calculate_deltas(value, before, wanted)
    return value, deltas


def _unchanged(payload: Any, _config: Mapping[str, Any], _state: Any) -> tuple[Any, None]:
    return payload, None


def _parts(feed: str, saved: bytes) -> dict[str, bytes]:
    try:
        whole = orjson.loads(saved)
        return {part: orjson.dumps(memory) for part, memory in whole.items()}
    except (orjson.JSONDecodeError, AttributeError):
        logger.warning("{}: its saved state cannot be read and is given up", feed)
        return {}


def _state_name(feed: str) -> str:
    return f"transform:{feed}"


def _mark(function: Function) -> str:
    """Tells versions of a function's file apart; the state it leaves carries it."""
    try:
        return xxhash.xxh3_64_hexdigest(Path(inspect.getfile(function)).read_bytes())
    except (OSError, TypeError):
        return ""

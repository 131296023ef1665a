"""One run of one transform: given everything it needs, it touches nothing else.

It may be computed in a thread: counting, telling and remembering are left to who asked for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import xxhash

from quanticity.config.interrupts import is_ctrl_c
from quanticity.config.overdue import Overdue, Patience
from quanticity.errors import TransformError
from quanticity.feeds.blame import cause, described, place, where
from quanticity.feeds.deltas import Memory, calculate_deltas
from quanticity.feeds.steps import flatten, numbers, parse_timestamps, rename
from quanticity.feeds.value_json import count_lost, to_json
from quanticity.plain_file import read_plain

# What a transform may return and remember, bytes of JSON each: a store would choke on more.
LARGEST = 100_000_000

Function = Callable[[Any, Mapping[str, Any], Any], Any]

_AFTERWARDS = ("flatten_nested", "parse_timestamps", "numbers", "calculate_deltas")
GENERIC_OPTIONS = ("field_map", *_AFTERWARDS)


class TransformHung(TransformError):
    """A transform did not come back: it is not run again until its file is edited."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: the value and what is remembered, both as JSON text.

    `memory` is None where there is nothing to remember. `nulls` counts figures that JSON cannot
    hold; `dropped` says why the state of a former version was given up, where it was.
    """

    data: bytes
    memory: bytes | None
    nulls: int
    dropped: str


@dataclass(frozen=True, slots=True)
class TransformRun:
    """A transform, what it is given, and what it left the time before.

    `name` is None where only options are asked for. `mark` tells versions of the function apart.
    `seconds` is how long the function may take.
    """

    feed: str
    name: str | None
    function: Function
    mark: str
    payload: Any
    config: Mapping[str, Any]
    memory: Mapping[str, Any]
    patience: Patience
    seconds: float

    def compute(self) -> Outcome:
        """The outcome. TransformError, naming the function, its file and line, and the cause."""
        if field_map := self.config.get("field_map"):
            rename(self.payload, field_map)
        (value, state), dropped = self._call()
        data, nulls = self._to_json(value, "value")
        deltas: Memory = {}
        if any(self.config.get(option) for option in _AFTERWARDS):
            # The options change in place: they get a value that nobody else holds.
            value, deltas = self._with_options(orjson.loads(data))
            data, _ = self._to_json(value, "value")
        if state is None and not deltas and not self.memory:
            return Outcome(data, None, nulls, dropped)
        kept = {"transform": self.name, "mark": self.mark, "state": state, "deltas": deltas}
        memory, lost = self._to_json(kept, "state")
        return Outcome(data, memory, nulls + lost, dropped)

    def _call(self) -> tuple[tuple[Any, Any], str]:
        state = self.memory.get("state")
        if state is None or self.memory.get("mark") == self.mark:
            return self._ask(self.payload, state), ""
        # The state was left by an earlier version of the function, which may have meant
        # something else by it: that alone must not stop the feed for good.
        spare = to_json(self.payload)
        try:
            return self._ask(self.payload, state), ""
        except TransformError as error:
            return self._ask(orjson.loads(spare), None), str(error)

    def _ask(self, payload: Any, state: Any) -> tuple[Any, Any]:
        function, feed = self.function, self.feed
        try:
            found = self.patience.call(self.seconds, function, payload, self.config, state)
        except Overdue as error:
            text = (
                f"it did not come back within {self.seconds:g} s and was stopped; "
                "it is not run again until it is edited"
            )
            raise TransformHung(f"{feed}: {where(function, error)}: {text}") from error
        except BaseException as error:
            # The boundary to code that is not ours: whatever it raises is this feed's failure.
            # Nothing is awaited here, so that it cannot be our own cancelling.
            if is_ctrl_c(error):
                raise
            raise TransformError(f"{feed}: {where(function, error)}: {cause(error)}") from error
        if inspect.iscoroutine(found):
            found.close()
            raise TransformError(
                f"{feed}: {place(function)}: a transform is `def`, not `async def`"
            )
        if not isinstance(found, tuple) or len(found) != 2:
            raise TransformError(
                f"{feed}: {place(function)}: it returned {described(found)}; "
                "a transform returns two things: value, state"
            )
        return found

    def _with_options(self, value: Any) -> tuple[Any, Memory]:
        options, deltas = self.config, Memory()
        if options.get("flatten_nested"):
            value = flatten(value)
        if wanted := options.get("parse_timestamps"):
            try:
                value = parse_timestamps(value, wanted)
            except ValueError as error:
                text = f"{self.feed}: transform_config.parse_timestamps: {error}"
                raise TransformError(text) from error
        if wanted := options.get("numbers"):
            value = numbers(value, wanted)
        if wanted := options.get("calculate_deltas"):
            value, deltas = calculate_deltas(value, self.memory.get("deltas") or {}, wanted)
        return value, deltas

    def _to_json(self, value: Any, what: str) -> tuple[bytes, int]:
        try:
            data = to_json(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise TransformError(
                f"{self.feed}: {place(self.function)}: its {what} cannot be written as JSON: "
                f"{error}"
            ) from error
        if len(data) > LARGEST:
            raise TransformError(
                f"{self.feed}: {place(self.function)}: its {what} has {len(data):,} bytes of JSON; "
                f"at most {LARGEST:,} are stored"
            )
        return data, count_lost(value) if b"null" in data else 0


def unchanged(payload: Any, _config: Mapping[str, Any], _state: Any) -> tuple[Any, None]:
    """The transform of a feed that has options and none of its own."""
    return payload, None


def mark_of(function: Function) -> str:
    """Tells versions of a function's file apart; the state it leaves carries it."""
    try:
        return xxhash.xxh3_64_hexdigest(read_plain(Path(inspect.getfile(function))))
    except (OSError, TypeError):
        return ""

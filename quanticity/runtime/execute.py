"""One run of a pure component. The same inputs, state and time give the same bytes.

Nothing here knows the store, the clock or who asks: the worker, a replay, a backtest and a test
all run a component by this function.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xxhash import xxh3_64_hexdigest

from quanticity.component import Analytic, Inputs, Strategy
from quanticity.config.interrupts import is_ctrl_c
from quanticity.errors import BadOutput, ComponentError, UndeclaredWrite, of_error
from quanticity.logs import redact
from quanticity.model import Kind
from quanticity.runtime.binding import Binding, BoundWrite
from quanticity.runtime.encode import decode_state, encode, encode_state
from quanticity.runtime.signals import outputs_of

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Output:
    """One value that a run gave: JSON text and its hash (hex xxh3-64), for one declared key."""

    name: str
    key: str
    kind: Kind
    data: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to. Where `error` says something, it gave nothing and remembers nothing.

    `where` is the `file:line` of the error. `seconds` is how long it took, filled by whoever
    has a clock. `dropped` says why the state of an earlier version was given up.
    """

    outputs: tuple[Output, ...] = ()
    state: bytes | None = None
    error: str = ""
    where: str = ""
    dropped: str = ""
    seconds: float = 0.0


def execute(binding: Binding, views: Mapping[str, Any], state: bytes | None, now: float) -> Result:
    """Run it once on `views` (by input name) and saved `state`, at epoch second `now`."""
    kind = binding.component.State
    dropped = ""
    try:
        before = None
        if kind is not None:
            before, dropped = _restored(kind, state)
        given = _call(binding, Inputs(binding.id, views), before, now)
        outputs, after = _pair(binding, given, now)
        written = tuple(_outputs(binding, outputs))
        saved = None if after is None else _saved(binding, after)
    except BaseException as error:
        # A stranger's code: whatever it raises costs this run and nothing else. Nothing is awaited
        # here, so that it is no order to stop.
        if is_ctrl_c(error):
            raise
        return _failed(binding, error, dropped)
    return Result(written, saved, dropped=dropped)


def _call(binding: Binding, inputs: Inputs, state: Any, now: float) -> Any:
    instance = binding.instance
    given: Any
    if isinstance(instance, Strategy):
        given = instance.decide(inputs, state, now)
    elif isinstance(instance, Analytic):
        given = instance.compute(inputs, state, now)
    else:
        raise ComponentError(f"{binding.id}: it touches the world, and is not run as pure")
    if inspect.iscoroutine(given):
        given.close()
        raise ComponentError(f"{binding.id}: its method is `def`, not `async def`")
    return given


def _restored(kind: Any, state: bytes | None) -> tuple[Any, str]:
    """The state as a value of its own, each time: a component cannot change what is saved."""
    if state is None:
        return kind(), ""
    try:
        return decode_state(state, kind), ""
    except ValueError as error:
        return kind(), str(error)


def _pair(binding: Binding, given: Any, now: float) -> tuple[Mapping[str, Any], Any]:
    what = "intents" if isinstance(binding.instance, Strategy) else "outputs"
    if not isinstance(given, tuple) or len(given) != 2:
        raise BadOutput(
            f"{binding.id}: it returned {type(given).__name__}; "
            f"it returns two things: {what}, state"
        )
    outputs, state = given
    if isinstance(binding.instance, Strategy) and not isinstance(outputs, Mapping):
        if not isinstance(outputs, Sequence) or isinstance(outputs, str | bytes):
            raise BadOutput(f"{binding.id}: decide returned {type(outputs).__name__}, not intents")
        outputs = outputs_of(binding.instance, outputs, now)
    if not isinstance(outputs, Mapping):
        raise BadOutput(
            f"{binding.id}: its outputs are a {type(outputs).__name__}, not values by name"
        )
    return outputs, state


def _outputs(binding: Binding, outputs: Mapping[str, Any]) -> Iterator[Output]:
    for name, value in outputs.items():
        write = binding.writes.get(name)
        if write is None:
            declared = ", ".join(sorted(binding.writes)) or "nothing"
            raise UndeclaredWrite(f"{binding.id}: it writes '{name}' but declares {declared}")
        if write.kind is Kind.LATEST:
            yield _output(binding, write, value)
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            for event in value:
                yield _output(binding, write, event)
        else:
            raise BadOutput(
                f"{binding.id}: '{name}' ({write.key}) holds events, so it gives a list of them, "
                f"not a {type(value).__name__}"
            )


def _output(binding: Binding, write: BoundWrite, value: Any) -> Output:
    try:
        data = encode(value, write.shape)
    except ValueError as error:
        raise BadOutput(f"{binding.id}: '{write.name}' ({write.key}): {error}") from None
    return Output(write.name, write.key, write.kind, data, xxh3_64_hexdigest(data))


def _saved(binding: Binding, state: Any) -> bytes:
    if binding.component.State is None:
        raise BadOutput(f"{binding.id}: it returned a state, but its class declares no State")
    try:
        return encode_state(state)
    except ValueError as error:
        raise BadOutput(f"{binding.id}: {error}") from None


def _failed(binding: Binding, error: BaseException, dropped: str) -> Result:
    if isinstance(error, ComponentError):
        said = str(error)
    else:
        said = f"{binding.id}: {type(error).__name__}: {of_error(error)}"
    said = redact(said)
    if len(said) > _LONGEST:
        said = said[: _LONGEST - 1] + "…"
    return Result(error=said, where=place_of(binding, error), dropped=dropped)


def place_of(binding: Binding, error: BaseException) -> str:
    """`file:line` of the last step of an error that lies in the plugin's own file."""
    file = sys.modules.get(binding.component.__module__)
    path = getattr(file, "__file__", None) or ""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == path
    ]
    shown = binding.plugin or path
    if lines:
        return f"{shown}:{lines[-1]}"
    method = getattr(binding.component, _method(binding), None)
    code = getattr(method, "__code__", None)
    if code is None:
        return shown
    place = shown if code.co_filename == path else code.co_filename
    return f"{place}:{code.co_firstlineno}"


def _method(binding: Binding) -> str:
    return "decide" if issubclass(binding.component, Strategy) else "compute"

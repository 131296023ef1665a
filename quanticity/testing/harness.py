"""One component on a bench: values in, time on, outputs out, by the engine that runs it live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import Any

import orjson

from quanticity import words
from quanticity.clock import MarketCalendar
from quanticity.component import Component
from quanticity.model import Kind, Write
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.encode import decode_state, encode
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import Output, Result, execute
from quanticity.runtime.job import Job
from quanticity.spec import Spec, validate
from quanticity.store import envelope
from quanticity.testing.hiding import where_it_is_said

__tracebackhide__ = where_it_is_said

MONDAY = 1_767_625_200.0
"""Monday 2026-01-05 10:00 Eastern, inside market hours: when a harness begins."""

_LIFE = 86_400.0
_CALENDAR = MarketCalendar()

Run = Callable[[Binding, Mapping[str, Any], bytes | None, float], Result]


@dataclass(frozen=True, slots=True)
class Ran:
    """One run. `outputs` are by name: a value, or for an events key the tuple of new events.

    `trigger` is `change` or `time`, `timestamp` when the data of the outputs is true. `error`
    and `where` (`file:line`) say how it failed; it then gave nothing.
    """

    now: float
    trigger: str
    timestamp: float
    outputs: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[Output, ...] = ()
    state: bytes | None = None
    error: str = ""
    where: str = ""


class Harness:
    """One component with its parameters and the values of its placeholders.

        harness = Harness(Spread, values={"symbol": "SPY"})
        harness.give("quote", {"bid": 1.0, "ask": 1.2})
        harness.run()
        assert harness.value("spread") == {"width": 0.2}

    Time stands still until `advance`. A run that fails raises AssertionError, unless
    `keep_going`: then it is in `runs`, and tried again with the pauses of a quarantine.
    """

    def __init__(
        self,
        component: type[Component],
        *,
        params: Spec | Mapping[str, Any] | None = None,
        values: Mapping[str, str] | None = None,
        start: float = MONDAY,
        keep_going: bool = False,
        execute: Run = execute,
    ) -> None:
        """`params` are checked as those of a config; ValueError says what is wrong with them."""
        self.binding = bind(component, checked(component, params), dict(values or {}))
        self.now = start
        self.runs: list[Ran] = []
        self._keep_going = keep_going
        self._execute = execute
        self._saved: dict[str, bytes] = {}
        self._stored: list[tuple[str, bytes]] = []
        self._seq = 0
        self._engine = self._begin()

    def give(self, name: str, *values: Any, age: float = 0.0, over: str = "") -> None:
        """Values for the input `name`: the newest counts, of an events key all do.

        Bytes are stored as they are, anything else as JSON. `age` is how many seconds ago it was
        true. `over` says for which value, where the input has one for each of a list.
        """
        read = self.binding.reads.get(name)
        if read is None:
            listed = ", ".join(sorted(self.binding.reads)) or "nothing"
            raise AssertionError(f"{self.binding.id} does not read '{name}'; it reads {listed}")
        if over not in read.keys:
            listed = ", ".join(read.keys)
            raise AssertionError(f"say over= which value of '{name}' this is: {listed}")
        for value in values:
            data = value if isinstance(value, bytes) else encode(value)
            self.store(read.keys[over], data, self.now - age, read.kind)

    def store(self, key: str, data: bytes, timestamp: float, kind: Kind) -> None:
        """A value as the store would tell of it, under its key."""
        self._seq += 1
        write = Write(key, data, "test", timestamp, self.now, _LIFE, kind)
        text = envelope.encode(write, f"{self._seq}-0")
        self._stored.append((key, text))
        self._engine.arrived(key, text, self.now)

    def run(self) -> tuple[Ran, ...]:
        """Do all that is to do at this moment; empty where nothing is, or `waits_for` says why."""
        before = len(self.runs)
        self._engine.advance(self.now)
        # What follows from a run, such as events that were too many for one, is done as well.
        while jobs := self._engine.take(self.now):
            for job in jobs:
                self._one(job)
        return tuple(self.runs[before:])

    def advance(self, seconds: float) -> tuple[Ran, ...]:
        """Let time pass, and do all that falls due on the way, at its own moment."""
        before = len(self.runs)
        end = self.now + seconds
        self.run()
        while (at := self._engine.next_at()) <= end:
            self.now = max(at, self.now)
            self.run()
        self.now = end
        self.run()
        return tuple(self.runs[before:])

    def restart(self) -> None:
        """As after a crash: only what was stored is there, and the component goes on from it."""
        self._engine = self._begin()
        for key, text in self._stored:
            self._engine.arrived(key, text, self.now)

    def value(self, name: str) -> Any:
        """The newest output `name`. AssertionError says why there is none."""
        self._must_write(name, Kind.LATEST)
        for ran in reversed(self.runs):
            if name in ran.outputs:
                return ran.outputs[name]
        raise AssertionError(self._why(name))

    def events(self, name: str) -> tuple[Any, ...]:
        """All events that it wrote to the events key `name`, oldest first."""
        self._must_write(name, Kind.EVENTS)
        return tuple(event for ran in self.runs for event in ran.outputs.get(name, ()))

    @property
    def state(self) -> Any:
        """What it remembers, as its `State`; None before the first run and where it keeps none."""
        kind = self.binding.component.State
        data = self._engine.standing(self.binding.id).saved.state
        return None if kind is None or data is None else decode_state(data, kind)

    @property
    def waits_for(self) -> str:
        """The input that keeps it from running, and why; empty where none does."""
        skip = self._engine.standing(self.binding.id).skip
        return "" if skip is None else str(skip)

    @property
    def next_at(self) -> float:
        """When it may next have something to do without a new value; inf for never."""
        return self._engine.next_at()

    def _begin(self) -> Engine:
        return Engine([self.binding], PlainAges(), _CALENDAR, now=self.now, saved=self._saved)

    def _one(self, job: Job) -> None:
        result = self._execute(job.binding, job.views, job.state, job.now)
        commit = self._engine.finish(job, result, self.now)
        outputs = MappingProxyType(self._outputs(result))
        told = (outputs, result.outputs, result.state, result.error, result.where)
        self.runs.append(Ran(job.now, job.trigger, job.timestamp, *told))
        if commit is not None:
            prefix = "component:"
            saved = {name.removeprefix(prefix): data for name, data in commit.states.items()}
            self._saved.update(saved)
        elif not self._keep_going:
            raise AssertionError(f"{result.error} ({result.where})")

    def _outputs(self, result: Result) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for output in result.outputs:
            value = orjson.loads(output.data)
            if output.kind is Kind.EVENTS:
                found[output.name] = (*found.get(output.name, ()), value)
            else:
                found[output.name] = value
        return found

    def _must_write(self, name: str, kind: Kind) -> None:
        write = self.binding.writes.get(name)
        if write is None:
            listed = ", ".join(sorted(self.binding.writes)) or "nothing"
            raise AssertionError(f"{self.binding.id} does not write '{name}'; it writes {listed}")
        if write.kind is not kind:
            ask = "events" if write.kind is Kind.EVENTS else "value"
            raise AssertionError(f"'{name}' holds {write.kind.value}: ask {ask}('{name}')")

    def _why(self, name: str) -> str:
        if self.waits_for:
            return f"no '{name}': {self.binding.id} waits for {self.waits_for}"
        if not self.runs:
            due = "" if self.next_at == inf else f"; due in {self.next_at - self.now:g} s"
            return f"no '{name}': {self.binding.id} did not run (give it values, then run()){due}"
        last = self.runs[-1]
        said = f"failed: {last.error} ({last.where})" if last.error else "left it out"
        many = words.count(len(self.runs), "run")
        return f"no '{name}': in {many} it {said}"


def checked(component: type[Component], params: Spec | Mapping[str, Any] | None) -> Spec:
    """Its `Params`. ValueError with all that is wrong with them."""
    if isinstance(params, Spec):
        return params
    spec, problems = validate(component.Params, dict(params or {}), lambda path: ("", 0, 0))
    if spec is None:
        said = "; ".join(str(problem) for problem in problems)
        raise ValueError(f"parameters of {component.name}: {said}")
    return spec

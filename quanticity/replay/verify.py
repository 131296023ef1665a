"""`replay --verify`: every recorded run is run again on its recorded inputs, and compared."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Mapping
from typing import Any

from quanticity.clock import Clock
from quanticity.component import Component
from quanticity.errors import ComponentError
from quanticity.journal.reader import Recording
from quanticity.journal.recorder import state_hash
from quanticity.journal.records import Bound, Lost, Run, Value
from quanticity.journal.segment import Damage
from quanticity.replay.differences import Difference, Verdict
from quanticity.replay.values import Missing, Values
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.execute import Result, execute
from quanticity.runtime.recorded import lacks_a_secret

MOST_SHOWN = 50
_TICK = 5000
_ADDRESS = re.compile(r"0x[0-9a-f]+")

UNKNOWN_STATE = "their state is not in the recording before the next full one"
ASTRAY = "they build on a state that differs"
GONE = "their component is not among the plugins"
NO_INPUT = "an input of theirs is not in the recording"
HELD_BACK = "one of their parameters is a secret, and not recorded"


class Verifier:
    """Compares one recording with the components there are now. `clock` times it."""

    def __init__(
        self,
        recording: Recording,
        components: Mapping[str, type[Component]],
        clock: Clock,
        *,
        on_progress: Callable[[Verdict], None] = lambda _: None,
    ) -> None:
        self._recording = recording
        self._components = components
        self._clock = clock
        self._on_progress = on_progress
        self._values = Values()
        self._bindings: dict[str, Binding | str] = {}
        self._states: dict[str, bytes | None] = {}
        self._gaps: set[str] = set()
        self._astray: set[str] = set()
        self._awaited: dict[tuple[str, str], list[Difference]] = {}
        self.verdict = Verdict()

    def run(self) -> Verdict:
        """Read the recording once, from its first record to its last."""
        # The collector would walk a minute of values again and again, and find nothing.
        usual = gc.get_threshold()
        gc.set_threshold(200_000, *usual[1:])
        try:
            return self._read()
        finally:
            gc.set_threshold(*usual)

    def _read(self) -> Verdict:
        verdict, began = self.verdict, self._clock.monotonic()
        handle: dict[type[Any], Callable[[Any], None]] = {
            Value: self._value,
            Run: self._run,
            Bound: self._bound,
            Lost: self._lost,
        }
        for number, record in enumerate(self._recording.records(on_damage=self._damaged)):
            if (work := handle.get(type(record))) is not None:
                work(record)
            if number % _TICK == 0:
                verdict.took = self._clock.monotonic() - began
                self._on_progress(verdict)
        verdict.took = self._clock.monotonic() - began
        verdict.span = (self._recording.last - self._recording.first) / 1000
        return verdict

    def _damaged(self, damage: Damage) -> None:
        self.verdict.damage.append(damage)
        self._gap()

    def _lost(self, lost: Lost) -> None:
        self.verdict.lost += lost.count
        self._gap()

    def _gap(self) -> None:
        """A run may be missing: no state that was carried so far can be relied upon."""
        self._gaps.update(self._states)

    def _value(self, value: Value) -> None:
        self.verdict.values += 1
        try:
            one = self._values.add(value)
        except ValueError as error:
            self.verdict.bad_values.append(str(error))
            return
        if self._awaited:
            # Runs that gave the same bytes each wrote them once: the first waits for the first.
            awaiting = self._awaited.get((value.key, one.hash))
            if awaiting:
                awaiting.pop(0).compare(bytes(one.data))

    def _bound(self, bound: Bound) -> None:
        # A process that began anew goes on from what the store remembers; what an earlier one
        # did last may not have got there.
        self._gaps.add(bound.binding)
        component = self._components.get(bound.component)
        if component is None:
            self._bindings[bound.binding] = f"{GONE} ({bound.component}, {bound.plugin})"
            return
        if lacks_a_secret(bound):
            self._bindings[bound.binding] = f"{HELD_BACK} ({bound.binding})"
            return
        try:
            params = component.Params.model_validate_json(bound.params)
            self._bindings[bound.binding] = bind(
                component, params, bound.values, plugin=bound.plugin
            )
        except (ValueError, ComponentError) as error:
            self._bindings[bound.binding] = f"{bound.binding} cannot be made now: {error}"

    def _run(self, run: Run) -> None:
        binding = self._bindings.get(run.binding, "nothing tells what they were bound to")
        if isinstance(binding, str):
            self.verdict.skip(binding)
            return
        known, state = self._state(run, binding)
        if not known:
            return
        try:
            views = self._values.views(binding, run.inputs)
        except Missing as missing:
            told = (why for why in self.verdict.skipped if why.startswith(NO_INPUT))
            self.verdict.skip(next(told, f"{NO_INPUT} (first: {missing})"))
            self._states.pop(run.binding, None)
            return
        result = execute(binding, views, state, run.now)
        self.verdict.runs += 1
        self._states[run.binding] = state if result.error else result.state
        self._compare(run, binding, result)

    def _state(self, run: Run, binding: Binding) -> tuple[bool, bytes | None]:
        """Whether the state before this run is known, and the state."""
        name = run.binding
        if not run.before:
            self._recovered(name)
            return True, None
        if name in self._states and state_hash(self._states[name]) == run.before:
            self._gaps.discard(name)
            return True, self._states[name]
        told = run.state is not None and state_hash(run.state) == run.before
        if name in self._states and name not in self._gaps and name not in self._astray:
            self._differs(run, binding, "the state before it is not what was recorded")
            self._astray.add(name)
        if told:
            self._recovered(name)
            return True, run.state
        self.verdict.skip(ASTRAY if name in self._astray else UNKNOWN_STATE)
        return False, None

    def _recovered(self, name: str) -> None:
        self._gaps.discard(name)
        self._astray.discard(name)

    def _compare(self, run: Run, binding: Binding, result: Result) -> None:
        if _plain(run.error) != _plain(result.error):
            recorded = run.error or "no error"
            what = f"recorded: {recorded}; replayed: {result.error or 'no error'}"
            self._differs(run, binding, what)
            return
        for number, output in enumerate(result.outputs):
            if number >= len(run.outputs):
                what = f"it gives '{output.name}' ({output.key}), which was not recorded"
                self._differs(run, binding, what)
                return
            recorded_one = run.outputs[number]
            if recorded_one.key != output.key:
                what = f"it gives {output.key} where {recorded_one.key} was recorded"
                self._differs(run, binding, what)
                return
            if recorded_one.hash != output.hash:
                found = self._differs(
                    run, binding, f"its output '{output.name}' ({output.key}) differs"
                )
                found.key, found.recorded_hash = output.key, recorded_one.hash
                found.replayed = output.data
                if self.verdict.differed <= MOST_SHOWN:
                    self._awaited.setdefault((output.key, recorded_one.hash), []).append(found)
        if len(result.outputs) < len(run.outputs):
            missing = run.outputs[len(result.outputs)]
            self._differs(run, binding, f"it does not give '{missing.name}' ({missing.key}) now")
        if not result.error and state_hash(result.state) != run.later:
            self._differs(run, binding, "what it remembers after it differs")
            self._astray.add(run.binding)

    def _differs(self, run: Run, binding: Binding, what: str) -> Difference:
        changed = binding.digest != run.digest
        found = Difference(
            run.binding, binding.plugin, run.now, run.after, what, run.inputs, changed=changed
        )
        self.verdict.differed += 1
        if len(self.verdict.differences) < MOST_SHOWN:
            self.verdict.differences.append(found)
        return found


def _plain(error: str) -> str:
    """An error without what differs from run to run: addresses in memory."""
    return _ADDRESS.sub("0x…", error)

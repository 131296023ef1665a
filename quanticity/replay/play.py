"""`replay`: today's components over a recording, in recorded time; keys are written as live.

Only what came from outside is taken from the recording; what components made is made again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Protocol

import msgspec

from quanticity.clock import Calendar, Clock
from quanticity.journal.reader import Recording
from quanticity.journal.recorder import Recorder
from quanticity.journal.records import Bound, Value, order
from quanticity.journal.segment import Damage
from quanticity.journal.tap import Tap
from quanticity.model import Kind, Write
from quanticity.runtime.ages import Ages
from quanticity.runtime.binding import Binding
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import execute
from quanticity.runtime.job import Job
from quanticity.runtime.recorded import bound_of, run_of
from quanticity.store.envelope import Written
from quanticity.store.ports import Observer
from quanticity.views.base import Stored, stored

# What was there before a recording began has no recorded life.
_OLD_LIFE = 86_400.0
# Components that wake each other without end would hold time still.
_ROUNDS = 1000


class Target(Protocol):
    """The store that is written to."""

    def put(self, write: Write) -> None:
        """Queue a value."""
        ...

    def put_together(self, writes: Sequence[Write], states: Mapping[str, bytes]) -> None:
        """Queue the outputs of a run and what it remembers."""
        ...

    async def flush(self) -> None:
        """Wait until all that was put is written."""
        ...

    def observe(self, observer: Observer) -> None:
        """Tell what was written, with its seqs."""
        ...

    def unobserve(self, observer: Observer) -> None:
        """Tell it no more."""
        ...


@dataclass(slots=True)
class Played:
    """What a replay did. `span` is the recorded time in seconds, `took` what it took."""

    values: int = 0
    runs: int = 0
    failed: int = 0
    outputs: int = 0
    damage: int = 0
    span: float = 0.0
    took: float = 0.0


class Player:
    """Plays one recording into a store. The recorded `received` of the values is the time."""

    def __init__(
        self,
        recording: Recording,
        bindings: Iterable[Binding],
        ages: Ages,
        calendar: Calendar,
        store: Target,
        clock: Clock,
        *,
        on_damage: Callable[[Damage], None] = lambda _: None,
        on_failure: Callable[[str, str], None] = lambda where, error: None,
    ) -> None:
        self._recording = recording
        self._bindings = list(bindings)
        self._ages = ages
        self._calendar = calendar
        self._store = store
        self._clock = clock
        self._on_damage = on_damage
        self._on_failure = on_failure
        self._made = {write.key for one in self._bindings for write in one.writes.values()}
        self._makers: set[str] = {one.id for one in self._bindings}
        self._engine: Engine | None = None
        self._now = 0.0
        self._before: list[tuple[Value, Stored]] = []
        self._last: dict[str, tuple[int, int]] = {}
        self._arrived: deque[tuple[str, bytes]] = deque()
        self.tap: Tap | None = None
        """Where the runs are recorded, if anywhere."""
        self.played = Played()

    async def run(self) -> Played:
        """Play it from its first value to its last."""
        began, first = self._clock.monotonic(), None
        for binding in self._bindings:
            self._record(partial(Recorder.bound, one=bound_of(binding)))
        self._store.observe(self._written)
        try:
            for record in self._recording.records(on_damage=self._damaged):
                if isinstance(record, Bound):
                    self._makers.add(record.binding)
                elif isinstance(record, Value):
                    await self._value(record)
                    if first is None and self._engine is not None:
                        first = self._now
            if self._engine is None and self._before:
                await self._begin(max(one.received for _, one in self._before))
        finally:
            self._store.unobserve(self._written)
        self.played.span = self._now - (self._now if first is None else first)
        self.played.took = self._clock.monotonic() - began
        return self.played

    def _damaged(self, damage: Damage) -> None:
        self.played.damage += 1
        self._on_damage(damage)

    def _written(self, values: Sequence[Written]) -> None:
        engine = self._engine
        for one in values:
            if engine is not None and engine.reads(one.write.key):
                self._arrived.append((one.write.key, one.text))

    async def _value(self, value: Value) -> None:
        try:
            one = stored(value.text)
        except msgspec.DecodeError:
            return
        if value.key in self._made or one.source in self._makers:
            return
        if self._engine is not None:
            await self._take(self._engine, value, one)
        elif value.after:
            # What was there before says nothing of the time: a demo that begins again at ten finds
            # values of a later hour.
            self._before.append((value, one))
        else:
            await self._take(await self._begin(one.received), value, one)

    async def _begin(self, now: float) -> Engine:
        """Begin at this moment, with what was there before."""
        self._now = now
        engine = self._engine = Engine(self._bindings, self._ages, self._calendar, now=now)
        for value, one in self._before:
            await self._take(engine, value, one)
        return engine

    async def _take(self, engine: Engine, value: Value, one: Stored) -> None:
        # Where a recording begins, a value may have been recorded by two processes.
        at = order(value.seq)
        if at <= self._last.get(value.key, (0, 0)):
            return
        self._last[value.key] = at
        came = min(one.received, self._now) if value.after else one.received
        while engine.next_at() <= came:
            self._now = max(self._now, engine.next_at())
            await self._work(engine)
        self._now = max(self._now, came)
        self._store.put(
            Write(
                value.key,
                bytes(one.data),
                one.source,
                one.timestamp,
                one.received,
                value.ttl or _OLD_LIFE,
                Kind(value.kind),
                one.inputs,
                value.cap or 10_000,
            )
        )
        self.played.values += 1
        await self._work(engine)

    async def _work(self, engine: Engine) -> None:
        """Do all that is to do at this moment."""
        for _ in range(_ROUNDS):
            await self._store.flush()
            while self._arrived:
                engine.arrived(*self._arrived.popleft(), self._now)
            engine.advance(self._now)
            ready = engine.ready(self._now)
            if not ready:
                return
            for name in ready:
                job = engine.job(name, self._now)
                if isinstance(job, Job):
                    self._run(engine, job)

    def _record(self, step: Callable[[Recorder], None]) -> None:
        if self.tap is not None:
            self.tap.do(step)

    def _run(self, engine: Engine, job: Job) -> None:
        result = execute(job.binding, job.views, job.state, job.now)
        self.played.runs += 1
        self._record(partial(Recorder.ran, run=run_of(job, result), state=job.state))
        if result.error:
            self.played.failed += 1
            self._on_failure(result.where, result.error)
        commit = engine.finish(job, result, self._now)
        if commit is not None:
            self.played.outputs += len(commit.writes)
            self._store.put_together(commit.writes, commit.states)


def times_of(played: Played) -> float:
    """How many times faster than life it was."""
    return played.span / played.took if played.took > 0 else inf

"""Records the runs of a worker, and the values it had before the recording began."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quanticity.background import started
from quanticity.clock import Clock
from quanticity.journal.recorder import Recorder
from quanticity.journal.records import order
from quanticity.journal.tap import Tap
from quanticity.model import Kind
from quanticity.runtime.binding import Binding
from quanticity.runtime.execute import Result
from quanticity.runtime.job import Job
from quanticity.runtime.recorded import bound_of, run_of
from quanticity.store.redis_store import RedisStore
from quanticity.views.base import stored

# The seq stands before the data; what is in front of it is short.
_SEQ = re.compile(rb'"seq":"([0-9]+-[0-9]+)"')
_HEAD = 1000
_EVENTS_KEPT = 1000
# The processes of a system begin to record within this of each other (milliseconds of seqs).
_APART = 2000


class RunRecorder:
    """A worker's observer. Its tap decides when anything is recorded."""

    def __init__(self, tap: Tap | None = None) -> None:
        self._tap = tap
        self._task: asyncio.Task[None] | None = None
        self._bindings: Sequence[Binding] = ()
        self._events: frozenset[str] = frozenset()
        self._latest: dict[str, bytes] = {}
        self._recent: dict[str, deque[bytes]] = {}
        self._overlap = 0

    def follow(self, tap: Tap) -> None:
        """Record what this tap says, from now on."""
        self._tap = tap
        self._task = started(tap.run(), "the recording")

    def begin(self, recorder: Recorder) -> None:
        """A recording begins: say what is bound, and what is there already."""
        self._overlap = order(recorder.newest)[0] + _APART
        for binding in self._bindings:
            recorder.bound(bound_of(binding))
        for key, text in self._latest.items():
            recorder.present(key, Kind.LATEST, stored(text))
        for key, texts in self._recent.items():
            for text in texts:
                recorder.present(key, Kind.EVENTS, stored(text))

    def bound(self, bindings: Sequence[Binding]) -> None:
        """These are in force from now on."""
        self._bindings = bindings
        self._events = frozenset(key for one in bindings for key in one.events)
        if self._tap is not None:
            for binding in bindings:
                bound = bound_of(binding)
                self._tap.do(lambda recorder, bound=bound: recorder.bound(bound))  # type: ignore[misc]

    def arrived(self, key: str, text: bytes) -> None:
        """A value was read; where its writer may not have recorded it, it is recorded here."""
        kind = Kind.EVENTS if key in self._events else Kind.LATEST
        if kind is Kind.LATEST:
            self._latest[key] = text
        else:
            self._recent.setdefault(key, deque(maxlen=_EVENTS_KEPT)).append(text)
        recorder = self._tap.recorder if self._tap is not None else None
        if recorder is not None:
            seq = _SEQ.search(text, 0, _HEAD)
            if seq is not None and order(seq[1].decode())[0] <= self._overlap:
                recorder.present(key, kind, stored(text))

    def ran(self, job: Job, result: Result) -> None:
        """A run ended; it is told before its outputs are written."""
        if self._tap is not None and self._tap.active:
            run, state = run_of(job, result), job.state
            self._tap.do(lambda recorder: recorder.ran(run, state))

    def close(self) -> None:
        """The worker ends."""
        if self._task is not None:
            self._task.cancel()
        if self._tap is not None:
            self._tap.close()


@dataclass(frozen=True, slots=True)
class RecorderFor:
    """Makes the observer in the worker's process; `folder` where all of a run is recorded."""

    clock: Clock
    folder: Path | None = None
    process: str = "worker"

    def __call__(self, store: RedisStore) -> RunRecorder:
        """An observer beside this store."""
        recorder = RunRecorder()
        recorder.follow(Tap(store, self.clock, self.process, self.folder, on_begin=recorder.begin))
        return recorder

"""Writes a recording: one thread of each process, behind a bounded queue.

The live path only puts references into the queue; the thread dresses values as envelopes,
compresses and writes them, four times a second, so that a crash loses less than the last second.
What does not fit, because the disk is too slow or full, is counted, told, and said in the file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import msgspec
from xxhash import xxh3_64_hexdigest

from quanticity import __version__
from quanticity.errors import QuanticityError
from quanticity.journal import segment
from quanticity.journal.records import FORMAT, Bound, Lost, Opened, Record, Run, Value, order
from quanticity.logs import logger
from quanticity.model import Kind, Write
from quanticity.store import envelope
from quanticity.views import Stored

FLUSH_EVERY = 0.25
QUEUE_BYTES = 128_000_000
SEGMENT_BYTES = 64_000_000
STATE_EVERY = 200

_BLOCK_BYTES = 1_000_000
_OVERHEAD = 200
_BREATH = 32
_MOMENT = 0.0002

# A write with its seq, or a record that is whole already.
_Queued = tuple[Write, str] | Record


class Recorder:
    """Records what one process writes and runs, into files of its own in `folder`.

    `process` names the files (`feeds`, `worker-1`), `started` is the system's epoch second, and
    `newest` the newest seq in the store: what is recorded stands behind it.
    Raises `QuanticityError` where the folder cannot be written to. Call from one thread.
    """

    def __init__(
        self,
        folder: Path,
        process: str,
        started: float,
        newest: str = "0-0",
        *,
        queue_bytes: int = QUEUE_BYTES,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self.folder = folder
        self._opened = Opened(FORMAT, process, started, __version__)
        self._stem = f"{process}-{uuid4().hex[:12]}"
        self._queue_bytes = queue_bytes
        self._segment_bytes = segment_bytes
        self._queue: list[_Queued] = []
        self._queued = 0
        self._lock = threading.Lock()
        self._turn = threading.Event()
        self._never = threading.Event()
        self._newest = newest
        self._missing = 0
        self._since_state: dict[str, int] = {}
        self._bound: dict[str, Bound] = {}
        self._closing = False
        self._failed = ""
        self._segments = 0
        self._file: BinaryIO | None = None
        self._size = 0
        self._compressor = segment.compressor()
        self.records = 0
        self.bytes = 0
        self.lost = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise QuanticityError(
                f"{folder} cannot hold a recording: {error.strerror or error}; name another folder"
            ) from None
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def written(self, writes: Sequence[tuple[Write, str]]) -> None:
        """Record what the store has written: its observer."""
        size = 0
        for write, _ in writes:
            size += len(write.data) + _OVERHEAD
        if writes:
            self._saw(writes[-1][1])
            self._put(writes, size)

    def present(self, key: str, kind: Kind, one: Stored) -> None:
        """Record a value that was there before the recording began."""
        text = msgspec.json.encode(one)
        self._put((Value(one.seq, key, kind.value, 0.0, 0, text, self._newest),), len(text))

    def bound(self, one: Bound) -> None:
        """Record a binding that is in force from now on; its `after` is filled in here."""
        one = msgspec.structs.replace(one, after=self._newest)
        with self._lock:
            self._bound[one.binding] = one
        self._since_state.pop(one.binding, None)
        self._put((one,), len(one.params) + _OVERHEAD)

    def ran(self, run: Run, state: bytes | None) -> None:
        """Record a run, and the state before it where it is time to; `after` is filled in here."""
        seqs = 0
        for read in run.inputs.values():
            if read:
                self._saw(read[-1])
                seqs += len(read)
        since = self._since_state.get(run.binding, STATE_EVERY)
        if since < STATE_EVERY or state is None:
            state = None
        else:
            since = 0
        self._since_state[run.binding] = since + 1
        run = msgspec.structs.replace(run, after=self._newest, state=state)
        self._put((run,), _OVERHEAD + 60 * seqs + len(state or b""))

    @property
    def newest(self) -> str:
        """The newest seq that it knows of."""
        return self._newest

    @property
    def problem(self) -> str:
        """Why nothing is recorded any more; empty while all is well."""
        return self._failed

    def close(self) -> None:
        """Write what waits, and end."""
        self._closing = True
        self._turn.set()
        self._thread.join()

    def _saw(self, seq: str) -> None:
        if order(seq) > order(self._newest):
            self._newest = seq

    def _put(self, records: Sequence[_Queued], size: int) -> None:
        with self._lock:
            if self._failed or self._queued + size > self._queue_bytes:
                if not self._missing and not self._failed:
                    logger.warning(
                        "recording: the disk is slower than the system, values are left out"
                    )
                self._missing += len(records)
                self.lost += len(records)
                # A state that builds on what is missing is of no use: begin anew with the next.
                self._since_state.clear()
                return
            self._queue.extend(records)
            self._queued += size
            full = self._queued > _BLOCK_BYTES
        if full:
            self._turn.set()

    def _work(self) -> None:
        while True:
            self._turn.wait(FLUSH_EVERY)
            self._turn.clear()
            last = self._closing
            try:
                self._drain()
            except OSError as error:
                with self._lock:
                    self._failed = f"{self.folder}: {error.strerror or error}"
                    self._missing += len(self._queue)
                    self.lost += len(self._queue)
                    self._queue.clear()
                logger.error("recording has ended, the system goes on: {}", self._failed)
            if last or self._failed:
                if self._file is not None:
                    self._file.close()
                return

    def _drain(self) -> None:
        with self._lock:
            queue, self._queue = self._queue, []
            size, missing, newest = self._queued, self._missing, self._newest
            self._missing = 0
        if missing:
            queue.append(Lost(newest, missing))
        records: list[Record] = []
        held = 0
        for number, one in enumerate(queue):
            if number % _BREATH == 0 and not self._closing:
                # Python lets one thread run for 5 ms: a run that is due would wait so long.
                self._never.wait(_MOMENT)
            record = _dressed(*one) if isinstance(one, tuple) else one
            records.append(record)
            held += len(record.text) if isinstance(record, Value) else _OVERHEAD
            if held >= _BLOCK_BYTES:
                self._write(records)
                records, held = [], 0
        if records:
            self._write(records)
        # What is being written still takes room: only now may others use it.
        with self._lock:
            self._queued -= size
        if queue and self._file is not None:
            os.fsync(self._file.fileno())

    def _write(self, records: list[Record]) -> None:
        if self._file is None or self._size > self._segment_bytes:
            self._open()
        block = segment.packed(records, self._compressor)
        self._append(block)
        self.records += len(records)

    def _open(self) -> None:
        if self._file is not None:
            self._file.close()
        self._segments += 1
        path = self.folder / f"{self._stem}-{self._segments:06d}{segment.SUFFIX}"
        self._file = path.open("xb", buffering=0)
        self._size = 0
        # Each segment says what it is and what was bound: it can be read by itself.
        with self._lock:
            bound = [msgspec.structs.replace(b, after=self._newest) for b in self._bound.values()]
        begins: list[Record] = [self._opened, *bound]
        self._append(segment.packed(begins, self._compressor))

    def _append(self, block: bytes) -> None:
        if self._file is None:
            return
        view = memoryview(block)
        while view:
            view = view[self._file.write(view) or 0 :]
        self._size += len(block)
        self.bytes += len(block)


def _dressed(write: Write, seq: str) -> Value:
    text = envelope.encode(write, seq)
    return Value(seq, write.key, write.kind.value, write.ttl, write.cap, text)


def state_hash(state: bytes | None) -> str:
    """Of a state before or after a run; empty where there is none."""
    return "" if state is None else xxh3_64_hexdigest(state)

"""Writes a recording: one thread of each process, behind a bounded queue.

The live path puts a value's text together while it is still in the processor's cache, a
microsecond each; the thread compresses and writes, four times a second, so that a crash loses
less than the last second. It holds nobody up: compressing and writing need no Python.
What does not fit, because the disk is too slow or full, is counted, told, and said in the file.
"""

from __future__ import annotations

import os
import threading
from collections import deque
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
from quanticity.journal.segment import Content
from quanticity.logs import logger
from quanticity.model import Kind
from quanticity.store.envelope import Written
from quanticity.views import Stored

FLUSH_EVERY = 0.25
QUEUE_BYTES = 128_000_000
SEGMENT_BYTES = 64_000_000
STATE_EVERY = 200

_BLOCK_BYTES = 500_000
_ROOM_BYTES = 600_000
_WAKE_BYTES = 2_000_000
_SPARE = 8


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
        # What fills up, what is full and waits, and what can be filled anew.
        self._content = Content(_ROOM_BYTES)
        self._full: deque[Content] = deque()
        self._spare: list[Content] = []
        self._waiting = 0
        self._lock = threading.Lock()
        self._turn = threading.Event()
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

    def written(self, values: Sequence[Written]) -> None:
        """Record what the store has written: its observer."""
        if values:
            self._saw(values[-1].seq)
            self._put(values)

    def present(self, key: str, kind: Kind, one: Stored) -> None:
        """Record a value that was there before the recording began."""
        text = msgspec.json.encode(one)
        self._put((Value(one.seq, key, kind.value, 0.0, 0, text, self._newest),))

    def bound(self, one: Bound) -> None:
        """Record a binding that is in force from now on; its `after` is filled in here."""
        one = msgspec.structs.replace(one, after=self._newest)
        with self._lock:
            self._bound[one.binding] = one
        self._since_state.pop(one.binding, None)
        self._put((one,))

    def ran(self, run: Run, state: bytes | None) -> None:
        """Record a run, and the state before it where it is time to; `after` is filled in here."""
        for read in run.inputs.values():
            if read:
                self._saw(read[-1])
        since = self._since_state.get(run.binding, STATE_EVERY)
        if since < STATE_EVERY or state is None:
            state = None
        else:
            since = 0
        self._since_state[run.binding] = since + 1
        run = msgspec.structs.replace(run, after=self._newest, state=state)
        self._put((run,))

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

    def _put(self, records: Sequence[Record | Written]) -> None:
        with self._lock:
            content = self._content
            if self._failed or self._waiting + content.size > self._queue_bytes:
                if not self._missing and not self._failed:
                    logger.warning(
                        "recording: the disk is slower than the system, values are left out"
                    )
                self._lose(len(records))
                return
            if self._missing:
                self._say_lost()
            for one in records:
                try:
                    if isinstance(one, Written):
                        content.add_written(one)
                    else:
                        content.add(one)
                except (ValueError, TypeError, OverflowError) as error:
                    # It must not stop whoever wrote or ran it.
                    logger.error("recording: {} cannot be recorded: {}", _named(one), error)
                    self._lose(1)
            if content.size >= _BLOCK_BYTES:
                self._close_content()
            full = self._waiting > _WAKE_BYTES
        if full:
            self._turn.set()

    def _lose(self, count: int) -> None:
        self._missing += count
        self.lost += count
        # A state that builds on what is missing is of no use: begin anew with the next.
        self._since_state.clear()

    def _say_lost(self) -> None:
        self._content.add(Lost(self._newest, self._missing))
        self._missing = 0

    def _close_content(self) -> None:
        self._full.append(self._content)
        self._waiting += self._content.size
        self._content = self._spare.pop() if self._spare else Content(_ROOM_BYTES)

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
                    self._lose(self._content.count + sum(one.count for one in self._full))
                    self._full.clear()
                logger.error("recording has ended, the system goes on: {}", self._failed)
            if last or self._failed:
                if self._file is not None:
                    self._file.close()
                return

    def _drain(self) -> None:
        with self._lock:
            if self._missing:
                self._say_lost()
            if self._content.count:
                self._close_content()
            count = len(self._full)
        for _ in range(count):
            content = self._full[0]
            self._write(content)
            # What is being written still takes room: only now may others use it.
            with self._lock:
                self._full.popleft()
                self._waiting -= content.size
                if content.size < 2 * _BLOCK_BYTES and len(self._spare) < _SPARE:
                    content.begin()
                    self._spare.append(content)
        if count:
            self._sync()

    def _sync(self) -> None:
        if self._file is not None:
            os.fsync(self._file.fileno())

    def _write(self, content: Content) -> None:
        block = content.block(self._compressor)
        if self._file is None or self._size > self._segment_bytes:
            self._open()
        self._append(block)
        self.records += content.count

    def _open(self) -> None:
        if self._file is not None:
            self._sync()
            self._file.close()
        self._segments += 1
        path = self.folder / f"{self._stem}-{self._segments:06d}{segment.SUFFIX}"
        self._file = path.open("xb", buffering=0)
        self._size = 0
        # Each segment says what it is and what was bound: it can be read by itself.
        with self._lock:
            bound = [msgspec.structs.replace(b, after=self._newest) for b in self._bound.values()]
        content = Content()
        begins: list[Record] = [self._opened, *bound]
        for one in begins:
            content.add(one)
        self._append(content.block(self._compressor))

    def _append(self, block: bytes) -> None:
        if self._file is None:
            return
        view = memoryview(block)
        while view:
            view = view[self._file.write(view) or 0 :]
        self._size += len(block)
        self.bytes += len(block)


def state_hash(state: bytes | None) -> str:
    """Of a state before or after a run; empty where there is none."""
    return "" if state is None else xxh3_64_hexdigest(state)


def _named(one: Record | Written) -> str:
    """What a record is of, for people."""
    if isinstance(one, Written):
        return one.write.key
    if isinstance(one, Run | Bound):
        return one.binding
    return one.key if isinstance(one, Value) else "a record"

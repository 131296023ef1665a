"""When a process records: from its start into a folder, or while the store says so.

`record` keeps a word in the store alive; every process of the system looks at it and records for
as long as it stands. So recording can begin and end while everything runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from quanticity.background import started
from quanticity.clock import Clock
from quanticity.errors import QuanticityError, StoreUnavailable
from quanticity.journal.recorder import Recorder
from quanticity.logs import logger
from quanticity.store.envelope import Written
from quanticity.store.ports import Observer
from quanticity.store.redis_store import RedisStore

WORD = "journal:recording"
WORD_LIFE = 3.0
LOOK_EVERY = 0.25

_EARLY = 100_000
_Step = Callable[[Recorder], None]


class Word(msgspec.Struct):
    """What the store says while something is to be recorded: where to, and which time it is."""

    folder: str
    number: str


def word(folder: Path, number: str) -> str:
    """The text of it; renew it within `WORD_LIFE` seconds."""
    return msgspec.json.encode(Word(str(folder), number)).decode()


class TappedStore(Protocol):
    """What is needed of the store that is recorded."""

    def observe(self, observer: Observer) -> None:
        """Tell what was written, with its seqs."""
        ...

    def unobserve(self, observer: Observer) -> None:
        """Tell it no more."""
        ...

    async def newest_seq(self) -> str:
        """The seq of the newest write of all."""
        ...

    async def get_raw(self, key: str) -> bytes | None:
        """The stored text."""
        ...


@asynccontextmanager
async def tapped(
    store: RedisStore,
    clock: Clock,
    folder: Path | None,
    process: str = "feeds",
    *,
    began: float | None = None,
) -> AsyncIterator[Tap]:
    """A tap that runs, and is closed when all that was put before is written."""
    tap = Tap(store, clock, process, folder, began=began)
    task = started(tap.run(), "the recording")
    try:
        yield tap
    finally:
        task.cancel()
        await store.flush()
        tap.close()


class Tap:
    """One process's part of a recording. `run` it as a task, `close` it before the store.

    With a `folder` everything from now on is recorded; without, whatever the store says.
    `on_begin` is told of each recorder before anything else is recorded. `began` is when the
    system began, epoch seconds, where that is not now by `clock`: a replay goes by recorded time.
    """

    def __init__(
        self,
        store: TappedStore,
        clock: Clock,
        process: str,
        folder: Path | None = None,
        *,
        on_begin: Callable[[Recorder], None] = lambda _: None,
        began: float | None = None,
    ) -> None:
        self._began = began
        self.recorder: Recorder | None = None
        self._store = store
        self._clock = clock
        self._process = process
        self._folder = folder
        self._on_begin = on_begin
        self._number = ""
        self._refused = ""
        # What happens before the recorder stands is not lost: it waits here.
        self._early: list[_Step] | None = None
        if folder is not None:
            self._wait()

    async def run(self) -> None:
        """Begin and end as told, until cancelled."""
        while True:
            try:
                if self._folder is not None:
                    if self.recorder is None:
                        await self._begin(self._folder)
                else:
                    await self._look()
            except StoreUnavailable:
                pass  # it is looked at again; nothing can be recorded meanwhile
            await self._clock.sleep(LOOK_EVERY)

    def do(self, step: _Step) -> None:
        """Have something recorded, now or as soon as the recorder stands."""
        if self.recorder is not None:
            step(self.recorder)
        elif self._early is not None and len(self._early) < _EARLY:
            self._early.append(step)

    @property
    def active(self) -> bool:
        """Whether there is any use in recording something."""
        return self.recorder is not None or self._early is not None

    def close(self) -> None:
        """Write what waits, and end."""
        if self._early is not None:
            self._early = None
            self._store.unobserve(self._written)
        self._end()

    def _wait(self) -> None:
        self._early = []
        self._store.observe(self._written)

    def _written(self, values: Sequence[Written]) -> None:
        self.do(lambda recorder: recorder.written(values))

    async def _look(self) -> None:
        text = await self._store.get_raw(WORD)
        said = msgspec.json.decode(text, type=Word) if text else None
        if self.recorder is not None and (said is None or said.number != self._number):
            self._end()
        if said is not None and self.recorder is None and said.number != self._refused:
            self._number = said.number
            self._wait()
            await self._begin(Path(said.folder))

    async def _begin(self, folder: Path) -> None:
        newest = await self._store.newest_seq()
        early = self._early or []
        try:
            began = self._clock.now() if self._began is None else self._began
            recorder = Recorder(folder, self._process, began, newest)
        except QuanticityError as error:
            logger.error("nothing is recorded: {}", error)
            self._store.unobserve(self._written)
            self._early, self._refused, self._folder = None, self._number, None
            return
        self._on_begin(recorder)
        for step in early:
            step(recorder)
        self.recorder, self._early = recorder, None
        logger.info("recording into {}", folder)

    def _end(self) -> None:
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            self._store.unobserve(self._written)
            recorder.close()
            logger.info("recorded {} values and runs, {} lost", recorder.records, recorder.lost)

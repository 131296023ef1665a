"""Who else runs in a data folder: where clocks are made up, nobody else may."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from quanticity.clock import Clock
from quanticity.errors import StoreInUse, StoreUnavailable
from quanticity.store.growth import Evictions, Growth, Keeps
from quanticity.store.locks import ALONE, SHARED, FileLock

_FILE = "run.lock"
# A run that was told to end may be writing its last values.
_PATIENCE = 1.0
_POLL = 0.05
_LOOK = 5.0


class Alone:
    """The right to run in a data folder, for as long as this process lives or until `release`.

    The kernel takes it back however the process ends, so whoever comes after a `kill -9` begins
    at once.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._path = data / _FILE
        self._lock = FileLock(self._path)

    async def claim(self, clock: Clock, *, shared: bool) -> bool:
        """Take it; `shared` with others who want no more. True where nobody else has it now.

        Raises `StoreInUse`, naming the process that has it and what to do, and `StoreUnavailable`
        where the folder cannot be used.
        """
        if sys.platform == "win32":
            return True
        try:
            self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
            return await self._take(clock, shared=shared)
        except OSError as error:
            raise StoreUnavailable(
                f"the data directory {self._data} cannot be used: {error.strerror}; "
                "name another with --data or QUANTICITY_DATA"
            ) from None

    async def _take(self, clock: Clock, *, shared: bool) -> bool:
        ends = clock.monotonic() + _PATIENCE
        while True:
            only = self._lock.take(ALONE)
            if only and not shared:
                os.ftruncate(self._lock.number, 0)
                os.pwrite(self._lock.number, b"%d" % os.getpid(), 0)
                return True
            if shared and self._lock.take(SHARED):
                return only
            if clock.monotonic() > ends:
                self.release()
                raise StoreInUse(self._told())
            await clock.sleep(_POLL)

    async def watch(
        self, clock: Clock, tell: Callable[[str, bool, str], None], store: Keeps | None = None
    ) -> None:
        """Go on until cancelled; `tell`, once, that the folder was removed, moved or replaced.

        So is what its server does with what it holds, where that would go wrong without a word.
        """
        told = False
        looks = () if store is None else (Growth(self._data, store).look, Evictions(store).look)
        while True:
            await clock.sleep(_LOOK)
            gone = self._is_gone()
            if gone and not told:
                tell(
                    "data",
                    False,
                    f"the data directory {self._data} is no longer the one that this run began in: "
                    "no command finds it there, another run would not know of its limits, and what "
                    "it holds is lost at its end; stop it, and start it anew",
                )
            told = gone
            for look in looks:
                if not gone and (news := await look()) is not None:
                    tell("store", *news)

    def _is_gone(self) -> bool:
        if not self._lock.is_open:
            return False
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(self._lock.number))
        except OSError:
            return True

    def release(self) -> None:
        """Give it back."""
        self._lock.drop()

    def _told(self) -> str:
        process = ""
        with suppress(OSError, ValueError):
            process = f" (process {int(self._path.read_text())})"
        return (
            f"another run{process} uses the data folder {self._data}. Each has a clock of its own "
            "here, and two would meet in the same keys. Stop it, or give this one a folder of its "
            "own: --data DIR"
        )


def is_taken(data: Path) -> bool:
    """Whether a run that shares with nobody has a data folder; ask where this process has not."""
    if sys.platform == "win32" or not (data / _FILE).exists():
        return False
    lock = FileLock(data / _FILE)
    try:
        return not lock.take(SHARED)
    except OSError:
        return False
    finally:
        lock.drop()

"""One run for each data folder: the clocks of two would meet in the same keys."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from quanticity.clock import Clock
from quanticity.errors import StoreInUse, StoreUnavailable
from quanticity.store.locks import ALONE, FileLock

_FILE = "run.lock"
# A run that was told to end may be writing its last values.
_PATIENCE = 1.0
_POLL = 0.05


class Alone:
    """The right to run in a data folder, for as long as this process lives or until `release`.

    The kernel takes it back however the process ends, so whoever comes after a `kill -9` begins
    at once.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._path = data / _FILE
        self._lock = FileLock(self._path)

    async def claim(self, clock: Clock) -> None:
        """Take it. Raises `StoreInUse`, naming the process that has it, and what to do.

        `StoreUnavailable` where the folder cannot be used.
        """
        if sys.platform == "win32":
            return
        try:
            self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
            await self._wait(clock)
        except OSError as error:
            raise StoreUnavailable(
                f"the data directory {self._data} cannot be used: {error.strerror}; "
                "name another with --data or QUANTICITY_DATA"
            ) from None

    async def _wait(self, clock: Clock) -> None:
        ends = clock.monotonic() + _PATIENCE
        while not self._lock.take(ALONE):
            if clock.monotonic() > ends:
                self.release()
                raise StoreInUse(self._told())
            await clock.sleep(_POLL)
        os.ftruncate(self._lock.number, 0)
        os.pwrite(self._lock.number, b"%d" % os.getpid(), 0)

    def release(self) -> None:
        """Give it back."""
        self._lock.drop()

    def _told(self) -> str:
        process = ""
        with suppress(OSError, ValueError):
            process = f" (process {int(self._path.read_text())})"
        return (
            f"another run{process} uses the data folder {self._data}, and two would write the same "
            "keys. Stop it, or give this one a folder of its own: --data DIR"
        )

"""Locks between processes: the kernel drops them however a process ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from weakref import WeakSet

if sys.platform != "win32":
    import fcntl

    SHARED = fcntl.LOCK_SH
    ALONE = fcntl.LOCK_EX
else:
    # Named by who never takes one there.
    SHARED, ALONE = 1, 2


class FileLock:
    """A lock on a file, shared or alone. The file stays; only the lock comes and goes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        _all.add(self)

    @property
    def is_open(self) -> bool:
        """True while the file is open; every lock that we took is then ours still."""
        return self._file is not None

    @property
    def number(self) -> int:
        """The number of the open file. Raises `ValueError` where it is not open."""
        if self._file is None:
            raise ValueError(f"{self._path} is not open")
        return self._file

    def take(self, mode: int) -> bool:
        """Take the lock in this mode, or turn it into this mode; False where others forbid it.

        After a False the lock that was held before may be lost.
        """
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def drop(self) -> None:
        """Let go, also where a process that was forked meanwhile has the file open as well."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
            self._file = None

    def leave(self) -> None:
        """Close the file, and no more: the lock stays with whoever else has it open."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


# A process that a plugin forks would hold every lock of ours for as long as it lives.
_all: WeakSet[FileLock] = WeakSet()


def _forked() -> None:
    for lock in list(_all):
        lock.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

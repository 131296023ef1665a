"""What a worker shows its supervisor without a word: a few figures in shared memory.

A worker that hangs answers nothing; these say since when, and whose run it is.
"""

from __future__ import annotations

import os
from collections.abc import MutableSequence
from pathlib import Path

SIZE = 4
_SINCE, _WHO, _BUDGET, _SUSPECT = range(SIZE)
NOBODY = -1
LOADING = -2

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Pulse:
    """A view of the shared figures. Written by the worker, read by the supervisor."""

    def __init__(self, cells: MutableSequence[float]) -> None:
        self._cells = cells

    def begin(self, who: int, budget: float, at: float) -> None:
        """A run of the binding number `who` begins at monotonic second `at`."""
        cells = self._cells
        cells[_WHO], cells[_BUDGET] = who, budget
        cells[_SINCE] = at

    def end(self) -> None:
        """Nothing runs."""
        self._cells[_SINCE] = 0.0

    def suspect(self, who: int) -> None:
        """Whose runs took the most memory so far."""
        self._cells[_SUSPECT] = who

    def reset(self) -> None:
        """Before a worker starts."""
        self._cells[:] = [0.0, NOBODY, 0.0, NOBODY]

    @property
    def running(self) -> int:
        """Whose run is under way."""
        return int(self._cells[_WHO]) if self._cells[_SINCE] else NOBODY

    @property
    def suspected(self) -> int:
        """See `suspect`."""
        return int(self._cells[_SUSPECT])

    def over(self, now: float) -> float | None:
        """Seconds that the run under way has taken, where that is more than it may."""
        since = self._cells[_SINCE]
        took = now - since
        return took if since and took > self._cells[_BUDGET] else None


def resident(pid: int) -> int | None:
    """Bytes of memory that a process holds; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except OSError:
        return None
    return int(fields[1]) * _PAGE if len(fields) > 1 else None


class Growth:
    """Whose runs make this process grow: looked at after runs that took a while, and some."""

    _LONG = 0.0005
    _EVERY = 32

    def __init__(self) -> None:
        self._grown: dict[int, int] = {}
        self._last = resident(os.getpid())
        self._runs = 0

    def ran(self, who: int, seconds: float) -> int | None:
        """A run ended; the one that grew most, where a look was taken."""
        self._runs += 1
        if seconds < self._LONG and self._runs % self._EVERY:
            return None
        now = resident(os.getpid())
        if now is None or self._last is None:
            return None
        self._grown[who] = self._grown.get(who, 0) + now - self._last
        self._last = now
        return max(self._grown, key=self._grown.__getitem__)

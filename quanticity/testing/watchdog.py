"""Ends this process where a run does not come back, with the line where it was.

A run is judged by its CPU seconds: on a machine with other work, too, it is as quick as it is. One
that only waits takes none, and is ended after ten times as long by the wall.
"""

from __future__ import annotations

import faulthandler
import signal

_WAITS = 10


def watch() -> None:
    """Say where a run was when its time was up, and end."""
    faulthandler.register(signal.SIGPROF, chain=True)


def begin(budget: float) -> None:
    """A run begins that may take so many seconds."""
    faulthandler.dump_traceback_later(_WAITS * budget, exit=True)
    signal.setitimer(signal.ITIMER_PROF, budget)


def end() -> None:
    """It came back."""
    signal.setitimer(signal.ITIMER_PROF, 0.0)
    faulthandler.cancel_dump_traceback_later()


def was_too_slow(status: int, said: str) -> bool:
    """Whether that is why a process ended, by its exit status and what it wrote to stderr."""
    return status == -signal.SIGPROF or "Timeout (" in said

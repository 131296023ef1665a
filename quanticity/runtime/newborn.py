"""Processes that are deaf to signals from their first moment on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def born_deaf(*signals: signal.Signals) -> Iterator[None]:
    """Whatever is started meanwhile by this thread does not hear these signals.

    Ctrl-C in a terminal is sent to every process, also to one that has not come so far as to say
    that it is not meant: it ended with a traceback. It calls `hears` once it has said so. What
    comes meanwhile for us is heard afterwards.
    """
    # Where it has to be started first it would make us hear again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hears(*signals: signal.Signals) -> None:
    """In a process that was born deaf: from now on they do what they were told to do."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)

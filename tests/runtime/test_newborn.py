"""Processes that do not hear a signal from their first moment on."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

from quanticity.runtime.newborn import born_deaf

BLOCKED = "import signal; print(signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
HEARS = (
    "import os, signal; from quanticity.runtime.newborn import hears; "
    "signal.signal(signal.SIGUSR1, lambda *_: print('heard')); "
    "os.kill(os.getpid(), signal.SIGUSR1); print('deaf'); hears(signal.SIGUSR1)"
)


def said(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split()


def test_what_is_started_meanwhile_does_not_hear_it_and_what_is_started_later_does() -> None:
    with born_deaf(signal.SIGUSR1):
        assert said(BLOCKED) == ["True"]
    assert said(BLOCKED) == ["False"]


def test_it_hears_once_it_has_said_so() -> None:
    with born_deaf(signal.SIGUSR1):
        assert said(HEARS) == ["deaf", "heard"]


def test_what_comes_meanwhile_for_us_is_heard_afterwards() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
    try:
        with born_deaf(signal.SIGUSR1):
            signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
            assert heard == []
        assert heard == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)

"""Calls of code that is not ours, stopped where they do not come back.

A transform of a small body runs on the event loop, where one that loops for ever would hold up
every feed, and the very reload that brings its repair.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

_TICK = 0.5
_IDLE_TICKS = 10
# Steps of Python in which what was thrown arrives; it does at the first of them.
_ARRIVES = 1000
# Ignored by whoever has no handler of it, so that one too many does no harm.
_WAKING = signal.SIGURG
_is_asked = False


class Overdue(BaseException):
    """Raised inside a function that was called through a `Patience` and did not come back."""


class _Call:
    __slots__ = ("left", "thrown", "ticks")

    def __init__(self, ticks: int) -> None:
        self.ticks = self.left = ticks
        self.thrown = False


class Patience:
    """Calls functions, and ends those that take longer than they may.

    A thread looks on while anything runs. It can end what Python itself runs, and on the main
    thread what sleeps or waits for a file or a network; what computes inside a library written
    in C is ended when that comes back.
    """

    def __init__(self, tick: float = _TICK) -> None:
        self._tick = tick
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._calls: dict[int, _Call] = {}
        self._watching = False

    def call(self, seconds: float, function: Callable[..., Any], *given: Any) -> Any:
        """What `function` returns or raises; Overdue where it took longer than `seconds`."""
        if not _is_asked:
            _wakes()
        thread, call = threading.get_ident(), _Call(max(2, round(seconds / self._tick)))
        try:
            try:
                self._begin(thread, call)
                return function(*given)
            finally:
                self._end(thread, call)
        except Overdue:
            # It may have arrived on the way out, where nothing was ended yet.
            self._end(thread, call)
            raise

    def _begin(self, thread: int, call: _Call) -> None:
        if os.getpid() != self._process:
            # Forked: the thread that looked on is not here, and may have held the lock.
            self._begin_anew()
        with self._lock:
            self._calls[thread] = call
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="patience", daemon=True).start()

    def _end(self, thread: int, call: _Call) -> None:
        while True:
            try:
                with self._lock:
                    self._calls.pop(thread, None)
                if call.thrown:
                    # What was thrown a moment too late must not arrive in what follows, but here.
                    # Taken back it would leave CPython's flag for such things set for ever: from
                    # then on all that runs is slower, and under a profiler nothing goes on at all.
                    for _ in range(_ARRIVES):
                        pass
            except Overdue:
                continue
            return

    def _watch(self) -> None:
        idle, waiting = 0, threading.Event()
        while True:
            waiting.wait(self._tick)
            with self._lock:
                idle = 0 if self._calls else idle + 1
                if idle > _IDLE_TICKS:
                    self._watching = False
                    return
                for thread, call in self._calls.items():
                    call.left -= 1
                    if call.left == 0:
                        # Again after as long: a function may swallow it and go on.
                        call.left, call.thrown = call.ticks, True
                        _throw(thread)


def _throw(thread: int) -> None:
    """Have Overdue raised in a thread, as soon as it runs Python."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Overdue))
    if thread == threading.main_thread().ident and signal.getsignal(_WAKING) is _woken:
        signal.pthread_kill(thread, _WAKING)


def _wakes() -> None:
    """Let the signal that wakes run Python, where nobody else uses it: only the main thread can."""
    global _is_asked  # noqa: PLW0603  # handlers are the process's
    if threading.current_thread() is threading.main_thread():
        _is_asked = True
        if signal.getsignal(_WAKING) is signal.SIG_DFL:
            signal.signal(_WAKING, _woken)


def _woken(_number: int, _frame: object) -> None:
    """Python runs here while a sleep goes on, and in what runs the exception arrives."""

"""Sees what a pure method does beside computing: the clock, chance, the network, files.

Two eyes. The profiler of the thread sees each call of a C function, however the plugin came by
it (`from time import time` as well); Python's audit events show files, sockets and processes,
also where C code opens them. Only what is done below a file of the plugin counts.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from threading import local
from types import FrameType
from typing import Any

import numpy as np

# Loading a module, a kernel, a time zone or a line of source for a message is no input. Nor is what
# hypothesis does at each collection of garbage, wherever that strikes: it looks at the time.
_HARMLESS = (
    *("importlib", "zoneinfo", "linecache", "tokenize", "encodings"),
    *("quanticity.quant.compiled", "hypothesis"),
)
_CLOCK = {
    *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
    *("process_time", "process_time_ns", "thread_time", "thread_time_ns", "clock_gettime"),
    *("localtime", "gmtime", "ctime", "strftime", "asctime", "sleep", "clock_gettime_ns"),
}
_TODAY = {"now", "utcnow", "today"}
_EVENTS = {
    "open": "opens a file",
    "time.sleep": "sleeps",
    "socket.": "uses the network",
    "subprocess.": "starts a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.fork": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.spawn": "starts a process",
    "os.listdir": "looks at files",
    "os.scandir": "looks at files",
    "os.remove": "changes files",
    "os.rename": "changes files",
    "os.mkdir": "changes files",
    "os.rmdir": "changes files",
    "os.link": "changes files",
    "os.symlink": "changes files",
    "os.truncate": "changes files",
    "os.putenv": "changes the environment",
    "os.unsetenv": "changes the environment",
    "shutil.": "changes files",
    "sqlite3.connect": "opens a database",
    "_thread.start": "starts a thread",
    "sys.addaudithook": "watches the process",
}
_here = local()


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """Something impure: what was done, by which call, and the plugin's `file:line`."""

    what: str
    by: str
    where: str

    def __str__(self) -> str:
        return f"{self.what} ({self.by}) at {self.where}"


@contextmanager
def watching(files: frozenset[str]) -> Iterator[set[Seen]]:
    """Collect what is done below a frame of `files` in this thread, until the block ends."""
    _listen()
    seen: set[Seen] = set()
    before = _numbers_left()
    profiler = sys.getprofile()
    _here.report = _reporter(files, seen)
    sys.setprofile(_profiled)
    try:
        yield seen
    finally:
        sys.setprofile(profiler)
        _here.report = None
        if not any(one.what.startswith("draws") for one in seen):
            seen |= {
                Seen("draws random numbers", name, min(files))
                for name, left in _numbers_left().items()
                if left != before[name]
            }


def _numbers_left() -> dict[str, Any]:
    """Where the generators stand that all of a process share."""
    kind, keys, *rest = np.random.get_state(legacy=True)
    return {"random": random.getstate(), "numpy.random": (kind, np.asarray(keys).tobytes(), *rest)}


def _reporter(files: frozenset[str], seen: set[Seen]) -> Callable[[str, str, FrameType], None]:
    def report(what: str, by: str, frame: FrameType) -> None:
        at: FrameType | None = frame
        while at is not None and at.f_code.co_filename not in files:
            module = at.f_globals.get("__name__", "").lstrip("_")
            if module.startswith(_HARMLESS) or "importlib" in at.f_code.co_filename:
                return
            at = at.f_back
        if at is not None:
            seen.add(Seen(what, by, f"{at.f_code.co_filename}:{at.f_lineno}"))

    return report


def _profiled(frame: FrameType, event: str, argument: Any) -> None:
    report = getattr(_here, "report", None)
    if report is None:
        return
    if event == "c_call":
        what = _what(argument)
        if what:
            report(what, _name(argument), frame)
    elif event == "call" and frame.f_code.co_name in ("__getitem__", "__contains__", "__iter__"):
        owner = frame.f_locals.get("self")
        if type(owner).__name__ == "_Environ" and frame.f_back is not None:
            report("reads the environment", "os.environ", frame.f_back)


def _what(function: Any) -> str:
    name, module = function.__name__, getattr(function, "__module__", None) or ""
    owner = getattr(function, "__self__", None)
    if module == "time" and name in _CLOCK:
        return "reads the clock or the machine's time zone"
    if name in _TODAY and isinstance(owner, type) and issubclass(owner, date):
        return "reads the clock"
    if name in ("urandom", "getrandom") and module in ("posix", "nt"):
        return "draws random numbers"
    if isinstance(owner, random.Random) and owner is getattr(random, "_inst", None):
        return "draws random numbers"
    if name in ("start_new_thread", "start_joinable_thread") and module == "_thread":
        return "starts a thread"
    return ""


def _name(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, type):
        return f"{owner.__name__}.{function.__name__}"
    module = (getattr(function, "__module__", None) or "random").replace("posix", "os")
    return f"{module}.{function.__name__}"


def _listen() -> None:
    """The hook of audit events stays for ever, and is asleep unless a thread watches."""
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_audited)


_hooked: list[bool] = []


def _audited(event: str, arguments: tuple[Any, ...]) -> None:
    report = getattr(_here, "report", None)
    if report is None:
        return
    what = next((said for begins, said in _EVENTS.items() if event.startswith(begins)), "")
    if what:
        report(what, event, sys._getframe(1))  # noqa: SLF001  # who did it

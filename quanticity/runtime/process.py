"""What every process of the runtime has: where it stands, how it listens, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from quanticity.clock import Clock
from quanticity.component import Http
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import QuanticityError
from quanticity.logs import configure, logger
from quanticity.runtime.recipe import ObserverFor
from quanticity.runtime.shunned import Shunned
from quanticity.runtime.stack import answer_with_stack

_PR_SET_PDEATHSIG = 1
# So long after its supervisor is gone a process ends, whatever a plugin does about it.
_LAST = 8.0


class OpenHttp(Http, Protocol):
    """A port with connections of its own."""

    async def close(self) -> None:
        """Let go of them."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """Where a process of the runtime stands: its store and clock. Can be pickled.

    `most_data` bytes are the most it may allocate at all: beyond, its components see
    MemoryError; 0 is no bound. `http_for` makes the port that edges are handed, `log` is a file,
    and where it is stuck is told in one beside it. `dotenv` are files that may hold secrets.
    Plugins may take `loading` seconds to load; `shunned` is what is not loaded. `since` is the
    seq of the newest write at the moment the system began: who reads events for the first time
    begins there, however long it took to come up; empty: where it is itself then.
    """

    store: StoreSettings
    data: Path
    clock: Clock
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    observer_for: ObserverFor | None = None
    http_for: Callable[[], OpenHttp] | None = None
    most_data: int = 0
    log: Path | None = None
    loading: float = 30.0
    shunned: tuple[Shunned, ...] = ()
    dotenv: tuple[Path, ...] = ()
    since: str = ""

    @property
    def stack(self) -> Path | None:
        """Where the process writes its stack when it is asked to."""
        return self.log.with_suffix(".stack") if self.log is not None else None


def begin(post: Post) -> None:
    """The first thing in a new process: end with the parent, keep within bounds, log."""
    end_with_parent()
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # what a plugin starts is of our group, and is ended with it
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=end_with_parent)
    # Ctrl-C, and what a service manager sends to all at once, are for the supervisor: it tells us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _bound_memory(post.most_data)
    if post.log is not None:
        configure("INFO", terminal=False, file=post.log)
    if post.stack is not None:
        answer_with_stack(post.stack)


def live(post: Post, line: Connection, serve: Coroutine[Any, Any, None]) -> None:
    """The whole life of a process: begin, serve, and tell the supervisor what it failed of."""
    begin(post)
    try:
        asyncio.run(serve)
    except Exception as error:  # noqa: BLE001  # the supervisor tells it, and starts another
        named = isinstance(error, QuanticityError)
        said = str(error) if named else f"{type(error).__name__}: {error}"
        logger.opt(exception=None if named else error).error("it ends: {}", said)
        with contextlib.suppress(OSError):
            line.send(("failed", said))
        sys.exit(3)


class End(Exception):
    """The supervisor says so, or is gone."""


def listen(line: Connection, orders: asyncio.Queue[Any]) -> None:
    """Put what the supervisor says into `orders`; its end is the order to stop.

    Then nobody is left to kill a process that does not: it ends by itself before long.
    """
    loop = asyncio.get_running_loop()

    def heard() -> None:
        try:
            orders.put_nowait(line.recv())
        except (EOFError, OSError):
            loop.remove_reader(line.fileno())
            orders.put_nowait(("stop", None))
            _end_within(_LAST)

    loop.add_reader(line.fileno(), heard)


def end_group(pid: int) -> None:
    """Kill a process, and whatever it started."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _end_within(seconds: float) -> None:
    watch = threading.Timer(seconds, os._exit, (3,))
    watch.daemon = True  # what ends in time does not wait for it
    watch.start()


def end_with_parent() -> None:
    """Die with the process that forked us, which dies with its own; elsewhere the line tells."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _bound_memory(most: int) -> None:
    if most and sys.platform == "linux":
        import resource

        try:
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        except (ValueError, OSError) as error:
            logger.debug("no bound on memory: {}", error)

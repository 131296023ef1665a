"""The server that forks the processes of plugins: what it has loaded, and where it finds that."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from quanticity.logs import logger
from quanticity.runtime.newborn import born_deaf

# What it imports first, and last.
DEAF, WARM = "quanticity.runtime.deaf", "quanticity.runtime.warm"

HOME = Path(__file__).parents[2]
_turn = threading.Lock()

# Seconds. One that loads what it is to fork from looks up only then.
_PATIENCE = 2.0


def begun(process: BaseProcess) -> None:
    """Start a process; the server first, where it does not run."""
    with _turn, _found_at_home(), born_deaf(signal.SIGTERM, signal.SIGINT):
        forkserver.ensure_running()
    process.start()


def ended() -> None:
    """End the server, and the tracker of resources that comes with it, and wait until both have.

    For the end of a program, when all that was forked has ended. They would end by themselves once
    they saw us gone, which is after whoever waits for us was told that nothing is left.
    """
    with _turn:
        _end(forkserver._forkserver, "_forkserver_pid")  # noqa: SLF001
        _end(resource_tracker._resource_tracker, "_pid")  # noqa: SLF001


def _end(server: Any, pid_of: str) -> None:
    """Of multiprocessing's own, which waits without a bound: so a thread does, and we for it."""
    waiting = threading.Thread(target=_stop, args=(server,), daemon=True)
    waiting.start()
    waiting.join(_PATIENCE)
    pid = getattr(server, pid_of, None)
    if waiting.is_alive() and pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        waiting.join(_PATIENCE)


def _stop(server: Any) -> None:
    try:
        server._stop()  # noqa: SLF001
    except OSError as error:
        logger.warning("{} did not stop: {}", type(server).__name__, error)


@contextmanager
def _found_at_home() -> Iterator[None]:
    """Until it forks it knows no path but this: run from elsewhere, it would load nothing."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HOME), before)))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before

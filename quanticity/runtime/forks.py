"""The server that forks the processes of plugins: what it has loaded, and where it finds that."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path

from quanticity.runtime.newborn import born_deaf

# What it imports first, and last.
DEAF, WARM = "quanticity.runtime.deaf", "quanticity.runtime.warm"

HOME = Path(__file__).parents[2]
_turn = threading.Lock()


def begun(process: BaseProcess) -> None:
    """Start a process; the server first, where it does not run."""
    with _turn, _found_at_home(), born_deaf(signal.SIGTERM, signal.SIGINT):
        forkserver.ensure_running()
    process.start()


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

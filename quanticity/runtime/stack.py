"""Where a process of the runtime is stuck: it writes its stack to a file when it is asked to.

A loop that never ends answers nothing; this answer is given by the interpreter itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import re
import signal
from collections.abc import Sequence
from pathlib import Path

_LINE = re.compile(r'^  File "(.+)", line (\d+) in ', re.MULTILINE)
_PATIENCE = 0.2
_LOOK_EVERY = 0.01


def answer_with_stack(path: Path) -> None:
    """From now on this process writes its stack there when `places_of` asks."""
    if hasattr(faulthandler, "register"):
        file = path.open("w", encoding="utf-8")
        # The handler writes to the bare file, which has to stay open for as long as we live.
        faulthandler.register(signal.SIGUSR1, file=os.dup(file.fileno()), all_threads=False)
        file.close()


async def places_of(pid: int, path: Path | None) -> Sequence[tuple[Path, int]]:
    """Files and lines that a process is at, innermost first; none where it does not say."""
    before = _said(path)
    if before is None:
        return ()
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGUSR1)
    said, waited = before, 0.0
    while said == before and waited < _PATIENCE:
        await asyncio.sleep(_LOOK_EVERY)
        waited += _LOOK_EVERY
        said = _said(path) or before
    return tuple((Path(file), int(line)) for file, line in _LINE.findall(said[len(before) :]))


def _said(path: Path | None) -> str | None:
    """All that was written so far; None where no process writes there."""
    if path is None or not hasattr(signal, "SIGUSR1"):
        return None
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def of_plugin(
    places: Sequence[tuple[Path, int]], folders: Sequence[Path]
) -> tuple[Path, str, int] | None:
    """The innermost place in a plugin's file: its path, as it is shown, and the line."""
    for path, line in places:
        for folder in folders:
            if path.is_relative_to(folder):
                return path, f"{folder.name}/{path.relative_to(folder).as_posix()}", line
    return None

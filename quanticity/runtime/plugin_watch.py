"""Notices that a file of a plugin changed: by looking, a few times a second.

The files are few, and a look costs less than listening would: no thread, no event that is lost.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from quanticity.clock import Clock
from quanticity.runtime.plugin_paths import SUFFIXES

_LOOK_EVERY = 0.2
# An editor writes in several steps: what is taken over has been quiet for so long.
_QUIET = 0.06

Signature = frozenset[tuple[str, int, int, int]]


async def watch(
    folders: Callable[[], Sequence[Path]],
    changed: Callable[[Sequence[str]], Awaitable[object]],
    clock: Clock,
) -> None:
    """Call `changed` after each change of plugins' files below `folders`, until cancelled.

    It is told which: `plugins/greeks.py`, also where that is no more.
    """
    known = signature(folders())
    while True:
        await clock.sleep(_LOOK_EVERY)
        now = signature(folders())
        if now == known:
            continue
        while True:
            await clock.sleep(_QUIET)
            later = signature(folders())
            if later == now:
                break
            now = later
        files = sorted({path for path, *_ in known ^ now})
        known = now
        await changed([_shown(path, folders()) for path in files])


def _shown(path: str, folders: Sequence[Path]) -> str:
    """As problems name it: below the folder of plugins that it stands in."""
    for folder in folders:
        if path.startswith(f"{folder}/"):
            return f"{folder.name}/{path.removeprefix(f'{folder}/')}"
    return path


def signature(folders: Sequence[Path]) -> Signature:
    """What changes with any of the files: path, time, size and inode of each."""
    found = []
    walked: set[str] = set()
    for folder in folders:
        # Links are followed, as they are when plugins are loaded; none leads round in circles.
        for place, below, names in os.walk(folder, followlinks=True):
            real = os.path.realpath(place)
            if real in walked:
                below.clear()
                continue
            walked.add(real)
            below[:] = [one for one in below if one != "__pycache__" and not one.startswith(".")]
            for name in names:
                if name.endswith(SUFFIXES):
                    path = f"{place}/{name}"
                    try:
                        about = os.stat(path)  # noqa: PTH116  # many, and often
                    except OSError:
                        continue
                    found.append((path, about.st_mtime_ns, about.st_size, about.st_ino))
    return frozenset(found)

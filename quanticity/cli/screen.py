"""The terminal, or what stands in for one: a pipe gets lines that are not cut to 80 columns."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console

_PIPE_WIDTH = 220


def console() -> Console:
    """A console as wide as the terminal; in a pipe, wide enough for whole lines."""
    return screen() if sys.stdout.isatty() else screen(_PIPE_WIDTH)


def screen(width: int | None = None) -> Console:
    """A console that shows text as it is: a key `raw:v:x` is no emoji, `[0-2]` no style."""
    return Console(width=width, markup=False, emoji=False)


def working(on: str) -> AbstractContextManager[object]:
    """A sign of life on a terminal while `on` is worked at; silence in a pipe."""
    if not sys.stderr.isatty():
        return nullcontext()
    return Console(stderr=True).status(f"{on} …")

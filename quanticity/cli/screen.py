"""The terminal, or what stands in for one: a pipe gets lines that are not cut to 80 columns."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from itertools import pairwise
from typing import Any, TextIO

import orjson
import typer
from rich.console import Console

_PIPE_WIDTH = 220
_TREE = " ├└─"
_FOR_PROGRAMS = ("json", "svg", "mermaid")
# The stdout of a command that programs read.
_programs: list[TextIO] = []


def console() -> Console:
    """A console as wide as the terminal; in a pipe, wide enough for whole lines."""
    return screen() if sys.stdout.isatty() else screen(_PIPE_WIDTH)


def screen(width: int | None = None) -> Console:
    """A console that shows text as it is: a key `raw:v:x` is no emoji, `[0-2]` no style."""
    return Console(width=width, markup=False, emoji=False)


def emit(data: Any) -> None:
    """Print what is for programs: a text as it is, anything else as JSON."""
    text = data if isinstance(data, str) else orjson.dumps(data).decode()
    typer.echo(text, file=_programs[-1] if _programs else None)


@contextmanager
def apart(arguments: Sequence[str]) -> Iterator[None]:
    """Where programs read stdout, it is for that alone; what else is printed goes to stderr.

    A `print` in a transform or a plugin stands in front of the JSON otherwise.
    """
    words = [*map("=".join, pairwise(arguments)), *arguments]
    if not any(f"--format={form}" in words for form in _FOR_PROGRAMS):
        yield
        return
    _programs.append(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _programs.pop()


def echo(lines: Iterable[str]) -> None:
    """Print lines; on a terminal one that is wider goes on below, further in, between its words."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in lines:
        for part in _folded(line, width) if width else (line,):
            typer.echo(part)


def _folded(line: str, width: int) -> Iterable[str]:
    inset = len(line) - len(line.lstrip(_TREE)) + 4
    if len(line) <= width or width < 2 * inset:
        return (line,)
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * inset,
        break_long_words=False,
        break_on_hyphens=False,
    )


def working(on: str) -> AbstractContextManager[object]:
    """A sign of life on a terminal while `on` is worked at; silence in a pipe."""
    if not sys.stderr.isatty():
        return nullcontext()
    return Console(stderr=True).status(f"{on} …")

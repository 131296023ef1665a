"""The command line: `python main.py ...`, or `quanticity ...` once installed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from types import FrameType
from typing import TYPE_CHECKING

from quanticity.heap import reading

if TYPE_CHECKING:
    import typer

_HELP = ("--help", "-h", "--version")


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status: 0 done, 1 problems, 2 wrong usage.

    Without a command (or with options only) it is `run`.
    """
    _open_what_is_closed()
    arguments = _whole(sys.argv[1:] if argv is None else argv)
    application = program(arguments)
    from quanticity.cli.commands import guarded

    status = guarded(application, arguments)
    # It is over: whoever presses Ctrl-C once more, or holds it, does not change how it ended.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(status)


def program(arguments: Sequence[str]) -> typer.Typer:
    """What runs these arguments, read into memory. ModuleNotFoundError where a library is missing.

    Read here, so that whoever imports this module does not wait for the whole program.
    """
    with loading(arguments):
        from quanticity.cli.commands import app_of

        return app_of(_whole(arguments))


@contextmanager
def loading(arguments: Sequence[str]) -> Iterator[None]:
    """While the program is read into memory, Ctrl-C and SIGTERM end it without a traceback.

    Nothing has begun, so a `run` has stopped cleanly; another command did not do what it should.
    """
    runs = _whole(arguments)[0] == "run"

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0 if runs else 128 + number)

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        # What `nohup` or a shell's `&` made deaf stays so.
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, leave)
    try:
        with reading():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _whole(arguments: Sequence[str]) -> list[str]:
    """With its command."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in _HELP):
        return ["run", *arguments]
    return list(arguments)


def _open_what_is_closed() -> None:
    """Streams that the caller closed (`>&-`, some service managers) lead nowhere instead.

    Otherwise the next file or socket would take their number, and get what is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal or a log may have fewer signs than we print.
            stream.reconfigure(errors="backslashreplace")

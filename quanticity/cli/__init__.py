"""The command line: `python main.py ...`, or `quanticity ...` once installed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

_HELP = ("--help", "-h", "--version")


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status: 0 done, 1 problems, 2 wrong usage.

    Without a command (or with options only) it is `run`.
    """
    arguments = _whole(sys.argv[1:] if argv is None else argv)
    # Imported here, so that a typo in a command does not wait for the whole program.
    with loading(arguments):
        from quanticity.cli.commands import app, guarded

    sys.exit(guarded(app, arguments))


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
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _whole(arguments: Sequence[str]) -> list[str]:
    """With its command."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in _HELP):
        return ["run", *arguments]
    return list(arguments)

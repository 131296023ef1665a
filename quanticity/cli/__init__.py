"""The command line: `python main.py ...`, or `quanticity ...` once installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_HELP = ("--help", "-h", "--version")


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status: 0 done, 1 problems, 2 wrong usage.

    Without a command (or with options only) it is `run`.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in _HELP):
        arguments.insert(0, "run")
    # Imported here, so that a typo in a command does not wait for the whole program.
    from quanticity.cli.commands import app, guarded

    sys.exit(guarded(app, arguments))

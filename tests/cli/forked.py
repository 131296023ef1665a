"""A process that has read the program into memory and forks for each command it is asked.

A command as a user gives it spends most of its time on imports; a test of what it says need not,
hundreds of times. Each child is a process of its own: its folder, its environment, its output, its
exit. Run as a script, it reads a line of JSON for each command and writes the status of its child.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def serve() -> None:
    """Fork for each line; a child goes on to its command, and ends as any program does."""
    sys.path[0] = str(REPOSITORY)
    from quanticity.cli.commands import app_of

    app_of()

    lines = os.fdopen(os.dup(0), closefd=True)
    answers = os.fdopen(os.dup(1), "w", closefd=True)
    for line in lines:
        wanted = json.loads(line)
        child = os.fork()
        if not child:
            become(wanted)
            # It must not read on where its parent reads, and leaves the loop for good.
            runpy.run_path(str(REPOSITORY / "main.py"), run_name="__main__")
            return
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


def become(wanted: dict[str, object]) -> None:
    """Be the command: its words, folder, environment, and where its output goes."""
    os.chdir(str(wanted["cwd"]))
    given = wanted["environ"]
    assert isinstance(given, dict)
    os.environ.clear()
    os.environ.update(given)
    words = wanted["words"]
    assert isinstance(words, list)
    sys.argv = [str(REPOSITORY / "main.py"), *words]
    for number, name in ((0, os.devnull), (1, str(wanted["out"])), (2, str(wanted["err"]))):
        opened = os.open(name, os.O_RDONLY if not number else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)


if __name__ == "__main__":
    serve()

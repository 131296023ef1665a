"""Run a command as the terminal's foreground job: `python tools/foreground.py COMMAND...`.

`make` dies of Ctrl-C itself, whatever its recipe makes of it. Here Ctrl-C reaches the command
only, and its exit status is the one that is seen. Without a terminal the command is run as is.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> int:
    """Run the command of `sys.argv`; returns its exit status, 128 + N where signal N ended it."""
    command = sys.argv[1:]
    if not sys.stdin.isatty():
        os.execvp(command[0], command)
    terminal = sys.stdin.fileno()
    ours = os.getpgrp()
    # Handing the terminal over from the background would stop this process otherwise.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(terminal, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(command[0], command)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: os.kill(child, received))
    _, status = os.waitpid(child, 0)
    os.tcsetpgrp(terminal, ours)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())

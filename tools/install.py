"""Install a lock into the environment that runs this: `python tools/install.py LOCK WHAT`.

pip alone says either nothing for a minute or a hundred lines; this says what it is at.
"""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from pathlib import Path

_PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--no-color")
_BEGUN = re.compile(r"^(?:Collecting|Requirement already satisfied:) ([\w.\-]+)")
_PINNED = re.compile(r"^[\w.\-]+(\[.*\])?==", re.MULTILINE)
_GRACE = 2.0
_INTERRUPTED = 130


def main(lock: str, what: str) -> int:
    """Install the lock; returns pip's exit status, and shows what it said where it failed.

    130 after Ctrl-C, in a line: make shows it, and no traceback.
    """
    count = len(_PINNED.findall(Path(lock).read_text(encoding="utf-8")))
    where = Path(sys.prefix).name
    many = f"{count} package{'' if count == 1 else 's'}"
    print(f"Installing {what} into {where}: {many}, about a minute, once", flush=True)
    said: list[str] = []
    status = _install([sys.executable, *_PIP, "-r", lock], said, count)
    if sys.stdout.isatty():
        print("\r\x1b[K", end="", flush=True)
    if status == _INTERRUPTED:
        print("Stopped; the same command goes on where it was.", file=sys.stderr)
    elif status:
        print("".join(said), file=sys.stderr, end="")
    return status


def _install(command: list[str], said: list[str], count: int) -> int:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        try:
            for line in pip.stdout or ():
                said.append(line)
                _show(said, count)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough
            _end(pip)
            return _INTERRUPTED
    return pip.returncode


def _end(pip: subprocess.Popen[str]) -> None:
    """Ctrl-C reached it too, and it tidies up; where it does not end by that it is made to."""
    for harder in (None, pip.terminate, pip.kill):
        if harder is not None:
            harder()
        with contextlib.suppress(subprocess.TimeoutExpired):
            pip.communicate(timeout=_GRACE)
            return


def _show(said: list[str], count: int) -> None:
    """One line that moves on a terminal; elsewhere a line for every tenth package."""
    begun = _BEGUN.match(said[-1])
    number = sum(_BEGUN.match(line) is not None for line in said)
    if begun is not None:
        text = f"{min(number, count)} of {count}  {begun[1]}"
    elif said[-1].startswith("Installing collected packages"):
        text = "all fetched, putting them in place"
    else:
        return
    if sys.stdout.isatty():
        print(f"\r\x1b[K  {text}", end="", flush=True)
    elif begun is None or number % 10 == 0:
        print(f"  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

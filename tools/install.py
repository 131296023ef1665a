"""Install a lock into the environment that runs this: `python tools/install.py LOCK WHAT`.

pip alone says either nothing for a minute or a hundred lines; this says what it is at.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--no-color")
_BEGUN = re.compile(r"^(?:Collecting|Requirement already satisfied:) ([\w.\-]+)")
_PINNED = re.compile(r"^[\w.\-]+(\[.*\])?==", re.MULTILINE)


def main(lock: str, what: str) -> int:
    """Install the lock; returns pip's exit status, and shows what it said where it failed."""
    count = len(_PINNED.findall(Path(lock).read_text(encoding="utf-8")))
    where = Path(sys.prefix).name
    many = f"{count} package{'' if count == 1 else 's'}"
    print(f"Installing {what} into {where}: {many}, about a minute, once", flush=True)
    said: list[str] = []
    command = [sys.executable, *_PIP, "-r", lock]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            _show(said, count)
    if sys.stdout.isatty():
        print("\r\x1b[K", end="")
    if pip.returncode:
        print("".join(said), file=sys.stderr, end="")
    return pip.returncode


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

"""Install a lock into the environment that runs this: `python tools/install.py LOCK WHAT`.

pip alone says either nothing for a minute or a hundred lines; this says what it is at. A lock that
has uv in it is installed with uv, pip where that cannot.
"""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import tempfile
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
    text = Path(lock).read_text(encoding="utf-8")
    count = len(_PINNED.findall(text))
    where = Path(sys.prefix).name
    many = f"{count} package{'' if count == 1 else 's'}"
    print(f"Installing {what} into {where}: {many}, about a minute, once", flush=True)
    said: list[str] = []
    status = _by_uv(lock, text)
    if status not in {0, _INTERRUPTED}:
        status = _install([sys.executable, *_PIP, "-r", lock], said, count)
    if sys.stdout.isatty():
        print("\r\x1b[K", end="", flush=True)
    if status == _INTERRUPTED:
        print("Stopped; the same command goes on where it was.", file=sys.stderr)
    elif status:
        print("".join(said), file=sys.stderr, end="")
    return status


def _by_uv(lock: str, text: str) -> int:
    """Install uv alone, and with it the rest; not 0 where pip has to do it."""
    uv = alone("uv", text)
    if not uv:
        return 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "uv.txt")
        file.write_text(uv, encoding="utf-8")
        status = _install([sys.executable, *_PIP, "--no-deps", "-r", str(file)], [], 1, shown=False)
    if status:
        return status
    return _install(
        [sys.executable, "tools/quick_install.py", sys.executable, lock], [], 1, shown=False
    )


def alone(name: str, lock: str) -> str:
    """The lines of a lock that pin one package; empty where it has none of that name."""
    found = re.search(rf"^{name}==[^\\\n]*(\\\n +--hash=[^\\\n]*)*", lock, re.MULTILINE)
    return found[0] if found else ""


def _install(command: list[str], said: list[str], count: int, shown: bool = True) -> int:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        try:
            for line in pip.stdout or ():
                said.append(line)
                if shown:
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

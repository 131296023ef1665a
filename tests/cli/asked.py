"""Asking the program something, and what it said."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 200.0

SMALL = """\
data_sources:
  unusual_whales:
    base_url: "https://api.unusualwhales.com/api"
    auth: {type: bearer, token_env: UW_API_TOKEN}
    rate_limits: {requests_per_minute: 120, buffer: 10, burst_size: 20, max_in_flight: 3}
    endpoints:
      stock_state:
        path: "/stock/{symbol}/stock-state"
        symbols: [SPY, QQQ]
        interval_seconds: 1
        redis_key: "raw:uw:state:{symbol}"
        ttl_seconds: 60
        priority: critical
"""


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The process's own, without what would change a test's meaning."""
    taken = ("REDIS_URL", "QUANTICITY_ENV", "QUANTICITY_DATA", "UW_API_TOKEN")
    clean = {name: value for name, value in os.environ.items() if name not in taken}
    return {**clean, "COLUMNS": "200", **(extra or {})}


def ask(
    *words: str, cwd: Path, environ: Mapping[str, str] | None = None, within: float = PATIENCE
) -> Said:
    """Run one command to its end, which comes within so many seconds."""
    return asked(words, cwd, environment(environ), within)


def asked(
    words: Sequence[str], cwd: Path, environ: Mapping[str, str], within: float = PATIENCE
) -> Said:
    """Run one command to its end, in exactly this environment."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        wanted = {"words": [*words], "cwd": str(cwd), "environ": {**environ}}
        status = _forks().run(wanted | {"out": str(out), "err": str(err)}, within)
        return Said(status, out.read_text(), err.read_text())


class Forks:
    """The process that forks for each command (forked.py), and ends with this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("forked.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, wanted: Mapping[str, object], within: float) -> int:
        """The status of a command. TimeoutError where it does not end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], within)[0]:
            words = wanted["words"]
            self.end()
            raise TimeoutError(f"{words} did not end within {within:.0f} s")
        answer = self._process.stdout.readline()
        if not answer:
            raise AssertionError("the process that forks has ended")
        return int(answer)

    def end(self) -> None:
        """Stop it, and the command that it waits for."""
        _forks.cache_clear()
        for child in children_of(self._process.pid):
            os.kill(child, signal.SIGKILL)
        self._process.kill()
        self._process.wait(20)


@cache
def _forks() -> Forks:
    forks = Forks()
    atexit.register(forks.end)
    return forks


def project(folder: Path, base: str = SMALL, **overlays: str) -> Path:
    """A config folder of a person's own."""
    config = folder / "config"
    (config / "env").mkdir(parents=True)
    (config / "data_sources.yaml").write_text(base)
    for name, text in overlays.items():
        (config / "env" / f"{name}.yaml").write_text(text)
    return config


class Running:
    """A `run` under way, its output in a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        ends = time.monotonic() + seconds
        while not true():
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}\n{self.said()}")
            if time.monotonic() > ends:
                raise AssertionError(f"waited in vain\n{self.said()}")
            time.sleep(0.02)

    def wait_for(self, text: str, seconds: float = PATIENCE) -> None:
        self.wait_until(lambda: text in self.said(), seconds)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)


@contextmanager
def running(
    *words: str,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    home: Path = REPOSITORY,
    command: str = "run",
) -> Iterator[Running]:
    """`main.py run ...` in a process of its own; killed where a test leaves it alive."""
    log = cwd / "said.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(home / "main.py"), command, *words],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment(environ),
        )
    try:
        yield Running(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)


def children_of(process: int) -> list[int]:
    """Numbers of the processes that it started and that live."""
    told = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in told.read_text().split()] if told.exists() else []


def processes_naming(text: str) -> list[str]:
    """Command lines of all processes that name `text`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in words:
            found.append(words)
    return found

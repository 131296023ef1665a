"""Asking the program something, and what it said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

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


def ask(*words: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Said:
    """Run one command to its end."""
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "main.py"), *words],
        capture_output=True,
        text=True,
        timeout=90,
        cwd=cwd,
        env=environment(environ),
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


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

    def wait_until(self, true: Callable[[], object], seconds: float = 40) -> None:
        ends = time.monotonic() + seconds
        while not true():
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}\n{self.said()}")
            if time.monotonic() > ends:
                raise AssertionError(f"waited in vain\n{self.said()}")
            time.sleep(0.02)

    def wait_for(self, text: str, seconds: float = 40) -> None:
        self.wait_until(lambda: text in self.said(), seconds)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


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

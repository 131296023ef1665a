"""The program as people start it, for benchmarks that watch it from outside. Needs /proc."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_ENDS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo that runs: its first process, its data folder, and the environment it was given."""

    pid: int
    data: Path
    environ: Mapping[str, str]


@contextmanager
def demo(*options: str) -> Iterator[Demo]:
    """The whole demo, with a data folder and a store of its own, for as long as the block lasts."""
    environ = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
    with (
        tempfile.TemporaryDirectory(prefix="q") as data,
        subprocess.Popen(
            [*_command("demo", data), *options],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.DEVNULL,
        ) as running,
    ):
        try:
            yield Demo(running.pid, Path(data), environ)
        finally:
            running.terminate()
            running.wait(_ENDS_WITHIN)


@contextmanager
def on_config(config: Path, data: Path, store: str) -> Iterator[subprocess.Popen[str]]:
    """A config's environment `bench` on a store at a socket; its lines can be read."""
    with subprocess.Popen(
        [*_command("bench", str(data)), "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "REDIS_URL": f"unix://{store}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.terminate()


def bench_config(folder: Path) -> Path:
    """An empty config folder with the environment `bench`."""
    config = folder / "config"
    (config / "env").mkdir(parents=True)
    (config / "env" / "bench.yaml").write_text("environment: bench\n", encoding="utf-8")
    return config


def open_files(pid: int) -> set[str]:
    """Names of the files that a process has open; of one that is gone none."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            found.add(entry.readlink().name)
        except OSError:
            continue
    return found


def _command(env: str, data: str) -> list[str]:
    return [sys.executable, "main.py", "run", "--env", env, "--data", data]

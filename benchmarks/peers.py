"""The same fetches by dlt and by Airbyte's low-code CDK, each in an environment of its own.

One run is N fetches of one body each, from the same local vendor, every body's rows stored in the
same local store under one key a fetch. What is told is CPU of the whole process, start-up taken
off by a run of few fetches.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.loopback import Loopback, loopback
from benchmarks.measure import Row

ROOT = Path(__file__).parents[1]
PEERS = {"dlt": "dlt", "Airbyte low-code CDK": "airbyte-cdk"}
FEW, ROUNDS = 16, 3
LARGE, SMALL = 2_000_000, 2_048


def measure() -> list[Row]:
    """CPU seconds per 1,000 fetches of 2 KB, and of 2 MB, by each."""
    rows = []
    with loopback() as ends:
        for size, many, name in ((SMALL, 1000, "2 KB"), (LARGE, 32, "2 MB")):
            naive = partial(_child, sys.executable, "peer_naive.py", ends, size)
            plain = _cpu_per_fetch(naive, many)
            rows.append(Row(f"naive loop, {name}", plain * 1000, "s", note="CPU per 1,000"))
            for peer, package in PEERS.items():
                script = f"peer_{package.replace('-', '_')}.py"
                run = partial(_child, environment(package, "redis"), script, ends, size)
                taken = _cpu_per_fetch(run, many)
                rows.append(Row(f"{peer}, {name}", taken * 1000, "s", note="CPU per 1,000"))
                rows.append(Row(f"{peer} of the naive loop, {name}", taken / plain, "x"))
    return rows


def _cpu_per_fetch(run: Callable[[int], float], many: int) -> float:
    many_taken = statistics.median(run(many) for _ in range(ROUNDS))
    few_taken = statistics.median(run(FEW) for _ in range(ROUNDS))
    return max(many_taken - few_taken, 1e-9) / (many - FEW)


def _child(python: str | Path, script: str, ends: Loopback, size: int, count: int) -> float:
    """CPU seconds of a child process, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.dumps({"url": ends.vendor, "socket": ends.socket, "count": count, "size": size})
    subprocess.run(
        [python, ROOT / "benchmarks" / script],
        input=told,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def environment(package: str, *others: str) -> Path:
    """The Python of an environment that has the package and others, made where it is missing.

    subprocess.CalledProcessError where it cannot be made; the next call tries again.
    """
    folder = ROOT / f".venv-peer-{package}"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        print(f"  installing {package}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", package, *others],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        done.touch()
    return python

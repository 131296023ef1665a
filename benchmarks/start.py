"""From the command to the first key of the demo."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Row

ROOT = Path(__file__).parents[1]
ROUNDS = 5


def measure() -> list[Row]:
    """Wall seconds, the median of ROUNDS, each with a data folder of its own."""
    to_first, to_stop = zip(*(_round() for _ in range(ROUNDS)), strict=True)
    return [
        Row("command to first key", statistics.median(to_first), "s", 3.0),
        Row("slowest of all rounds", max(to_first), "s"),
        Row("SIGTERM to the end", statistics.median(to_stop), "s"),
    ]


def _round() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as data:
        begun = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "main.py", "run", "--env", "demo", "--data", data],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        ) as demo:
            assert demo.stdout is not None
            said = []
            for line in demo.stdout:
                said.append(line)
                if "raw:" in line:
                    break
            else:
                raise SystemExit(f"the demo stopped by itself:\n{''.join(said)}")
            first = time.perf_counter() - begun
            demo.terminate()
            stopping = time.perf_counter()
            demo.communicate(timeout=30)
            if demo.returncode != 0:
                raise SystemExit(f"the demo ended with status {demo.returncode}")
            return first, time.perf_counter() - stopping

"""The simulated gateway as a process of its own, as clients meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# The client's environment has no quanticity in it: the gateway runs in the project's own.
PYTHON = os.environ.get("QUANTICITY_PYTHON") or str(ROOT / ".venv" / "bin" / "python")
# Seconds that anything asked of the gateway may take.
PATIENCE = 30.0


class Told:
    """What the gateway counted, as it writes it down each second."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Mapping[str, Any]:
        """The counters now."""
        return dict(json.loads(self._path.read_text()))


@contextmanager
def gateway(data: Path, *options: str) -> Iterator[tuple[int, Told]]:
    """Its port and its counters; ended by the id that was started."""
    counters = data / "counters.json"
    command = [PYTHON, "main.py", "sim", "gateway", "--port", "0", "--seed", "7"]
    command += ["--data", str(data), "--counters", str(counters), *options]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with subprocess.Popen(
        command, cwd=ROOT, env=kept, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the gateway ended at once: {process.wait()}")
            yield int(json.loads(line)["gateway"]["port"]), Told(counters)
        finally:
            process.terminate()
            try:
                status = process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert status == 0, f"the gateway ended with {status}"
        print(f"gateway of {sys.executable}: ended with 0")

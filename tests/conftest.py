"""What several folders of tests share."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A shared machine is slow now and then: only ratios are tested, and never an example's time.
# The same examples each time, so that a change is judged by what it did and not by luck; the soak
# looks for new ones.
SOAK = bool(os.environ.get("QUANTICITY_SOAK"))
settings.register_profile(
    "house", deadline=None, derandomize=not SOAK, max_examples=1000 if SOAK else 50
)
settings.load_profile("house")

ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each process of pytest-xdist must name the tests alike, and an address is another in each."""
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid}: an address is no id; give `ids` by name")


def demo_environment(data: Path) -> dict[str, str]:
    """The environment variables of a demo whose state is in `data`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUANTICITY_")}
    kept.pop("REDIS_URL", None)
    return {**kept, "QUANTICITY_DATA": str(data), "COLUMNS": "200"}


# Not for longer than a test: it would run beside all that follow.
@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A demo that runs, for the commands that ask one: the variables that lead to it."""
    environment = demo_environment(tmp_path_factory.mktemp("data"))
    with subprocess.Popen(
        [sys.executable, "main.py", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        said = ""
        for line in demo.stdout:
            said += line
            if "raw:uw:spot_gex:SPY" in line:
                break
        else:
            pytest.fail(f"the demo stopped by itself:\n{said}")
        # What it says from here on is read all the same: a full pipe would hold it up.
        reading = threading.Thread(target=demo.stdout.read, daemon=True)
        reading.start()
        try:
            yield environment
        finally:
            demo.terminate()
            demo.wait(timeout=60)
            reading.join(5)

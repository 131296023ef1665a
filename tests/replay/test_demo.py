"""The proof: whatever the demo computed live, it computes again, byte for byte."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.cli.asked import ask, running

SOAK = bool(os.environ.get("QUANTICITY_SOAK"))
SECONDS = 3600 if SOAK else 25
# Components of the demo run at least so often in this time.
LEAST = 10_000 if SOAK else 100


@pytest.mark.timeout(2 * SECONDS + 600)
def test_the_demo_replays_without_a_difference(tmp_path: Path) -> None:
    words = ("--env", "demo", "--record", "recording")
    with running(*words, cwd=tmp_path) as system:
        system.wait_for("✓ plugins")
        time.sleep(SECONDS)
        assert system.stop() == 0, system.said()
    asked = ("replay", "recording", "--verify", "--format", "json")
    said = ask(*asked, cwd=tmp_path, within=90 + SECONDS / 6)
    verdict = json.loads(said.out)
    assert verdict["shown"] == []
    assert verdict["same"], verdict
    assert verdict["skipped"] == {}
    assert verdict["lost"] == 0
    assert verdict["runs"] >= LEAST
    assert said.status == 0

"""The document of Interactive Brokers names what the plugin writes."""

from __future__ import annotations

import re
from pathlib import Path

from plugins.ibkr.keys import WRITES

DOCUMENT = Path(__file__).parents[3] / "docs" / "interactive-brokers.md"


def test_every_key_that_it_writes_is_documented_and_no_other():
    section = DOCUMENT.read_text(encoding="utf-8").split("## Keys")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    told = [key for cell in cells for key in re.findall(r"`([^`]+)`", cell)]
    assert sorted(told) == sorted(key.name for key in WRITES.values())

"""Plugins of installed packages, found by their entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GOOD = """
from quanticity.api import Analytic, Every, Key

class Beat(Analytic):
    name = "beat"
    trigger = Every(5)
    writes = {"beat": Key("feed:beat")}

    def compute(self, inputs, state, now):
        return {"beat": now}, None
"""
ASK = """
import json
from pathlib import Path
from quanticity.runtime.loader import PluginFolders
folders = PluginFolders([Path("plugins")])
found = folders.refresh()
again = folders.refresh()
print(json.dumps({
    "files": dict(found.files),
    "problems": [str(one) for one in found.problems],
    "same": all(again.components[name] is one for name, one in found.components.items()),
}))
"""


def installed(home: Path, **modules: str) -> dict[str, Any]:
    """What is found where packages of these modules are installed, asked in a fresh process."""
    site = home / "site"
    for name, text in modules.items():
        about = site / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[quanticity.plugins]\n{name} = {name}\n")
        (site / f"{name}.py").write_text(text)
    path = os.pathsep.join((str(ROOT), str(site)))
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=home,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_component_of_an_installed_package_is_there(tmp_path: Path) -> None:
    told = installed(tmp_path, pack=GOOD)
    assert told == {"files": {"beat": "pack (pack)"}, "problems": [], "same": True}


def test_a_package_that_does_not_load_is_named_and_stops_no_other(tmp_path: Path) -> None:
    told = installed(
        tmp_path,
        pack=GOOD,
        lacks="import nothing_of_that_name",
        leaves="raise SystemExit(3)",
        slips=GOOD.replace("compute", "compte").replace('"beat"', '"slip"'),
    )
    assert told["files"] == {"beat": "pack (pack)"}
    problems = sorted(told["problems"])
    assert problems[0].startswith("lacks (lacks): imports nothing_of_that_name, which is not")
    assert problems[1].startswith("leaves (leaves): SystemExit while loading: 3")
    assert "Beat has no method compute; 'compte' should be 'compute'" in problems[2]
    assert len(problems) == 3


def test_a_file_of_ones_own_stands_before_an_installed_component_of_its_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "mine.py").write_text(GOOD)
    assert installed(tmp_path, pack=GOOD)["files"] == {"beat": "plugins/mine.py"}

"""A file that replaces what everybody uses does so for nobody, and is refused with its line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from quanticity.runtime.loader import PluginFolders
from tests.runtime.test_declared import GOOD

PATCHES = {
    "dumps": ("import json\njson.dumps = None\n", "x.py:2:1: replaces json.dumps, which all"),
    "taken": ("import math\ndel math.sqrt\n", "x.py:2:1: replaces math.sqrt"),
    "set": ("import json\nsetattr(json, 'loads', 3)\n", "x.py:1:1: replaces json.loads"),
    "two": ("import json\njson.loads = json.dumps = 3\n", "replaces json.dumps, json.loads"),
    "raises": ("import json\njson.dumps = None\n1 / 0\n", "x.py:3:1: ZeroDivisionError"),
}


@pytest.mark.parametrize(("text", "said"), PATCHES.values(), ids=PATCHES)
def test_a_plugin_that_replaced_a_function_of_json_ended_the_worker_for_ever(
    tmp_path: Path, text: str, said: str
) -> None:
    before = json.dumps, json.loads, math.sqrt
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "x.py").write_text(text + GOOD)
    (tmp_path / "plugins" / "good.py").write_text(GOOD)
    folders = PluginFolders([tmp_path / "plugins"], installed=False)
    (problem,) = folders.refresh().problems
    assert said in str(problem)
    assert (json.dumps, json.loads, math.sqrt) == before
    assert list(folders.current.components) == ["mean"]


def test_a_package_that_replaces_one_is_refused_too(tmp_path: Path) -> None:
    home = tmp_path / "plugins" / "mine"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("import json\njson.dumps = None\n" + GOOD)
    (problem,) = PluginFolders([tmp_path / "plugins"], installed=False).refresh().problems
    assert str(problem).startswith("plugins/mine:1:1: replaces json.dumps")
    assert json.dumps([1]) == "[1]"


def test_a_library_that_had_the_zone_read_anew_passed_for_a_plugin_that_replaced_time(
    tmp_path: Path,
) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "x.py").write_text("import time\ntime.tzset()\n" + GOOD)
    found = PluginFolders([tmp_path / "plugins"], installed=False).refresh()
    assert list(found.components) == ["mean"]
    assert not any("replaces" in str(problem) for problem in found.problems)

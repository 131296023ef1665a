"""`new analytic|strategy|distributor` writes what loads, runs and passes its own test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from quanticity.config.json_schema import strategy_schema_text
from quanticity.config.loader import load
from quanticity.config.location import find_config
from quanticity.config.scaffold_plugin import NewPlugin, new_plugin
from quanticity.errors import ConfigError
from quanticity.runtime.whole import Whole, whole_of
from tests.config.project import ENDPOINT, Project

KINDS = ("analytic", "strategy", "distributor")
ROOT = Path(__file__).parents[2]


def made(project: Project, kind: str, base: str = ENDPOINT) -> NewPlugin:
    project.base(base)
    loaded = load(project.folder, "dev", {})
    return new_plugin(find_config(project.folder), kind, "my_first", loaded.effective)


def whole(project: Project, more: str = "") -> Whole:
    project.base(ENDPOINT + more)
    return whole_of(load(project.folder, "dev", {}), tested=True)


@pytest.mark.parametrize("kind", KINDS)
def test_its_test_passes_as_it_is(project: Project, kind: str) -> None:
    new = made(project, kind)
    # Its own folder first, then that of the program: as a person runs it beside an install.
    path = os.pathsep.join((str(project.home), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(new.test)],
        cwd=project.home,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_tidy(project: Project, kind: str) -> None:
    new = made(project, kind)
    files = [str(file) for file in new.files if file.suffix == ".py"]
    rules = ("--config", str(ROOT / "pyproject.toml"), "--ignore", "I,D,S101,RUF012", *files)
    for words in (("check", *rules), ("format", "--check", *rules[:2], *files)):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_analytic_runs_for_every_symbol_of_a_feed(project: Project) -> None:
    assert made(project, "analytic").feed == "uw.quote"
    found = whole(project)
    assert found.problems == ()
    assert {one.id for one in found.bound.bindings} == {"my_first:SPY", "my_first:QQQ"}
    assert found.plugins.files["my_first"] == "plugins/analytics/my_first.py"


def test_a_new_strategy_is_off_and_its_examples_come_out(project: Project) -> None:
    new = made(project, "strategy")
    found = whole(project)
    assert found.problems == ()
    assert not any(one.component.name == "my_first" for one in found.bound.bindings)
    file = new.files[-1]
    assert file == project.folder / "strategies" / "my_first.yaml"
    file.write_text(file.read_text().replace("enabled: false", "enabled: true"))
    found = whole(project)
    assert found.problems == ()
    # What lists the signals of all strategies runs as soon as there is one.
    assert {one.id for one in found.bound.bindings} == {"my_first:SPY", "active_signals"}
    file.write_text(file.read_text().replace("signals: 1", "signals: 2"))
    (problem,) = whole(project).problems
    assert "1 signal, expected 2" in str(problem)


def test_its_file_is_right_for_an_editor(project: Project) -> None:
    schema = json.loads(strategy_schema_text())
    for file in (made(project, "strategy").files[-1], *(ROOT / "config/strategies").glob("*.yaml")):
        tree = yaml.safe_load(file.read_text())
        assert [one.message for one in Draft7Validator(schema).iter_errors(tree)] == []
    assert not Draft7Validator(schema).is_valid({**tree, "plugn": "x"})


def test_a_new_distributor_runs_once_the_config_says_so(project: Project) -> None:
    made(project, "distributor")
    assert whole(project).bound.bindings == []
    found = whole(project, "components: {my_first: {enabled: true}}\n")
    assert found.problems == ()
    assert [one.id for one in found.bound.bindings] == ["my_first"]


def test_without_a_feed_it_says_what_to_fill_in(project: Project) -> None:
    new = made(project, "analytic", "data_sources: {}\n")
    assert new.feed == ""
    assert 'Key("raw:vendor:feed:{symbol}", 900)' in new.files[0].read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_is_taken_changes_nothing(project: Project, kind: str) -> None:
    new = made(project, kind)
    new.files[0].unlink()
    before = sorted(project.home.rglob("*"))
    with pytest.raises(ConfigError, match="is there already"):
        made(project, kind)
    assert sorted(project.home.rglob("*")) == before


def test_what_is_no_name_is_refused(project: Project) -> None:
    project.base(ENDPOINT)
    effective = load(project.folder, "dev", {}).effective
    for name in ("My", "a-b", "class", ""):
        with pytest.raises(ConfigError, match="cannot be a name"):
            new_plugin(find_config(project.folder), "analytic", name, effective)


def test_a_new_plugin_hid_a_shipped_one_of_its_name(project: Project) -> None:
    project.base(ENDPOINT)
    place, loaded = find_config(project.folder), load(project.folder, "dev", {})
    for name, there in (("exposure", "analytics"), ("discord", "distributors")):
        with pytest.raises(ConfigError, match=f"'{name}' is taken by plugins/{there}/{name}.py"):
            new_plugin(place, "analytic", name, loaded.effective)
    new_plugin(place, "analytic", "mine", loaded.effective)
    with pytest.raises(ConfigError, match=r"'mine' is taken by plugins/analytics/mine\.py"):
        new_plugin(place, "distributor", "mine", loaded.effective)


def test_a_name_too_long_for_a_file_ended_in_a_traceback(project: Project) -> None:
    project.base(ENDPOINT)
    loaded = load(project.folder, "dev", {})
    with pytest.raises(ConfigError, match=r"x…' cannot be a name; .* at most 100"):
        new_plugin(find_config(project.folder), "analytic", "x" * 300, loaded.effective)

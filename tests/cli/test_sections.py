"""A plugin's section at the top of the config, in the commands and in a run that goes on."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.asked import REPOSITORY, SMALL, ask, project, running

PLUGIN = '''
from quanticity.api import Analytic, Every, Key, Spec, field

class Weights(Spec):
    """How much each counts."""
    weight: float = field(0.5, gt=0, help="weight of a sweep", example=0.5)
    venues: dict[str, float] = field(factory=dict, help="score of each venue")

class Toxicity(Analytic):
    """What its section says."""
    name = "toxicity_score"
    section = "toxicity"
    Params = Weights
    trigger = Every(0.2)
    writes = {"out": Key("analytics:toxicity")}

    def __init__(self, params, values):
        super().__init__(params, values)
        self.runs = 0

    def compute(self, inputs, state, now):
        self.runs += 1
        return {"out": {"weight": self.params.weight, "runs": self.runs}}, state

class Other(Toxicity):
    """Another."""
    name = "other"
    section = ""
    writes = {"out": Key("analytics:other")}
'''
SECTION = "toxicity: {weight: 0.4}\n"
OVERLAY = "simulation: {vendors: true}\ntoxicity: {venues: {XNAS: 0.9}}\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    project(tmp_path, SMALL + SECTION, demo=OVERLAY)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "own.py").write_text(PLUGIN)
    return tmp_path


def edit(home: Path, section: str) -> None:
    (home / "config" / "data_sources.yaml").write_text(SMALL + section)


def test_every_command_knows_a_section_of_a_plugin(home: Path) -> None:
    said = ask("check", cwd=home)
    assert (said.status, said.err) == (0, "")
    said = ask("components", "toxicity_score", "--format", "json", cwd=home)
    told = json.loads(said.out)
    assert told["section"] == "toxicity"
    assert {one["name"]: one["value"] for one in told["params"]} == {
        "weight": 0.4,
        "venues": {"XNAS": 0.9},
    }
    assert "section toxicity, at the top" in ask("components", "toxicity_score", cwd=home).out
    lines = ask("config", "show", "--origin", cwd=home).out.splitlines()
    at = {line.split(":")[0].strip(): line.rpartition("# ")[2] for line in lines}
    assert (at["weight"], at["XNAS"]) == ("data_sources.yaml:14", "env/demo.yaml:2")
    assert "- toxicity.venues: {XNAS: 0.9}" in ask("config", "diff", "demo", "dev", cwd=home).out


def test_a_secret_among_the_parameters_was_shown_by_components(home: Path) -> None:
    plugin = home / "plugins" / "own.py"
    head = 'class Weights(Spec):\n    feed: str = field("", help="where from")'
    plugin.write_text(PLUGIN.replace("class Weights(Spec):", head))
    edit(home, 'toxicity: {feed: "${FEED_TOKEN}"}\n')
    secret = {"FEED_TOKEN": "a-very-secret-word"}
    for more in ([], ["--format", "json"]):
        said = ask("components", "toxicity_score", *more, cwd=home, environ=secret)
        assert "***" in said.out
        assert secret["FEED_TOKEN"] not in said.out + said.err


def test_the_editor_schema_has_the_sections_of_the_plugins_beside_the_config(home: Path) -> None:
    for more in ((), ("--overlay",)):
        said = ask("config", "schema", *more, cwd=home)
        assert (said.status, said.err) == (0, "")
        schema = json.loads(said.out)
        assert "weight of a sweep" in json.dumps(schema["properties"]["toxicity"])
        assert ("required" in schema["$defs"]["Endpoint"]) is (not more)
    (home / "plugins" / "own.py").write_text(PLUGIN.replace("Every(", "Evry("))
    said = ask("config", "schema", cwd=home)
    assert (said.status, "toxicity" in said.out) == (0, False)
    assert said.err.startswith("plugins/own.py:")


def test_a_section_that_is_nobodys_is_told_by_check_and_components(home: Path) -> None:
    edit(home, "toxicty: {weight: 0.4}\n")
    for command in ("check", "components"):
        said = ask(command, cwd=home, environ={"QUANTICITY_ENV": "dev"})
        assert said.status == 1
        assert (
            "data_sources.yaml:14:1: unknown section 'toxicty': it belongs to nobody; "
            "did you mean 'toxicity'?" in said.err
        )


def test_check_tells_what_is_wrong_with_a_section_also_where_a_feed_is_wrong(home: Path) -> None:
    wrong = "toxicity: {weigth: 1}\nstor: {}\nreports: {}\n"
    text = SMALL.replace("path:", "pathh:") + wrong
    (home / "config" / "data_sources.yaml").write_text(text)
    said = ask("check", cwd=home).err
    for told in (
        "unknown field 'pathh'",
        ":14:12: unknown field 'weigth'; did you mean 'weight'?",
        ":15:1: unknown section 'stor'; did you mean 'store'?",
        ":16:1: unknown section 'reports': it belongs to nobody",
    ):
        assert told in said
    assert said.count("'stor'") == 1


def test_an_edit_of_a_section_restarts_that_component_alone_and_a_bad_one_changes_nothing(
    home: Path,
) -> None:
    def value(key: str) -> dict[str, float]:
        said = ask("get", f"analytics:{key}", cwd=home)
        if said.status:
            return {"weight": 0, "runs": 0}
        found: dict[str, float] = json.loads(said.out)["data"]
        return found

    with running(cwd=home) as run:
        run.wait_until(lambda: value("toxicity")["runs"] > 5)
        assert value("toxicity")["weight"] == 0.4
        runs = value("other")["runs"]
        edit(home, SECTION.replace("0.4", "0.6"))
        run.wait_until(lambda: value("toxicity")["weight"] == 0.6)
        assert value("other")["runs"] > runs, "the other one began again"
        edit(home, SECTION.replace("0.4", "0"))
        run.wait_for("data_sources.yaml:14:12: 'weight' should be greater than 0, not 0")
        runs = value("toxicity")["runs"]
        edit(home, "toxicty: {weight: 0.7}\n")
        run.wait_for("data_sources.yaml:14:1: unknown section 'toxicty': it belongs to nobody")
        run.wait_until(lambda: value("toxicity")["runs"] > runs)
        assert value("toxicity")["weight"] == 0.6, "what its overlay says was taken for all of it"
        edit(home, SECTION.replace("toxicity", "data_source"))
        run.wait_for("unknown section 'data_source'; did you mean 'data_sources'?")
        edit(home, SECTION.replace("0.4", "0.8"))
        run.wait_until(lambda: value("toxicity")["weight"] == 0.8)
        assert run.stop() == 0


def test_the_page_of_sections_says_what_the_program_does(home: Path) -> None:
    page = (REPOSITORY / "docs" / "plugin-sections.md").read_text()
    (plugin,), (section,), (mistake,), (lines,) = (
        re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
        for language in ("python", "yaml", "text", "bash")
    )
    (home / "plugins" / "own.py").write_text(plugin)
    (home / "config" / "env" / "demo.yaml").unlink()
    edit(home, section)
    said = ask("components", "toxicity_score", "--format", "json", cwd=home)
    told = {one["name"]: one["value"] for one in json.loads(said.out)["params"]}
    assert told == {"sweep": 0.5, "venues": {"XNAS": 0.2, "FINRA": 0.9}}
    for line in lines.splitlines():
        words = shlex.split(line.partition("main.py ")[2].partition(" > ")[0])
        assert "weight of sweeps" in ask(*words, cwd=home).out
    edit(home, section.replace("sweep", "sweap"))
    assert mistake.strip() in ask("check", cwd=home).err.splitlines()

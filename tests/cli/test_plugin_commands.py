"""`components`, `graph`, `explain` and `check`, asked about a person's own plugins."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.asked import PATIENCE, SMALL, Said, ask, project, running

PLUGIN = '''
from quanticity.api import Analytic, Every, Key, Spec, Value, field

class Params(Spec):
    """How much."""
    factor: float = field(2.0, help="what the price is multiplied by", gt=0)

class Twice(Analytic):
    """The price, multiplied."""
    name = "twice"
    Params = Params
    reads = {"state": Key("raw:uw:state:{symbol}", 60, view=Value)}
    writes = {"twice": Key("analytics:twice:{symbol}")}

    def compute(self, inputs, state, now):
        return {"twice": {"factor": self.params.factor}}, None
'''
UNREAD = """\
      calm:
        enabled: false
        path: "/calm"
        interval_seconds: 60
        redis_key: "raw:uw:calm"
        ttl_seconds: 180
"""
STRATEGY = """
symbols: [SPY]
tests:
  - name: nothing there
    at: 2026-01-05 12:00
    inputs: {}
    expect: {signals: 1}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    project(tmp_path, SMALL + "components: {twice: {params: {factor: 3}}}\n")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "twice.py").write_text(PLUGIN)
    return tmp_path


def replaced(home: Path, old: str, new: str, name: str = "plugins/twice.py") -> None:
    file = home / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_components_lists_what_runs_and_why_another_does_not(home: Path) -> None:
    said = ask("components", cwd=home)
    assert said.status == 0, said
    rows = {line.split()[0]: line for line in said.out.splitlines()}
    assert "QQQ SPY" in rows["twice"]
    assert "plugins/twice.py" in rows["twice"]
    assert "off: not turned on: components: {discord: {enabled: true}}" in rows["discord"]
    assert "off: no file of config/strategies names it" in rows["gamma_scalp_0dte"]


def test_components_shows_one_with_its_parameters(home: Path) -> None:
    said = ask("components", "twice", cwd=home)
    assert "The price, multiplied." in said.out
    (line,) = [line for line in said.out.splitlines() if line.startswith("factor")]
    assert line.split()[:4] == ["factor", "number", "3.0", "2.0"]
    said = ask("components", "twise", cwd=home)
    assert (said.status, said.err.splitlines()[0]) == (
        1,
        "there is no component 'twise'; did you mean 'twice'?",
    )


def test_the_name_of_a_file_of_strategies_was_no_component_and_that_was_all(home: Path) -> None:
    (home / "config" / "strategies").mkdir()
    (home / "config" / "strategies" / "calm.yaml").write_text(f"plugin: gamma_scalp_0dte{STRATEGY}")
    said = ask("components", "calm", cwd=home)
    assert said.status == 0, said.err
    assert said.out.startswith("gamma_scalp_0dte  strategy, ")
    assert said.out.endswith("as strategies/calm.yaml has it\n")


def test_parameters_that_a_preset_gives_one_file_of_a_plugin_were_shown_nowhere(home: Path) -> None:
    for folder, name, text in (
        ("presets", "tight", "params: {lean: 0.25}\n"),
        ("strategies", "calm", "plugin: gamma_scalp_0dte\nsymbols: [SPY]\npreset: tight\n"),
        ("strategies", "bold", "plugin: gamma_scalp_0dte\nsymbols: [SPY]\nenabled: false\n"),
    ):
        (home / "config" / folder).mkdir(exist_ok=True)
        (home / "config" / folder / f"{name}.yaml").write_text(text)
    said = ask("components", "calm", cwd=home)
    (line,) = [line for line in said.out.splitlines() if line.startswith("lean")]
    assert line.split()[:4] == ["lean", "number", "0.25", "0.1"]
    assert "its other files, each with parameters of its own: bold" in said.out
    said = ask("components", "bold", cwd=home)
    assert "  off     disabled in the config" in said.out


def test_a_parameter_with_fields_of_its_own_was_no_json(home: Path) -> None:
    nested = (
        'class Weights(Spec):\n    """Weights."""\n    one: float = field(0.5, help="a weight")\n\n'
    )
    replaced(home, "class Params", f"{nested}class Params")
    more = '    weights: Weights = field(Weights(), help="weights")\n\nclass Twice'
    replaced(home, "\nclass Twice", more)
    said = ask("components", "twice", "--format", "json", cwd=home)
    assert said.status == 0, said.err
    [_, weights] = json.loads(said.out)["params"]
    assert (weights["default"], weights["value"]) == ({"one": 0.5}, {"one": 0.5})
    assert "{" in ask("components", "twice", cwd=home).out


def test_a_parameter_out_of_bounds_is_told_at_its_place(home: Path) -> None:
    replaced(home, "factor: 3", "factor: -3", "config/data_sources.yaml")
    for command in ("check", "components", "graph"):
        said = ask(command, cwd=home)
        assert said.status == 1
        assert "data_sources.yaml:14:31: 'factor' should be greater than 0" in said.err
    replaced(home, "factor: -3", "facter: 3", "config/data_sources.yaml")
    said = ask("check", cwd=home)
    assert "unknown field 'facter'; did you mean 'factor'?" in said.err


def test_check_tells_what_is_wrong_with_plugins_also_where_the_config_is_wrong(home: Path) -> None:
    replaced(home, "compute", "compte")
    said = ask("check", cwd=home)
    assert said.status == 1
    assert "plugins/twice.py:15:9: Twice has no method compute; 'compte' should be" in said.err
    replaced(home, "path:", "pathh:", "config/data_sources.yaml")
    said = ask("check", cwd=home)
    assert "unknown field 'pathh'" in said.err
    assert "Twice has no method compute" in said.err


def test_check_runs_the_examples_of_strategies(home: Path) -> None:
    (home / "config" / "strategies").mkdir()
    (home / "config" / "strategies" / "gamma_scalp_0dte.yaml").write_text(STRATEGY)
    said = ask("check", cwd=home)
    assert said.status == 1
    assert "strategies/gamma_scalp_0dte.yaml:7:5: test 'nothing there'" in said.err, said.err


def test_a_good_plugin_leaves_check_without_a_word_of_what_it_does_not_use(home: Path) -> None:
    said = ask("check", cwd=home)
    assert said.status == 0, said
    assert "note:" not in said.out + said.err
    rows = [line for line in said.out.splitlines() if " binding" in line]
    assert ["✓", "twice", "2", "bindings", "on"] in [row.split() for row in rows]
    assert len({row.index("binding") for row in rows}) == 1, "one is named longer than its column"


def test_graph_is_drawn_in_each_format_and_into_a_file(home: Path) -> None:
    said = ask("graph", cwd=home)
    assert said.status == 0, said
    assert "  ├─ reads raw:uw:state:{symbol} of unusual_whales.stock_state" in said.out
    assert ask("graph", "--format", "mermaid", cwd=home).out.startswith("flowchart LR")
    assert len(json.loads(ask("graph", "--format", "json", cwd=home).out)["nodes"]) == 2
    said = ask("graph", "--format", "svg", "--out", "graph.svg", cwd=home)
    assert said.out == "✓ graph.svg\n"
    assert (home / "graph.svg").read_text().startswith("<svg")
    said = ask("graph", "--out", "nowhere/graph.svg", cwd=home)
    assert (said.status, "cannot be written" in said.err) == (1, True)


def test_graph_shows_the_feeds_that_nobody_reads_where_asked(home: Path) -> None:
    replaced(home, "      stock_state:", UNREAD + "      stock_state:", "config/data_sources.yaml")
    assert "uw:calm" not in ask("graph", cwd=home).out
    said = ask("graph", "--all", cwd=home)
    assert "  unusual_whales.calm writes raw:uw:calm (off: disabled in the config)" in said.out
    nodes = json.loads(ask("graph", "--all", "--format", "json", cwd=home).out)["nodes"]
    assert "unusual_whales.calm" in [node["name"] for node in nodes]


def test_what_cannot_be_joined_is_told_and_the_rest_is_drawn(home: Path) -> None:
    other = PLUGIN.replace("twice", "lost").replace("raw:uw:state:{symbol}", "raw:uw:stat:SPY")
    (home / "plugins" / "lost.py").write_text(other.replace(":{symbol}", ""))
    said = ask("graph", cwd=home)
    assert said.status == 1
    assert (
        "plugins/lost.py:12:27: lost reads 'state', and nothing writes raw:uw:stat:SPY" in said.err
    )
    assert "twice × 2" in said.out


def test_explain_leads_from_a_value_to_the_vendors_url(home: Path) -> None:
    recording = home / "recorded"
    with running("--record", str(recording), cwd=home) as run:
        said = _until(home, "explain", "analytics:twice:SPY")
        assert said.status == 0, said
        lines = said.out.splitlines()
        assert lines[0].endswith("by twice:SPY")
        assert "raw:uw:state:SPY  seq" in said.out
        assert "/stock/SPY/stock-state (answered by the simulated vendor)" in said.out
        seq = lines[0].split()[2]
        said = ask("explain", "analytics:twoce:SPY", cwd=home)
        assert "did you mean 'analytics:twice:SPY'?" in said.err
        said = ask("explain", "runtime:components", cwd=home)
        assert "runtime:components is a plain text" in said.err
        time.sleep(1.5)
        said = ask("explain", f"analytics:twice:SPY@{seq}", cwd=home)
        assert f"has no value with the seq {seq} any more" in said.err
        # What was mended was never said to be good again.
        replaced(home, '{"twice": {', '{"twice": {{')
        run.wait_for("✗ plugins    plugins/twice.py:16:")
        replaced(home, '{"twice": {{', '{"twice": {')
        run.wait_for("✓ plugins    plugins/twice.py is live (")
        run.stop()
    where = ("--recording", str(recording))
    said = ask("explain", f"analytics:twice:SPY@{seq}", *where, "--format", "json", cwd=home)
    told = json.loads(said.out)
    assert (told["seq"], told["gone"]) == (seq, False)
    assert told["inputs"][0]["url"].endswith("/stock/SPY/stock-state")


def _until(home: Path, *words: str) -> Said:
    """Ask again until there is an answer; the plugins begin after the feeds."""
    end = time.monotonic() + PATIENCE
    while True:
        said = ask(*words, cwd=home)
        if said.status == 0 or time.monotonic() > end:
            return said
        time.sleep(0.5)

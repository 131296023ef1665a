"""From config and plugins to bindings: for which symbols, with what, each mistake at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.config.loaded import Loaded
from quanticity.config.loader import load
from quanticity.runtime.bindings import Bound, bindings_of
from quanticity.runtime.loader import PluginFolders
from quanticity.runtime.strategy_tests import failing_tests
from tests.runtime.project import project

CONFIG = """
symbol_groups: {few: [SPY, QQQ]}
data_sources:
  vendor:
    base_url: "https://vendor.invalid"
    endpoints:
      chain:
        path: "/chain/{symbol}"
        symbols: few
        interval_seconds: 60
        redis_key: "raw:v:chain:{symbol}"
        ttl_seconds: 180
      quote:
        path: "/quote/{symbol}"
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:v:quote:{symbol}"
        ttl_seconds: 180
"""

PLUGIN = '''
from quanticity.api import Analytic, Key, Spec, Strategy, field, Intent, Instrument, Reason, Passed

class Params(Spec):
    """Parameters."""
    size: int = field(1, ge=1, help="a size")

class First(Analytic):
    """Reads feeds."""
    name = "first"
    Params = Params
    reads = {"chain": Key("raw:v:chain:{symbol}", 60), "quote": Key("raw:v:quote:{symbol}", 60)}
    writes = {"out": Key("analytics:first:{symbol}")}
    def compute(self, inputs, state, now):
        return {}, state

class Loose(Analytic):
    """One of two will do."""
    name = "loose"
    reads = {
        "chain": Key("raw:v:chain:{symbol}", 60, optional=True),
        "quote": Key("raw:v:quote:{symbol}", 60, optional=True),
    }
    writes = {"out": Key("analytics:loose:{symbol}")}
    def compute(self, inputs, state, now):
        return {}, state

class Second(Analytic):
    """Reads a component."""
    name = "second"
    reads = {"first": Key("analytics:first:{symbol}", 60)}
    writes = {"out": Key("analytics:second:{symbol}")}
    def compute(self, inputs, state, now):
        return {}, state

class Idea(Strategy):
    """Wants a call when told."""
    name = "idea"
    Params = Params
    reads = {"first": Key("analytics:first:{symbol}", 60, optional=True)}
    def decide(self, inputs, state, now):
        if inputs.first is None:
            return [], state
        want = Intent("SPY", "call", Instrument("SPY"), 0.5, (Reason("x", True),), 0.01)
        return [want], state
'''


def world(tmp_path: Path, more: str = "", plugin: str = PLUGIN, **strategies: str) -> Bound:
    return bound(*parts(tmp_path, more, plugin, **strategies))


def parts(
    tmp_path: Path, more: str, plugin: str, **strategies: str
) -> tuple[Loaded, PluginFolders]:
    config = project(tmp_path, CONFIG + more, {"all": plugin}, strategies)
    return load(config, "dev", {}), PluginFolders([tmp_path / "plugins"], installed=False)


def bound(loaded: Loaded, folders: PluginFolders) -> Bound:
    plugins = folders.refresh()
    assert plugins.problems == ()
    return bindings_of(loaded, plugins)


def ids(given: Bound) -> set[str]:
    return {binding.id for binding in given.bindings}


def told(given: Bound) -> list[str]:
    return [str(problem) for problem in given.problems]


def test_an_analytic_runs_for_every_symbol_that_all_its_inputs_are_there_for(
    tmp_path: Path,
) -> None:
    found = world(tmp_path)
    assert ids(found) == {"first:SPY", "second:SPY", "loose:SPY", "loose:QQQ"}
    assert told(found) == []


def test_the_config_says_for_which_and_with_what(tmp_path: Path) -> None:
    more = """
components:
  first: {symbols: [SPY], params: {size: 3}}
  loose: {enabled: false}
"""
    found = world(tmp_path, more)
    assert ids(found) == {"first:SPY", "second:SPY"}
    (first,) = [one for one in found.bindings if one.component.name == "first"]
    assert first.instance.params.size == 3


def test_a_strategy_runs_when_a_file_says_so_and_an_overlay_may_turn_it_off(
    tmp_path: Path,
) -> None:
    loaded, folders = parts(tmp_path, "", PLUGIN, idea="symbols: few\nparams: {size: 2}\n")
    found = bound(loaded, folders)
    assert {"idea:SPY", "idea:QQQ"} <= ids(found)
    assert found.problems == []
    (tmp_path / "config" / "env" / "dev.yaml").write_text("strategies: {idea: {enabled: false}}\n")
    found = bound(load(tmp_path / "config", "dev", {}), folders)
    assert not any(name.startswith("idea") for name in ids(found))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "components:\n  frist: {symbols: [SPY]}\n",
            "data_sources.yaml:20:3: there is no component 'frist'; did you mean 'first'?",
        ),
        (
            "components:\n  first:\n    params: {siz: 3}\n",
            "data_sources.yaml:21:14: ",
        ),
        (
            "components:\n  first:\n    params:\n      size: many\n",
            "data_sources.yaml:22:7: ",
        ),
        (
            "components:\n  first: {symbols: [IWM]}\n",
            "raw:v:chain:IWM; raw:v:chain:{symbol} is written for other values, by vendor.chain",
        ),
        (
            "strategies:\n  other: {symbols: [SPY]}\n",
            "there is no strategy 'other'; there are idea",
        ),
    ],
)
def test_a_mistake_is_told_at_its_line_and_leaves_out_only_what_it_is_in(
    tmp_path: Path, more: str, said: str
) -> None:
    found = world(tmp_path, more)
    assert any(said in line for line in told(found)), told(found)
    assert {"loose:SPY", "loose:QQQ"} <= ids(found)


def test_a_key_has_one_writer(tmp_path: Path) -> None:
    plugin = PLUGIN.replace('Key("analytics:loose:{symbol}")', 'Key("analytics:first:{symbol}")')
    found = world(tmp_path, plugin=plugin)
    assert any("both write analytics:first:SPY; a key has one writer" in one for one in told(found))


def test_a_feeds_key_is_no_components_to_write(tmp_path: Path) -> None:
    plugin = PLUGIN.replace('Key("analytics:loose:{symbol}")', 'Key("raw:v:quote:{symbol}")')
    found = world(tmp_path, plugin=plugin)
    whose = "vendor.quote (data_sources.yaml:17)"
    said = f"and {whose} both write raw:v:quote:SPY"
    assert any(said in one for one in told(found)), told(found)


def test_a_circle_is_told_with_its_members(tmp_path: Path) -> None:
    plugin = PLUGIN.replace(
        'reads = {"chain": Key("raw:v:chain:{symbol}", 60), "quote"',
        'reads = {"back": Key("analytics:second:{symbol}", optional=True), '
        '"chain": Key("raw:v:chain:{symbol}", 60), "quote"',
    )
    found = world(tmp_path, plugin=plugin)
    (line,) = [one for one in told(found) if "circle" in one]
    assert "first:SPY" in line
    assert "second:SPY" in line
    assert {"loose:SPY", "loose:QQQ"} == ids(found)


def test_an_input_whose_feed_is_off_is_a_warning_and_says_why(tmp_path: Path) -> None:
    more = """
      late:
        path: "/late"
        enabled: false
        interval_seconds: 60
        redis_key: "raw:v:late"
        ttl_seconds: 180
"""
    plugin = PLUGIN.replace('"quote": Key("raw:v:quote:{symbol}", 60)}', '"l": Key("raw:v:late")}')
    found = world(tmp_path, more, plugin)
    assert any(
        "first waits for raw:v:late of vendor.late, which is off: disabled" in one
        for one in told(found)
    ), told(found)
    assert "first:SPY" in ids(found)


STRATEGY = """symbols: few
tests:
  - name: told
    at: 2026-01-05 12:00
    inputs: {first: {a: 1}}
    expect: {signals: 1, direction: call}
  - name: not told
    at: 2026-01-05 12:00
    expect: {signals: 0}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", None),
        ("direction: call", "direction: put", "6:26: test 'told': direction call, expected put"),
        ("signals: 0", "signals: 2", "9:5: test 'not told': 0 signals, expected 2"),
        ("{first:", "{frist:", "5:14: test 'told': it reads no 'frist'; did you mean 'first'?"),
        ("2026-01-05 12:00\n    inputs", "today\n    inputs", "4:5: test 'told': 'today' is no m"),
    ],
)
def test_the_examples_of_a_strategy_are_run(
    tmp_path: Path, old: str, new: str, said: str | None
) -> None:
    loaded, folders = parts(tmp_path, "", PLUGIN, idea=STRATEGY.replace(old, new, 1))
    lines = [str(problem) for problem in failing_tests(loaded, folders.refresh())]
    assert len(lines) == (0 if said is None else 1)
    assert said is None or f"strategies/idea.yaml:{said}" in lines[0]


def test_the_examples_of_what_ships_come_out() -> None:
    home = Path(__file__).parents[2]
    loaded = load(home / "config", "demo", {})
    plugins = PluginFolders([home / "plugins"], installed=False).refresh()
    assert any(file.tests for file in loaded.root.strategies.values())
    assert list(failing_tests(loaded, plugins)) == []


def only(tmp_path: Path, *classes: str) -> list[str]:
    """What is told of a file of these classes; `feed` is how each begins."""
    head = "from quanticity.api import Analytic, At, Distributor, Key, Kind\n"
    return told(world(tmp_path, "", head + "\n".join(classes)))


def analytic(name: str, reads: str, writes: str, more: str = "") -> str:
    return (
        f'class {name.title()}(Analytic):\n    name = "{name}"\n    reads = {{{reads}}}\n'
        f"    writes = {{{writes}}}\n{more}"
        "    def compute(self, inputs, state, now):\n        return {}, state\n"
    )


CHAIN = '"chain": Key("raw:v:chain:{symbol}", 60)'


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (
            [analytic("own", '"x": Key("feed:x", 60)', '"x": Key("feed:x")')],
            "plugins/all.py:4:5: own reads what it writes itself (own); remember by State",
        ),
        (
            [
                analytic("one", '"b": Key("feed:b", 60)', '"a": Key("feed:a")'),
                analytic("two", '"a": Key("feed:a", 60)', '"b": Key("feed:b")'),
            ],
            "waits in a circle: one -> two -> one",
        ),
        (
            [analytic("slip", '"c": Key("raw:v:chian:SPY", 60)', '"a": Key("feed:a")')],
            "plugins/all.py:4:23: slip reads 'c', and nothing writes raw:v:chian:SPY; did you",
        ),
        (
            [
                analytic(
                    "kind", '"c": Key("raw:v:chain:SPY", kind=Kind.EVENTS)', '"a": Key("feed:a")'
                )
            ],
            "kind reads 'c', raw:v:chain:SPY, as events; vendor.chain writes it as latest; k",
        ),
        (
            [
                analytic(
                    "late", '"c": Key("analytics:alert", kind=Kind.EVENTS)', '"a": Key("feed:a")'
                )
            ],
            "late reads 'c', and nothing writes analytics:alert; did you mean 'analytics:alerts'?",
        ),
        (
            [analytic("idle", '"c": Key("raw:v:chian:SPY", 60, optional=True)', '"a": Key("f:a")')],
            "idle has only inputs that nothing writes: raw:v:chian:SPY; did you mean",
        ),
    ],
)
def test_what_cannot_be_joined_is_told_at_the_line_of_its_key(
    tmp_path: Path, classes: list[str], said: str
) -> None:
    lines = only(tmp_path, *classes)
    assert any(said in line for line in lines), lines


def test_a_mistake_of_many_bindings_is_told_once(tmp_path: Path) -> None:
    reads = CHAIN + ', "x": Key("feed:nowhere:{symbol}", 60)'
    text = analytic("many", reads, '"a": Key("feed:a:{symbol}")')
    more = "components: {many: {symbols: [A, B, C, D, E]}}\n"
    found = world(tmp_path, more, "from quanticity.api import Analytic, Key\n" + text)
    (line,) = [line for line in told(found) if "nowhere" in line]
    assert "nothing writes feed:nowhere:A, feed:nowhere:B, feed:nowhere:C and 2 more" in line


def test_who_reads_what_is_left_out_is_left_out_too(tmp_path: Path) -> None:
    found = world(
        tmp_path,
        "",
        "from quanticity.api import Analytic, Key\n"
        + analytic("low", '"c": Key("raw:v:nothing", 60)', '"a": Key("feed:a")')
        + analytic("high", '"a": Key("feed:a", 60)', '"b": Key("feed:b")')
        + analytic("apart", '"c": Key("raw:v:chain:SPY", 60)', '"d": Key("feed:d")'),
    )
    assert ids(found) == {"apart"}

"""What the config can say wrongly of components, each told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.component import Instrument, Intent
from quanticity.config.loader import load
from quanticity.errors import Severity
from quanticity.runtime.signals import outputs_of
from quanticity.runtime.whole import Whole, whole_of
from tests.runtime.project import project

CONFIG = """\
symbol_groups: {few: [SPY, QQQ], nobody: []}
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
"""
PLUGIN = """
from quanticity.api import Analytic, Key, Spec, field

class Params(Spec):
    size: int = field(1, ge=1, help="a size")

class First(Analytic):
    name = "first"
    Params = Params
    reads = {"chain": Key("raw:v:chain:{symbol}", 60)}
    writes = {"out": Key("analytics:first:{symbol}")}

    def compute(self, inputs, state, now):
        return {}, state
"""
BOTH = ["first:QQQ", "first:SPY"]
GAMMA = "plugin: gamma_scalp_0dte\nsymbols: [SPY]\n"


def whole(tmp_path: Path, more: str = "", plugin: str = PLUGIN, **strategies: str) -> Whole:
    return whole_of(load(project(tmp_path, CONFIG + more, {"own": plugin}, strategies), "dev", {}))


def ids(found: Whole) -> list[str]:
    return sorted(one.id for one in found.bound.bindings)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("symbols: fwe", "12:22: there is no symbol group 'fwe'; did you mean 'few'?"),
        ("symbols: SPY", "12:22: there is no symbol group 'SPY'; a single symbol is written [SPY]"),
        ("symbols: [SPY, SPY]", "12:22: 'SPY' is listed twice"),
        ("values: {expiry: [a]}", "12:31: first has no {expiry} in its keys; there is symbol"),
        ("symbols: ['S Y']", "12:14: first:S Y: no value for a placeholder of its 'chain'"),
    ],
)
def test_an_entry_that_is_wrong_is_told_and_does_not_run(
    tmp_path: Path, entry: str, said: str
) -> None:
    found = whole(tmp_path, f"components: {{first: {{{entry}}}}}\n")
    (problem,) = (one for one in found.problems if one.severity is Severity.ERROR)
    assert str(problem).startswith(f"data_sources.yaml:{said}")
    assert ids(found) == []
    assert found.bound.refused == {"first"}


def test_a_misspelt_symbol_waited_for_ever_and_nobody_said_so(tmp_path: Path) -> None:
    found = whole(tmp_path, "components: {first: {symbols: [SPY, QQQQ]}}\n")
    problem = found.problems[0]
    said = "data_sources.yaml:12:37: note: 'QQQQ' is in no symbol group, and no feed asks for it"
    assert str(problem) == f"{said}; did you mean 'QQQ'?"
    assert "first:SPY" in ids(found)


def notes(found: Whole) -> list[str]:
    return [str(one) for one in found.problems if "nothing writes" not in str(one)]


def test_a_symbol_of_a_section_alone_was_said_to_be_asked_for_by_nobody(tmp_path: Path) -> None:
    more = "components: {first: {symbols: [ES]}}\nibkr: {futures: [ES]}\n"
    assert notes(whole(tmp_path, more)) == []


def test_a_long_list_of_symbols_was_told_in_as_many_lines(tmp_path: Path) -> None:
    symbols = ", ".join(f"S{number:03d}" for number in range(400))
    found = notes(whole(tmp_path, f"components: {{first: {{symbols: [{symbols}]}}}}\n"))
    assert len(found) == 4
    assert found[-1].endswith("note: and 397 more of first that nothing else knows")


@pytest.mark.parametrize(
    "entry", ["", "{params: }", "{symbols: few}", "{values: {symbol: [QQQ, SPY]}}"]
)
def test_what_is_left_empty_has_its_default(tmp_path: Path, entry: str) -> None:
    found = whole(tmp_path, f"components: {{first: {entry}}}\n")
    assert (ids(found), found.problems) == (BOTH, ())


@pytest.mark.parametrize("symbols", ["[]", "nobody"])
def test_an_empty_list_of_symbols_meant_all(tmp_path: Path, symbols: str) -> None:
    found = whole(tmp_path, f"components: {{first: {{symbols: {symbols}}}}}\n")
    (problem,) = found.problems
    assert ids(found) == []
    assert found.bound.refused == set()
    assert str(problem).startswith(
        "data_sources.yaml:12:22: note: first runs for no symbol: the list is empty; leave symbols"
    )


def test_an_empty_list_is_told_of_what_has_no_symbol_too(tmp_path: Path) -> None:
    plain = PLUGIN.replace("{symbol}", "SPY")
    found = whole(tmp_path, "components: {first: {symbols: []}}\n", plugin=plain)
    (problem,) = found.problems
    assert "first has no {symbol} in its keys" in str(problem)


def test_a_strategy_for_no_symbol_does_not_run(tmp_path: Path) -> None:
    found = whole(tmp_path, gamma_scalp_0dte="plugin: gamma_scalp_0dte\nsymbols: []\n")
    (problem,) = found.problems
    assert "strategies/gamma_scalp_0dte.yaml:2:" in str(problem)
    assert "gamma_scalp_0dte runs for no symbol" in str(problem)
    assert ids(found) == BOTH


def test_a_strategy_is_no_component_of_the_config(tmp_path: Path) -> None:
    found = whole(tmp_path, "components: {gamma_scalp_0dte: {symbols: [SPY]}}\n")
    (problem,) = found.problems
    assert "'gamma_scalp_0dte' is a strategy; its place is strategies/" in str(problem)


def test_a_misspelt_key_with_a_placeholder_left_a_plugin_idle_with_a_note_only(
    tmp_path: Path,
) -> None:
    found = whole(tmp_path, plugin=PLUGIN.replace("raw:v:chain:", "raw:v:chian:"))
    (problem,) = found.problems
    assert str(problem) == (
        "plugins/own.py:10:27: first reads 'chain', and nothing writes raw:v:chian:{symbol}; "
        "did you mean 'raw:v:chain:{symbol}'?"
    )
    assert problem.severity == "error"


CIRCLE = (
    PLUGIN
    + """
class Second(First):
    name = "second"
    reads = {**First.reads, "other": Key("feed:third:{symbol}")}
    writes = {"out": Key("feed:second:{symbol}")}

class Third(First):
    name = "third"
    reads = {**First.reads, "other": Key("feed:second:{symbol}")}
    writes = {"out": Key("feed:third:{symbol}")}
"""
)


def test_a_circle_of_components_without_symbols_of_their_own_was_no_problem(
    tmp_path: Path,
) -> None:
    found = whole(tmp_path, plugin=CIRCLE)
    (problem,) = found.problems
    assert str(problem) == (
        "plugins/own.py:18:5: second waits in a circle: second -> third -> second; "
        "remember by State instead of reading back"
    )
    assert ids(found) == BOTH


def test_one_that_reads_what_it_writes_was_no_problem(tmp_path: Path) -> None:
    own = PLUGIN.replace("60)}", '60), "back": Key("analytics:first:{symbol}")}')
    (problem,) = whole(tmp_path, plugin=own).problems
    assert "first reads what it writes itself (first)" in str(problem)


def test_two_files_run_one_strategy_side_by_side(tmp_path: Path) -> None:
    """Which parameters, or which data, are better: both say what they want, under their names."""
    two = {
        "gamma_scalp_0dte": GAMMA,
        "tight": GAMMA.replace("SPY", "SPY, QQQ") + "params: {lean: 0.3}\n",
    }
    found = whole(tmp_path, **two)
    mine = {one.id: one for one in found.bound.bindings if "gamma" in one.id}
    assert sorted(mine) == [
        "gamma_scalp_0dte:SPY",
        "gamma_scalp_0dte:tight:QQQ",
        "gamma_scalp_0dte:tight:SPY",
    ]
    assert not found.problems
    tight = mine["gamma_scalp_0dte:tight:SPY"]
    assert tight.writes["active"].key == "signals:active:tight:SPY"
    assert tight.instance.params.lean == 0.3
    assert (
        mine["gamma_scalp_0dte:SPY"].writes["active"].key == "signals:active:gamma_scalp_0dte:SPY"
    )
    wish = Intent("SPY", "call", Instrument("SPY"), 0.9, (), 0.02)
    (signal,) = outputs_of(tight.instance, [wish], 1_767_625_200.0)["pending"]
    assert (signal["strategy"], signal["id"]) == ("tight", "SIG-tight-SPY-1767625200000-0")


def test_a_symbol_group_of_a_strategy_that_was_misspelt_ran_it_for_all(tmp_path: Path) -> None:
    found = whole(tmp_path, a=GAMMA.replace("[SPY]", "fwe"))
    (problem,) = found.problems
    assert str(problem) == (
        "strategies/a.yaml:2:1: there is no symbol group 'fwe'; did you mean 'few'?"
    )
    assert ids(found) == BOTH


def test_a_key_that_only_a_transform_would_write_passed_as_written(tmp_path: Path) -> None:
    text = PLUGIN.replace("raw:v:chain", "feed:v:chain")
    more = "components: {first: {symbols: [SPY]}}\n"
    (problem,) = whole(tmp_path, more, plugin=text).problems
    assert "nothing writes feed:v:chain:SPY; did you mean 'raw:v:chain:SPY'?" in str(problem)


def test_a_constructor_that_raises_stopped_all_bindings(tmp_path: Path) -> None:
    text = PLUGIN + "\n    def __init__(self, params, values):\n        raise ValueError('no')\n"
    other = PLUGIN.replace("first", "second").replace("First", "Second")
    found = whole(tmp_path, plugin=text + other)
    assert ids(found) == ["second:QQQ", "second:SPY"]
    (problem,) = found.problems
    assert "first cannot be made: ValueError: no" in str(problem)


def test_over_a_parameter_that_is_no_list_stopped_all_bindings(tmp_path: Path) -> None:
    text = PLUGIN.replace(", 60)", ', 60, over="size")').replace("first:{symbol}", "first")
    found = whole(tmp_path, plugin=text)
    (problem,) = found.problems
    assert "goes over 'size', which must be a parameter that lists values" in str(problem)


def test_events_cannot_be_written_where_a_feed_writes_its_value(tmp_path: Path) -> None:
    text = PLUGIN.replace("Analytic, Key", "Analytic, Key, Kind").replace(
        'Key("analytics:first:{symbol}")', 'Key("raw:v:chain:{symbol}", kind=Kind.EVENTS)'
    )
    (problem,) = whole(tmp_path, plugin=text).problems
    assert "writes raw:v:chain:QQQ as events, vendor.chain as latest" in str(problem)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 3", "lint_config gave 3; return a list of Problems"),
        ("return [3]", "lint_config gave 3, which is no Problem"),
        ("raise KeyError('x')", "its hook lint_config raised KeyError: 'x'"),
    ],
)
def test_a_rule_of_a_plugin_that_fails_is_told(tmp_path: Path, body: str, said: str) -> None:
    text = PLUGIN + f"\ndef lint_config(config):\n    {body}\n"
    (problem,) = whole(tmp_path, plugin=text).problems
    assert said in str(problem)

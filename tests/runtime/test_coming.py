"""Components that read what trading will write: bound, no mistake, and waiting by name."""

from __future__ import annotations

from pathlib import Path

from quanticity.clock import MarketCalendar
from quanticity.config.loader import load
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.engine import Engine
from quanticity.runtime.health import Health
from quanticity.runtime.whole import Whole, whole_of
from quanticity.testing.harness import MONDAY
from tests.runtime.project import project

ROOT = Path(__file__).parents[2]
WAITING = {
    "portfolio_greeks": "no value yet of positions:active",
    "signal_stats": "no value yet of trades:history",
    "entry_timing": "no value yet of trades:history",
}


def demo() -> Whole:
    return whole_of(load(ROOT / "config", "demo", {}))


def test_what_waits_for_trading_is_there_and_no_problem_of_the_config():
    whole = demo()
    assert set(WAITING) <= {one.id for one in whole.bound.bindings}
    told = [str(one) for one in whole.problems if any(name in str(one) for name in WAITING)]
    assert told == []


def test_it_says_that_it_waits_and_for_what():
    bindings = [one for one in demo().bound.bindings if one.id in WAITING]
    engine = Engine(bindings, PlainAges(), MarketCalendar(), now=MONDAY)
    rows = Health().rows(engine, MONDAY)
    assert {row.id: row.reason for row in rows} == WAITING
    assert {row.status for row in rows} == {"waiting"}


def test_the_graph_names_who_will_write_it_and_why_it_is_not_there():
    graph = demo().graph
    [edge] = [one for one in graph.inputs("signal_stats") if one.key == "trades:history"]
    assert (edge.writer, edge.required) == ("trading", True)
    [node] = [one for one in graph.nodes if one.name == "trading"]
    assert node.off == "nothing is traded yet"


def test_a_plugin_that_writes_such_a_key_takes_its_place(tmp_path: Path):
    config = "data_sources: {}\ncomponents: {ledger: {enabled: true}, reader: {}}\n"
    plugin = """
from quanticity.api import Analytic, Source, trading

class Ledger(Source):
    name = "ledger"
    writes = {"positions": trading.POSITIONS}

    async def run(self, context):
        pass

class Reader(Analytic):
    name = "reader"
    reads = {"positions": trading.POSITIONS}
    writes = {"out": trading.SIGNAL_STATS}

    def compute(self, inputs, state, now):
        return {}, state
"""
    whole = whole_of(load(project(tmp_path, config, {"own": plugin}), "dev", {}))
    assert [str(one) for one in whole.problems] == []
    assert [edge.writer for edge in whole.graph.inputs("reader")] == ["ledger"]

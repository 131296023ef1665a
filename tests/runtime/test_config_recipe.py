"""From one generation of the config to the next: what stays as it was, and what goes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from quanticity.clock import MarketCalendar
from quanticity.config.loader import load
from quanticity.runtime.config_recipe import recipe_of
from quanticity.runtime.recipe import Built

CONFIG = "data_sources: {}\ncomponents:\n  tick: {params: {size: 1}}\n  tell: {enabled: true}\n"
PLUGIN = """
from quanticity.api import Analytic, Distributor, Every, Key, Kind, Spec, field

class Params(Spec):
    size: int = field(1, help="a size", ge=1)

class Tick(Analytic):
    name = "tick"
    Params = Params
    trigger = Every(1)
    writes = {"tick": Key("feed:tick")}

    def compute(self, inputs, state, now):
        return {"tick": 1}, None

class Tell(Distributor):
    name = "tell"
    Params = Params
    reads = {"alerts": Key("analytics:alerts", kind=Kind.EVENTS)}

    async def deliver(self, message, context):
        return None
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "own.py").write_text(PLUGIN)
    return tmp_path


def built(home: Path, config: str = CONFIG) -> Built:
    (home / "config" / "data_sources.yaml").write_text(config)
    recipe = recipe_of(load(home / "config", "dev", {}))
    again = pickle.loads(pickle.dumps(recipe))
    made: Built = again.build(MarketCalendar())
    return made


def own(bindings: list[str]) -> list[str]:
    return sorted(one for one in bindings if one in ("tick", "tell"))


def still(now: Built, before: Built) -> list[str]:
    return own([one.id for one in now.still(before.bindings)])


def test_wrong_parameters_let_the_old_ones_go_on(home: Path) -> None:
    first = built(home)
    assert own([one.id for one in first.bindings]) == ["tell", "tick"]
    assert (first.problems, first.refused) == ([], frozenset())
    wrong = built(home, CONFIG.replace("size: 1", "size: 0"))
    assert [str(one).partition(": ")[0] for one in wrong.problems] == ["data_sources.yaml:3:19"]
    assert still(wrong, first) == ["tick"]
    wrong = built(home, CONFIG.replace("enabled: true", "enabled: true, params: {size: 0}"))
    assert still(wrong, first) == ["tell"]


def test_what_is_turned_off_ends_also_while_something_else_is_wrong(home: Path) -> None:
    first = built(home)
    config = CONFIG.replace("size: 1", "size: 0").replace("enabled: true", "enabled: false")
    assert still(built(home, config), first) == ["tick"]


def test_a_plugin_that_does_not_load_any_more_stays_as_it_was(home: Path) -> None:
    first = built(home)
    (home / "plugins" / "own.py").write_text(PLUGIN + "\nclass (\n")
    second = built(home)
    assert {one.id: one.digest for one in second.bindings} == {
        one.id: one.digest for one in first.bindings
    }
    assert [str(one) for one in second.problems] == [
        "plugins/own.py:24:7: not Python: invalid syntax"
    ]
    (home / "plugins" / "own.py").unlink()
    gone = built(home, "data_sources: {}\n")
    assert own([one.id for one in gone.bindings]) == still(gone, first) == []


def test_an_old_one_does_not_go_on_beside_another_that_writes_its_key(home: Path) -> None:
    first = built(home)
    other = PLUGIN.replace("tick", "tack").replace("feed:tack", "feed:tick").replace("tell", "toll")
    (home / "plugins" / "second.py").write_text(other)
    now = built(home)
    assert any("both write feed:tick" in str(one) for one in now.problems)
    running = [one.id for one in (*now.bindings, *now.still(first.bindings))]
    assert len([name for name in running if name in ("tick", "tack")]) == 1


READERS = """
from quanticity.api import Analytic, Key, Source, Spec, field

class Params(Spec):
    symbols: tuple[str, ...] = field(("SPY", "QQQ"), help="symbols")

class Desk(Source):
    name = "desk"
    Params = Params
    writes = {"book": Key("market:{symbol}:depth", over="symbols")}

    async def run(self, context):
        return None

class Quality(Analytic):
    name = "quality"
    reads = {"book": Key("market:{symbol}:depth", 5)}
    writes = {"grade": Key("analytics:quality:{symbol}")}

    def compute(self, inputs, state, now):
        return {}, state

class Lean(Analytic):
    name = "lean"
    reads = {"grade": Key("analytics:quality:{symbol}", 5)}
    writes = {"lean": Key("analytics:leaning:{symbol}")}

    def compute(self, inputs, state, now):
        return {}, state
"""
DESK = """\
data_sources: {}
components:
  desk: {params: {symbols: [SPY]}}
"""


def names(bindings: list[str]) -> list[str]:
    return sorted(one for one in bindings if one.partition(":")[0] in ("desk", "quality", "lean"))


def test_a_typo_of_a_source_ended_in_silence_whoever_reads_what_it_goes_on_to_write(
    home: Path,
) -> None:
    (home / "plugins" / "own.py").write_text(READERS)
    first = built(home, DESK)
    running = ["desk", "lean:SPY", "quality:SPY"]
    assert names([one.id for one in first.bindings]) == running
    typo = DESK.replace("params: {symbols", "params: {symbosl")
    wrong = built(home, typo)
    assert wrong.refused >= {"desk"}

    def runs(now: Built) -> list[str]:
        return names([one.id for one in (*now.bindings, *now.still(first.bindings))])

    assert runs(wrong) == running
    # The worker knows nothing of sources: they run elsewhere.
    readers = [one for one in first.bindings if one.component.name in ("quality", "lean")]
    here = [one.id for one in (*wrong.bindings, *wrong.still(readers))]
    assert names(here) == ["lean:SPY", "quality:SPY"]
    # What is turned off in the same edit ends.
    off = built(home, typo + "  lean: {enabled: false}\n")
    assert runs(off) == ["desk", "quality:SPY"]

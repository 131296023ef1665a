"""What was discovered in one key, and in a file that any parser of YAML reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

from plugins.analytics.discovery import Discovery
from plugins.analytics.parameter_discovery import ParameterDiscovery
from plugins.sources.discovered_file import DiscoveredFile
from quanticity.testing import Harness, Stage, contract_suite
from tests.plugins.days import minute_rows, walk
from tests.views.making import NOW

PARAMS = {"symbols": ["SPY", "QQQ"]}
FOUND = {
    "bucket_size": 1000.0,
    "acf_lookback_bars": 12,
    "vol_regime": "HIGH",
    "volatility": 0.1694,
    "reason": None,
}
MATRIX = {
    "mean": 0.6,
    "high": [{"pair": ["SPY", "QQQ"], "value": 0.93}],
    "window": "one-minute returns of the last 100 minutes, regular session",
    "reason": None,
}


def harness() -> Harness:
    return Harness(Discovery, params=PARAMS)


def test_it_gathers_symbols_and_correlations():
    bench = harness()
    bench.give("found", FOUND, over="SPY")
    bench.give("correlations", MATRIX)
    bench.run()
    found = bench.value("discovery")
    assert found["symbols"]["SPY"]["bucket_size"] == 1000
    assert found["symbols"]["QQQ"] == {"bucket_size": None, "reason": "nothing discovered yet"}
    assert found["reason"] == "QQQ: nothing discovered yet"
    assert found["correlations"]["high"][0]["value"] == 0.93
    assert found["toxicity"]["SPY"]["reason"] == "0 minutes with a toxicity, 10 are needed"


def test_quantiles_of_toxicity_were_really_seen():
    bench = harness()
    for minute in range(20):
        bench.give("toxicity", {"toxicity": 0.30 + 0.01 * minute}, over="SPY")
        bench.advance(60)
    bench.advance(900)
    found = bench.value("discovery")["toxicity"]["SPY"]
    # Scores of .30 to .49; of the last ones some were looked at twice, until they were old.
    assert 0.35 <= found["q50"] <= 0.49
    assert found["q50"] <= found["q75"] <= found["q90"] <= found["q95"] == pytest.approx(0.49)
    assert found["minutes"] >= 20


def test_a_toxicity_that_is_none_is_not_counted():
    bench = harness()
    for bad in (None, "x", -1, 7, float(2)):
        bench.give("toxicity", {"toxicity": bad}, over="SPY")
        bench.advance(60)
    assert bench.state.seen["SPY"] == {}


def test_it_is_told_every_fifteen_minutes_and_as_soon_as_more_is_known():
    bench = harness()
    bench.run()
    assert len([ran for ran in bench.runs if ran.outputs]) == 1
    bench.give("found", FOUND, over="SPY")
    bench.advance(61)
    told = [ran.now for ran in bench.runs if ran.outputs]
    assert len(told) == 2
    bench.advance(890)
    assert [ran.now for ran in bench.runs if ran.outputs] == told
    bench.advance(70)
    assert len([ran for ran in bench.runs if ran.outputs]) == 3


def test_the_file_is_plain_yaml_of_what_was_discovered():
    """F43 of the notes: tags of numpy made a file that nothing else could read."""
    parameters = Harness(ParameterDiscovery, values={"symbol": "SPY"})
    parameters.give("bars", {"rows": minute_rows(walk(1, 101))})
    parameters.give(
        "prints", *[{"time": NOW, "price": 100.0, "size": size} for size in [100] * 900 + [7] * 200]
    )
    parameters.give("vol", {"volatility": 0.1694, "reason": None})
    parameters.run()
    gathered = harness()
    gathered.give("found", parameters.value("found"), over="SPY")
    gathered.give("correlations", MATRIX)
    gathered.run()

    stage = Stage(DiscoveredFile)
    stage.give("found", gathered.value("discovery"))
    stage.run(1)
    text = stage.files["discovered.yaml"]
    assert "!!" not in text
    read = yaml.safe_load(text)
    assert read == gathered.value("discovery")
    assert read["symbols"]["SPY"]["bucket_size"] == pytest.approx(1000, rel=0.05)
    assert type(read["symbols"]["SPY"]["acf_lookback_bars"]) is int
    assert stage.value("written")["path"].endswith("discovered.yaml")


def test_the_file_is_written_anew_only_when_there_is_something_new():
    stage = Stage(DiscoveredFile, params={"file": "mine.yaml"})
    stage.run(20)
    assert stage.files == {}
    stage.give("found", {"symbols": {}, "reason": "none", "list": [1, [2.5, None]]})
    stage.run(20)
    assert yaml.safe_load(stage.files["mine.yaml"])["list"] == [1, [2.5, None]]


def test_a_path_is_no_name_of_a_file():
    with pytest.raises(ValueError, match="cannot be"):
        Stage(DiscoveredFile, params={"file": "../elsewhere.yaml"})


def test_discovery_of_everything_is_quick():
    """The notes took .22 to .33 s for twelve symbols."""
    bench = Harness(ParameterDiscovery, values={"symbol": "SPY"})
    dice = np.random.default_rng(1)
    sizes = np.ceil(dice.pareto(1.1, 1000) * 50 + 1).tolist()
    bench.give("bars", {"rows": minute_rows(walk(1, 101))})
    bench.give("prints", [{"time": NOW, "price": 100.0, "size": size} for size in sizes])
    (ran,) = bench.run()
    assert ran.outputs["found"]["bucket_size"] >= 50


def test_it_keeps_the_contract():
    given: dict[str, Any] = {
        "found": {"SPY": FOUND, "QQQ": FOUND},
        "toxicity": {"SPY": {"toxicity": 0.4}, "QQQ": {"toxicity": 0.5}},
        "correlations": MATRIX,
    }
    contract_suite(Discovery, params=PARAMS, given=given)

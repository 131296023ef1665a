"""The composite of toxicity: its parts, what is absent, and venues that nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.toxic_flow import Toxicity
from quanticity.config.loader import load
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.markets import tapes

SPY = {"symbol": "SPY"}
SECTION: dict[str, Any] = {
    "venues": {"XNAS": 0.6, "XNYS": 0.2},
    "aliases": {"NASDAQ": "XNAS", "n": "xnys"},
}


def printed(at: float, size: float, venue: Any = "XNAS") -> dict[str, Any]:
    return {"time": MONDAY + at, "price": 10.0, "size": size, "venue": venue}


def bench(**params: Any) -> Harness:
    return Harness(Toxicity, values=SPY, params=SECTION | params)


def leaning(harness: Harness, *leans: float) -> None:
    for lean in leans:
        harness.give("imbalance", {"imbalance": lean, "reason": None})
        harness.advance(5)


def test_by_hand():
    harness = bench()
    leaning(harness, *[0.2, -0.2] * 5)
    harness.give("vpin", {"vpin": 0.6, "reason": None})
    harness.give("patterns", {"score": 0.5, "reason": None})
    harness.give("trades", printed(49, 300, "NASDAQ"), printed(49, 100, "N"))
    harness.advance(5)
    told = harness.value("toxicity")
    values = {name: part["value"] for name, part in told["parts"].items()}
    expected = {"vpin": 0.6, "venues": 0.5, "patterns": 0.5, "book": 0.2}
    assert values == pytest.approx(expected)
    assert told["toxicity"] == pytest.approx(0.5 * 0.6 + 0.25 * 0.5 + 0.2 * 0.5 + 0.05 * 0.2)
    assert (told["absent"], told["reason"]) == ([], None)
    assert harness.value("venues")["shares"] == {"XNAS": 300, "XNYS": 100}
    assert harness.value("venues")["known"] == 1


def test_absent_parts_are_weighted_out_and_named():
    harness = bench()
    harness.give("vpin", {"vpin": 0.6, "reason": None})
    harness.give("patterns", {"score": None, "reason": "no print"})
    harness.give("trades", printed(-1, 100, "XNYS"))
    harness.run()
    told = harness.value("toxicity")
    assert told["toxicity"] == pytest.approx((0.5 * 0.6 + 0.25 * 0.2) / 0.75)
    assert told["absent"] == ["patterns", "book"]
    assert told["parts"]["patterns"] == {
        "value": None,
        "weight": 0.2,
        "used_weight": 0.0,
        "reason": "no print",
    }
    assert told["parts"]["vpin"]["used_weight"] == pytest.approx(2 / 3)


def test_without_any_part_it_is_null_with_their_reasons():
    harness = bench()
    harness.give("vpin", {"vpin": None, "reason": "an index has none"})
    harness.run()
    told = harness.value("toxicity")
    assert told["toxicity"] is None
    assert "vpin: an index has none" in told["reason"]
    assert "venues: no print in the window" in told["reason"]


@pytest.mark.parametrize("name", ["UNKNOWN", "", None, "???", "XXXX"])
def test_a_thousand_prints_of_unknown_venues_passed_for_a_score(name: Any):
    """The venue part is absent, and people are told (F39, X38)."""
    harness = bench()
    harness.give("vpin", {"vpin": 0.6, "reason": None})
    harness.give("trades", [printed(-1, 100, name) for _ in range(1000)])
    harness.advance(5)
    venues, told = harness.value("venues"), harness.value("toxicity")
    assert (venues["known"], venues["score"], venues["prints"]) == (0, None, 1000)
    assert venues["reason"] == "of no print the venue is known"
    assert "venues" in told["absent"]
    assert told["toxicity"] == pytest.approx(0.6)
    (alert,) = harness.events("alerts")
    assert alert["message"] == "SPY: all 1000 prints have an unknown venue"
    harness.give("trades", printed(5, 100))
    harness.advance(10)
    assert [one["kind"] for one in harness.events("alerts")] == ["anomaly", "recovered"]


def test_a_part_of_the_tape_that_is_unknown_is_told_and_not_scored():
    harness = bench()
    harness.give("trades", printed(-1, 100, "XNAS"), printed(-1, 300, "MARS"))
    harness.run()
    venues = harness.value("venues")
    assert (venues["known"], venues["score"]) == (0.25, pytest.approx(0.6))
    assert venues["unknown"] == {"MARS": 300}


def test_a_config_that_scores_no_venue_says_so():
    harness = Harness(Toxicity, values=SPY)
    harness.give("trades", printed(-1, 100))
    harness.run()
    assert harness.value("venues")["reason"].endswith("the config's section toxic_flow scores none")


def test_what_is_older_than_the_window_is_forgotten():
    harness = bench()
    harness.give("trades", printed(-1, 100, "XNYS"))
    harness.run()
    harness.advance(400)
    harness.give("trades", printed(399, 50, "XNAS"))
    harness.advance(5)
    assert harness.value("venues")["shares"] == {"XNAS": 50}


def test_a_book_that_stands_still_is_counted_once():
    harness = bench()
    harness.give("imbalance", {"imbalance": 0.3})
    harness.advance(5)
    for at in range(12):
        harness.give("trades", printed(5 * at, 100))
        harness.advance(5)
    assert harness.value("toxicity")["parts"]["book"]["reason"].startswith("1 of at least 10")


def test_the_shipped_config_scores_twenty_venues_and_knows_their_names():
    loaded = load(Path(__file__).parents[2] / "config", "demo", {})
    params = Toxicity.Params(**loaded.sections["toxic_flow"])
    weights = params.weights.model_dump()
    assert weights == {"vpin": 0.5, "venues": 0.25, "patterns": 0.2, "book": 0.05}
    assert len(params.venues) >= 20
    assert all(0 <= score <= 1 for score in params.venues.values())
    assert set(params.aliases.values()) <= set(params.venues)
    made_up = {"ARCA", "NASDAQ", "BATS", "IEX", "NYSE", "MEMX", "FINRA"}
    assert made_up <= {*params.aliases, *params.venues}


weights = st.fixed_dictionaries(
    {name: st.floats(0, 1) for name in ("vpin", "venues", "patterns", "book")}
)
figures = st.one_of(st.none(), st.floats(0, 1), st.just("x"), st.just(7))


@settings(max_examples=60)
@given(weights, figures, figures, st.lists(tapes(MONDAY), max_size=2))
def test_it_lies_between_its_parts_whatever_they_are(
    weighed: Any, vpin: Any, score: Any, batches: list[Any]
):
    harness = bench(weights=weighed)
    harness.give("vpin", {"vpin": vpin})
    harness.give("patterns", {"score": score})
    for batch in batches:
        harness.give("trades", *batch)
        harness.advance(5)
    harness.run()
    told = harness.value("toxicity")
    used = [one["value"] for one in told["parts"].values() if one["used_weight"] > 0]
    if told["toxicity"] is None:
        assert told["reason"]
    else:
        assert min(used) - 1e-9 <= told["toxicity"] <= max(used) + 1e-9


def test_it_keeps_the_contract():
    given = {
        "vpin": {"vpin": 0.5, "reason": None},
        "patterns": {"score": 0.5, "reason": None},
        "imbalance": {"imbalance": 0.1, "reason": None},
    }
    contract_suite(Toxicity, values=SPY, params=SECTION, given=given)

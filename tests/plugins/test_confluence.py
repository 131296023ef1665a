"""Votes of indicators, what their count is worth, and who is absent and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.confluence import Confluence, ConfluenceParams
from quanticity.testing import contract_suite
from quanticity.views import Value
from tests.plugins.days import bars_of, minute_rows
from tests.plugins.running import run
from tests.views.making import NOW, view_of

UP: dict[str, Any] = {
    "regime": {"blend": {"slope": 2.0}},
    "skew": {"statistics": {"z": 1.5}},
    "rsi": {"rsi": 62.0},
    "macd": {"histogram": 0.1},
    "book": {"imbalance": 0.4},
    "flow": {"direction": "up"},
    "dark": {"direction": "accumulation"},
    "smart": {"direction": "bullish"},
    "sentiment": {"score": 0.3},
    "flip": {"flip": 99.0, "spot": 100.0, "gex_repriced": 5e8},
    "reversion": {"probability": 0.7, "is_significant": True, "direction": "up"},
}
DOWN: dict[str, Any] = {
    "regime": {"blend": {"slope": -2.0}},
    "rsi": {"rsi": 38.0},
    "macd": {"histogram": -0.1},
    "book": {"imbalance": -0.4},
    "flow": {"direction": "down"},
    "dark": {"direction": "distribution"},
    "smart": {"direction": "bearish"},
}
SIZES = ConfluenceParams().sizes


def confluence_of(bars: Any = None, **bodies: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = dict.fromkeys(Confluence.reads) | {"bars": bars}
    inputs |= {name: view_of(Value, body) for name, body in bodies.items()}
    outputs, _ = run(Confluence, inputs, NOW, symbol="SPY")
    found: dict[str, Any] = outputs["analytics:confluence:SPY"]
    return found


def test_all_of_them_up():
    found = confluence_of(bars_of(np.linspace(100, 101, 31)), **UP)
    assert set(found["votes"].values()) == {1}
    assert (found["aligned"], found["opposed"], found["known"]) == (12, 0, 12)
    assert found["direction"] == "up"
    assert found["multiplier"] == 1.25
    assert found["absent"] == {}
    assert found["reason"] is None


def test_the_multiplier_goes_by_how_many_more_are_for_it_than_against():
    for count, size in enumerate((0.5, 0.75, 1.0, 1.0, 1.25, 1.25), start=1):
        some = dict(list(UP.items())[:count])
        at_flip = {"flip": 100.0, "spot": 100.0, "gex_repriced": 0.0}
        neutral = {"sentiment": {"score": 0.0}, "flip": at_flip,
                   "reversion": {"probability": 0.1, "is_significant": False}}  # fmt: skip
        assert confluence_of(**neutral, **some)["multiplier"] == size


def test_six_against_five_is_no_agreement():
    up = dict(list(UP.items())[:6])
    mixed = up | {"dark": DOWN["dark"], "smart": DOWN["smart"], "flow": DOWN["flow"]}
    mixed |= {
        "sentiment": {"score": -0.5},
        "flip": {"flip": 101.0, "spot": 100.0, "gex_repriced": -5e8},
    }
    found = confluence_of(**mixed)
    assert (found["aligned"], found["opposed"]) == (5, 5)
    assert found["direction"] is None
    assert found["multiplier"] == 0.5


def test_what_points_nowhere_is_neutral_and_not_absent():
    found = confluence_of(
        rsi={"rsi": 51.0}, sentiment={"score": 0.1}, flow={"direction": "flat"},
        dark={"direction": "neither"}, book={"imbalance": 0.1},
    )  # fmt: skip
    assert found["neutral"] == found["known"] == 5
    assert found["direction"] is None
    assert found["aligned"] == 0
    assert found["multiplier"] == 0.5


def test_above_a_root_where_gamma_turns_short_was_taken_for_long_gamma():
    short = {"flip": 99.0, "spot": 100.0, "gex_repriced": -5e8}
    assert confluence_of(flip=short)["votes"]["zero_gamma"] == -1


def test_who_is_absent_says_why_and_has_no_vote():
    found = confluence_of(
        dark={"direction": None, "reason": "3 signed prints seen"},
        smart={"direction": None, "reason": None},
        rsi={"rsi": 60.0},
    )
    assert found["votes"]["dark_pool"] is None
    assert found["absent"]["dark_pool"] == "3 signed prints seen"
    assert found["absent"]["smart_money"] == "it does not say"
    assert found["absent"]["macd"] == "nothing fresh"
    assert found["multiplier"] is None
    assert found["reason"] == "1 indicators are known, 3 are needed"


def test_a_pull_that_may_be_chance_does_not_point():
    one = {"probability": 0.7, "is_significant": False, "direction": "up"}
    assert confluence_of(reversion=one)["votes"]["reversion"] == 0
    gone = {"probability": None, "reason": "halted"}
    assert confluence_of(reversion=gone)["votes"]["reversion"] is None


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["up", "down", "none"]), min_size=7, max_size=7))
def test_turned_round_it_is_the_other_way_and_worth_the_same(picks):
    """Every vote the other way: the direction turns, the multiplier stays."""
    one = {name: (UP if pick == "up" else DOWN)[name]
           for name, pick in zip(DOWN, picks, strict=True) if pick != "none"}  # fmt: skip
    other = {name: (DOWN if one[name] is UP[name] else UP)[name] for name in one}
    found, turned = confluence_of(**one), confluence_of(**other)
    ways = {"up": "down", "down": "up", None: None}
    assert turned["direction"] == ways[found["direction"]]
    assert turned["multiplier"] == found["multiplier"]
    if found["multiplier"] is not None:
        ahead = found["aligned"] - found["opposed"]
        assert found["multiplier"] == SIZES[min(ahead, len(SIZES) - 1)]
        assert found["aligned"] + found["opposed"] + found["neutral"] == found["known"]


@pytest.mark.parametrize("nonsense", [7, "x", [], None, {"blend": 7, "rsi": "x", "flip": 0}])
def test_nonsense_is_absent(nonsense):
    found = confluence_of(**dict.fromkeys(UP, nonsense))
    assert found["known"] == 0


def test_it_keeps_the_contract():
    given_bars = {"rows": minute_rows(np.linspace(100, 101, 31))}
    contract_suite(Confluence, values={"symbol": "SPY"}, given={"bars": given_bars, **UP})

"""The regime of a symbol: each rule alone, their order, the blend, and what cannot be judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.analytics.regime import Regime
from quanticity.testing import Harness, contract_suite
from quanticity.views import Bars, Rows, Value
from tests.plugins.days import bars_of, day_rows, minute_rows, walk
from tests.plugins.running import run
from tests.views.making import NOW, view_of

CALM = [{"dte": 7, "volatility": "0.15"}, {"dte": 37, "volatility": "0.17"}]
INVERTED = [{"dte": 7, "volatility": "0.25"}, {"dte": 37, "volatility": "0.17"}]
LONG = {"total": 3e9, "calls": 5e9, "puts": -2e9}
BALANCED = {"total": 1e8, "calls": 5e9, "puts": -4.9e9}
FAR = {"nearest": {"strike": 97.0}, "spot": 100.0}
AT_PAIN = {"nearest": {"strike": 100.1}, "spot": 100.0}


def ranked(rank: float | None, count: int = 200, last_vol: float = 0.2) -> dict[str, Any]:
    """A year of days at 20%, the last month at `last_vol`, with an IV rank on each."""
    dice = np.random.default_rng(3)
    steps = dice.standard_normal(count) * 0.2 / np.sqrt(252)
    steps[-20:] *= last_vol / 0.2
    rows = day_rows(100 * np.exp(np.cumsum(steps)), np.full(count, 0.2))
    return {"data": [{**row, "iv_rank_1y": None if rank is None else str(rank)} for row in rows]}


def skewed(change: float) -> dict[str, Any]:
    """A skew that differs by `change` from its usual three points."""
    return {"statistics": {"current": -0.03 + change, "mean": -0.03, "reason": None}}


def regime_of(bars: Bars | None = None, **bodies: Any) -> dict[str, Any]:
    kinds: dict[str, Any] = {"term": Rows, "days": Rows}
    inputs: dict[str, Any] = dict.fromkeys(Regime.reads) | {"bars": bars, "proxy": {"SPY": None}}
    for name, body in bodies.items():
        view = view_of(kinds.get(name, Value), body)
        inputs[name] = {"SPY": view} if name == "proxy" else view
    outputs, _ = run(Regime, inputs, NOW, symbol="QQQ")
    found: dict[str, Any] = outputs["analytics:regime:QQQ"]
    return found


def test_an_inverted_term_structure_is_volatile():
    found = regime_of(term=INVERTED, days=ranked(30))
    assert found["state"] == "volatile"
    assert found["method"] == "rules"
    assert found["rules"]["volatile"]["near"] == {"days": 7, "vol": 0.25}
    assert found["rules"]["volatile"]["far"] == {"days": 37, "vol": 0.17}


def test_a_hair_is_no_inversion():
    nearly = [{"dte": 7, "volatility": "0.1706"}, {"dte": 37, "volatility": "0.1705"}]
    assert regime_of(term=nearly, days=ranked(30))["rules"]["volatile"]["inverted"] is False


def test_what_a_day_is_part_of_is_not_as_old_as_the_day():
    """IV rank is written once a day: read as a trigger, it made each regime 39 hours old."""
    bench = Harness(Regime, values={"symbol": "SPY"})
    bench.give("vol", {"volatility": 0.1}, age=30)
    bench.give("days", ranked(30), age=140_000)
    bench.run()
    assert bench.runs[-1].timestamp >= bench.now - 60


def test_a_high_iv_rank_is_volatile_even_without_a_term_structure():
    assert regime_of(days=ranked(81))["state"] == "volatile"
    assert regime_of(days=ranked(80))["rules"]["volatile"]["held"] is None
    assert regime_of(days=ranked(80), term=CALM)["rules"]["volatile"]["held"] is False


def test_large_long_gamma_far_from_max_pain_is_reversion():
    found = regime_of(term=CALM, days=ranked(30), gex=LONG, pain=FAR)
    assert found["state"] == "reversion"
    assert found["rules"]["reversion"]["gex_share"] == pytest.approx(3 / 7)
    assert found["rules"]["reversion"]["max_pain_distance"] == pytest.approx(-0.03)


@pytest.mark.parametrize(
    ("gex", "pain"), [(BALANCED, FAR), (LONG, AT_PAIN), (LONG | {"total": -3e9}, FAR)]
)
def test_balanced_or_short_gamma_or_spot_at_max_pain_is_none(gex, pain):
    assert regime_of(gex=gex, pain=pain)["rules"]["reversion"]["held"] is False


@pytest.mark.parametrize(
    ("skew", "step", "held"),
    [(0.01, 1e-4, True), (-0.01, 1e-4, False), (-0.01, -1e-4, True), (0.01, -1e-4, False)],
)
def test_skew_that_moves_as_the_price_is_a_trend(skew, step, held):
    """Puts cost more than calls every day: the sign is that of the change against the usual."""
    prices = 100 * np.exp(step * np.arange(31))
    found = regime_of(bars_of(prices), term=CALM, days=ranked(30), gex=BALANCED, pain=FAR,
                      skew=skewed(skew))  # fmt: skip
    assert found["rules"]["trend"]["held"] is held
    assert found["state"] == ("trend" if held else "range")
    assert found["direction"] == (("up" if step > 0 else "down") if held else None)


def test_volatile_comes_before_reversion_and_that_before_trend():
    all_of_them = {"gex": LONG, "pain": FAR, "skew": skewed(0.01)}
    bars = bars_of(100 * np.exp(1e-4 * np.arange(31)))
    assert regime_of(bars, term=INVERTED, days=ranked(30), **all_of_them)["state"] == "volatile"
    assert regime_of(bars, term=CALM, days=ranked(30), **all_of_them)["state"] == "reversion"


def test_a_rule_that_cannot_be_judged_leaves_the_state_to_the_blend():
    """Without a skew nobody knows whether it is a trend: never is it a plausible range."""
    bars = bars_of(100 * np.exp(1e-4 * np.arange(61)), NOW)
    new = {"statistics": {"current": -0.03, "mean": None, "reason": "too new"}}
    found = regime_of(bars, term=CALM, days=ranked(30), gex=BALANCED, pain=FAR, skew=new)
    assert found["rules"]["state"] is None
    assert found["rules"]["reason"] == "trend cannot be judged: no usual skew: too new"


def test_the_blend_is_as_sure_as_its_least_sure_part():
    session = bars_of(walk(4, 12), NOW)
    found = regime_of(session, days=ranked(30))["blend"]
    assert found["state"] is None
    assert found["reason"] == "no slope of 20 bars"
    later = NOW + 1800
    bars = bars_of(100 * np.exp(1e-4 * np.arange(61)), later)
    inputs: dict[str, Any] = dict.fromkeys(Regime.reads) | {"bars": bars, "proxy": {"SPY": None}}
    inputs["liquidity"] = view_of(Value, {"grade": "B"}, later)
    inputs["days"] = view_of(Rows, ranked(30))
    outputs, _ = run(Regime, inputs, later, symbol="QQQ")
    found = outputs["analytics:regime:QQQ"]
    blend = found["blend"]
    assert blend["state"] == "trend"
    assert blend["direction"] == "up"
    assert blend["slope"] > 3
    assert blend["parts"]["slope"] == 1.0
    assert blend["parts"]["liquidity"] == 0.8
    assert found["confidence"] == blend["confidence"] == min(blend["parts"].values())
    assert found["method"] == "blend"
    assert found["state"] == "trend"


def test_a_month_of_twice_the_usual_volatility_is_volatile_by_the_blend():
    found = regime_of(days=ranked(50, last_vol=0.5))["blend"]
    assert found["percentile"] > 95
    assert found["state"] == "volatile"
    assert found["absent"] == ["slope", "liquidity"]
    assert found["confidence"] == found["parts"]["volatility"]


def test_an_index_has_the_liquidity_of_its_proxy():
    assert regime_of(proxy={"grade": "A"})["blend"]["grade"] == "A"
    assert regime_of(proxy={"grade": "A"}, liquidity={"grade": "C"})["blend"]["grade"] == "C"
    assert regime_of(proxy={"grade": "Z"})["blend"]["grade"] is None


def test_the_label_of_the_notes_example():
    found = regime_of(vol={"volatility": 0.1694, "method": "intraday close to close"})
    assert found["label"] == "HIGH"
    assert found["volatility"]["of"] == "intraday close to close"


def test_the_chain_stands_in_for_a_term_structure_that_is_late():
    expiries = [{"hours": 5, "vol": 0.5}, {"hours": 96, "vol": 0.2}, {"hours": 240, "vol": 0.15}]
    found = regime_of(move={"expiries": expiries}, days=ranked(10))["rules"]["volatile"]
    assert found["inverted"] is True
    assert found["near"] == {"days": 4, "vol": 0.2}


def test_with_nothing_to_go_by_all_is_null_and_says_why():
    found = regime_of()
    assert found["state"] is found["confidence"] is found["label"] is found["method"] is None
    assert found["reason"] == (
        "rules: volatile cannot be judged: no term structure of two expiries; no IV rank; "
        "blend: no slope of 20 bars"
    )


def test_figures_of_nonsense_are_unknown():
    found = regime_of(
        term=[
            {"dte": "x", "volatility": "0.2"},
            {"dte": 7, "volatility": "-1"},
            {"dte": 9, "volatility": "25"},
            {"dte": 40, "volatility": "0.2"},
        ],
        days={"data": [{"date": "2026-01-02", "close": "n/a", "iv_rank_1y": "999"}]},
        gex={"total": 0, "calls": 0, "puts": 0},
        pain={"nearest": "x", "spot": -1},
        vol={"volatility": -0.2},
    )
    assert found["rules"]["volatile"]["held"] is None
    assert found["rules"]["reversion"]["held"] is None
    assert found["label"] is None


def test_it_runs_at_the_start_and_at_least_every_five_minutes():
    bench = Harness(Regime, values={"symbol": "SPY"})
    bench.run()
    assert len(bench.runs) == 1
    bench.advance(900)
    assert 3 <= len(bench.runs) - 1 <= 4


def test_it_keeps_the_contract():
    given = {
        "bars": {"rows": minute_rows(walk(1, 61))},
        "vol": {"volatility": 0.2, "method": "intraday close to close"},
        "gex": LONG,
        "pain": FAR,
        "term": {"data": CALM},
        "move": {"expiries": [{"hours": 96, "vol": 0.2}, {"hours": 240, "vol": 0.15}]},
        "days": ranked(30, count=90),
        "skew": skewed(0.01),
        "liquidity": {"grade": "A"},
        "proxy": {"SPY": {"grade": "A"}},
    }
    contract_suite(Regime, values={"symbol": "SPY"}, given=given)

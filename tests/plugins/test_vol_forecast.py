"""The forecast of a symbol's volatility, its error log and its weekly fit; and all of them."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from plugins.analytics.market_vol_forecast import MarketVolForecast
from plugins.analytics.vol_forecast import VolForecast
from quanticity.quant import vol_forecast
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from tests.plugins.days import day_rows

SPY = {"symbol": "SPY"}
DAY = 86_400.0
TERM = {"data": [{"dte": 7, "volatility": "0.20"}, {"dte": 53, "volatility": "0.246"}]}


def closes_of(seed: int, count: int, vol: float = 0.2) -> Any:
    dice = np.random.default_rng(seed)
    return 100 * np.exp(np.cumsum(dice.standard_normal(count) * vol / math.sqrt(252)))


def history(
    count: int = 252, seed: int = 1, implied: float = 0.24, last: date = date(2026, 1, 2)
) -> dict[str, Any]:
    """Days on which options cost `implied` and prices did a fifth."""
    return {"data": day_rows(closes_of(seed, count), np.full(count, implied), last)}


def harness(**given: Any) -> Harness:
    bench = Harness(VolForecast, values=SPY)
    for name, body in given.items():
        bench.give(name, body)
    bench.run()
    return bench


def test_the_premium_is_taken_out_of_the_implied_volatility_of_thirty_days():
    found = harness(days=history(), term=TERM).value("forecast")
    assert found["implied"] == pytest.approx(0.223)
    assert found["implied_from"] == "term structure at 30 days"
    assert found["premium"] == pytest.approx(0.04, abs=0.03)
    assert found["forecast"] == found["implied"] - found["premium"]
    assert found["decay"] in vol_forecast.DECAYS
    assert found["decay_fitted"] == "2026-01-05"
    assert found["reason"] is None


def test_without_a_term_structure_the_last_days_volatility_stands_in():
    found = harness(days=history()).value("forecast")
    assert found["implied"] == pytest.approx(0.24)
    assert found["implied_from"] == "the last day's"


def test_the_error_log_of_the_past_judges_it():
    metrics = harness(days=history(), term=TERM).value("forecast")["metrics"]
    assert metrics["count"] == 252 - 2 * 21
    assert metrics["rmse"] < metrics["implied_rmse"]
    assert abs(metrics["bias"]) < 0.02
    assert metrics["reason"] is None


def test_what_was_forecast_is_held_against_what_followed():
    """Made on Monday: a month later the log has the volatility of the 21 days since."""
    bench = harness(days=history(), term=TERM)
    made = bench.value("forecast")
    assert [one["day"] for one in made["metrics"]["log"]] == ["2026-01-05"]
    assert made["metrics"]["log"][0]["realised"] is None
    bench.now += 31 * DAY
    longer = history(count=275, seed=5, last=date(2026, 2, 4))
    bench.give("days", longer, age=3600)
    bench.advance(120)
    (first, *_) = bench.value("forecast")["metrics"]["log"]
    assert first["day"] == "2026-01-05"
    assert first["forecast"] == made["forecast"]
    closes = [float(row["close"]) for row in longer["data"] if row["date"] >= "2026-01-05"]
    expected = math.sqrt(252 * float(np.mean(np.diff(np.log(closes))[:21] ** 2)))
    assert first["realised"] == pytest.approx(expected)


def test_the_decay_is_fitted_once_a_week():
    bench = harness(days=history(), term=TERM)
    assert bench.state.fitted == "2026-01-05"
    for days in range(1, 9):
        bench.now = MONDAY + days * DAY
        last = date(2026, 1, 5) + timedelta(days=days - 1)
        bench.give("days", history(seed=days, last=last), age=60)
        bench.give("term", TERM)
        bench.run()
        expected = "2026-01-05" if days < 7 else "2026-01-12"
        assert bench.state.fitted == expected


def test_a_restart_keeps_the_decay_and_the_log():
    bench = harness(days=history(), term=TERM)
    before = bench.state
    bench.restart()
    bench.advance(120)
    assert bench.state.decay == before.decay
    assert bench.state.fitted == before.fitted


def test_a_clock_that_goes_back_forgets_no_forecast_of_the_past_and_invents_none():
    """The demo's clock starts anew on each run: what was made "tomorrow" is not known yet."""
    bench = harness(days=history(), term=TERM)
    bench.now += 2 * DAY
    bench.give("term", TERM)
    bench.run()
    assert [one.day for one in bench.state.made] == ["2026-01-05", "2026-01-07"]
    bench.now = MONDAY
    bench.restart()
    bench.give("term", TERM)
    bench.advance(120)
    assert all(one.day <= "2026-01-05" for one in bench.state.made)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "no implied volatility"),
        ({"term": TERM}, "0 days of history, more than 21 are needed"),
        ({"term": TERM, "days": history(count=15)}, "15 days of history, more than 21 are needed"),
        (
            {"term": TERM, "days": history(implied=0.9)},
            "the premium is larger than implied volatility",
        ),
        (
            {"days": {"data": [{"date": "2026-01-02", "close": "x", "volatility": "-1"}]}},
            "no implied volatility",
        ),
        ({"days": history(implied=25.0)}, "no implied volatility"),
        (
            {"term": {"data": [{"dte": 7, "volatility": "20"}, {"dte": 53, "volatility": "20"}]}},
            "no implied volatility",
        ),
    ],
)
def test_what_cannot_be_forecast_is_null_with_its_reason(given, reason):
    found = harness(**given).value("forecast")
    assert found["forecast"] is None
    assert found["reason"] == reason


def test_it_is_as_old_as_the_term_structure_and_not_as_the_last_day():
    bench = Harness(VolForecast, values=SPY)
    bench.give("days", history(), age=140_000)
    bench.give("term", TERM, age=30)
    bench.run()
    assert bench.runs[-1].timestamp >= bench.now - 60


def test_what_it_remembers_stays_small():
    bench = harness(days=history(), term=TERM)
    for day in range(1, 100):
        bench.now = MONDAY + day * DAY
        bench.give("days", history(last=date(2026, 1, 5) + timedelta(days=day - 1)), age=60)
        bench.give("term", TERM)
        bench.run()
    assert len(bench.state.made) == 60
    assert len(bench.runs[-1].state or b"") < 12_000


def test_all_symbols_in_one_key_and_how_good_they_were_in_another():
    bench = Harness(MarketVolForecast, params={"symbols": ["SPY", "TSLA"]})
    bench.give("forecasts", harness(days=history(), term=TERM).value("forecast"), over="SPY")
    bench.run()
    forecast, metrics = bench.value("forecast"), bench.value("metrics")
    assert forecast["symbols"]["SPY"]["forecast"] > 0
    assert forecast["symbols"]["TSLA"] == {
        "forecast": None, "implied": None, "premium": None, "reason": "no forecast yet",
    }  # fmt: skip
    assert metrics["symbols"]["SPY"]["rmse"] > 0
    assert (metrics["better_than_implied"], metrics["judged"]) == (1, 1)


def test_they_keep_the_contract():
    contract_suite(VolForecast, values=SPY, given={"days": history(count=60), "term": TERM})
    one = harness(days=history(), term=TERM).value("forecast")
    contract_suite(
        MarketVolForecast, params={"symbols": ["SPY"]}, given={"forecasts": {"SPY": one}}
    )

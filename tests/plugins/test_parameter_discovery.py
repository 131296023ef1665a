"""What a symbol's own data suggest, when there are enough of them, and what is told until then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.analytics.parameter_discovery import ParameterDiscovery
from quanticity.testing import Harness, contract_suite
from tests.plugins.days import minute_rows, walk
from tests.views.making import NOW

SPY = {"symbol": "SPY"}


def prints(*sizes: float) -> list[dict[str, Any]]:
    return [{"time": NOW - 1, "price": 100.0, "size": size} for size in sizes]


def harness() -> Harness:
    return Harness(ParameterDiscovery, values=SPY)


def test_a_bucket_is_ten_usual_prints():
    bench = harness()
    bench.give("prints", *prints(*[100] * 900, *[5] * 80, *[700] * 20))
    bench.run()
    found = bench.value("found")
    assert found["bucket_size"] == pytest.approx(1000, rel=0.05)
    assert [round(one["prints"]) for one in found["clusters"]] == [80, 900, 20]
    assert found["prints"] == 1000


def test_until_there_are_a_thousand_prints_it_says_how_many():
    bench = harness()
    bench.give("prints", *prints(*[100] * 999))
    bench.run()
    found = bench.value("found")
    assert found["bucket_size"] is None
    assert found["bucket_size_reason"] == "999 prints so far, 1,000 are needed"
    assert "bucket_size: 999 prints so far" in found["reason"]
    bench.give("prints", *prints(100))
    bench.advance(60)
    assert bench.value("found")["bucket_size"] == pytest.approx(1000, rel=0.05)


def test_an_index_was_told_to_wait_for_a_thousand_prints():
    bench = Harness(ParameterDiscovery, values={"symbol": "SPX"})
    bench.run()
    said = bench.value("found")["bucket_size_reason"]
    assert said == "no prints: an index has none, and 1,000 are needed"


def test_later_ones_come_every_fifteen_minutes():
    bench = harness()
    bench.give("bars", {"rows": minute_rows(walk(1, 101))})
    bench.give("vol", {"volatility": 0.2})
    bench.give("prints", *prints(*[100] * 1000))
    bench.run()
    before = len([ran for ran in bench.runs if ran.outputs])
    bench.advance(14 * 60)
    assert len([ran for ran in bench.runs if ran.outputs]) == before
    bench.give("prints", *prints(*[1600] * 3000))
    bench.advance(120)
    assert len([ran for ran in bench.runs if ran.outputs]) == before + 1
    assert bench.value("found")["bucket_size"] == pytest.approx(16_000, rel=0.05)


def test_what_came_a_minute_late_is_not_missing_for_a_quarter_of_an_hour():
    """Volatility is found a little after the prints: it was told with the next discovery only."""
    bench = harness()
    bench.give("bars", {"rows": minute_rows(walk(1, 101))})
    bench.give("prints", *prints(*[100] * 1000))
    bench.run()
    assert bench.value("found")["vol_regime"] is None
    bench.give("vol", {"volatility": 0.2})
    bench.advance(60)
    assert bench.value("found")["vol_regime"] == "HIGH"
    assert bench.value("found")["reason"] is None


def test_a_bucket_takes_ten_seconds_of_a_busy_tape():
    """X46 of the notes: 1,000 shares of SPY fill in well under a second."""
    bench = harness()
    every = [{"time": NOW - 100 + at / 20, "price": 100.0, "size": 100} for at in range(2001)]
    bench.give("prints", *every)
    bench.run()
    found = bench.value("found")
    assert found["shares_per_second"] == pytest.approx(2000)
    assert found["bucket_size"] == 20_000


def test_a_night_and_a_halt_are_no_trading():
    """Prints of ten seconds each, a night between: the pace is that of the seconds."""
    bench = harness()
    for start in (NOW - 60_000, NOW - 20):
        every = [{"time": start + at, "price": 100.0, "size": 100} for at in range(11)]
        bench.give("prints", *every)
        bench.advance(60)
    assert bench.state.seconds == 20
    assert bench.state.shares == 2000


def test_a_bucket_that_was_found_stands_over_a_restart():
    bench = harness()
    bench.give("prints", *prints(*[100] * 1000))
    bench.run()
    bench.restart()
    bench.advance(1000)
    assert bench.value("found")["bucket_size"] == pytest.approx(1000, rel=0.05)


def test_a_hundred_bars_have_a_memory():
    bench = harness()
    bench.give("bars", {"rows": minute_rows(walk(1, 101))})
    bench.run()
    found = bench.value("found")
    assert found["bars"] == 100
    assert 1 <= found["acf_lookback_bars"] <= 30
    assert found["acf_lookback_bars_reason"] is None


def test_bars_whose_moves_come_in_waves_have_a_long_one():
    dice = np.random.default_rng(2)
    waves = 1 + 0.95 * np.sin(np.arange(400) / 400 * 2 * np.pi)
    prices = 100 * np.exp(np.cumsum(1e-4 * waves * dice.standard_normal(400)))
    bench = harness()
    bench.give("bars", {"rows": minute_rows(prices)})
    bench.run()
    assert bench.value("found")["acf_lookback_bars"] > 5


def test_ninety_nine_are_too_few():
    bench = harness()
    bench.give("bars", {"rows": minute_rows(walk(1, 100))})
    bench.run()
    found = bench.value("found")
    assert found["acf_lookback_bars"] is None
    assert found["acf_lookback_bars_reason"] == "99 bars, 100 are needed"


def test_a_halted_symbol_has_no_memory():
    bench = harness()
    bench.give("bars", {"rows": minute_rows(np.full(101, 50.0))})
    bench.run()
    assert bench.value("found")["acf_lookback_bars_reason"] == "the price did not move"


def test_the_class_of_the_notes_example():
    bench = harness()
    bench.give("vol", {"volatility": 0.1694, "reason": None})
    bench.run()
    assert bench.value("found")["vol_regime"] == "HIGH"
    bench.give("vol", {"volatility": None, "reason": "the market is closed"})
    bench.advance(60)
    found = bench.value("found")
    assert found["vol_regime"] is None
    assert found["vol_regime_reason"] == "the market is closed"


def test_sizes_of_nonsense_do_not_count():
    bench = harness()
    bad: list[Any] = [*prints(0, -5), {"price": 1, "size": "x"}, {"size": None}]
    bench.give("prints", *bad, *prints(100))
    bench.run()
    bench.give("prints", "no print at all")
    bench.advance(60)
    assert bench.value("found")["prints"] == 1


def test_what_it_remembers_stays_small():
    """A hundred thousand prints of every size: no more than the counts of their bins."""
    bench = harness()
    dice = np.random.default_rng(1)
    for _ in range(100):
        bench.give("prints", prints(*np.ceil(dice.pareto(1.1, 1000) * 50 + 1).tolist()))
        bench.advance(60)
    assert sum(bench.state.counts.values()) <= 20_000
    assert len(bench.runs[-1].state or b"") < 5_000


def test_it_keeps_the_contract():
    given = {
        "bars": {"rows": minute_rows(walk(1, 101))},
        "prints": [prints(*[100.0] * 1000)],
        "vol": {"volatility": 0.2, "reason": None},
    }
    contract_suite(ParameterDiscovery, values=SPY, given=given)

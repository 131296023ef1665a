"""Streamed option trades by class: by hand, over batches, sessions and bad trades."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.option_trades import OptionTrades
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

SPY = {"symbol": "SPY"}


def trade(price="1.20", size=10, right="call", at=MONDAY - 5, **more):
    row = {
        "id": "x",
        "option_type": right,
        "executed_at": int(at * 1000),
        "price": price,
        "size": size,
        "premium": f"{float(price) * size * 100:.2f}",
        "nbbo_bid": "1.00",
        "nbbo_ask": "1.20",
        "open_interest": 500,
        "volume": 100,
        "delta": "0.5" if right == "call" else "-0.5",
        "trade_code": "auto",
    }
    return row | more


def told(*rows, harness: Harness | None = None):
    harness = harness or Harness(OptionTrades, values=SPY)
    harness.give("trades", *rows)
    harness.run()
    return harness.value("trades")


def test_by_hand():
    found = told(
        trade(),
        trade("1.00", 300, "put"),
        trade("1.20", 5, "put", trade_code="slan"),
        trade("1.10", 4, volume=900),
    )
    who, how = found["who"], found["how"]
    assert who["small"] == {
        "n": 2, "premium": 1640, "net": 1200, "score": 1, "reason": None,
    }  # fmt: skip
    # Puts that are sold are bullish, puts that are bought bearish.
    assert who["institutional"]["net"] == 30_000
    assert who["retail"]["net"] == -600
    assert {name: one["n"] for name, one in how.items()} == {
        "opening": 0,
        "opening_likely": 1,
        "closing_possible": 1,
        "unclear": 2,
    }
    # 10 calls and 5 puts bought, 300 puts sold, at half a share each.
    assert found["net_delta"] == 500 + 15_000 - 250
    assert found["unsigned"] == 1
    assert found["n"] == 4


def test_batches_add_up_and_a_restart_loses_none():
    harness = Harness(OptionTrades, values=SPY)
    told(trade(), trade(), harness=harness)
    harness.restart()
    harness.advance(20)
    found = told(trade("1.00"), harness=harness)
    assert found["n"] == 3
    assert found["who"]["small"]["net"] == 1200 + 1200 - 1000


def test_a_new_session_begins_anew():
    harness = Harness(OptionTrades, values=SPY)
    told(trade(), harness=harness)
    harness.advance(86_400)
    found = told(trade(at=harness.now - 5), harness=harness)
    assert found["n"] == 1
    assert found["since"] == MONDAY + 86_400 - 5


@pytest.mark.parametrize(
    "bad",
    [
        {"size": 0},
        {"size": None},
        {"price": "NaN"},
        {"premium": "-5"},
        {"premium": 1e300},
        {"option_type": "share"},
        {"option_type": None},
        {"executed_at": None},
        {"executed_at": int((MONDAY - 86_400) * 1000)},
        {"executed_at": int((MONDAY + 3600) * 1000)},
        {"trade_code": "Canc"},
    ],
)
def test_a_trade_that_does_not_count_is_left_out_and_counted(bad):
    found = told(trade(), trade() | bad)
    assert found["n"] == 1
    assert found["left_out"] == 1


@pytest.mark.parametrize(
    "quote",
    [
        {"nbbo_bid": None},
        {"nbbo_ask": "x"},
        {"nbbo_bid": "1.30", "nbbo_ask": "1.20"},
        {"nbbo_bid": "0", "nbbo_ask": "0"},
    ],
)
def test_without_a_quote_that_holds_a_trade_has_no_side(quote):
    found = told(trade(**quote))
    assert found["unsigned"] == 1
    assert found["who"]["small"]["net"] == 0
    assert found["who"]["small"]["score"] is None
    assert found["who"]["small"]["reason"] == "of 1 trades none has a side"


def test_negative_open_interest_and_absurd_delta_say_nothing():
    found = told(trade(open_interest=-5, delta="17"))
    assert found["how"]["unclear"]["n"] == 1
    assert found["net_delta"] is None


@pytest.mark.parametrize("delta", [None, "n/a", "NaN", "17"])
def test_trades_without_any_delta_had_a_net_delta_of_zero(delta):
    found = told(trade(delta=delta), trade(delta=delta))
    assert found["net_delta"] is None
    assert found["net_delta_reason"] == "no trade with a delta"
    # One that is known is enough, and what nets to nothing is zero.
    found = told(trade(), trade("1.00"), trade(delta=delta))
    assert found["net_delta"] == 0
    assert (found["net_delta_reason"], found["without_delta"]) == (None, 1)


def test_no_trade_that_counts_is_null_with_its_reason():
    found = told(trade(size=0))
    assert found["net_delta"] is found["since"] is None
    assert found["reason"] == "no trade in this session yet"


trades = st.lists(
    st.tuples(st.sampled_from(["1.00", "1.10", "1.20"]), st.integers(1, 500), st.booleans()),
    min_size=1,
    max_size=15,
)


@settings(max_examples=40)
@given(trades, st.integers(0, 15))
def test_the_same_trades_in_other_batches_come_to_the_same(given_, cut):
    rows = [trade(price, size, "call" if call else "put") for price, size, call in given_]
    one, harness = told(*rows), Harness(OptionTrades, values=SPY)
    for part in (rows[:cut], rows[cut:]):
        if part:
            other = told(*part, harness=harness)
            harness.advance(20)
    for kind in ("who", "how"):
        for name, sums in one[kind].items():
            assert other[kind][name]["n"] == sums["n"]
            assert other[kind][name]["premium"] == pytest.approx(sums["premium"], rel=1e-12)
            scale = 1e-12 * sums["premium"]
            assert other[kind][name]["net"] == pytest.approx(sums["net"], abs=scale)


def test_it_keeps_the_contract():
    contract_suite(OptionTrades, values=SPY, given={"trades": [trade(), trade("1.00")]})

"""Flow by strike: by hand, late in the day, and of rows that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.strike_flow import StrikeFlow
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

SPY = {"symbol": "SPY"}


def row(strike=500, bull=300.0, bear=100.0, at="2026-01-05T09:45:00-05:00"):
    """Half of each side is calls, half puts."""
    return {
        "timestamp": at,
        "strike": f"{strike}.0",
        "call_premium_ask_side": f"{bull / 2}",
        "put_premium_bid_side": f"{bull / 2}",
        "call_premium_bid_side": f"{bear / 2}",
        "put_premium_ask_side": f"{bear / 2}",
    }


def told(rows, spot=500.0, start=MONDAY):
    harness = Harness(StrikeFlow, values=SPY, start=start)
    if spot is not None:
        harness.give("gex", {"spot": spot})
    harness.give("strikes", list(rows))
    harness.run()
    return harness.value("flow")


def test_by_hand():
    flow = told([row(495), row(495, 50, 0), row(505, 100, 400), row(510, 0, 100)])
    assert flow["day"]["bullish"] == 450
    assert flow["day"]["bearish"] == 600
    assert flow["day"]["net"] == -150
    assert flow["day"]["one_sided"] == pytest.approx(600 / 1050)
    assert flow["strikes"][0] == {"strike": 495, "net": 250, "gross": 450}
    assert flow["support"] == 495
    assert flow["resistance"] == 505
    assert flow["reason"] is flow["levels_reason"] is None


def test_before_two_there_is_nothing_late_and_after_it_only_what_is():
    assert told([row()])["late"]["net"] is None
    assert told([row()])["late"]["reason"] == "before 14:00"
    flow = told([row(), row(500, 0, 70, "2026-01-05T14:01:00-05:00")], start=MONDAY + 5 * 3600)
    assert flow["late"]["net"] == -70
    assert flow["late"]["one_sided"] == 1
    assert flow["day"]["net"] == 130


def test_on_a_half_day_it_was_told_to_wait_for_two():
    friday = MONDAY - 38 * 86_400
    for hours in (0, 4.5):
        late = told([row(at="2025-11-28T09:45:00-05:00")], start=friday + hours * 3600)["late"]
        assert late["net"] is None
        assert late["reason"] == "the exchange closes at 13:00 today: nothing from 14:00 on"


def test_the_strikes_with_most_premium_are_listed_in_order():
    flow = told(row(400 + at, 10 * at, 0) for at in range(1, 31))
    assert [one["strike"] for one in flow["strikes"]] == list(range(421, 431))
    assert flow["n"] == 30


def test_without_a_price_there_are_no_levels():
    flow = told([row()], spot=None)
    assert flow["support"] is flow["resistance"] is None
    assert flow["levels_reason"] == "no price of the underlying"
    assert flow["day"]["net"] == 200


def test_flow_that_leans_one_way_only_has_one_level():
    flow = told([row(495)])
    assert flow["support"] == 495
    assert flow["resistance"] is None
    assert flow["levels_reason"] == "on one side of the price no flow leans that way"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        1,
        {},
        row(at="soon"),
        row(at="2026-01-02T09:45:00-05:00"),
        row(at="2026-01-05T15:45:00-05:00"),
        row(strike=-5),
        row() | {"strike": "x"},
        row() | {"call_premium_ask_side": "NaN"},
        row() | {"put_premium_ask_side": None},
        row() | {"put_premium_ask_side": "-3"},
        row() | {"put_premium_ask_side": "1e300"},
    ],
)
def test_rows_that_cannot_be_read_are_left_out_and_counted(bad):
    flow = told([row(), bad])
    assert flow["n"] == 1
    assert flow["day"]["net"] == 200
    assert flow["left_out"] == 1
    nothing = told([bad])
    assert nothing["day"]["net"] is None
    assert nothing["reason"] == "nothing has traded in this session yet"


strikes = st.lists(
    st.tuples(st.integers(480, 520), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=20
)


@settings(max_examples=40)
@given(strikes)
def test_sides_turned_round_lean_the_other_way(given_):
    one = told(row(*each) for each in given_)
    other = told(row(strike, bear, bull) for strike, bull, bear in given_)
    for name in ("net", "balance"):
        turned = other["day"][name]
        assert one["day"][name] == (None if turned is None else -turned)
    assert one["day"]["one_sided"] == other["day"]["one_sided"]


def test_it_keeps_the_contract():
    contract_suite(StrikeFlow, values=SPY, given={"strikes": [row()], "gex": {"spot": 500.0}})

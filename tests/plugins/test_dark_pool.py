"""Dark prints: sides by hand, what is no signal, and bodies that overlap."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.dark_pool import DarkPool
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

SPY = {"symbol": "SPY"}
DAY = 86_400.0


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dark(number: int, above: float = 0.01, size: int = 100, at: float = MONDAY - 60, **more):
    row = {
        "ticker": "SPY",
        "tracking_id": number,
        "executed_at": iso(at),
        "price": f"{500 + above:.4f}",
        "size": size,
        "nbbo_bid": "499.99",
        "nbbo_ask": "500.01",
        "canceled": False,
        "sale_cond_codes": None,
        "trade_code": None,
        "ext_hour_sold_codes": None,
    }
    return row | more


def levels(off: int, lit: int, price: float = 500.0):
    return {"data": [{"price": price, "off_vol": off, "lit_vol": lit}]}


def seen(rows, harness: Harness | None = None):
    harness = harness or Harness(DarkPool, values=SPY)
    harness.give("prints", {"data": list(rows)})
    harness.run()
    return harness.value("dark")


def test_twelve_equal_buys_are_accumulation_by_hand():
    found = seen(dark(at, above=0.005) for at in range(12))
    assert found["net"] == pytest.approx(12 * 100 * 500.005)
    assert found["balance"] == 1
    assert found["score"] == pytest.approx(12**0.5)
    assert found["direction"] == "accumulation"
    assert found["alert"] is True


def test_sells_are_distribution_and_an_even_tape_is_neither():
    assert seen(dark(at, above=-0.005) for at in range(12))["direction"] == "distribution"
    even = seen(dark(at, above=(-1) ** at * 0.005) for at in range(12))
    assert even["direction"] == "neither"
    assert even["alert"] is False


def test_at_the_middle_the_last_change_of_price_tells():
    rows = [dark(0, above=0.005, at=MONDAY - 90)]
    rows += [dark(at, above=0.0, at=MONDAY - 60 + at) for at in range(1, 12)]
    found = seen(rows)
    # One above the middle, then eleven at it after a downtick.
    assert found["n"] == 12
    assert found["score"] == pytest.approx(-10 / 12**0.5, rel=1e-3)


def test_few_prints_have_no_score():
    found = seen([dark(1)])
    assert found["score"] is found["net"] is found["direction"] is None
    assert found["reason"].startswith("1 signed prints seen")


def test_people_are_told_once_a_session():
    harness = Harness(DarkPool, values=SPY)
    for body in range(3):
        seen([dark(12 * body + at, above=0.005) for at in range(12)], harness)
        harness.advance(300)
    (told,) = harness.events("alerts")
    assert told["message"] == "SPY: accumulation off the exchanges +3.46, limit 2"
    assert told["component"] == "dark_pool:SPY"


def test_prints_of_two_bodies_that_overlap_count_once():
    harness = Harness(DarkPool, values=SPY)
    seen([dark(at) for at in range(12)], harness)
    harness.advance(300)
    found = seen([dark(at) for at in range(6, 18)], harness)
    assert found["n"] == 18


def test_volumes_that_change_alone_count_no_print_again():
    harness = Harness(DarkPool, values=SPY)
    seen([dark(at) for at in range(12)], harness)
    harness.give("levels", levels(60, 40))
    harness.run()
    assert harness.value("dark")["n"] == 12


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"canceled": True}, "cancelled"),
        ({"sale_cond_codes": "average_price_trade"}, "priced elsewhere"),
        ({"sale_cond_codes": "prior_reference_price"}, "priced elsewhere"),
        ({"trade_code": "qualified_contingent_trade"}, "priced elsewhere"),
        ({"ext_hour_sold_codes": "extended_hours_trade"}, "outside regular hours"),
        ({"price": "NaN"}, "no price, size or time"),
        ({"price": "0"}, "no price, size or time"),
        ({"size": -5}, "no price, size or time"),
        ({"size": "many"}, "no price, size or time"),
        ({"size": 10**15}, "no price, size or time"),
        ({"executed_at": None}, "no price, size or time"),
        ({"executed_at": iso(MONDAY - DAY)}, "of another day"),
        ({"executed_at": iso(MONDAY + DAY)}, "of another day"),
    ],
)
def test_what_is_no_signal_is_left_out_and_counted(more, why):
    found = seen([*(dark(at) for at in range(12)), dark(99) | more])
    assert found["n"] == 12
    assert found["left_out"] == {why: 1}


def test_a_crossed_or_missing_quote_leaves_the_tick_test():
    rows = [dark(at, above=0.01 * at, at=MONDAY - 60 + at, nbbo_bid=None) for at in range(12)]
    found = seen(rows)
    assert found["n"] == 11
    assert found["unsigned"] == 1
    assert found["direction"] == "accumulation"


def test_dark_share_of_late_against_the_day_before_it():
    harness = Harness(DarkPool, values=SPY)
    harness.give("levels", levels(400, 600))
    assert seen([dark(1)], harness)["share"]["now"] == 0.4
    assert "nothing earlier" in harness.value("dark")["share"]["reason"]
    harness.advance(300)
    harness.give("levels", levels(460, 640))
    harness.run()
    share = harness.value("dark")["share"]
    assert share["recent"] == pytest.approx(0.6)
    assert share["before"] == pytest.approx(0.4)
    assert share["difference"] == pytest.approx(0.2)
    assert share["seconds"] == 300


def test_recent_is_half_an_hour_and_what_is_remembered_stays_bounded():
    harness = Harness(DarkPool, values=SPY)
    for step in range(40):
        harness.give("prints", {"data": [dark(step)]})
        harness.give("levels", levels(400 + 40 * step, 600 + 60 * step))
        harness.run()
        harness.advance(300)
    assert harness.value("dark")["share"]["seconds"] == 1800
    assert len(harness.state.volumes) == 7


def test_volumes_that_shrink_are_another_count():
    harness = Harness(DarkPool, values=SPY)
    harness.give("levels", levels(400, 600))
    seen([dark(1)], harness)
    harness.advance(300)
    harness.give("levels", levels(10, 20))
    harness.run()
    share = harness.value("dark")["share"]
    assert share["difference"] is None
    assert "nothing earlier" in share["reason"]


def test_the_next_session_begins_anew_and_remembers_the_last():
    harness = Harness(DarkPool, values=SPY)
    seen([dark(at) for at in range(12)], harness)
    harness.restart()
    harness.advance(DAY)
    found = seen([dark(at, -0.01, at=harness.now - 60) for at in range(100, 111)], harness)
    assert found["direction"] == "distribution"
    assert found["n"] == 11
    (before,) = found["sessions"]
    assert before["day"] == "2026-01-05"
    assert before["direction"] == "accumulation"


def test_an_index_has_no_dark_prints():
    harness = Harness(DarkPool, values={"symbol": "SPX"})
    assert seen([dark(1)], harness)["reason"].startswith("0 signed prints")
    assert harness.value("dark")["share"]["reason"] == "no fresh volumes by price"


prints = st.lists(st.tuples(st.sampled_from([-0.005, 0.005]), st.integers(1, 10**6)), max_size=30)


@settings(max_examples=40)
@given(prints)
def test_sides_turned_round_score_the_opposite(tape):
    one = seen(dark(at, above, size) for at, (above, size) in enumerate(tape))
    # The same amounts: the quote moves instead of the price.
    other = seen(
        dark(at, above, size, nbbo_bid=f"{499.99 + 2 * above}", nbbo_ask=f"{500.01 + 2 * above}")
        for at, (above, size) in enumerate(tape)
    )
    if one["score"] is None:
        assert other["score"] is None
    else:
        assert one["score"] == pytest.approx(-other["score"], rel=1e-9, abs=1e-9)
        assert -1 <= one["balance"] <= 1


def test_it_keeps_the_contract():
    rows = {"data": [dark(at) for at in range(3)]}
    contract_suite(DarkPool, values=SPY, given={"prints": rows, "levels": levels(60, 40)})

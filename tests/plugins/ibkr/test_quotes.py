"""Quotes, sweeps, unusual volume and macro estimates: figures with reasons, never made up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ibkr import macro
from plugins.ibkr.detect import SweepWatch, VolumeWatch
from plugins.ibkr.prints import TICKS, Print
from plugins.ibkr.quotes import Quote

any_float = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(st.integers(0, 100), any_float, any_float), max_size=60))
def test_whatever_ticks_come_no_figure_is_a_nonsense(ticks):
    quote = Quote()
    for number, price, size in ticks:
        quote.price(1.0, number, price, 0.0)
        quote.size(1.0, number, size)
        quote.generic(1.0, number, size)
        quote.model(1.0, number, (price, size, 1.0, 0.0, 0.0, 0.0, 0.0, 100.0))
    row = quote.as_row("SPY")
    for value in [*row.values(), *quote.greeks.values()]:
        assert not isinstance(value, float) or math.isfinite(value)
    if quote.mid is not None:
        assert row["bid"] <= row["ask"]


def test_a_price_that_is_gone_is_null_again():
    quote = Quote()
    quote.price(1.0, 1, 10.0, 5)
    quote.price(1.0, 2, 10.1, 5)
    assert quote.mid == pytest.approx(10.05)
    quote.price(2.0, 2, -1, 0)
    assert quote.as_row("SPY")["ask"] is None
    assert quote.mid is None
    quote.kind(3)
    assert quote.as_row("SPY")["data_type"] == "delayed"
    assert quote.as_book("SPY")["asks"] == []
    quote.reset()
    assert quote.as_row("SPY")["bid"] is None
    assert quote.data_type == "live"


def test_an_index_may_be_below_zero():
    quote = Quote()
    quote.price(1.0, 4, -350.0, 0)
    assert quote.as_row("TICK")["last"] == -350.0


def test_the_vendors_words_for_unknown_greeks_are_no_figures():
    quote = Quote()
    quote.model(1.0, 13, (-1.0, -2.0, 3.0, -1.0, 0.01, 0.2, -0.3, 600.0))
    assert "iv" not in quote.greeks
    assert "delta" not in quote.greeks
    quote.model(1.0, 13, (0.2, -1.0, 3.0, 0.0, 0.01, 0.2, -0.3, 600.0))
    assert quote.greeks["delta"] == -1.0, "the delta of a put far in the money"


def one(at: float, venue: str, price: float = 10.1, marks: tuple[str, ...] = ()) -> Print:
    return Print(at, price, 100, venue, marks, TICKS)


def test_a_sweep_takes_several_venues_at_once():
    watch = SweepWatch()
    assert watch.add(one(1.0, "ARCX"), 10.0, 10.1) is None
    assert watch.add(one(1.2, "XNAS"), 10.0, 10.1) is None
    found = watch.add(one(1.5, "BATS", 10.11), 10.0, 10.1)
    assert found is not None
    assert (found["side"], found["shares"], found["venues"]) == (
        "buy",
        300,
        ["ARCX", "BATS", "XNAS"],
    )
    assert watch.add(one(1.6, "BATS"), 10.0, 10.1) is None, "it is told once"


@given(st.lists(st.tuples(st.floats(1.01, 5.0), st.sampled_from(("A", "B", "C"))), max_size=30))
def test_prints_that_are_seconds_apart_are_no_sweep(rows):
    watch, at = SweepWatch(), 0.0
    for step, venue in rows:
        at += step
        assert watch.add(one(at, venue), 10.0, 10.1) is None


def test_prints_inside_the_quote_have_no_side():
    watch = SweepWatch()
    for venue in ("A", "B", "C", "D"):
        assert watch.add(one(1.0, venue, 10.05), 10.0, 10.1) is None


def test_volume_that_triples_is_unusual():
    watch, volume, found = VolumeWatch(), 0.0, None
    for second in range(0, 60 * 12, 5):
        volume += 100
        found = watch.add(float(second), volume)
    assert found is not None
    assert (found["active"], found["minutes"]) == (False, 10)
    assert found["ratio"] == pytest.approx(1, abs=0.1)
    for second in range(60 * 12, 60 * 13, 5):
        volume += 500
        found = watch.add(float(second), volume)
    assert found["active"] is True
    watch.reset()
    assert watch.add(60 * 13.0, volume)["ratio"] is None, "over a gap nothing can be told"


@given(st.floats(0.5, 28), st.sampled_from([note.years for note in macro.NOTES]))
def test_a_yield_gives_its_price_back(rate, years):
    half, periods = rate / 200, round(2 * years)
    discount = (1 + half) ** -periods
    price = 3 * (1 - discount) / half + 100 * discount
    found = macro.bond_yield(price, years)
    assert found == pytest.approx(rate, abs=1e-6)


def test_yields_say_what_is_missing():
    whole = macro.yields({"ZT": 104.0, "ZF": 107.0, "ZN": 110.0, "ZB": 118.0})
    assert whole["reason"] is None
    assert 0 < whole["yields"]["2y"] < 6
    assert whole["slope_bps"] == pytest.approx(
        100 * (whole["yields"]["10y"] - whole["yields"]["2y"])
    )
    part = macro.yields({"ZT": 104.0, "ZN": None})
    assert part["slope_bps"] is None
    assert "ZN" in part["reason"]
    assert macro.bond_yield(1e9, 2.0) is None
    assert macro.bond_yield(100.0, 2.0) == pytest.approx(6.0)


def test_the_dollar_is_of_the_first_source_there_is():
    euro = macro.dollar({"DX": (None, None), "EUR.USD": (1.0, 1.1)})
    assert euro["from"] == "EUR.USD"
    assert euro["change"] == pytest.approx(0.1), "a weaker euro is a stronger dollar"
    assert macro.dollar({"DX": (101.0, 100.0)})["change"] == pytest.approx(0.01)
    assert macro.dollar({})["reason"] is not None


def test_volatility_names_its_state():
    assert macro.volatility(20.0, 21.0)["curve"] == "contango"
    assert macro.volatility(20.0, 19.0)["curve"] == "backwardation"
    assert macro.volatility(None, 19.0)["reason"] == "no price of VIX"

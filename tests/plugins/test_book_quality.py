"""Imbalance and liquidity grade of books, and of books that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.analytics.book_quality import BookQuality, BookQualityParams
from quanticity.views import Book
from tests.plugins.running import run
from tests.views.making import NOW, view_of


def quality(bids, asks, levels: int = 10):
    book = view_of(Book, {"bids": bids, "asks": asks})
    params = BookQualityParams(levels=levels)
    outputs, _ = run(BookQuality, {"book": book}, NOW, params=params, symbol="SPY")
    return outputs["analytics:book_imbalance:SPY"], outputs["analytics:liquidity:SPY"]


def test_by_hand():
    imbalance, liquidity = quality([[100.00, 18]], [[100.01, 200]])
    assert imbalance["imbalance"] == pytest.approx(-0.834862, abs=5e-7)
    assert imbalance["reason"] is None
    assert liquidity["grade"] == "C"
    assert liquidity["spread_bps"] == pytest.approx(1.0)
    assert liquidity["depth"] == 18


@pytest.mark.parametrize(
    ("ask", "size", "grade"), [(100.04, 300, "A"), (100.08, 150, "B"), (100.20, 900, "C")]
)
def test_grades(ask: float, size: int, grade: str):
    bids = [[100 - at / 100, size] for at in range(6)]
    asks = [[ask + at / 100, size] for at in range(6)]
    assert quality(bids, asks)[1]["grade"] == grade


def test_imbalance_counts_as_many_levels_as_it_was_told():
    bids, asks = [[10.0, 1], [9.9, 99]], [[10.1, 1]]
    assert quality(bids, asks, levels=1)[0]["imbalance"] == 0
    assert quality(bids, asks, levels=2)[0]["imbalance"] > 0.9


def test_an_empty_book_is_null_with_its_reason():
    imbalance, liquidity = quality([], [])
    assert imbalance["imbalance"] is None
    assert liquidity["grade"] is None
    assert imbalance["reason"] == liquidity["reason"] == "the book is empty"


def test_one_side_only_leans_wholly_and_can_be_traded_with_nobody():
    imbalance, liquidity = quality([[100, 5]], [])
    assert imbalance["imbalance"] == 1
    assert liquidity["grade"] == "D"
    assert liquidity["spread_bps"] is None
    assert "no asks" in liquidity["reason"]


@pytest.mark.parametrize(
    ("asks", "why"),
    [
        ([["100.01", "x"]], "level without price or size"),
        ([["NaN", "5"]], "level without price or size"),
        ([{"price": 100.01}], "level without price or size"),
        ({"price": 100.01}, "not a list of levels"),
        (None, "side not given"),
    ],
)
def test_a_side_that_cannot_be_read_passed_for_one_that_is_not_there(asks, why: str):
    imbalance, liquidity = quality([["100", "10"]], asks)
    assert imbalance["imbalance"] is None
    assert imbalance["reason"] == "no asks that can be read"
    assert imbalance["left_out"] == {why: 1}
    assert liquidity["grade"] == "D"
    assert liquidity["spread_bps"] is None
    assert liquidity["depth"] is None
    assert liquidity["reason"] == "no asks that can be read"
    nothing, _ = quality(asks, asks)
    assert nothing["imbalance"] is None
    assert nothing["reason"] == "no level that can be read"


def test_a_crossed_book_has_no_imbalance_and_the_worst_grade():
    imbalance, liquidity = quality([[101, 2000]], [[100, 2000]])
    assert imbalance["imbalance"] is None
    assert "crossed" in imbalance["reason"]
    assert liquidity["grade"] == "D"
    assert liquidity["mid"] is None


def test_zero_quotes_strings_and_missing_fields():
    bids = [[0, 100], ["99.99", "2000"], [99.98], {"price": 99.97}]
    imbalance, liquidity = quality(bids, [["100.00", "2000"], ["x", 3]])
    assert imbalance["imbalance"] == 0
    assert liquidity["grade"] == "A"
    assert imbalance["left_out"] == {"level without price or size": 3, "price not above zero": 1}


sides = st.lists(st.tuples(st.integers(1, 200), st.integers(1, 10_000)), min_size=1, max_size=12)


@given(sides, sides)
def test_a_book_turned_round_leans_the_other_way(bids, asks):
    low = [[100 - at / 100, size] for at, size in bids]
    high = [[100 + at / 100, size] for at, size in asks]
    turned_low = [[100 - at / 100, size] for at, size in asks]
    turned_high = [[100 + at / 100, size] for at, size in bids]
    # Whole levels: with fewer, of equal prices either may be the one that is counted.
    one, other = quality(low, high, 20)[0], quality(turned_low, turned_high, 20)[0]
    assert one["imbalance"] == -other["imbalance"]

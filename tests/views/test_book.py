"""Books as handlers write them, and books that something is wrong with."""

from __future__ import annotations

import pytest

from quanticity.errors import UndeclaredRead
from quanticity.views import Book
from tests.views.making import stored_as, view_of

BOOK = {"time": 1_767_625_200, "bids": [[99.98, 300], [99.99, 200, "ARCA"]], "asks": [[100.0, 50]]}


def test_best_first_whatever_the_order():
    book = view_of(Book, BOOK)
    assert book.bid_prices.tolist() == [99.99, 99.98]
    assert book.bid_sizes.tolist() == [200, 300]
    assert book.bid_venues == ("ARCA", "")
    assert (book.bid, book.ask) == (99.99, 100.0)
    assert book.mid == pytest.approx(99.995)
    assert book.time == 1_767_625_200


def test_levels_as_objects_and_figures_as_texts():
    rows = {"bids": [{"price": "10.5", "size": "7", "venue": "IEX"}], "asks": []}
    book = view_of(Book, rows)
    assert book.bid_prices.tolist() == [10.5]
    assert book.bid_venues == ("IEX",)


def test_one_side_only():
    book = view_of(Book, BOOK | {"asks": None})
    assert book.ask is None
    assert book.mid is None
    assert not book.is_crossed


def test_crossed():
    book = view_of(Book, BOOK | {"asks": [[99.5, 10]]})
    assert book.is_crossed
    assert book.mid is None


def test_bad_levels_are_left_out_and_counted():
    bids = [[0, 5], [99, 0], ["x", 5], [98], 7, {"price": 97}, [-1, 2], [96, 10], [95, "NaN"]]
    book = view_of(Book, {"bids": bids, "asks": {"price": 1}})
    assert book.bid_prices.tolist() == [96]
    assert dict(book.bad) == {
        "level without price or size": 5,
        "not a list of levels": 1,
        "price not above zero": 2,
        "size not above zero": 1,
    }


def test_the_same_price_twice_stays_two_levels():
    book = view_of(Book, {"bids": [[10, 1, "A"], [10, 2, "B"]], "asks": []})
    assert book.bid_sizes.tolist() == [1, 2]


@pytest.mark.parametrize("data", [[], {}, {"data": []}, None, 3])
def test_what_is_no_book_says_so(data):
    with pytest.raises(ValueError, match="no order book"):
        view_of(Book, data)


def test_of_events_the_newest_counts():
    one, two = stored_as(BOOK, seq="1-0"), stored_as(BOOK | {"asks": [[101, 1]]}, seq="2-0")
    book = Book.of_events([one, two])
    assert (book.ask, book.seq) == (101, "2-0")


def test_nothing_in_a_book_can_be_changed():
    book = view_of(Book, BOOK)
    with pytest.raises(ValueError, match="read-only"):
        book.bid_sizes[0] = 0
    with pytest.raises(UndeclaredRead):
        book.time = 0

"""Books from depth messages: what stands in them is what a plain list of rows would hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugins.ibkr.books import ASK, BID, DELETE, INSERT, UPDATE, DepthBook
from plugins.ibkr.venues import Venues

messages = st.lists(
    st.tuples(
        st.integers(-1, 12),
        st.sampled_from((INSERT, UPDATE, DELETE, 7)),
        st.sampled_from((ASK, BID, 3)),
        st.integers(0, 100),
        st.integers(0, 900),
    ),
    max_size=150,
)


def new() -> DepthBook:
    return DepthBook(Venues().code)


def put(book: DepthBook, operation: int, side: int, position: int, price: float, size: float):
    return book.apply(1_000.0, position, "ARCA", operation, side, price, size)


@given(messages)
def test_a_book_is_what_its_messages_say(rows):
    book, bad = new(), 0
    model: dict[int, list[tuple[float, float]]] = {ASK: [], BID: []}
    for position, operation, side, price, size in rows:
        fits = put(book, operation, side, position, price, size)
        mine = model.get(side)
        if mine is None or not 0 <= position <= len(mine) or operation == 7:
            expected = False
        elif operation == DELETE:
            expected = position < len(mine)
            del mine[position : position + 1]
        elif operation == INSERT:
            expected = True
            mine.insert(position, (price, size))
        else:
            expected = True
            mine[position : position + 1] = [(price, size)]
        bad += not expected
        assert fits == expected
    assert book.bad == bad
    told = book.as_book("SPY")
    for side, name, sign in ((ASK, "asks", 1), (BID, "bids", -1)):
        rows_of = sorted(
            (one for one in model[side] if one[0] > 0 and one[1] > 0), key=lambda r: sign * r[0]
        )[:10]
        assert [(row[0], row[1]) for row in told[name]] == rows_of
    assert len(book.drain()) == len(rows) - bad
    assert book.drain() == []


@given(messages)
def test_after_a_reset_nothing_old_is_in_a_book(rows):
    book = new()
    for position, operation, side, price, size in rows:
        put(book, operation, side, position, price, size)
    book.reset()
    assert book.time == 0
    assert not book.is_whole
    assert book.as_book("SPY")["bids"] == book.as_book("SPY")["asks"] == []
    assert book.drain() == []


def test_changes_that_nobody_takes_away_do_not_fill_the_memory():
    book = new()
    put(book, INSERT, BID, 0, 10.0, 1)
    for size in range(30_000):
        put(book, UPDATE, BID, 0, 10.0, size + 1)
    kept = book.drain()
    assert len(kept) <= 20_000
    assert len(kept) + book.dropped == 30_001
    assert kept[-1].size == 30_000


def test_rows_of_one_price_keep_their_venues():
    book = new()
    book.apply(1.0, 0, "ARCA", INSERT, BID, 10.0, 5)
    book.apply(2.0, 1, "IEX", INSERT, BID, 10.0, 7)
    book.apply(3.0, 0, "NYSE", INSERT, ASK, 10.1, 7)
    assert book.is_whole
    told = book.as_book("SPY")
    assert told["bids"] == [[10.0, 5, "ARCX"], [10.0, 7, "IEXG"]]
    assert (told["time"], told["kind"]) == (3.0, "depth")
    assert book.drain()[1].as_row() == [2.0, "insert", "bid", 1, 10.0, 7, "IEXG"]

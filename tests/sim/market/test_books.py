"""Books are never crossed and fit the tape; their changes lead from any state to any other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.sim.market import UNIVERSE, World, listed
from quanticity.sim.market.books import Level
from quanticity.sim.market.venues import DARK, VENUES
from tests.sim.market.markets import CALENDAR, CLOSE, MORNING, sure, world

WORLD = world()
TRADED = [each.symbol for each in UNIVERSE if each.traded]
WEEK = st.floats(MORNING - 4 * 86_400, MORNING + 4 * 86_400)


def applied(book, changes):
    """A client's two ladders after some changes."""
    sides = [list(book.asks), list(book.bids)] if book else [[], []]
    for change in changes:
        rows, level = sides[change.side], Level(change.price, change.size, change.venue)
        if change.operation == 0:
            rows.insert(change.position, level)
        elif change.operation == 1:
            assert rows[change.position].price == change.price
            rows[change.position] = level
        else:
            assert rows.pop(change.position).price == change.price
        assert len(rows) <= 10
    return sides


@settings(max_examples=30, deadline=None)
@given(symbol=st.sampled_from(TRADED), at=WEEK)
def test_a_book_is_never_crossed_and_has_ten_sorted_rows_of_what_trades(symbol, at):
    book = WORLD.books.book(symbol, at)
    assert (book is not None) == WORLD.trading(symbol, at)
    if book is None:
        return
    bids, asks = ([row.price for row in rows] for rows in (book.bids, book.asks))
    assert len(bids) == len(asks) == 10
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    for rows in (book.bids, book.asks):
        assert all(row.size > 0 for row in rows)
        assert len({(row.price, row.venue) for row in rows}) == 10
        assert VENUES[DARK] not in {row.venue for row in rows}
    tick = sure(listed(symbol)).tick
    assert abs(WORLD.price(symbol, book.time) - (bids[0] + asks[0]) / 2) <= 0.501 * tick
    assert 0 <= at - book.time < 0.25


@settings(max_examples=40, deadline=None)
@given(
    symbol=st.sampled_from(TRADED),
    since=WEEK,
    length=st.one_of(st.floats(0, 5), st.floats(0, 900)),
    scenario=st.sampled_from(("quiet", "halt", "crash")),
)
def test_changes_applied_to_one_book_give_the_other(symbol, since, length, scenario):
    books = world(scenario).books
    changes = books.changes(symbol, since, since + length)
    assert all(since < change.time <= since + length for change in changes)
    assert [c.time for c in changes] == sorted(c.time for c in changes)
    asks, bids = applied(books.book(symbol, since), changes)
    wanted = books.book(symbol, since + length)
    assert asks == list(wanted.asks if wanted else ())
    assert bids == list(wanted.bids if wanted else ())


@pytest.mark.parametrize(
    ("symbol", "edge"),
    [
        ("SPY", MORNING - 6 * 3600),
        ("SPY", CLOSE + 4 * 3600),
        ("ES", CLOSE + 3600),
        ("BTC.USD", MORNING - 10 * 3600),
        ("EUR.USD", CLOSE + 3600),
    ],
)
def test_a_book_is_filled_as_a_session_begins_and_emptied_as_it_ends(symbol, edge):
    before, after = WORLD.books.book(symbol, edge - 1), WORLD.books.book(symbol, edge)
    asks, bids = applied(before, WORLD.books.changes(symbol, edge - 1, edge))
    assert asks == list(after.asks if after else ())
    assert bids == list(after.bids if after else ())


@settings(max_examples=20, deadline=None)
@given(symbol=st.sampled_from(TRADED), at=WEEK)
def test_the_tape_prints_at_the_best_prices_of_its_moment(symbol, at):
    prints = WORLD.tape.prints(symbol, at, at + 5)
    for index in range(min(len(prints), 20)):
        book = WORLD.books.book(symbol, float(prints.time[index]))
        assert book is not None
        assert book.bids[0].price == pytest.approx(prints.bid[index], abs=1e-12)
        assert book.asks[0].price == pytest.approx(prints.ask[index], abs=1e-12)


def test_what_trades_is_missing_from_the_best_row_a_step_later():
    books, prints = WORLD.books, WORLD.tape.prints("ES", MORNING, MORNING + 300)
    held = less = 0
    for index in np.flatnonzero((prints.side > 0) & (prints.size > 5)).tolist():
        at = prints.time[index] // 0.25 * 0.25
        now, later = books.book("ES", float(at)), books.book("ES", float(at) + 0.25)
        if later and now and now.asks[0].price == later.asks[0].price:
            held += 1
            less += later.asks[0].size < now.asks[0].size
    assert held > 20
    assert less / held > 0.75


def test_a_quote_is_the_best_of_its_book_with_all_that_stands_there():
    book = sure(WORLD.books.book("SPY", MORNING))
    quote = sure(WORLD.books.quote("SPY", MORNING))
    best = [row for row in book.bids if row.price == book.bids[0].price]
    assert (quote.bid, quote.bid_size) == (best[0].price, sum(row.size for row in best))
    assert len({row.venue for row in best}) == len(best) == 2


@pytest.mark.parametrize("symbol", ["SPX", "TICK", "DAX"])
def test_an_index_has_no_book(symbol):
    assert WORLD.books.book(symbol, MORNING) is None
    assert WORLD.books.quote(symbol, MORNING) is None
    assert WORLD.books.changes(symbol, MORNING, MORNING + 60) == []


@settings(max_examples=20, deadline=None)
@given(symbol=st.sampled_from(TRADED), at=WEEK, back=st.booleans())
def test_books_and_changes_do_not_depend_on_what_was_asked_before(symbol, at, back):
    other = World(7, CALENDAR)
    spans = [(at, at + 100), (at + 100, at + 200)]
    for span in reversed(spans) if back else spans:
        assert other.books.changes(symbol, *span) == WORLD.books.changes(symbol, *span)
    assert other.books.book(symbol, at) == WORLD.books.book(symbol, at)

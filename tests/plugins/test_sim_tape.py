"""The made-up market: seeded, in order, and readable as a book and a tape."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from plugins.sources.sim_tape import SimTape, SimTapeParams
from quanticity.clock.virtual import VirtualClock, run_virtual
from quanticity.runtime.edge_context import EdgeContext
from quanticity.store.memory import MemoryStore
from quanticity.views import Book, Tape
from tests.views.making import NOW, stored_as, view_of

SYMBOLS = ("SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA")


def tape_of(symbol: str, **params: Any) -> SimTape:
    return SimTape(SimTapeParams(**params), {"symbol": symbol})


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_books_are_whole_and_prints_trade_inside_them(symbol: str):
    source = tape_of(symbol)
    for step in range(int(NOW), int(NOW) + 50):
        book = view_of(Book, source.book(step))
        assert len(book.bid_prices) == len(book.ask_prices) == 10
        assert not book.is_crossed
        assert book.bid is not None
        assert book.ask is not None
        assert book.ask - book.bid < 0.05
        assert dict(book.bad) == {}
        prints = source.prints(step)
        tape = Tape.of_events([stored_as(one) for one in prints])
        assert len(tape) == len(prints)
        assert (tape.times >= step).all()
        assert (tape.times < step + 1).all()
        assert (tape.prices >= book.bid).all()
        assert (tape.prices <= book.ask).all()


def test_the_same_seed_is_the_same_market_and_another_is_another():
    one, two, other = tape_of("SPY"), tape_of("SPY"), tape_of("SPY", seed=8)
    assert orjson.dumps(one.book(1000)) == orjson.dumps(two.book(1000))
    assert one.prints(1000) == two.prints(1000)
    assert one.book(1000) != other.book(1000)
    assert one.book(1000) != tape_of("QQQ").book(1000)


def test_it_leans_both_ways_over_time():
    source = tape_of("SPY")
    books = [view_of(Book, source.book(step)) for step in range(0, 300, 5)]
    leans = [book.bid_sizes.sum() > book.ask_sizes.sum() for book in books]
    assert 0.1 < sum(leans) / len(leans) < 0.9


def test_it_writes_a_book_each_second_and_the_prints_of_the_second_before():
    async def play(clock: VirtualClock) -> tuple[Any, list[Any]]:
        store = MemoryStore(clock)
        source = tape_of("SPY")
        nobody: Any = None
        context = EdgeContext("sim_tape:SPY", source, store, clock, nobody)
        task = asyncio.ensure_future(source.run(context))
        await clock.sleep(10.5)
        task.cancel()
        await store.flush()
        events = await store.events("market:SPY:trades", "0", 1000)
        return await store.get("market:SPY:book"), [event.data for _, event in events]

    book, prints = run_virtual(play, start=NOW)
    assert book.timestamp == book.data["time"] == NOW + 10
    source = tape_of("SPY")
    expected = [one for second in range(-1, 10) for one in source.prints(int(NOW) + second)]
    assert len(prints) > 5
    assert prints == expected

"""The made-up market: seeded, in order, and readable as a book and a tape."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from plugins.sources.sim_tape import SimTape, SimTapeParams
from quanticity.clock.virtual import VirtualClock, run_virtual
from quanticity.model import Write
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
        shown = source.book(step)
        book = view_of(Book, shown)
        assert len(book.bid_prices) == len(book.ask_prices) == 10
        assert not book.is_crossed
        assert book.bid is not None
        assert book.ask is not None
        assert book.ask - book.bid < 0.05
        assert dict(book.bad) == {}
        prints = source.prints(step, shown)
        tape = Tape.of_events([stored_as(one) for one in prints])
        assert len(tape) == len(prints)
        assert (tape.times >= step).all()
        assert (tape.times < step + 1).all()
        assert (tape.prices >= book.bid).all()
        assert (tape.prices <= book.ask).all()


def test_the_same_seed_is_the_same_market_and_another_is_another():
    one, two, other = tape_of("SPY"), tape_of("SPY"), tape_of("SPY", seed=8)
    assert orjson.dumps(one.book(1000)) == orjson.dumps(two.book(1000))
    assert one.prints(1000, one.book(1000)) == two.prints(1000, two.book(1000))
    assert one.book(1000) != other.book(1000)
    assert one.book(1000) != tape_of("QQQ").book(1000)


def test_it_leans_both_ways_over_time():
    source = tape_of("SPY")
    books = [view_of(Book, source.book(step)) for step in range(0, 300, 5)]
    leans = [book.bid_sizes.sum() > book.ask_sizes.sum() for book in books]
    assert 0.1 < sum(leans) / len(leans) < 0.9


def played(
    seconds: float,
    before: Callable[[MemoryStore], None] = lambda store: None,
    start: float = NOW,
    **params: Any,
):
    """The newest book and all events of prints after some seconds."""

    async def play(clock: VirtualClock) -> tuple[Any, list[Any]]:
        store = MemoryStore(clock)
        before(store)
        source = tape_of("SPY", **{"past": 0, "patience": 0, **params})
        nobody: Any = None
        context = EdgeContext("sim_tape:SPY", source, store, clock, nobody)
        task = asyncio.ensure_future(source.run(context))
        await clock.sleep(seconds)
        task.cancel()
        await store.flush()
        events = await store.events("market:SPY:trades", "0", 1000)
        return await store.get("market:SPY:book"), [event.data for _, event in events]

    return run_virtual(play, start=start)


def test_it_writes_a_book_each_second_and_then_what_traded_against_it():
    book, prints = played(10.5)
    assert book.timestamp == book.data["time"] == NOW + 10
    source = tape_of("SPY")
    steps = [int(NOW) + second for second in range(10)]
    expected = [one for step in steps for one in source.prints(step, source.book(step))]
    assert len(prints) > 5
    assert prints == expected


def session(*minutes: tuple[int, float]) -> Callable[[MemoryStore], None]:
    """A vendor's minutes: (minutes before NOW, price)."""
    rows = [{"time": (NOW - 60 * ago) * 1000, "price": str(price)} for ago, price in minutes]
    return write("raw:uw:spot_gex:SPY", {"data": rows})


def flat(events: list[Any]) -> list[Any]:
    return [one for event in events for one in (event if isinstance(event, list) else [event])]


def test_it_begins_with_the_tape_since_the_open_along_a_vendors_minutes():
    _, events = played(10.5, session((30, 500.0), (15, 510.0), (0, 505.0)), past=3600)
    assert [type(event) for event in events[:6]] == [list] * 6
    prints = flat(events)
    times = [one["time"] for one in prints]
    assert times == sorted(times)
    assert NOW - 1800 <= times[0] < NOW - 1795
    assert 5 < times[-1] - NOW < 10
    assert len({one["time"] // 5 for one in prints if one["time"] < NOW}) == 360
    near = [one["price"] for one in prints if abs(one["time"] - (NOW - 900)) < 10]
    assert all(abs(price - 510) < 0.2 for price in near)
    assert abs(prints[0]["price"] - 500) < 0.1


def test_of_a_long_session_it_begins_with_the_last_hour():
    _, events = played(1.5, start=NOW + 4 * 3600, past=3600)
    assert NOW + 3 * 3600 <= flat(events)[0]["time"] < NOW + 3 * 3600 + 5
    assert len(events) < 20


def test_before_the_open_there_is_no_past():
    _, events = played(1.5, start=NOW - 3600, past=3600)
    assert all(isinstance(event, dict) for event in events)


def test_prints_wait_for_a_vendors_minutes_and_not_for_ever():
    book, events = played(10.5, past=3600, patience=15)
    assert (book.timestamp, events) == (NOW + 10, [])
    _, events = played(20.5, past=3600, patience=15)
    assert NOW - 1800 <= flat(events)[0]["time"] < NOW - 1795


def test_what_was_told_before_a_restart_is_not_told_again():
    def told(at: float) -> Callable[[MemoryStore], None]:
        return lambda store: store.put_state("edge:sim_tape:SPY", repr(at).encode())

    assert flat(played(5.5, told(NOW - 60), past=3600)[1])[0]["time"] >= NOW - 60
    # The demo's clock goes back at each start.
    assert flat(played(5.5, told(NOW + 600), past=3600)[1])[0]["time"] < NOW - 1790


def write(key: str, data: Any, timestamp: float = NOW) -> Callable[[MemoryStore], None]:
    text = orjson.dumps(data)
    return lambda store: store.put(Write(key, text, "uw.x", timestamp, timestamp, 600.0))


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("raw:uw:stream:price:SPY", {"ticker": "SPY", "close": "612.34", "time": 1, "vol": 1}),
        ("feed:uw:spot_gex:SPY", {"symbol": "SPY", "price": 612.34}),
    ],
)
def test_its_books_lie_around_the_price_that_a_vendor_gave(key: str, data: Any):
    """So that a book fits the chain: strategies look at both."""
    book, prints = played(10.5, write(key, data))
    assert book.data["bids"][0][0] <= 612.34 <= book.data["asks"][0][0] + 0.01
    assert all(abs(one["price"] - 612.34) < 0.1 for one in prints)


@pytest.mark.parametrize("data", [{"close": "n/a"}, {"close": "0"}, {}])
def test_a_price_that_is_none_is_not_taken(data: Any):
    assert played(1.5, write("raw:uw:stream:price:SPY", data))[0].data == played(1.5)[0].data


def test_a_stale_price_is_not_taken():
    stale = write("raw:uw:stream:price:SPY", {"close": "612.34"}, NOW - 120)
    assert played(1.5, stale)[0].data == played(1.5)[0].data

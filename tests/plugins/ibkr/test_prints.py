"""Prints: each trade once, from the better source, with its venue and conditions in our words."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugins.ibkr.prints import RT_VOLUME, TICKS, Print, PrintTape, as_row, rt_volume
from plugins.ibkr.venues import Venues, conditions


def text(price: float, size: float, at: float, volume: float) -> str:
    return f"{price};{size};{round(at * 1000)};{volume};{price};true"


trades = st.lists(
    st.tuples(st.integers(1, 50), st.integers(1, 500), st.floats(0.01, 4.0)), max_size=60
)


@given(trades)
def test_tick_233_alone_loses_no_print_and_tells_none_twice(rows):
    tape, at, volume, found = PrintTape(Venues()), 1e9, 0.0, []
    for price, size, step in rows:
        at, volume = at + step, volume + size
        one = tape.volume(text(price, size, at, volume))
        assert one is not None
        found.append((one.price, one.size))
        assert one.time == pytest.approx(at, abs=0.001)
    assert found == [(float(price), float(size)) for price, size, _ in rows]
    assert tape.untold == 0
    assert tape.source == RT_VOLUME


few = st.lists(
    st.tuples(st.integers(1, 2), st.integers(1, 2), st.sampled_from((0.01, 0.3, 0.8, 3.0))),
    max_size=40,
)


@given(few, st.integers(0, 40), st.integers(0, 40), st.sampled_from(("volume", "tick")))
@example([(1, 1, 0.01), (2, 1, 3.0), (2, 1, 0.01)], 0, 2, "volume")
def test_at_no_change_of_source_a_trade_is_lost_or_told_twice(rows, begins, length, first):
    """Tick 233 tells every trade; tick-by-tick does for a while."""
    tape, at, volume, found = PrintTape(Venues()), 1e9, 0.0, []
    for index, (price, size, step) in enumerate(rows):
        # To the millisecond, as tick 233 tells it: both have it in the same second.
        at, volume = round(at + step, 3), volume + size
        if index == begins + length:
            tape.stream_lost()
        told = [tape.volume(text(price, size, at, volume))] if first == "volume" else []
        if begins <= index < begins + length:
            told.append(tape.tick(int(at), price, size, "ARCA", ""))
        if first == "tick":
            told.append(tape.volume(text(price, size, at, volume)))
        found += [one for one in told if one is not None]
    expected = [(float(price), float(size)) for price, size, _ in rows]
    assert sorted((one.price, one.size) for one in found) == sorted(expected)


def test_trades_of_a_batch_of_several_seconds_were_told_twice():
    """A line that was held up: tick 233 tells all of them before tick-by-tick tells the first."""
    tape, found = PrintTape(Venues()), []
    rows = [(10.0 + second, 5.0, 1_000 + second) for second in range(8)]
    for volume, (price, size, at) in enumerate(rows, 1):
        found.append(tape.volume(text(price, size, at, 5 * volume)))
    for price, size, at in rows:
        found.append(tape.tick(at, price, size, "ARCA", ""))
    assert sum(one is not None for one in found) == len(rows)
    assert tape.source == TICKS


def test_without_tick_233_the_first_tick_counts():
    tape = PrintTape(Venues())
    assert tape.tick(1_000, 10.0, 5, "NYSE", "") is not None
    assert tape.source == TICKS
    assert tape.volume(text(10, 5, 1_000.2, 5)) is None


def test_what_tick_233_leaves_out_of_the_days_volume_is_counted():
    tape = PrintTape(Venues())
    tape.volume(text(10, 5, 1_000, 105))
    tape.volume(text(10, 5, 1_001, 110))
    assert tape.untold == 0
    tape.volume(text(10, 5, 1_002, 215))
    assert tape.untold == 100
    tape.lost()
    tape.volume(text(10, 5, 1_060, 900))
    assert tape.untold == 100, "what was traded while the line was down is known to be missing"


@pytest.mark.parametrize(
    "bad", ["", ";;;;;", "10;5;abc;1;1;true", "-1;5;1000;1;1;true", "10;0;1000;1;1;t", "nan;" * 6]
)
def test_what_is_no_print_is_none(bad):
    assert rt_volume(bad) is None
    assert PrintTape(Venues()).volume(bad) is None
    assert PrintTape(Venues()).tick(1, -1.0, 5, "", "") is None


def test_venues_and_conditions_are_put_into_our_words():
    tape = PrintTape(Venues())
    one = tape.tick(1_000, 10.0, 40, "NASDAQ", " F I")
    assert one is not None
    assert (one.venue, one.conditions) == ("XNAS", ("intermarket_sweep", "odd_lot"))
    row = as_row(one, "SPY", 9.99, 10.01)
    assert row["venue"] == "XNAS"
    assert row["conditions"] == ["intermarket_sweep", "odd_lot"]
    assert (row["bid"], row["ask"], row["from"]) == (9.99, 10.01, TICKS)


def test_tick_84_gives_tick_233_a_venue_where_it_is_one():
    tape = PrintTape(Venues())
    tape.venue("P")
    assert tape.volume(text(10, 5, 1_000, 5)) == Print(1_000, 10, 5, "ARCX", (), RT_VOLUME)
    tape.venue("PZ")
    one = tape.volume(text(10, 5, 1_001, 10))
    assert one is not None
    assert one.venue == "", "of two venues nobody can say which"


def test_a_strange_venue_stays_as_it_is_and_is_told_once():
    venues = Venues()
    assert [venues.code(name) for name in ("NASDAQ", "moon ", "MOON", "")] == [
        "XNAS",
        "MOON",
        "MOON",
        "",
    ]
    assert venues.fresh() == ["MOON"]
    assert venues.fresh() == []
    assert venues.unseen["MOON"] == 1 or venues.unseen["MOON"] == 2


@given(st.lists(st.text(max_size=6), max_size=400))
def test_whatever_the_line_sends_names_stay_bounded(names):
    venues = Venues()
    for name in [*names, *(f"V{number}" for number in range(300))]:
        assert isinstance(venues.code(name), str)
    assert len(venues.unseen) <= 200


@given(st.text(max_size=12))
def test_conditions_are_words_without_repeats(codes):
    found = conditions(codes)
    assert len(set(found)) == len(found)
    assert all(found)


@given(few, st.integers(0, 40), st.integers(0, 40), st.sampled_from(("volume", "tick")), st.data())
def test_an_odd_lot_of_the_second_in_which_the_stream_began_was_lost(
    rows, begins, length, first, data
):
    """Tick 233 leaves odd lots out; whatever tick-by-tick tells is told."""
    tape, at, volume = PrintTape(Venues()), 1e9, 0.0
    found: list[tuple[float, float]] = []
    expected: list[tuple[float, float]] = []
    for index, (price, lots, step) in enumerate(rows):
        odd = data.draw(st.booleans())
        # No round lot is of the size of an odd one.
        size = lots if odd else lots + 10
        at, volume = at + step, volume + size
        if index == begins + length:
            tape.stream_lost()
        calls = [] if odd else [partial(tape.volume, text(price, size, at, volume))]
        if begins <= index < begins + length:
            calls.append(partial(tape.tick, int(at), price, size, "ARCA", ""))
        told = [call() for call in (calls if first == "volume" else calls[::-1])]
        found += [(one.price, one.size) for one in told if one is not None]
        if calls:
            expected.append((float(price), float(size)))
    assert sorted(found) == sorted(expected)

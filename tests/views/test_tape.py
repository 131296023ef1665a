"""Prints as our sources and as Unusual Whales write them."""

from __future__ import annotations

import math

import pytest

from quanticity.errors import UndeclaredRead
from quanticity.views import Tape
from tests.transforms.asking import recorded
from tests.views.making import stored_as, view_of

PRINT = {"time": 1_767_625_200.5, "price": 100.0, "size": 200, "bid": 99.99, "ask": 100.01}


def test_events_become_prints_in_order():
    later = PRINT | {"time": 1_767_625_201.0, "venue": "IEX", "conditions": ["intermarket_sweep"]}
    tape = Tape.of_events([stored_as(later, seq="1-0"), stored_as([PRINT], seq="2-0")])
    assert len(tape) == 2
    assert tape.times.tolist() == [1_767_625_200.5, 1_767_625_201.0]
    assert tape.venues == ("", "IEX")
    assert tape.conditions == ((), ("intermarket_sweep",))
    assert tape.has_quotes.all()
    assert tape.seq == "2-0"


def test_no_new_events_are_an_empty_tape():
    tape = Tape.of_events([])
    assert len(tape) == 0
    assert tape.prices.shape == (0,)


def test_unusual_whales_rows_of_the_tape():
    tape = view_of(Tape, recorded("uw-live-rows/darkpool_NVDA.json"))
    assert len(tape) == 1
    assert tape.prices[0] > 0
    assert tape.times[0] > 1_700_000_000
    assert tape.venues[0]


def test_bad_prints_are_left_out_and_counted():
    rows = [PRINT, PRINT | {"price": None}, PRINT | {"size": 0}, PRINT | {"canceled": True}, 3]
    tape = view_of(Tape, {"data": rows})
    assert len(tape) == 1
    assert dict(tape.bad) == {
        "cancelled": 1,
        "not a print": 1,
        "price or size not above zero": 1,
        "print without price or size": 1,
    }


def test_a_missing_time_or_quote_is_nan():
    tape = view_of(Tape, [{"price": "1.5", "size": "3"}])
    assert math.isnan(tape.times[0])
    assert math.isnan(tape.bids[0])
    assert not tape.has_quotes.any()


def test_what_is_no_tape_says_so():
    with pytest.raises(ValueError, match="no prints"):
        view_of(Tape, 3)


def test_nothing_in_a_tape_can_be_changed():
    tape = view_of(Tape, [PRINT])
    with pytest.raises(ValueError, match="read-only"):
        tape.prices[0] = 0
    with pytest.raises(UndeclaredRead):
        tape.venues = ()

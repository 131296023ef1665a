"""Bars as vendors and sources write them, in order, once each, and what is none left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from quanticity.clock import EASTERN
from quanticity.errors import UndeclaredRead
from quanticity.views import Bars
from tests.views.making import NOW, stored_as, view_of


def bar(minute: float, **figures: Any) -> dict[str, Any]:
    """The bar that began `minute` minutes from 10:00 Eastern; None is left out."""
    given = {"time": NOW + 60 * minute, "open": 10, "high": 12, "low": 9, "close": 11, "volume": 5}
    return {name: value for name, value in (given | figures).items() if value is not None}


def test_bars_of_a_transform_are_in_order():
    bars = view_of(Bars, {"symbol": "SPY", "rows": [bar(1, close=10.5), bar(0)]})
    assert bars.times.tolist() == [NOW, NOW + 60]
    assert bars.closes.tolist() == [11, 10.5]
    assert bars.opens.tolist() == [10, 10]
    assert (bars.highs[0], bars.lows[0], bars.volumes[0]) == (12, 9, 5)
    assert bars.bad == {}


def test_candles_of_unusual_whales():
    """Texts, newest first, with the moment a bar begins beside the one it ends."""
    candle = {"open": "10", "high": "12.5", "low": "9", "close": "11", "volume": 7,
              "start_time": "2026-01-05T15:00:00Z", "end_time": "2026-01-05T15:01:00Z"}  # fmt: skip
    bars = view_of(Bars, {"data": [candle]})
    assert bars.times.tolist() == [NOW]
    assert bars.highs.tolist() == [12.5]


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        ({"time": None}, "bar without a time"),
        ({"time": "soon"}, "bar without a time"),
        ({"close": None}, "price missing or not above zero"),
        ({"low": "NaN"}, "price missing or not above zero"),
        ({"open": 0}, "price missing or not above zero"),
        ({"open": -1}, "price missing or not above zero"),
        ({"high": 10.5}, "range that does not hold its open and close"),
        ({"low": 13}, "range that does not hold its open and close"),
    ],
)
def test_what_is_no_bar_is_left_out_with_its_reason(figures, why):
    bars = view_of(Bars, [bar(0, **figures), bar(1), 7])
    assert bars.times.tolist() == [NOW + 60]
    assert bars.bad == {why: 1, "not a bar": 1}


def test_of_a_repeated_bar_the_last_counts():
    bars = view_of(Bars, [bar(0), bar(0, close=10)])
    assert bars.closes.tolist() == [10]
    assert bars.bad == {"repeated": 1}


def test_a_volume_that_is_none_is_not_known():
    bars = view_of(Bars, [bar(0, volume=None), bar(1, volume=-3), bar(2, volume="n/a")])
    assert np.isnan(bars.volumes).all()


def test_the_newest_bar_is_not_over_yet():
    bars = view_of(Bars, [bar(-1), bar(0), bar(10_000)])
    assert bars.complete(NOW + 59).tolist() == [True, False, False]
    assert bars.complete(NOW + 60).tolist() == [True, True, False]


def test_a_session_is_the_newest_days_and_none_of_the_hours_around_it():
    yesterday = [bar(minute - 3 * 1440) for minute in (0, 1)]  # a Friday
    early = [bar(-31)]
    bars = view_of(Bars, [*yesterday, *early, bar(-30), bar(-1), bar(0)])
    assert bars.times[bars.session(NOW)].tolist() == [NOW - 1800, NOW - 60]
    before = view_of(Bars, [*yesterday, *early])
    assert before.session(NOW).tolist() == [0, 1]
    assert len(view_of(Bars, early).session(NOW)) == 0
    assert len(view_of(Bars, []).session(NOW)) == 0


def test_on_a_half_day_three_hours_of_after_hours_counted_as_the_session():
    closes = datetime(2026, 11, 27, 13, 0, tzinfo=EASTERN).timestamp()
    minutes = [(closes + 60 * minute - NOW) / 60 for minute in (-2, -1, 0, 30)]
    bars = view_of(Bars, [bar(minute) for minute in minutes])
    assert bars.times[bars.session(closes + 7200)].tolist() == [closes - 120, closes - 60]


def test_bars_as_events():
    bars = Bars.of_events([stored_as(bar(0), seq="1-0"), stored_as([bar(1)], seq="2-0")])
    assert len(bars) == 2
    assert bars.seq == "2-0"
    assert len(Bars.of_events([])) == 0


def test_nothing_in_bars_can_be_changed():
    bars = view_of(Bars, [bar(0)])
    with pytest.raises(ValueError, match="read-only"):
        bars.closes[0] = 2
    with pytest.raises(UndeclaredRead):
        bars.times = bars.closes


@pytest.mark.parametrize("data", [{}, 3, None])
def test_what_has_no_rows_says_so(data):
    with pytest.raises(ValueError, match="no rows"):
        view_of(Bars, data)

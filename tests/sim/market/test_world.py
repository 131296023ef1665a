"""The world is one function of seed, symbol and moment, and looks like a market."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.clock import MarketCalendar
from quanticity.quant.quick_greeks import cdf
from quanticity.sim.market import FOCUS, World, osi
from quanticity.sim.market.expiries import is_monthly
from quanticity.sim.market.options import RATE

MORNING = 1_767_625_200.0  # Monday 2026-01-05 10:00 Eastern
MONDAY = date(2026, 1, 5)
CLOSE = MORNING + 6 * 3600
WORLD = World(7, MarketCalendar())
TWIN = World(7, WORLD.calendar)
WEEK = st.floats(MORNING - 4 * 86_400, MORNING + 4 * 86_400)


@settings(max_examples=30, deadline=None)
@given(at=WEEK, symbol=st.sampled_from(FOCUS))
def test_two_worlds_of_one_seed_agree_whatever_was_asked_before(at, symbol):
    WORLD.chain(symbol, at)
    assert TWIN.price(symbol, at) == WORLD.price(symbol, at)
    assert TWIN.volume(symbol, at) == WORLD.volume(symbol, at)


def test_another_seed_is_another_market():
    assert World(8, WORLD.calendar).price("SPY", MORNING) != WORLD.price("SPY", MORNING)


@settings(max_examples=30, deadline=None)
@given(at=WEEK, symbol=st.sampled_from(FOCUS))
def test_a_price_moves_little_from_one_minute_to_the_next(at, symbol):
    if WORLD.day(at).day == WORLD.day(at + 60).day:
        before, after = WORLD.price(symbol, at), WORLD.price(symbol, at + 60)
        assert abs(after / before - 1) < 0.02


def test_the_session_ends_at_the_official_close_and_the_next_day_begins_near_it():
    day = WORLD.day_of(MONDAY)
    close = WORLD.close("NVDA", MONDAY)
    assert WORLD.price("NVDA", day.closes) == pytest.approx(close, abs=0.0051)
    tuesday = WORLD.day_of(MONDAY + timedelta(days=1))
    assert WORLD.price("NVDA", tuesday.pre_market) == pytest.approx(close, rel=0.05)
    assert WORLD.price("NVDA", tuesday.pre_market) != pytest.approx(close, rel=1e-5)


def test_a_fund_follows_its_index():
    ratio = [WORLD.price("SPX", at) / WORLD.price("SPY", at) for at in (MORNING, CLOSE)]
    assert ratio == pytest.approx([10, 10], rel=5e-4)


def test_volume_only_grows_within_a_day_and_more_at_both_ends():
    at = np.arange(MORNING - 1800, CLOSE, 60.0).tolist()
    volumes = [WORLD.volume("AAPL", moment) for moment in at]
    assert volumes == sorted(volumes)
    minutes = np.diff(volumes)
    assert minutes[:30].sum() > minutes[180:210].sum() * 1.5
    assert minutes[-30:].sum() > minutes[180:210].sum() * 1.5


def test_a_bar_holds_its_open_and_close():
    opened, high, low, close = WORLD.bar("TSLA", MORNING, MORNING + 300)
    assert low <= min(opened, close) <= max(opened, close) <= high


def test_expiries_are_trading_days_and_daily_for_funds_and_the_index():
    week = [MONDAY + timedelta(days=offset) for offset in range(5)]
    assert set(week) <= set(WORLD.expiries("SPY", MONDAY))
    assert set(week) & set(WORLD.expiries("NVDA", MONDAY)) == {week[4]}
    assert any(is_monthly(day) for day in WORLD.expiries("NVDA", MONDAY))
    open_days = {
        day.day for day in WORLD.calendar.trading_days(MONDAY, MONDAY + timedelta(days=500))
    }
    assert set(WORLD.expiries("SPX", MONDAY)) <= open_days


def test_a_friday_that_is_a_holiday_expires_on_thursday():
    good_friday = date(2026, 4, 3)
    found = WORLD.expiries("NVDA", date(2026, 3, 30))
    assert good_friday not in found
    assert good_friday - timedelta(days=1) in found


@settings(max_examples=25, deadline=None)
@given(at=st.floats(MORNING - 1800, CLOSE), symbol=st.sampled_from(FOCUS))
def test_chains_are_sound_up_to_the_minute_they_expire(at, symbol):
    for each in WORLD.chain(symbol, at)[:6]:
        for side in each.sides:
            for figures in (side.delta, side.gamma, side.theta, side.vega, side.charm, side.vanna):
                assert np.isfinite(figures).all()
            assert (side.bid >= 0).all()
            assert (side.bid < side.ask).all()
            assert (side.gamma >= 0).all()
            assert (side.iv > 0).all()
            assert (side.volume >= 0).all()
            assert (side.oi >= 0).all()
        assert (np.diff(each.call.mid) <= 1e-6).all()
        assert (np.diff(each.put.mid) >= -1e-6).all()
        parity = each.call.mid - each.put.mid
        forward = each.spot - each.strikes * np.exp(-RATE * each.years)
        assert parity == pytest.approx(forward, abs=each.spot * 1e-5)


def test_open_interest_holds_for_a_day_while_volume_grows():
    early, late = WORLD.chain("SPY", MORNING)[0], WORLD.chain("SPY", CLOSE - 60)[0]
    assert (early.call.oi == late.call.oi).all()
    assert early.call.volume.sum() < late.call.volume.sum()


def test_strikes_of_a_day_do_not_move_with_the_price():
    assert (WORLD.chain("TSLA", MORNING)[1].strikes == WORLD.chain("TSLA", CLOSE)[1].strikes).all()


def test_the_normal_distribution_is_right_to_a_ten_millionth():
    values = cdf(np.array([-6.0, -1.0, 0.0, 1.0, 1.959963985, 6.0]))
    expected = [0.0, 0.158655254, 0.5, 0.841344746, 0.975, 1.0]
    assert values == pytest.approx(expected, abs=1e-7)


def test_osi_symbols_are_written_without_padding():
    assert osi("SPY", date(2024, 1, 5), "call", 480) == "SPY240105C00480000"
    assert osi("AAPL", date(2024, 2, 2), "put", 172.5) == "AAPL240202P00172500"


def test_a_date_beyond_the_world_is_refused():
    with pytest.raises(ValueError, match="from 2018 to 2032"):
        WORLD.close("SPY", date(2040, 1, 3))

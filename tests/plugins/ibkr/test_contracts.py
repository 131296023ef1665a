"""The contract table: every instrument of the requirements, in the vendor's own words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ibkr.contracts import Listings, asked, option
from plugins.ibkr.futures import front, in_cycle, last_day, rolls_on
from plugins.ibkr.hours import gap, is_open, open_seconds, spans

TABLE = Listings()
GROUPS = {
    "index": "SPX NDX RUT VIX DAX FTSE CAC STOXX50 IBEX N225 HSI ASX200 KOSPI TOPIX BOVESPA TSX60",
    "future": "ES NQ YM RTY VX CL NG RB HO GC SI HG PL ZB ZN ZF ZT 6E 6B 6J 6A DX",
    "fx": "EUR.USD GBP.USD USD.JPY AUD.USD EUR.GBP EUR.JPY GBP.JPY USD.MXN USD.ZAR USD.TRY",
    "crypto": "BTC.USD ETH.USD",
    "internal": "TICK ADD",
    "stock": "SPY QQQ IWM AAPL MSFT GOOGL AMZN NVDA META TSLA",
}


@pytest.mark.parametrize("kind", GROUPS)
def test_every_instrument_is_there_and_of_its_kind(kind):
    for symbol in GROUPS[kind].split():
        listing = TABLE[symbol]
        assert listing.kind == kind
        words = asked(listing)
        assert words.symbol
        assert words.exchange
        assert words.currency


def test_an_index_has_no_book_and_says_whose_stands_for_it():
    for symbol in GROUPS["index"].split():
        assert not TABLE[symbol].book
        assert not TABLE[symbol].ticks
    assert TABLE["SPX"].proxy == "SPY"
    assert TABLE["SPX"].sec_type == "IND", "a stock SPX is another thing, or nothing"


def test_futures_are_asked_for_by_the_vendors_symbol_and_class():
    euro, vix = asked(TABLE["6E"]), asked(TABLE["VX"])
    assert (euro.symbol, euro.trading_class, euro.multiplier) == ("EUR", "6E", "125000")
    assert (vix.symbol, vix.exchange, vix.trading_class) == ("VIX", "CFE", "VX")
    assert all(TABLE[symbol].multiplier for symbol in GROUPS["future"].split())


def test_options_of_spx_are_of_the_weekly_class():
    words = option(TABLE["SPX"], "20261204", 6800.0, "P")
    assert (words.trading_class, words.right, words.expiry) == ("SPXW", "P", "20261204")


def test_the_config_adds_rows_and_corrects_them():
    more = Listings({"MES": {"family": "cme", "multiplier": 5}, "FTSE": {"ib_symbol": "UKX"}})
    assert more["MES"].sec_type == "FUT"
    assert (more["FTSE"].name, more["FTSE"].currency) == ("UKX", "GBP")
    with pytest.raises(ValueError, match="no family 'cmee'"):
        Listings({"MES": {"family": "cmee"}})
    with pytest.raises(ValueError, match="unknown field"):
        Listings({"MES": {"family": "cme", "multiplyer": 5}})
    assert TABLE.near("SPYY") == "did you mean 'SPY'?"


days = st.dates(date(2026, 1, 1), date(2027, 12, 1))


@given(st.lists(days, min_size=1, max_size=8), days, st.integers(0, 30))
def test_the_front_month_trades_and_is_the_first_that_is_not_about_to_end(ends, today, roll):
    expiries = [f"{day:%Y%m%d}" for day in ends]
    found = front(expiries, today, roll)
    alive = [one for one in expiries if last_day(one) >= today]
    if not alive:
        assert found is None
        return
    assert found in alive
    fine = [one for one in alive if rolls_on(one, roll) > today]
    assert found == (min(fine) if fine else max(alive))


@given(days, st.integers(1, 30))
def test_a_roll_happens_once_on_its_day(start, roll):
    first, second = start + timedelta(40), start + timedelta(130)
    expiries = [f"{first:%Y%m%d}", f"{second:%Y%m%d}"]
    seen = [front(expiries, start + timedelta(at), roll) for at in range(41)]
    changes = [at for at in range(1, 41) if seen[at] != seen[at - 1]]
    assert changes == [40 - roll]


def test_gold_trades_in_its_own_months():
    assert in_cycle("20261229", "202612", "GJMQVZ")
    assert not in_cycle("20261126", "202611", "GJMQVZ")
    assert in_cycle("20261120", "202612", "GJMQVZ"), "a contract may end before its month"


HOURS = "20261127:0930-20261127:1300;20261128:CLOSED;20261130:0930-20261130:1600"


def test_silence_over_a_weekend_is_no_gap():
    hours = spans(HOURS, "US/Eastern")
    friday, monday = hours[0][1] - 10, hours[1][0] + 5
    assert gap(hours, friday, monday, 30) is None
    assert gap(hours, friday, monday + 60, 30) == pytest.approx(75)
    assert is_open(hours, friday) is True
    assert is_open(hours, friday + 60) is False


def test_of_hours_that_nobody_told_nothing_is_a_gap():
    for text in ("", "nonsense", "20261130:9999-20261130:2500"):
        assert gap(spans(text, "US/Eastern"), 0.0, 1e9, 1) is None
    assert spans(HOURS, "Mars/Olympus") == ()
    assert is_open(spans(HOURS, "EST"), 0.0) is None


@given(st.integers(0, 300_000), st.integers(0, 300_000), st.integers(0, 300_000))
def test_open_time_adds_up(first, second, third):
    hours = spans(HOURS, "America/New_York")
    a, b, c = sorted(hours[0][0] + one - 40_000 for one in (first, second, third))
    whole = open_seconds(hours, a, c)
    parts = (open_seconds(hours, a, b) or 0) + (open_seconds(hours, b, c) or 0)
    assert whole == pytest.approx(parts)

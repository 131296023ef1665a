"""Chains of every vendor, and chains that something is wrong with."""

from __future__ import annotations

import math
from datetime import date, datetime

import numpy as np
import orjson
import pytest

from quanticity.clock.calendar import EASTERN, MarketCalendar
from quanticity.errors import UndeclaredRead
from quanticity.parse import option_symbol
from quanticity.views import Chain
from quanticity.views.base import stored
from quanticity.views.chain_names import expires_at
from tests.transforms.asking import recorded
from tests.views.making import body, contract, stored_as, view_of

CALL, PUT = "SPY260116C00600000", "SPY260116P00600000"


def chain(*rows):
    return view_of(Chain, body(*rows))


def test_alpha_vantage_writes_figures_as_texts():
    one = chain(
        contract(CALL, open_interest=1200, gamma=0.0123, delta=0.51, volume=7, vega="0.11"),
        contract(PUT, implied_volatility="0.25", bid="9.10", ask="9.20"),
    )
    assert one.symbols == (CALL, PUT)
    assert one.is_call.tolist() == [True, False]
    assert one.strike.tolist() == [600.0, 600.0]
    assert one.expiry.astype(str).tolist() == ["2026-01-16"] * 2
    assert one.open_interest.tolist() == [1200, 100]
    assert one.gamma.tolist() == [0.0123, 0.01]
    assert one.iv.tolist() == [0.2, 0.25]
    assert one.mid[1] == pytest.approx(9.15)
    assert one.vega[0] == 0.11
    assert math.isnan(one.vega[1])
    assert one.volume[0] == 7
    assert one.spot is None
    assert dict(one.bad) == {}


def test_unusual_whales_rows():
    one = view_of(Chain, recorded("uw-live-rows/option-chains_greeks_AAPL.json"))
    assert one.symbols == ("AAPL261016C00340000",)
    assert one.open_interest.tolist() == [106490]
    assert one.gamma[0] == pytest.approx(0.01959562580158284)
    assert one.iv[0] == pytest.approx(0.2333044757109016)
    assert (one.bid[0], one.ask[0]) == (8.15, 8.45)


def test_unusual_whales_names_alone_have_no_figures():
    one = view_of(Chain, {"data": [CALL, PUT]})
    assert len(one) == 2
    assert np.isnan(one.open_interest).all()
    assert np.isnan(one.gamma).all()


def test_unusual_whales_greeks_hold_a_call_and_a_put_in_each_row():
    row = {"strike": "600", "date": "2026-01-05", "expiry": "2026-01-16"}
    for side, name, delta in (("call", CALL, "0.52"), ("put", PUT, "-0.48")):
        row |= {f"{side}_option_symbol": name, f"{side}_delta": delta, f"{side}_gamma": "0.02"}
        row |= {f"{side}_volatility": "0.18", f"{side}_vanna": "0.3", f"{side}_charm": "-0.1"}
    one = view_of(Chain, {"data": [row]})
    assert one.symbols == (CALL, PUT)
    assert one.delta.tolist() == [0.52, -0.48]
    assert one.iv.tolist() == [0.18, 0.18]
    assert one.vanna.tolist() == [0.3, 0.3]
    assert one.charm.tolist() == [-0.1, -0.1]


def test_cboe_brings_the_price_with_it_and_zero_volatility_is_none():
    one = view_of(Chain, recorded("openbb-cboe/options_AAPL_20260724.json"))
    assert one.given == len(one) == 3576
    assert one.spot is not None
    assert 100 < one.spot < 1000
    assert np.isnan(one.iv[0])
    assert np.nanmin(one.iv) > 0


@pytest.mark.parametrize("vendor", ["openbb-cboe/options_AAPL_20260724.json"])
def test_names_are_read_as_parse_reads_them(vendor: str):
    one = view_of(Chain, recorded(vendor))
    for at in range(0, len(one), 97):
        named = option_symbol(one.symbols[at])
        assert named is not None
        assert one.strike[at] == named.strike
        assert one.is_call[at] == (named.right == "C")
        assert str(one.expiry[at]) == named.expiry


def test_the_shape_of_the_transforms():
    rows = [{"option_symbol": CALL, "iv": 0.3, "gamma": 0.02, "open_interest": 5.0, "bid": 1.0}]
    one = view_of(Chain, {"symbol": "SPY", "price": 601.5, "rejected": 0, "contracts": rows})
    assert one.spot == 601.5
    assert one.iv.tolist() == [0.3]
    assert one.bid.tolist() == [1.0]
    assert math.isnan(one.ask[0])


def test_spys_own_p_makes_no_put():
    assert chain(contract("SPY260116C00600000")).is_call.all()


def test_padded_lower_case_and_adjusted_names():
    one = chain(
        contract("AAPL  260116C00340000"),
        contract("O:AAPL260116P00340000"),
        contract("AAPL1260116C00340000"),
        contract("brk.b260116C00500000"),
    )
    assert one.strike.tolist() == [340, 340, 340, 500]
    assert one.adjusted.tolist() == [False, False, True, False]
    assert one.is_call.tolist() == [True, False, True, True]


def test_an_index_settles_in_the_morning_and_its_weeklies_in_the_evening():
    one = chain(contract("SPX260116C06000000"), contract("SPXW260116C06000000"))
    hours = [datetime.fromtimestamp(at, EASTERN).strftime("%H:%M") for at in one.expires]
    assert hours == ["09:30", "16:00"]


def test_on_a_half_day_options_lived_three_hours_too_long():
    one = chain(contract("SPY261127C00640000"), contract("SPX261127C06400000"))
    hours = [datetime.fromtimestamp(at, EASTERN).strftime("%H:%M") for at in one.expires]
    assert hours == ["13:00", "09:30"]


def test_options_expire_when_the_exchange_closes():
    days = MarketCalendar().trading_days(date(2014, 1, 1), date(2027, 6, 30))
    assert [expires_at(day.day, "SPY") for day in days] == [day.closes for day in days]


def test_time_left_is_counted_to_the_minute_and_is_not_above_zero_when_over():
    one = chain(contract("SPY260105C00600000"))
    closes = datetime(2026, 1, 5, 16, 0, tzinfo=EASTERN).timestamp()
    assert one.years(closes - 60)[0] == pytest.approx(60 / 31_536_000)
    assert one.years(closes)[0] == 0
    assert one.years(closes + 1)[0] < 0


def test_an_empty_chain_is_a_chain():
    one = chain()
    assert len(one) == 0
    assert one.given == 0
    assert one.mid.shape == (0,)


def test_texts_that_are_no_numbers_cost_the_figure_and_not_the_chain():
    one = chain(contract(CALL, gamma="n/a?", open_interest="1,204"), contract(PUT))
    assert math.isnan(one.gamma[0])
    assert one.gamma[1] == 0.01
    assert one.open_interest.tolist() == [1204, 100]
    assert dict(one.bad) == {"gamma unreadable": 1}


@pytest.mark.parametrize("nothing", ["", "-", "N/A", "null", None])
def test_a_missing_figure_is_nan_and_not_zero_and_nothing_bad(nothing):
    one = chain(contract(CALL, gamma="0.01") | {"gamma": nothing})
    assert math.isnan(one.gamma[0])
    assert dict(one.bad) == {}


@pytest.mark.parametrize(
    ("figure", "value"),
    [("gamma", "-0.01"), ("open_interest", "-3"), ("delta", "1.5"), ("bid", "-1"), ("ask", "inf")],
)
def test_impossible_figures_are_taken_out_and_counted(figure: str, value: str):
    one = chain(contract(CALL, **{figure: value}))
    assert math.isnan(getattr(one, figure)[0])
    assert dict(one.bad) == {f"{figure} impossible": 1}


def test_a_call_with_a_puts_delta_is_impossible():
    one = chain(contract(CALL, delta=-0.5), contract(PUT, delta=0.5))
    assert np.isnan(one.delta).all()
    assert one.bad["delta impossible"] == 2


def test_rows_without_a_name_or_with_one_that_is_none_are_dropped_and_counted():
    rows = [contract(CALL), {"gamma": "0.01"}, contract("XXYYZZ999999C00020000"), contract("SPY")]
    one = chain(*rows, contract("SPY260116C00000000"), 7)
    assert one.symbols == (CALL,)
    assert one.given == 6
    assert dict(one.bad) == {"no option symbol": 4, "not a row": 1}


def test_of_repeated_contracts_the_first_counts():
    one = chain(contract(CALL, open_interest=10), contract(CALL, open_interest=20), contract(PUT))
    assert one.open_interest.tolist() == [10, 100]
    assert dict(one.bad) == {"repeated": 1}


def test_crossed_and_zero_quotes_have_no_middle():
    one = chain(
        contract(CALL, bid=2.0, ask=1.0),
        contract(PUT, bid=0, ask=0),
        contract("SPY260116C00610000", bid=0, ask=0.05),
    )
    assert np.isnan(one.mid[:2]).all()
    assert one.mid[2] == 0.025
    assert dict(one.bad) == {"quote crossed": 1}


@pytest.mark.parametrize("text", [b"[1,2]", b"{}", b'{"data":{}}', b'"x"', b"null", b'{"data"'])
def test_what_is_no_chain_says_so(text: bytes):
    with pytest.raises(ValueError, match="this is no"):
        Chain.of(stored_as(text))


def test_a_name_longer_than_any_is_no_name():
    one = chain(contract("X" * 100_000 + CALL), contract(CALL))
    assert one.symbols == (CALL,)


def test_nothing_in_a_chain_can_be_changed():
    one = chain(contract(CALL), contract(PUT))
    for name in ("strike", "gamma", "theta", "mid", "expires", "is_call", "open_interest"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(one, name)[0] = 1
    with pytest.raises(UndeclaredRead, match="strike"):
        one.strike = np.zeros(2)
    with pytest.raises(UndeclaredRead):
        del one.gamma
    with pytest.raises(TypeError):
        one.bad["x"] = 1


def test_times_come_from_the_envelope():
    text = b'{"timestamp":1.5,"received":2.0,"source":"av.x","seq":"7-0","hash":"","data":%b}'
    one = Chain.of(stored(text % orjson.dumps(body(contract(CALL)))))
    assert (one.timestamp, one.received, one.source, one.seq) == (1.5, 2.0, "av.x", "7-0")


def test_figures_that_are_read_later_belong_to_the_same_contracts():
    """They are decoded anew, and rows that were dropped must be dropped again."""
    rows = [contract(CALL, vega=1), {"gamma": "1", "vega": "9"}, contract(CALL, vega=8)]
    one = chain(*rows, contract(PUT, vega=2, rho="?", volume="12"))
    assert one.symbols == (CALL, PUT)
    assert one.vega.tolist() == [1, 2]
    assert math.isnan(one.rho[1])
    assert one.volume[1] == 12


def test_figures_that_no_market_has_are_taken_out_and_counted():
    """One open interest of 1e300 made every total infinite."""
    slips = {"open_interest": 1e300, "gamma": 1e16, "implied_volatility": 1e9, "ask": 1e8}
    row = contract("SPY260116C00500000", **slips)
    chain = view_of(Chain, {"data": [row, contract("SPY260116P00500000")]})
    for name in ("open_interest", "gamma", "iv", "ask"):
        assert np.isnan(getattr(chain, name)).tolist() == [True, False], name
    assert dict(chain.bad) == {
        "ask impossible": 1,
        "gamma impossible": 1,
        "implied_volatility impossible": 1,
        "open_interest impossible": 1,
    }


@pytest.mark.parametrize("price", [0, -1, 1e-9, 1e300])
def test_a_price_that_nothing_has_is_none(price: float):
    assert view_of(Chain, {"price": price, "contracts": []}).spot is None

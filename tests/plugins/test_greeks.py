"""The Greeks component: a priced chain is read back, and what has no volatility says so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from plugins.analytics.greeks import Greeks, GreeksParams
from quanticity.clock import eastern
from quanticity.quant import greeks
from quanticity.testing import contract_suite
from quanticity.testing.markets import chains
from quanticity.views import Chain
from tests.plugins.running import run
from tests.transforms.asking import recorded
from tests.views.making import NOW, view_of

DAY = 86_400.0
CHAIN, EACH, SUMS = "options:SPY:chain", "options:SPY:greeks", "analytics:greeks:SPY"
COLUMNS = ("vol", "price", "delta", "gamma", "vega", "theta", "rho", "vanna", "charm")


def found_of(chain, now: float = NOW, params: GreeksParams | None = None, symbol="SPY", **others):
    views = dict.fromkeys(Greeks.reads) | {"alpha_vantage": chain} | others
    outputs, state = run(Greeks, views, now, params=params, symbol=symbol)
    assert state is None
    return outputs


def priced(
    *, spot=500.0, strikes=(450, 480, 495, 500, 505, 520, 550), days=("260105", "260320", "270115"),
    vol=0.22, rate=0.04, dividend=0.0, half_spread=1e-6, root="SPY", now=NOW,
):  # fmt: skip
    """Rows of a chain quoted around Black-Scholes-Merton, and the truth of each."""
    rows = []
    for day in days:
        for strike in strikes:
            for right in "CP":
                name = f"{root}{day}{right}{round(strike * 1000):08}"
                expires = view_of(Chain, {"contracts": [{"option_symbol": name}]}).expires[0]
                years = (expires - now) / (365 * DAY)
                mid = float(
                    greeks.price(
                        spot, strike, years, vol, right == "C", rate=rate, dividend=dividend
                    )
                )
                rows.append(
                    {
                        "option_symbol": name,
                        "bid": mid * (1 - half_spread),
                        "ask": mid * (1 + half_spread),
                        "open_interest": 100.0,
                    }
                )
    return rows


def chain_of(rows, spot: float | None = 500.0):
    return view_of(Chain, {"price": spot, "contracts": list(rows)})


def test_a_mid_whose_bid_is_below_intrinsic_passed_for_a_volatility():
    """Three hours before the close the mid of a call far in the money is noise, not 75%."""
    rows = priced(days=("260105",), strikes=(480, 500, 520), rate=0.0)
    call = next(row for row in rows if row["option_symbol"].endswith("C00480000"))
    call |= {"bid": 19.5, "ask": 20.7, "iv": 0.21}
    params = GreeksParams(rate=0.0)
    found = found_of(chain_of(rows), params=params)[EACH]
    at = found["symbols"].index(call["option_symbol"])
    assert found["codes"][at] == 10
    assert found["vol"][at] == pytest.approx(0.22, rel=1e-2)
    put = next(row for row in rows if row["option_symbol"].endswith("P00480000"))
    put |= {"bid": 0.0, "ask": 0.01}
    found = found_of(chain_of(rows), params=params)[EACH]
    assert (found["codes"][at], found["vol"][at]) == (11, 0.21)
    del call["iv"]
    found = found_of(chain_of(rows), params=params)[EACH]
    assert (found["codes"][at], found["vol"][at], found["charm"][at]) == (5, None, None)


def test_a_chain_that_was_priced_at_a_volatility_gives_it_back():
    found = found_of(chain_of(priced(days=("260320", "270115"))))[EACH]
    assert found["reason"] is None
    assert found["vol"] == pytest.approx([0.22] * 28, rel=1e-3)
    assert found["codes"] == [0] * 28
    years = (np.array(found["years"]), np.array(found["strike"]))
    exact = greeks.first_order(
        500, years[1], years[0], 0.22, np.array(found["right"]) == "C", rate=0.04
    )
    for name in ("price", "delta", "gamma", "vega", "theta", "rho"):
        assert found[name] == pytest.approx(getattr(exact, name), rel=2e-3, abs=1e-3), name
    assert found["exercise"] == "American, valued as European"


def test_sums_are_over_all_open_interest_and_by_strike():
    both = found_of(chain_of(priced(days=("260320",))))
    each, sums = both[EACH], both[SUMS]
    held = 100.0 * 100
    for name in ("delta", "gamma", "theta", "vega", "rho", "vanna", "charm"):
        assert sums["total"][name] == pytest.approx(sum(each[name]) * held)
        assert sums["calls"][name] + sums["puts"][name] == pytest.approx(sums["total"][name])
    assert sums["strikes"] == [450, 480, 495, 500, 505, 520, 550]
    for name in ("delta", "gamma", "theta"):
        assert sum(sums[f"strike_{name}"]) == pytest.approx(sums["total"][name])
    assert sums["total"]["gamma"] > 0 > sums["total"]["theta"]
    assert (sums["contracts"], sums["left_out"], sums["open_interest"]) == (14, 0, 1400)


def test_the_forward_of_each_expiry_is_what_its_quotes_imply():
    """A dividend that no parameter tells is found in the quotes of months, and not of hours."""
    found = found_of(chain_of(priced(dividend=0.03)))[EACH]
    near, middle, far = found["expiries"]
    assert far["dividend"] == pytest.approx(0.03, abs=1e-5)
    assert middle["dividend"] == pytest.approx(0.03, abs=1e-4)
    assert near["dividend"] == 0.0
    assert [each["spot_from"] for each in found["expiries"]] == ["parity"] * 3
    assert far["spot"] == pytest.approx(500)
    assert np.array(found["vol"], dtype=float)[14:] == pytest.approx(0.22, rel=1e-3)


def test_a_spot_that_is_late_does_not_bend_volatility():
    late = found_of(chain_of(priced(days=("260105", "260109")), spot=503.0))[EACH]
    known = [vol for vol, code in zip(late["vol"], late["codes"], strict=True) if code == 0]
    assert known == pytest.approx([0.22] * len(known), rel=0.02)
    assert late["expiries"][0]["spot"] == pytest.approx(500, abs=0.01)


def test_in_the_money_without_time_value_the_other_side_of_the_strike_serves():
    rows = priced(days=("260320",))
    (deep,) = (row for row in rows if row["option_symbol"] == "SPY260320C00450000")
    deep["bid"], deep["ask"] = 49.0, 49.2  # below intrinsic
    found = found_of(chain_of(rows))[EACH]
    assert found["codes"][0] == 10
    assert found["vol"][0] == pytest.approx(0.22, rel=1e-3)
    assert found["lent"] == 1
    assert "other side" in found["code_of"]["10"]


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        ({"bid": 0.0, "ask": 0.0}, "no price"),
        ({"bid": 0.0, "ask": 0.05}, "no price"),
        ({"bid": 9.0, "ask": 8.0}, "no price"),
        ({"bid": None}, "no price"),
        ({"bid": "n/a"}, "no price"),
        ({"ask": float("nan")}, "no price"),
        ({"bid": 900.0, "ask": 901.0}, "above the most"),
    ],
)
def test_a_quote_that_is_none_has_no_volatility_and_says_why(quote, why: str):
    rows = priced(days=("260320",), strikes=(480, 500, 505, 510, 520))
    rows = [row for row in rows if row["option_symbol"] != "SPY260320P00520000"]
    rows[-1] |= quote
    both = found_of(chain_of(rows))
    each = both[EACH]
    assert why in each["code_of"][str(each["codes"][-1])]
    assert [each[name][-1] for name in COLUMNS] == [None] * len(COLUMNS)
    assert each["known"] == 8
    assert (both[SUMS]["left_out"], both[SUMS]["open_interest_left_out"]) == (1, 100)


def test_an_absurd_volatility_is_told_as_it_is():
    found = found_of(chain_of(priced(days=("260320",), vol=9.0, strikes=(480, 500, 520))))[EACH]
    assert found["vol"] == pytest.approx([9.0] * 6, rel=1e-3)


def test_zero_days_to_expiry_was_a_division_by_zero():
    """A minute before the close T is a minute; SPX that settled in the morning is gone by then."""
    close = NOW + 6 * 3600
    rows = priced(days=("260105",), strikes=(499, 500, 501), now=close - 60, root="SPXW")
    rows += [row | {"option_symbol": row["option_symbol"].replace("SPXW", "SPX")} for row in rows]
    both = found_of(chain_of(rows), close - 60)
    assert set(both[EACH]["symbols"]) == {row["option_symbol"] for row in rows[:6]}
    assert both[EACH]["years"] == pytest.approx([60 / (365 * DAY)] * 6)
    assert both[CHAIN]["left_out"] == {"expired or adjusted": 6}
    assert both[EACH]["exercise"] == "European"
    at_the_money = both[EACH]["symbols"].index("SPXW260105C00500000")
    assert both[EACH]["vol"][at_the_money] == pytest.approx(0.22, rel=1e-3)
    assert all(gamma is None or 0 <= gamma < 10 for gamma in both[EACH]["gamma"])
    gone = found_of(chain_of(rows), close)
    assert gone[EACH]["reason"] == gone[SUMS]["reason"] == "no contract has time left"


def test_morning_settlement_has_six_and_a_half_hours_less():
    rows = priced(days=("260320",), strikes=(500,), root="SPX")
    rows += priced(days=("260320",), strikes=(500,), root="SPXW")
    years = found_of(chain_of(rows))[EACH]["years"]
    assert (years[2] - years[0]) * 365 * DAY == pytest.approx(6.5 * 3600)


def test_the_chain_is_told_as_it_came():
    rows = priced(days=("260320",), strikes=(500,))
    rows[0] |= {"volume": 7, "iv": 0.3, "open_interest": None}
    found = found_of(chain_of([*rows, rows[0], {"option_symbol": "SPY1260320C00500000"}]))[CHAIN]
    assert found["symbols"] == [row["option_symbol"] for row in rows]
    assert found["expiry"] == ["2026-03-20"] * 2
    assert found["right"] == ["C", "P"]
    assert found["open_interest"] == [None, 100]
    assert found["volume"] == [7, None]
    assert found["vendor_vol"] == [0.3, None]
    assert found["left_out"] == {"expired or adjusted": 1, "repeated": 1}


@pytest.mark.parametrize(
    ("chain", "reason"),
    [
        (None, "no fresh option chain"),
        (chain_of([]), "the chain is empty"),
        (chain_of(priced(days=("260105",)), 500.0), None),
        (chain_of([{"option_symbol": "SPY250105C00500000"}]), "no contract has time left"),
        (chain_of([{"option_symbol": "SPY260320C00500000"}], None), "no price of the underlying"),
        (chain_of([{"option_symbol": "SPY260320C00500000"}]), "no contract has quotes"),
    ],
)
def test_what_cannot_be_had_is_null_with_its_reason(chain, reason: str | None):
    both = found_of(chain)
    if reason is None:
        assert both[EACH]["reason"] is both[SUMS]["reason"] is None
        return
    assert reason in both[EACH]["reason"]
    assert both[SUMS]["reason"] is not None
    assert both[SUMS]["total"] is None
    if "quotes" not in reason:
        assert [both[EACH][name] for name in COLUMNS] == [None] * len(COLUMNS)


def test_the_chain_that_has_contracts_is_taken():
    full = chain_of(priced(days=("260320",)))
    assert found_of(chain_of([]), unusual_whales=full)[EACH]["known"] == 14


def test_recorded_aapl_close_to_the_vendors_own_volatility():
    """Cboe's, the evening after: near the money ours is within a point of theirs."""
    chain = view_of(Chain, recorded("openbb-cboe/options_AAPL_20260724.json"), 1_784_950_000.0)
    now = 1_784_920_000.0
    outputs = found_of(chain, now, symbol="AAPL")
    found = outputs["options:AAPL:greeks"]
    place = {name: at for at, name in enumerate(chain.symbols)}
    theirs = chain.iv[[place[name] for name in found["symbols"]]]
    vol, delta = (np.array(found[name], dtype=float) for name in ("vol", "delta"))
    near = (np.abs(delta) > 0.25) & (np.abs(delta) < 0.75) & (np.array(found["years"]) > 7 / 365)
    assert near.sum() > 100
    assert np.nanmedian(np.abs(vol - theirs)[near]) < 0.01
    assert found["known"] / found["contracts"] > 0.8


def test_it_keeps_the_contract():
    contract_suite(Greeks, values={"symbol": "SPY"})


@given(chains(NOW))
def test_any_chain_gives_figures_or_reasons(body):
    try:
        chain = view_of(Chain, body)
    except ValueError:
        return
    both = found_of(chain)
    each = both[EACH]
    assert (each["vol"] is None) == (each["symbols"] is None)
    for vol, code, delta, right in zip(
        *(each[name] or [] for name in ("vol", "codes", "delta", "right")), strict=True
    ):
        assert (vol is None) == (delta is None) == (code not in (0, 10, 11))
        if vol is not None:
            assert vol > 0
            # Quotes that make no sense may imply a carry of 25% a year, for 400 days.
            assert 0 <= (delta if right == "C" else -delta) <= 1.35
    assert (both[SUMS]["total"] is None) == (both[SUMS]["reason"] is not None)


def test_time_of_these_tests_is_a_monday_morning():
    assert eastern(NOW).isoformat() == "2026-01-05T10:00:00-05:00"

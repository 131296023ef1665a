"""Skew: risk reversal by hand, its statistics over days, and chains that are in no order."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from plugins.analytics.skew import Skew, SkewParams
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.views import Chain, Rows
from tests.plugins.running import run
from tests.plugins.test_exposure_of_vendors import chain as simulated
from tests.sim.vendors.asking import TEN_OCLOCK
from tests.views.making import NOW, view_of

KEY = "analytics:skew:SPY"
# Call delta and volatility by strike; the put's delta is one less.
SMILE = {90: (0.90, 0.28), 95: (0.75, 0.24), 100: (0.5, 0.20), 105: (0.25, 0.18), 110: (0.1, 0.17)}


def rows_of(days: str = "260204", up: float = 0.0, **more):
    """By hand: 25-delta call .18 and put .24, at the money .20."""
    return [
        {
            "option_symbol": f"SPY{days}{right}{strike * 1000:08}",
            "delta": delta if right == "C" else delta - 1,
            "iv": vol + up,
            "bid": 1.0,
            "ask": 1.1,
        }
        | more
        for strike, (delta, vol) in SMILE.items()
        for right in "CP"
    ]


def skewed(rows, history=None, spot: float | None = 100.0, params: SkewParams | None = None):
    chain = None if rows is None else view_of(Chain, {"price": spot, "contracts": list(rows)})
    views = {
        "alpha_vantage": None,
        "unusual_whales": chain,
        "history": None if history is None else view_of(Rows, {"data": history}),
    }
    return run(Skew, views, NOW, params=params, symbol="SPY")[0][KEY]


def past(*values: float):
    first = date(2025, 12, 1)
    return [
        {"date": str(first + timedelta(at)), "risk_reversal": str(value)}
        for at, value in enumerate(values)
    ]


def test_risk_reversal_by_hand_is_call_less_put():
    """.18 and .24: -6 points."""
    found = skewed(rows_of())
    assert found["risk_reversal"] == pytest.approx(-0.06)
    assert found["butterfly"] == pytest.approx(0.01)
    assert found["at_the_money"] == pytest.approx(0.20)
    assert found["convention"].startswith("IV(call) - IV(put)")
    assert found["reason"] is None


def test_thirty_days_are_read_off_between_two_expiries():
    """The expiries close 25.25 and 32.25 days from ten o'clock, nineteen and a bit points apart."""
    rows = [
        row | {"iv": row["iv"] + (0.07 if row["delta"] == 0.25 else 0.0)}
        for row in rows_of("260206")
    ] + rows_of("260130")
    found = skewed(rows)
    assert [round(one["risk_reversal"], 6) for one in found["expiries"]] == [-0.06, 0.01]
    assert found["risk_reversal"] == pytest.approx(-0.06 + 0.07 * (30 - 25.25) / 7)
    assert found["from"] == "between expiries, at 30 days"


def test_without_an_expiry_on_both_sides_the_nearest_is_told_and_named():
    found = skewed(rows_of("260109"))
    assert found["from"].startswith("the expiry 2026-01-09")


def test_a_chain_of_the_next_days_only_was_taken_for_a_month_ahead():
    """The one that is fresher reaches a week and a half; the other one brackets thirty days."""
    near = view_of(Chain, {"price": 100.0, "contracts": rows_of("260109")})
    far = view_of(Chain, {"price": 100.0, "contracts": rows_of("260206") + rows_of("260130")})
    views = {"alpha_vantage": near, "unusual_whales": far, "history": None}
    found = run(Skew, views, NOW, symbol="SPY")[0][KEY]
    assert found["from"] == "between expiries, at 30 days"


def test_current_against_mean_and_deviation_of_the_20_days_before():
    """The vendor publishes put - call: its 4 after 1, 2, 3 (repeated) is our -4."""
    before = [1.0, 2.0, 3.0] * 7
    found = skewed(rows_of(), past(*(x / 100 for x in [*before[:21], 4.0])))["statistics"]
    twenty = -np.array(before[1:21]) / 100
    assert found["current"] == pytest.approx(-0.04)
    assert found["mean"] == pytest.approx(twenty.mean())
    assert found["deviation"] == pytest.approx(twenty.std(ddof=1))
    assert found["z"] == pytest.approx((-0.04 - twenty.mean()) / twenty.std(ddof=1))
    assert found["days"] == 20
    assert found["newest"] == "2025-12-22"
    assert found["reason"] is None


def test_an_expiry_says_which_volatility_it_lacks():
    (one,) = skewed([row for row in rows_of() if row["delta"] > 0])["expiries"]
    assert one["reason"] == "no volatility of put at 0.25 delta"
    assert skewed(rows_of())["expiries"][0]["reason"] is None


def test_the_vendors_sign_can_be_left_as_it_is():
    params = SkewParams(vendor_is_put_minus_call=False)
    found = skewed(rows_of(), past(*[0.01, 0.02] * 10, 0.05), params=params)
    assert found["statistics"]["current"] == 0.05


def test_too_few_days_are_null_with_their_reason():
    found = skewed(rows_of(), past(0.01, 0.02, 0.03))
    assert found["statistics"]["z"] is None
    assert found["statistics"]["reason"] == "2 of 20 days are known"
    assert found["own"]["reason"] == "0 of 20 days are known"
    assert skewed(rows_of())["vendor"]["reason"] == "no history"


def test_a_history_that_never_moved_has_no_z():
    found = skewed(rows_of(), past(*[0.01] * 21))
    assert found["statistics"]["reason"] == "it never moved"


def test_bad_days_of_the_history_do_not_count():
    bad = [{"date": "soon", "risk_reversal": "9"}, {"date": "2025-11-30", "risk_reversal": "n/a"}]
    good = past(*[0.01, 0.02] * 10, 0.05)
    bad += [{"date": "2025-11-29", "risk_reversal": "1e300"}, good[3], {}]
    assert skewed(rows_of(), [*bad, *reversed(good)]) == skewed(rows_of(), good)


def test_what_was_seen_here_counts_once_it_is_20_days():
    """One figure a day, the last one; the day under way is not part of its own past."""
    harness = Harness(Skew, values={"symbol": "SPY"}, params={"window": 3})
    for number in range(4):
        for up in (0.5, 0.01 * number):  # the morning's is replaced by the evening's
            rows = [
                row | {"iv": row["iv"] + (up if row["delta"] == 0.25 else 0.0)} for row in rows_of()
            ]
            harness.give("unusual_whales", {"price": 100.0, "contracts": rows})
            harness.advance(120)
        harness.advance(86_400 - 240)
        harness.restart()
    found = harness.value("skew")
    assert found["own"]["days"] == 3
    assert found["own"]["mean"] == pytest.approx(-0.06 + 0.01)
    assert found["own"]["current"] == pytest.approx(-0.06 + 0.03)
    assert found["own"]["z"] == pytest.approx(2)
    assert found["statistics"] == found["own"]
    assert len(harness.state.seen) == 4


@pytest.mark.parametrize(
    ("rows", "spot", "reason"),
    [
        (None, 100.0, "no fresh option chain"),
        ([], 100.0, "the chain is empty"),
        (rows_of("260102"), 100.0, "no contract has time left"),
        (rows_of(bid=0, ask=0), None, "no price of the underlying"),
        (rows_of(delta=None), 100.0, "no expiry has both volatilities"),
        (rows_of(iv="?"), 100.0, "no expiry has both volatilities"),
        (rows_of(iv=1e300), 100.0, "no expiry has both volatilities"),
        (rows_of()[:2], 100.0, "no expiry has both volatilities"),
        ([row for row in rows_of() if "C0" in row["option_symbol"]], 100.0, "no expiry has both"),
    ],
)
def test_what_cannot_be_known_is_null_with_its_reason(rows, spot, reason: str):
    found = skewed(rows, spot=spot)
    assert found["risk_reversal"] is found["butterfly"] is None
    assert reason in found["reason"]


def test_crossed_and_wide_quotes_are_not_looked_at():
    bad = rows_of("260204")
    for row in bad:
        if row["delta"] == 0.25:
            row |= {"iv": 3.0, "bid": 9.0, "ask": 1.0}
    found = skewed(bad)
    assert found["risk_reversal"] is None or found["risk_reversal"] < 0.5


@pytest.mark.parametrize("symbol", ["SPY", "SPX", "AAPL"])
def test_of_the_simulated_vendor_puts_are_dearer(symbol: str):
    views = {
        "alpha_vantage": None,
        "unusual_whales": simulated("unusual_whales", symbol),
        "history": None,
    }
    found = run(Skew, views, TEN_OCLOCK, symbol=symbol)[0][f"analytics:skew:{symbol}"]
    assert found["reason"] is None
    assert -0.1 < found["risk_reversal"] < 0


def test_it_keeps_the_contract():
    given = {"history": {"data": past(*[0.01, 0.02] * 11)}}
    contract_suite(Skew, values={"symbol": "SPY"}, given=given, start=MONDAY)

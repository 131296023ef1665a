"""Expected move: by hand, of the simulated vendor, and of chains that are in no order."""

from __future__ import annotations

import math

import pytest

from plugins.analytics.expected_move import ExpectedMove, ExpectedMoveParams
from quanticity.testing import contract_suite
from quanticity.views import Chain, Rows
from tests.plugins.running import run
from tests.plugins.test_exposure_of_vendors import chain as simulated
from tests.sim.vendors.asking import TEN_OCLOCK, get
from tests.views.making import NOW, view_of

KEY = "analytics:expected_move:SPY"
MONTH = 30 * 86_400.0
TERM = "https://api.unusualwhales.com/api/stock/{}/volatility/term-structure"


def row(strike: float, right: str, day: str = "260204", root: str = "SPY", **figures):
    given = {"bid": 2.277, "ask": 2.297, "iv": 0.20, "open_interest": 1.0}
    name = f"{root}{day}{right}{round(strike * 1000):08}"
    return {"option_symbol": name} | given | figures


def moved(rows, spot: float | None = 100.0, now: float | None = None, **others):
    chain = None
    if rows is not None:
        chain = view_of(Chain, {"price": spot, "contracts": list(rows)})
        if now is None:
            now = float(chain.expires.max()) - MONTH if len(chain) else NOW
    views = {"alpha_vantage": None, "unusual_whales": chain, "vendor": None} | others
    return run(ExpectedMove, views, now or NOW, symbol="SPY")[0][KEY]


def test_expected_move_by_hand():
    """100 at 20% for thirty days: one deviation is 5.734, the straddle 4.574."""
    found = moved([row(100, "C"), row(100, "P")])
    (one,) = found["expiries"]
    assert one["one_deviation"] == pytest.approx(5.734, abs=5e-4)
    assert one["straddle"] == pytest.approx(4.574, abs=1e-3)
    assert one["covers_half"] == pytest.approx(0.85 * 4.574, abs=1e-3)
    assert found["move"] == one["covers_two_thirds"] == pytest.approx(1.25 * 4.574, abs=1e-3)
    assert found["percent"] == pytest.approx(5.7175, abs=2e-3)
    assert found["nearest"] == "2026-02-04"
    assert found["reason"] is None


def test_the_vendors_implied_move_is_a_straddle_times_85():
    told = view_of(Rows, {"data": [{"expiry": "2026-02-04", "implied_move": "3.8879"}]})
    (one,) = moved([row(100, "C"), row(100, "P")], vendor=told)["expiries"]
    assert one["vendor_implied_move"] == 3.8879
    assert one["vendor_ratio"] == pytest.approx(1, abs=1e-3)


def test_without_quotes_the_move_is_from_volatility_and_says_so():
    found = moved([row(100, "C", bid=3, ask=1), row(100, "P", bid=0, ask=0)])
    (one,) = found["expiries"]
    assert found["move"] == one["one_deviation"] == pytest.approx(5.734, abs=5e-4)
    assert one["straddle"] is None
    assert one["reason"] == "at the money there is no two-sided quotes"


def test_without_volatility_the_move_is_from_the_straddle():
    found = moved([row(100, right, iv=None) for right in "CP"])
    assert found["move"] == pytest.approx(5.7175, abs=2e-3)
    assert found["expiries"][0]["reason"] == "at the money there is no volatility"


def test_weeklies_and_the_morning_contract_of_a_day_are_apart():
    rows = [row(100, right, "260220", root) for right in "CP" for root in ("SPX", "SPXW")]
    found = moved(rows, now=NOW)
    assert [one["expiry"] for one in found["expiries"]] == ["2026-02-20"] * 2
    assert found["expiries"][1]["hours"] - found["expiries"][0]["hours"] == pytest.approx(6.5)


def test_only_the_next_expiries_are_told():
    rows = [row(100, right, f"2602{day:02}") for right in "CP" for day in range(2, 20)]
    chain = view_of(Chain, {"price": 100.0, "contracts": rows})
    views = {"alpha_vantage": chain, "unusual_whales": None, "vendor": None}
    params = ExpectedMoveParams(expiries=3)
    found = run(ExpectedMove, views, NOW, params=params, symbol="SPY")[0][KEY]
    assert [one["expiry"] for one in found["expiries"]] == [
        "2026-02-02", "2026-02-03", "2026-02-04",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "spot", "reason"),
    [
        (None, 100.0, "no fresh option chain"),
        ([], 100.0, "the chain is empty"),
        ([row(100, "C", "260102")], 100.0, "no contract has time left"),
        ([row(100, "C")], None, "no price of the underlying"),
        ([row(150, "C"), row(150, "P")], 100.0, "no near expiry has quotes"),
        ([row(100, "C", iv="?", bid="?")], 100.0, "no near expiry has quotes"),
        ([row(100, "C", iv=1e300, bid=1e300, ask=1e300)], 100.0, "no near expiry has quotes"),
    ],
)
def test_what_cannot_be_known_is_null_with_its_reason(rows, spot, reason: str):
    found = moved(rows, spot, NOW)
    assert found["move"] is found["percent"] is None
    assert reason in found["reason"]


def test_a_clock_that_passes_the_close_goes_to_the_next_expiry():
    rows = [row(100, right, day) for right in "CP" for day in ("260105", "260106")]
    assert moved(rows, now=NOW)["nearest"] == "2026-01-05"
    assert moved(rows, now=NOW + 6 * 3600)["nearest"] == "2026-01-06"


@pytest.mark.parametrize("symbol", ["SPY", "SPX", "AAPL"])
def test_of_the_simulated_vendor_straddle_volatility_and_vendor_agree(symbol: str):
    answer = get(TERM.format(symbol), {}, {"Authorization": "Bearer t"})
    views = {
        "alpha_vantage": None,
        "unusual_whales": simulated("unusual_whales", symbol),
        "vendor": view_of(Rows, answer.body, TEN_OCLOCK),
    }
    outputs, _ = run(ExpectedMove, views, TEN_OCLOCK, symbol=symbol)
    found = outputs[f"analytics:expected_move:{symbol}"]
    for one in found["expiries"]:
        assert one["reason"] is None
        assert one["covers_two_thirds"] == pytest.approx(one["one_deviation"], rel=0.25)
        assert one["vendor_ratio"] == pytest.approx(1, rel=0.05)
    assert math.isfinite(found["move"])


def test_it_keeps_the_contract():
    given = {"vendor": {"data": [{"expiry": "2026-01-05", "implied_move": "3.4"}]}}
    contract_suite(ExpectedMove, values={"symbol": "SPY"}, given=given)

"""The exposure plugin: figures by hand and of recorded chains, and chains that are in no order."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.analytics.exposure import DelayedExposure, Exposure, ExposureParams
from quanticity.model import placeholders
from quanticity.views import Chain
from tests.plugins.running import run
from tests.quant.spx import recorded_spx
from tests.transforms.asking import recorded
from tests.views.making import NOW, body, contract, view_of

GEX, DEX = "options:SPY:gex", "options:SPY:dex"
FLIP, WALLS = "analytics:gamma_flip:SPY", "analytics:gamma_walls:SPY"
PAIN = "analytics:max_pain:SPY"
MAIN = {GEX: "total", DEX: "total", FLIP: "flip", WALLS: "largest", PAIN: "nearest"}


def name(strike: float, right: str, day: str = "260204", root: str = "SPY") -> str:
    return f"{root}{day}{right}{round(strike * 1000):08}"


def exposure(chain, now: float = NOW, params: ExposureParams | None = None, **others):
    views = dict.fromkeys(Exposure.reads) | {"alpha_vantage": chain} | others
    outputs, state = run(Exposure, views, now, params=params, symbol="SPY")
    assert state is None
    assert set(outputs) == set(MAIN)
    return outputs


def with_spot(rows, spot: float = 500.0):
    """The shape of the transforms, which may carry a price."""
    return view_of(Chain, {"price": spot, "contracts": list(rows)})


def row(strike: float, right: str, day: str = "260204", root: str = "SPY", **figures):
    given = {"open_interest": 1000.0, "gamma": 0.01, "delta": 0.5 if right == "C" else -0.5}
    return {"option_symbol": name(strike, right, day, root), "iv": 0.2} | given | figures


def nothing_computed(outputs, reason: str):
    for key, figure in MAIN.items():
        assert outputs[key][figure] is None, key
        assert reason in outputs[key]["reason"], key


def test_gamma_and_delta_exposure_by_hand():
    found = exposure(with_spot([row(500, "C")]))
    assert found[GEX]["total"] == pytest.approx(2.5e6)
    assert found[GEX]["unit"] == "USD per 1% move"
    assert found[GEX]["total_in"] == pytest.approx(
        {
            "USD per 1% move": 2.5e6,
            "USD per $1 move": 5e5,
            "shares per $1 move": 1000,
            "USD per 100% move": 2.5e8,
        }
    )
    assert found[GEX]["reason"] is None
    assert found[DEX]["total"] == pytest.approx(25e6)


def test_by_strike_and_side():
    found = exposure(with_spot([row(500, "C"), row(490, "P"), row(500, "P", gamma=0.02)]))
    assert found[GEX]["strikes"] == [490, 500]
    assert found[GEX]["call_gex"] == pytest.approx([0, 2.5e6])
    assert found[GEX]["put_gex"] == pytest.approx([-2.5e6, -5e6])
    assert found[GEX]["total"] == pytest.approx(-5e6)
    assert found[WALLS]["call_wall"] == 500
    assert found[WALLS]["put_wall"] == 500
    assert found[WALLS]["largest"] in (490, 500)


def test_all_flips_by_hand():
    """105 calls at 20% and 95 puts at 25%, thirty days to their close, r = q = 0."""
    rows = [row(105, "C", iv=0.20), row(95, "P", iv=0.25, open_interest=1500.0)]
    chain = with_spot(rows, 100.0)
    now = float(chain.expires[0]) - 30 * 86_400
    flip = exposure(chain, now)[FLIP]
    assert flip["flip"] == pytest.approx(100.98467, abs=5e-6)
    assert flip["roots"] == pytest.approx([100.98467, 155], abs=1)
    assert flip["gex_repriced"] == pytest.approx(-133_330, abs=1)
    assert flip["reason"] is None


def test_max_pain_by_hand():
    calls, puts = (100, 200, 400, 300, 100), (300, 400, 300, 100, 50)
    rows = [
        row(strike, right, open_interest=float(held))
        for right, side in (("C", calls), ("P", puts))
        for strike, held in zip((90, 95, 100, 105, 110), side, strict=True)
    ]
    later = [row(120, "C", "260320")]
    pain = exposure(with_spot(rows + later, 100.0))[PAIN]
    nearest = {"expiry": "2026-02-04", "strike": 100, "payoff_usd": 300_000}
    assert pain["nearest"] == nearest | {"expires": NOW + 30 * 86_400 + 6 * 3600}
    assert [each["expiry"] for each in pain["expiries"]] == ["2026-02-04", "2026-03-20"]


def test_options_of_the_morning_and_of_the_close_were_one_expiry_with_one_max_pain():
    rows = [row(strike, right, "260116", root)
            for root, strikes in (("SPX", (90, 95)), ("SPXW", (105, 110)))
            for strike in strikes for right in "CP"]  # fmt: skip
    pain = exposure(with_spot(rows, 100.0))[PAIN]
    assert [(each["expiry"], each["strike"]) for each in pain["expiries"]] == [
        ("2026-01-16", 90),
        ("2026-01-16", 105),
    ]
    assert pain["expiries"][1]["expires"] - pain["expiries"][0]["expires"] == 6.5 * 3600


def test_the_price_of_the_underlying_comes_from_the_quotes_where_the_chain_has_none():
    rows = [
        contract(name(strike, right), bid=mid - 0.05, ask=mid + 0.05)
        for strike, call, put in ((95, 7.4, 1.2), (100, 3.9, 2.7), (105, 1.7, 5.5))
        for right, mid in (("C", call), ("P", put))
    ]
    found = exposure(view_of(Chain, body(*rows)))
    assert found[GEX]["spot"] == pytest.approx(101.2)
    assert "parity" in found[GEX]["spot_from"]


def test_the_chain_that_is_believed_first_is_taken():
    av, uw = with_spot([row(500, "C")]), with_spot([row(510, "C")])
    assert exposure(av, unusual_whales=uw)[GEX]["chain"] == "alpha_vantage"
    assert exposure(None, unusual_whales=uw)[GEX]["chain"] == "unusual_whales"
    params = ExposureParams(prefer=("unusual_whales", "alpha_vantage"))
    assert exposure(av, params=params, unusual_whales=uw)[GEX]["chain"] == "unusual_whales"


def test_an_empty_chain_gives_way_to_one_with_rows():
    empty, full = with_spot([]), with_spot([row(510, "C")])
    assert exposure(empty, unusual_whales=full)[GEX]["chain"] == "unusual_whales"


def test_no_chain_is_null_with_its_reason():
    nothing_computed(exposure(None), "no fresh option chain")


def test_an_empty_chain_is_null_with_its_reason():
    found = exposure(with_spot([]))
    for key in (GEX, DEX, FLIP, WALLS):
        assert found[key]["reason"] == "the chain is empty"
    nothing_computed(found, "")


def test_expired_contracts_count_no_more():
    rows = [row(500, "C", "260102"), row(500, "C", "260105"), row(500, "C")]
    assert exposure(with_spot(rows))[GEX]["contracts"] == 2
    after_close = NOW + 6 * 3600 + 60
    found = exposure(with_spot(rows), after_close)
    assert found[GEX]["contracts"] == 1
    assert found[GEX]["left_out"] == {"expired": 2}


def test_only_expired_contracts_are_null_with_their_reason():
    nothing_computed(
        exposure(with_spot([row(500, "C", "260102")])), "no contract has open interest"
    )


def test_adjusted_contracts_deliver_something_else_and_do_not_count():
    found = exposure(with_spot([row(500, "C"), row(500, "C", root="SPY1")]))
    assert found[GEX]["total"] == pytest.approx(2.5e6)
    assert found[GEX]["left_out"] == {"adjusted": 1}


def test_repeated_contracts_count_once():
    found = exposure(with_spot([row(500, "C"), row(500, "C")]))
    assert found[GEX]["total"] == pytest.approx(2.5e6)
    assert found[GEX]["left_out"] == {"repeated": 1}


def test_texts_in_place_of_figures():
    rows = [row(500, "C", open_interest="1000", gamma="0.01"), row(490, "C", gamma="?")]
    chain = with_spot(rows)
    found = exposure(chain)
    assert found[GEX]["total"] == pytest.approx(2.5e6)
    assert found[GEX]["gamma_missing"] == 1
    assert found[GEX]["left_out"] == {"gamma unreadable": 1}


@pytest.mark.parametrize(
    ("missing", "key", "reason"),
    [
        ("gamma", GEX, "no contract with open interest has gamma"),
        ("gamma", WALLS, "no contract with open interest has gamma"),
        ("delta", DEX, "no contract with open interest has delta"),
        ("iv", FLIP, "no contract with open interest has implied volatility"),
        ("open_interest", PAIN, "no contract has open interest"),
        ("open_interest", GEX, "no contract has open interest"),
    ],
)
def test_a_missing_field_is_null_with_its_reason(missing: str, key: str, reason: str):
    found = exposure(with_spot([row(500, "C") | {missing: None}]))
    assert found[key][MAIN[key]] is None
    assert reason in found[key]["reason"]


def test_zero_for_every_greek_passed_for_a_balanced_chain():
    unknown = {"gamma": 0.0, "delta": 0.0, "iv": 0.0}
    found = exposure(with_spot([row(k, right) | unknown for k in (495, 505) for right in "CP"]))
    for key, greek in ((GEX, "gamma"), (DEX, "delta"), (WALLS, "gamma")):
        assert found[key][MAIN[key]] is None
        assert found[key]["reason"] == f"the vendor gives 0 for every {greek}"
    assert found[FLIP]["reason"] == "no contract with open interest has implied volatility"
    # One that is known is enough, and what is truly balanced is zero.
    balanced = exposure(with_spot([row(500, "C"), row(500, "P"), row(505, "C") | unknown]))
    assert balanced[GEX]["total"] == balanced[DEX]["total"] == 0.0
    assert balanced[GEX]["reason"] is None


def test_names_alone_are_null_with_their_reason():
    chain = view_of(Chain, {"data": [name(500, "C"), name(500, "P")]})
    nothing_computed(exposure(None, unusual_whales=chain), "no contract has open interest")


@pytest.mark.parametrize("quote", [{"bid": 2.0, "ask": 1.0}, {"bid": 0, "ask": 0}, {"bid": None}])
def test_without_a_price_and_with_crossed_or_zero_quotes_gamma_is_null(quote):
    rows = [contract(name(500, right), **quote) for right in "CP"]
    found = exposure(view_of(Chain, body(*rows)))
    for key in (GEX, DEX, FLIP, WALLS):
        assert found[key][MAIN[key]] is None
        assert "no price of the underlying" in found[key]["reason"]
    assert found[GEX]["spot"] is None
    # Max pain needs no price.
    assert found[PAIN]["nearest"]["strike"] == 500


def test_calls_only_have_no_flip_and_no_put_wall():
    found = exposure(with_spot([row(500, "C"), row(510, "C")]))
    assert found[FLIP]["flip"] is None
    assert found[FLIP]["roots"] == []
    assert "one sign" in found[FLIP]["reason"]
    assert found[FLIP]["gex_repriced"] > 0
    assert found[WALLS]["put_wall"] is None
    assert found[WALLS]["call_wall"] in (500, 510)


def test_a_cumulative_flip_that_is_null_had_no_reason():
    flip = exposure(with_spot([row(500, "C"), row(510, "C")]))[FLIP]
    assert flip["cumulative_strike_flip"] is None
    assert "keeps its sign" in flip["cumulative_strike_flip_reason"]
    flip = exposure(with_spot([row(500, "C", gamma=None)]))[FLIP]
    assert flip["cumulative_strike_flip_reason"] == "no gamma"
    flip = exposure(with_spot([row(490, "P"), row(510, "C", open_interest=1e6)]))[FLIP]
    assert flip["cumulative_strike_flip"] == 490
    assert flip["cumulative_strike_flip_reason"] is None


def test_one_strike():
    found = exposure(with_spot([row(500, "C"), row(500, "P")]))
    assert found[GEX]["total"] == 0
    assert found[PAIN]["nearest"]["strike"] == 500


def test_strikes_that_hardly_anybody_holds_make_no_wall():
    found = exposure(with_spot([row(500, "C", open_interest=4.0)]))
    assert found[WALLS]["largest"] is None
    assert "least open interest" in found[WALLS]["reason"]


def test_recorded_cboe_chain_of_aapl():
    chain = view_of(Chain, recorded("openbb-cboe/options_AAPL_20260724.json"), 1_784_950_000.0)
    now = 1_784_920_000.0  # the evening before: its first expiry closes at 16:00
    outputs, _ = run(DelayedExposure, {"cboe": chain, "cboe_index": None}, now, symbol="AAPL")
    found = {key: outputs[f"{key.replace('SPY', 'AAPL')}:delayed"] for key in MAIN}
    assert found[GEX]["spot_from"] == "chain"
    assert abs(found[GEX]["total"]) > 1e6
    assert found[FLIP]["flip"] == pytest.approx(chain.spot, rel=0.2)
    assert found[PAIN]["nearest"]["strike"] == pytest.approx(chain.spot, rel=0.1)


def test_recorded_spx_chain_as_a_vendor_would_send_it():
    spx = recorded_spx()
    columns = zip(spx.symbols, spx.open_interest, spx.gamma, spx.delta, spx.iv, strict=True)
    rows = [
        {"option_symbol": symbol, "open_interest": oi, "gamma": gamma, "delta": delta, "iv": iv}
        for symbol, oi, gamma, delta, iv in columns
    ]
    chain = view_of(Chain, {"price": spx.spot, "contracts": rows})
    # A minute before Friday's close, so that none has expired.
    found = exposure(chain, 1_704_488_340.0)
    assert found[GEX]["total"] / 1e9 == pytest.approx(-10.9987, abs=5e-5)
    assert found[WALLS]["largest"] == 4900
    assert found[WALLS]["largest_gex"] / 1e9 == pytest.approx(3.04, abs=0.005)
    net = np.array(found[GEX]["call_gex"]) + np.array(found[GEX]["put_gex"])
    assert net.sum() == pytest.approx(found[GEX]["total"])
    assert found[FLIP]["flip"] == pytest.approx(4734, abs=15)
    assert found[FLIP]["cumulative_strike_flip"] == 2775
    assert found[GEX]["left_out"] == {}


def test_a_chain_that_is_late_is_never_mixed_in():
    """What is written is as old as its oldest input: it would look stale to every strategy."""
    assert not any("cboe" in name for name in Exposure.reads)
    live = {key.name for key in Exposure.writes.values()}
    assert live.isdisjoint(key.name for key in DelayedExposure.writes.values())


def test_keys_are_those_of_the_catalogue():
    assert {key.name for key in Exposure.writes.values()} >= {
        "options:{symbol}:gex",
        "options:{symbol}:dex",
        "analytics:gamma_flip:{symbol}",
        "analytics:gamma_walls:{symbol}",
    }
    assert all(placeholders(key.name) == ("symbol",) for key in Exposure.writes.values())

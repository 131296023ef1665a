"""Exposures beside the vendor's own: by hand, of the simulated one, and where some are missing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from plugins.analytics.exposure import Exposure
from plugins.analytics.gex_crosscheck import GexCrosscheck
from plugins.analytics.gex_crosscheck_night import GexCrosscheckNight
from plugins.analytics.vanna_charm import VannaCharm
from quanticity.testing import contract_suite
from quanticity.views import Rows, Value
from tests.plugins.running import run
from tests.plugins.test_exposure_of_vendors import chain as simulated
from tests.sim.vendors.asking import TEN_OCLOCK, get
from tests.transforms.asking import ask as transformed
from tests.views.making import NOW, view_of
from transforms.parse_gex import parse_gex

KEY = "analytics:gex_crosscheck:SPY"
NIGHT = "analytics:gex_crosscheck:SPY:night"
STOCK = "https://api.unusualwhales.com/api/stock/{}/{}"
OURS: dict[str, Any] = {
    "total": 3e6,
    "calls": 5e6,
    "puts": -2e6,
    "method": "the vendor's gamma",
    "total_in": {"shares per $1 move": 1200.0},
    "strikes": [490.0, 500.0, 510.0],
    "call_gex": [0.0, 4e6, 1e6],
    "put_gex": [-1.5e6, -0.5e6, 0.0],
    "expiries": [{"expiry": "2026-01-05", "total": 1e6}, {"expiry": "2026-01-06", "total": 2e6}],
}
BY_STRIKE = [
    {"strike": "490", "call_gamma_oi": "0", "put_gamma_oi": "-1500000"},
    {"strike": "500", "call_gamma_oi": "4000000", "put_gamma_oi": "-500000"},
    {"strike": "510", "call_gamma_oi": "1000000", "put_gamma_oi": "0"},
]
MATRIX = [
    {"strike": "500", "expiry": "2026-01-05", "call_gamma_oi": "1500000", "put_gamma_oi": "-5e5"},
    {"strike": "500", "expiry": "2026-01-06", "call_gamma_oi": "2500000", "put_gamma_oi": "0"},
]
MINUTE = {"gamma": {"oi": 3.1e6}, "vanna": {"oi": 7e9}, "charm": {"oi": -5e12}}
GIVEN: dict[str, Any] = {
    "gex": OURS,
    "flip": {"flip": 498.0},
    "walls": {"call_wall": 505.0, "put_wall": 490.0},
    "max_pain": {"nearest": {"expiry": "2026-01-05", "strike": 500.0}},
    "vanna": {"dealers_total": -8535.0, "unit": "USD of delta per volatility point"},
    "charm": {"dealers_total": -6638.0, "unit": "USD of delta per calendar day"},
    "minute": MINUTE,
    "by_strike": {"data": BY_STRIKE},
    "matrix": {"data": MATRIX},
    "levels": {"data": {"call_wall": "510", "put_wall": "490", "gamma_flip": "498.5"}},
    "pains": {"data": [{"expiry": "2026-01-05", "max_pain": "500"}]},
}


def checked(**changed: Any) -> dict[str, Any]:
    given = GIVEN | changed
    views = {
        name: None if given[name] is None else view_of(key.view, given[name])
        for name, key in GexCrosscheck.reads.items()
    }
    found: dict[str, Any] = run(GexCrosscheck, views, NOW, symbol="SPY")[0][KEY]
    return found


def test_both_figures_their_unit_and_the_ratio():
    found = checked()
    gamma = found["checks"]["gamma"]
    assert (gamma["ours"], gamma["theirs"], gamma["unit"]) == (3e6, 3.1e6, "USD per 1% move")
    assert gamma["ratio"] == pytest.approx(3 / 3.1)
    assert gamma["agrees"]
    for name in ("gamma_strikes", "gamma_calls", "gamma_puts"):
        assert found["checks"][name]["ratio"] == pytest.approx(1)
    assert found["checks"]["gamma_2026-01-05"]["ratio"] == pytest.approx(1)
    assert found["checks"]["gamma_2026-01-06"]["ratio"] == pytest.approx(0.8)
    assert found["checks"]["max_pain"]["ratio"] == 1
    assert found["disagree"] == ["gamma_2026-01-06"]
    assert found["profile"]["cosine"] == pytest.approx(1)
    assert [one["strike"] for one in found["largest_strikes"]] == [500, 490, 510]
    assert found["reason"] is None


def test_a_net_of_two_large_sides_disagreed_for_a_thousandth_of_them():
    """30 and 42 million of net gamma, out of six billion: the same within what quotes can say."""
    sides = {"total": 30e6, "calls": 3.03e9, "puts": -3.0e9}
    one = checked(gex=OURS | sides, minute={"gamma": {"oi": 42e6}})["checks"]["gamma"]
    assert one["ratio"] == pytest.approx(30 / 42)
    assert one["agrees"]


def test_a_price_may_differ_by_a_tenth_of_what_a_total_may():
    found = checked(levels={"data": {"call_wall": "502", "put_wall": None, "gamma_flip": "1"}})
    assert found["checks"]["call_wall"]["agrees"]
    assert found["checks"]["put_wall"]["reason"] == "theirs not there"
    assert not found["checks"]["flip"]["agrees"]


def test_vanna_and_charm_of_the_vendor_have_units_of_their_own_and_no_ratio():
    for name in ("vanna", "charm"):
        one = checked()["checks"][name]
        assert one["ours"] == GIVEN[name]["dealers_total"]
        assert one["theirs"] == MINUTE[name]["oi"]
        assert one["unit"] == GIVEN[name]["unit"]
        assert one["theirs_unit"].startswith("vendor's own")
        assert one["ratio"] is None
        assert one["reason"] == "their unit is another"


def test_the_minutes_totals_were_not_found_where_the_config_has_them_flat():
    """`flatten_nested` of the shipped feed makes `gamma.oi` of what the transform nests."""
    flat = {f"{greek}.oi": totals["oi"] for greek, totals in MINUTE.items()}
    assert checked(minute=flat) == checked(minute=MINUTE)


WHOLE = ("gamma", "gamma_strikes", "gamma_calls", "gamma_puts", "flip", "call_wall", "put_wall")


def test_totals_of_fewer_expiries_always_disagreed():
    """A chain of 8 expiries beside one of 26: what both have is compared, expiry by expiry."""
    days = ("2026-01-05", "2026-01-06", "2026-01-07")
    pains = {"data": [{"expiry": one, "max_pain": "500"} for one in days]}
    fewer = checked(pains=pains, gex=OURS | {"chain": "alpha_vantage"})
    for one in (*(fewer["checks"][name] for name in WHOLE), *fewer["largest_strikes"]):
        assert one["ours"] is not None
        assert one["theirs"] is not None
        assert one["ratio"] is one["agrees"] is None
        assert one["reason"] == "ours lack 1 of their 3 expiries"
    assert fewer["profile"]["cosine"] is None
    assert fewer["checks"]["gamma_2026-01-05"]["agrees"]
    assert fewer["checks"]["max_pain"]["agrees"]
    assert fewer["disagree"] == ["gamma_2026-01-06"]
    same = checked(pains=pains, gex=OURS | {"chain": "unusual_whales"})
    assert all(same["checks"][name]["ratio"] is not None for name in WHOLE)


def test_totals_of_expiries_that_are_not_known_are_not_compared():
    found = checked(pains=None)
    assert found["checks"]["gamma"]["reason"] == "not known which expiries theirs are of"
    assert checked(pains=None, minute=None)["checks"]["gamma"]["reason"] == "theirs not there"


@pytest.mark.parametrize("name", [name for name in GIVEN if name != "gex"])
def test_what_is_missing_is_said_and_the_rest_is_compared(name: str):
    found = checked(**{name: None})
    assert found["reason"] is None
    assert any("not there" in (one["reason"] or "") for one in found["checks"].values())


def test_with_nothing_of_the_vendors_every_check_says_so():
    found = checked(**dict.fromkeys(("minute", "by_strike", "matrix", "levels", "pains")))
    assert found["compared"] == 0
    assert found["disagree"] == []
    assert found["reason"] == "nothing of the vendor's to compare with"
    assert all("theirs not there" in one["reason"] for one in found["checks"].values())
    assert found["profile"]["reason"]


def test_ours_that_is_null_is_said():
    nothing = dict.fromkeys(OURS) | {"reason": "the chain is empty"}
    found = checked(gex=nothing)
    assert found["checks"]["gamma"]["reason"] == "ours not there"


@pytest.mark.parametrize("theirs", ["0", "1e300", "NaN", "", None, "1e-300"])
def test_a_figure_that_cannot_be_compared_gives_no_ratio(theirs: str | None):
    one = checked(minute={"gamma": {"oi": theirs}})["checks"]["gamma"]
    assert one["ratio"] is one["agrees"] is None
    assert one["reason"]


def asked(symbol: str, path: str, **query: str) -> bytes:
    reply = get(STOCK.format(symbol, path), query, {"Authorization": "Bearer t"})
    assert reply.status == 200
    return reply.body


@pytest.mark.parametrize("symbol", ["SPY", "SPX"])
def test_of_the_simulated_vendor_our_figures_are_theirs(symbol: str):
    """It publishes what follows from the chain that it sends: all within a few percent."""
    views = {"alpha_vantage": None, "unusual_whales": simulated("unusual_whales", symbol)}
    mine: dict[str, Any] = {}
    for component in (Exposure, VannaCharm):
        made = run(component, views, TEN_OCLOCK, symbol=symbol)[0]
        mine |= {
            name: made[key.name.format(symbol=symbol)] for name, key in component.writes.items()
        }
    minutes = orjson.loads(asked(symbol, "spot-exposures", date="2026-01-05"))
    days = [one["expiry"] for one in mine["gex"]["expiries"][:2]]
    matrix = [
        row
        for expiry in days
        for row in orjson.loads(
            asked(symbol, "spot-exposures/expiry-strike", **{"expirations[]": expiry})
        )["data"]
    ]
    given: dict[str, Any] = {
        "minute": transformed(parse_gex, minutes, symbol=symbol),
        "by_strike": asked(symbol, "spot-exposures/strike"),
        "matrix": {"data": matrix},
        "levels": asked(symbol, "gex-levels"),
        "pains": asked(symbol, "max-pain"),
    }
    inputs = {
        name: view_of(key.view, given[name] if name in given else mine[name], TEN_OCLOCK)
        for name, key in GexCrosscheck.reads.items()
    }
    outputs, _ = run(GexCrosscheck, inputs, TEN_OCLOCK, symbol=symbol)
    found = outputs[f"analytics:gex_crosscheck:{symbol}"]
    for name in ("gamma_strikes", "gamma_calls", "gamma_puts", *(f"gamma_{day}" for day in days)):
        if symbol == "SPX" and name.startswith("gamma_s"):
            continue  # its strikes fill more than the one page asked for here
        assert found["checks"][name]["ratio"] == pytest.approx(1, rel=0.05), name
    # The two are asked moments apart, and gamma of expiry day is as narrow as a strike.
    assert found["profile"]["cosine"] > 0.9
    assert found["checks"]["gamma"]["ratio"] == pytest.approx(1, rel=0.5)
    assert found["compared"] >= 8


def test_last_nights_figures_are_in_shares_and_compared_in_shares():
    rows = {"data": [{"call_gex": "1500", "put_gex": "-500"}, {"call_gex": "?", "put_gex": "1"}]}
    views = {"gex": view_of(Value, OURS), "static": view_of(Rows, rows)}
    found = run(GexCrosscheckNight, views, NOW, symbol="SPY")[0][NIGHT]
    assert found["unit"] == "shares per $1 move"
    assert (found["ours"], found["theirs"]) == (1200, 1000)
    assert found["ratio"] == pytest.approx(1.2)
    assert found["agrees"]  # 200 of a gross of 2,000
    empty = {"gex": view_of(Value, OURS), "static": view_of(Rows, {"data": []})}
    assert run(GexCrosscheckNight, empty, NOW, symbol="SPY")[0][NIGHT]["reason"] == (
        "theirs not there"
    )


@pytest.mark.parametrize("component", [GexCrosscheck, GexCrosscheckNight])
def test_it_keeps_the_contract(component):
    static = {"data": [{"call_gex": "1500", "put_gex": "-500"}]}
    given = {name: (GIVEN | {"static": static})[name] for name in component.reads}
    contract_suite(component, values={"symbol": "SPY"}, given=given)

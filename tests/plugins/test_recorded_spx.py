"""Every component of option chains on the recorded SPX chain, against the published values.

Skipped where the recording is not beside the repository; what a kernel alone can reproduce (the
flip on the publisher's own grid) stands in `tests/quant/test_gamma_profile.py`.
"""

from __future__ import annotations

import csv
from functools import cache
from math import erf, sqrt
from typing import Any

import numpy as np
import pytest

from plugins.analytics.chain_quality import ChainQuality
from plugins.analytics.expected_move import ExpectedMove
from plugins.analytics.exposure import Exposure
from plugins.analytics.net_gamma import NetGamma
from plugins.analytics.option_activity import OptionActivity
from plugins.analytics.pin_risk import PinRisk
from plugins.analytics.skew import Skew
from plugins.analytics.vanna_charm import VannaCharm
from quanticity.component import Component
from quanticity.views import Chain, Value
from tests.plugins.running import run
from tests.quant.spx import FILE, recorded_spx
from tests.views.making import view_of

SPOT = 4697.2402
# A minute before Friday's close, so that none has expired; and on Monday at ten.
FRIDAY, MONDAY = 1_704_488_340.0, 1_704_726_000.0
_NAMES = ("option_symbol", "", "", "bid", "ask", "volume", "iv", "delta", "gamma", "open_interest")


@cache
def spx() -> Chain:
    """The chain as a vendor would send it, figures as texts."""
    if not FILE.exists():
        pytest.skip(f"no recorded chain here ({FILE.name}); it is not part of the repository")
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row][3:]
    contracts = [
        {name: figure for name, figure in zip(_NAMES, side, strict=True) if name}
        for row in rows
        for side in (row[1:11], row[12:22])
    ]
    return view_of(Chain, {"price": SPOT, "contracts": contracts})


def made(component: type[Component], now: float = FRIDAY, **views: Any) -> dict[str, Any]:
    inputs = dict.fromkeys(component.reads) | {"unusual_whales": spx()} | views
    found = run(component, inputs, now, symbol="SPX")[0]
    return {key.removesuffix(":SPX").replace("options:SPX:", ""): one for key, one in found.items()}


@cache
def exposure() -> dict[str, Any]:
    return made(Exposure)


def test_all_21_038_contracts_are_read():
    assert len(spx()) == 2 * 10_519
    assert dict(spx().bad) == {}


def test_total_and_largest_strikes_of_the_exposure():
    gex = exposure()["gex"]
    assert gex["total"] / 1e9 == pytest.approx(-10.9987, abs=5e-5)
    net = np.array(gex["call_gex"]) + np.array(gex["put_gex"])
    largest = np.argsort(-np.abs(net))[:5]
    assert np.array(gex["strikes"])[largest].tolist() == [4900, 4800, 4600, 4500, 5000]
    assert (net[largest] / 1e9).round(2).tolist() == [3.04, 3.01, -2.34, -2.30, 2.26]
    assert sum(one["total"] for one in gex["expiries"]) == pytest.approx(gex["total"])
    assert exposure()["analytics:gamma_walls"]["largest"] == 4900


def test_flips_of_the_exposure():
    """The publisher counts business days; to the minute the same flip lies a point higher."""
    flip = exposure()["analytics:gamma_flip"]
    assert flip["flip"] == pytest.approx(4734.478, abs=1)
    assert flip["gex_repriced"] / 1e9 == pytest.approx(-20.9, abs=0.2)
    assert flip["cumulative_strike_flip"] == 2775


def test_net_gamma_is_the_same_total_in_shares():
    net = made(NetGamma, gex=view_of(Value, exposure()["gex"]))["analytics:net_gamma"]
    assert net["total"] * SPOT**2 * 0.01 / 1e9 == pytest.approx(-10.9987, abs=5e-5)
    assert net["largest"] == 4900


def test_vanna_and_charm_by_differences_of_repriced_delta():
    """Not published: held against another way to the same figure, delta bumped and repriced."""
    found = made(VannaCharm, MONDAY)
    usable = _held(MONDAY)
    up, down = (_delta(usable, MONDAY, bump) for bump in (1e-4, -1e-4))
    vanna = np.sum((up - down) / 2e-4 * spx().open_interest[usable]) * SPOT * 100 * 0.01
    assert found["vanna"]["total"] == pytest.approx(vanna, rel=1e-3)
    later, sooner = (_delta(usable, MONDAY + step, 0.0) for step in (30.0, -30.0))
    charm = np.sum((later - sooner) * spx().open_interest[usable]) / 60 * 86_400 * SPOT * 100
    assert found["charm"]["total"] == pytest.approx(charm, rel=1e-3)


def _held(now: float) -> Any:
    chain = spx()
    return np.flatnonzero(chain.alive(now) & (chain.open_interest > 0) & (chain.iv > 0))


def _delta(which: Any, now: float, bump: float) -> Any:
    """Delta by Black-Scholes with r = q = 0, straight from the formula."""
    chain = spx()
    vol, years = chain.iv[which] + bump, chain.years(now)[which]
    width = vol * np.sqrt(years)
    d1 = np.log(SPOT / chain.strike[which]) / width + width / 2
    below = np.array([0.5 * (1 + erf(x / sqrt(2))) for x in d1.tolist()])
    return np.where(chain.is_call[which], below, below - 1)


def test_straddles_and_volatilities_expect_the_same_move():
    """Quotes are of Friday's close, and so is the time: what expires that day has no time left."""
    found = made(ExpectedMove)["analytics:expected_move"]
    assert found["nearest"] == "2024-01-05"
    for one in found["expiries"][1:]:
        assert one["covers_two_thirds"] == pytest.approx(one["one_deviation"], rel=0.03)


def test_puts_are_dearer_than_calls():
    skew = made(Skew)["analytics:skew"]
    assert skew["risk_reversal"] == pytest.approx(-0.0256, abs=0.001)
    assert skew["at_the_money"] == pytest.approx(0.1166, abs=0.001)


def test_pin_risk_has_every_figure():
    pin = made(PinRisk, MONDAY)["analytics:pin_risk"]
    assert pin["reason"] is None
    assert pin["expiry"] == "2024-01-08"
    assert 0 < pin["probability"] < 1
    assert sum(pin["probabilities"]) == pytest.approx(1)


def test_activity_of_the_day_is_the_sum_of_the_file():
    found = made(OptionActivity)
    calls = np.array([float(row["volume"]) for row in _rows() if row["call"]])
    puts = np.array([float(row["volume"]) for row in _rows() if not row["call"]])
    assert found["flow"]["volume"]["calls"] == calls.sum() == 1_413_868
    assert found["flow"]["volume"]["put_call"] == pytest.approx(puts.sum() / calls.sum())
    assert found["unusual"]["hits"] == 313


def _rows() -> list[dict[str, Any]]:
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row][3:]
    return [
        {"call": at == 0, "volume": side[5]}
        for row in rows
        for at, side in enumerate((row[1:11], row[12:22]))
    ]


def test_quality_counts_every_contract_that_is_alive():
    found = made(ChainQuality, MONDAY)["analytics:chain_quality"]
    assert found["contracts"] == int(np.count_nonzero(spx().alive(MONDAY)))
    assert 0 < found["passing"] < found["contracts"] / 2
    assert recorded_spx().spot == SPOT

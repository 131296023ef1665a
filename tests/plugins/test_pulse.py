"""Breadth, rotation and internals, of what there is; the rest is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.analytics.pulse import Pulse, PulseParams
from quanticity.testing import contract_suite
from quanticity.views import Bars, Value
from tests.plugins.days import bars_of, minute_rows
from tests.plugins.running import run
from tests.views.making import NOW, view_of

PARAMS = PulseParams(
    symbols=("AAPL", "MSFT", "AMZN"),
    funds=("SPY", "IWM"),
    sectors={"AAPL": "Technology", "MSFT": "Technology", "AMZN": "Shops"},
)


def state(close_before: Any) -> dict[str, Any]:
    return {"data": {"prev_close": close_before, "close": "1"}}


def line(change: float, half_hour: float = 0.0) -> Bars:
    """Bars that end `change` above 100, and were `half_hour` less half an hour ago."""
    end = 100 * (1 + change)
    return bars_of(np.linspace(end / (1 + half_hour), end, 32))


def pulse_of(bars: dict[str, Any], before: dict[str, Any] | None = None, **more: Any) -> Any:
    states = dict.fromkeys((*PARAMS.symbols, *PARAMS.funds), "100.00") | (before or {})
    views = {name: view_of(Value, state(close)) for name, close in states.items()}
    inputs: dict[str, Any] = {
        "shares": {name: bars.get(name) for name in PARAMS.symbols},
        "funds": {name: bars.get(name) for name in PARAMS.funds},
        "states": {name: views[name] for name in PARAMS.symbols},
        "fund_states": {name: views[name] for name in PARAMS.funds},
        "internals": dict.fromkeys(PARAMS.internals),
        "tide": None,
        "vix_close": None,
    }
    outputs, _ = run(Pulse, inputs | more, NOW, params=PARAMS)
    return outputs["analytics:pulse"]


def test_advancers_less_decliners():
    found = pulse_of({"AAPL": line(0.01), "MSFT": line(0.02), "AMZN": line(-0.01)})
    breadth = found["breadth"]
    assert (breadth["advancers"], breadth["decliners"], breadth["unchanged"]) == (2, 1, 0)
    assert found["score"] == pytest.approx(1 / 3)
    assert breadth["shares"]["AAPL"]["change"] == pytest.approx(0.01)
    assert breadth["missing"] == []


def test_sectors_against_the_market():
    found = pulse_of(
        {"SPY": line(0.005), "IWM": line(0.002), "AAPL": line(0.01), "MSFT": line(0.02),
         "AMZN": line(-0.01)}
    )["rotation"]  # fmt: skip
    assert found["sectors"]["Technology"]["change"] == pytest.approx(0.01)
    assert found["sectors"]["Shops"]["change"] == pytest.approx(-0.015)
    assert (found["leads"], found["lags"]) == ("Technology", "Shops")
    assert found["styles"] == {"IWM less SPY": pytest.approx(-0.003)}


def test_half_an_hour_is_measured_apart():
    found = pulse_of({"SPY": line(0.0, 0.0), "AMZN": line(0.01, 0.005)})["rotation"]
    assert found["sectors"]["Shops"]["half_hour"] == pytest.approx(0.005, rel=0.05)


def test_above_the_volume_weighted_price():
    found = pulse_of({"AAPL": line(0.01, 0.01), "MSFT": line(0.01, -0.01)})["breadth"]
    assert found["shares"]["AAPL"]["above_vwap"] is True
    assert found["shares"]["MSFT"]["above_vwap"] is False
    assert found["above_vwap"] == 0.5


def test_a_share_without_bars_or_close_is_missing_and_not_unchanged():
    found = pulse_of({"MSFT": line(0.01)}, {"MSFT": None})
    assert found["score"] is None
    assert found["reason"] == "no share has a change"
    shares = found["breadth"]["shares"]
    assert shares["MSFT"]["reason"] == "no close before"
    assert shares["AAPL"]["reason"] == "no fresh bars"
    assert found["breadth"]["missing"] == ["AAPL", "MSFT", "AMZN"]
    assert found["rotation"]["leads"] is None


@pytest.mark.parametrize("odd", ["5e-324", "1e-200", "0.5", "1e12"])
def test_one_close_that_was_a_slip_failed_the_whole_pulse(odd: str):
    bars = {"AAPL": line(0.01), "MSFT": line(0.02), "AMZN": line(-0.01)}
    breadth = pulse_of(bars, {"AMZN": odd})["breadth"]
    assert breadth["shares"]["AMZN"]["change"] is None
    assert "not of one share" in breadth["shares"]["AMZN"]["reason"]
    assert breadth["missing"] == ["AMZN"]
    assert breadth["advancers"] == 2


def test_a_share_that_stands_still_is_unchanged():
    found = pulse_of({"MSFT": bars_of(np.full(32, 100.0))})
    assert found["breadth"]["unchanged"] == 1
    assert found["score"] is None
    assert found["reason"] == "no share moved"


def test_internals_wait_for_the_broker_and_vix_has_its_last_close_meanwhile():
    latest = {"latest": {"date": "2026-01-02", "value": 19.07}}
    found = pulse_of({}, vix_close=view_of(Value, latest))
    assert found["tick"] == {
        "value": None, "from": None, "reason": "waiting for raw:ibkr:index:TICK",
    }  # fmt: skip
    assert found["vix"]["value"] == 19.07
    assert found["vix"]["from"] == "FRED, the close of 2026-01-02"
    live = {"TICK": view_of(Value, {"last": -420}), "ADD": view_of(Value, 7),
            "VIX": view_of(Value, {"price": "18.2"})}  # fmt: skip
    found = pulse_of({}, internals=live, vix_close=view_of(Value, latest))
    assert [found[name]["value"] for name in ("tick", "add", "vix")] == [-420, 7, 18.2]


def test_the_tide_is_told_as_it_was_found():
    told = {"net": 70.0, "calls": 100.0, "puts": 30.0, "reason": None}
    assert pulse_of({}, tide=view_of(Value, told))["tide"] == {**told, "unit": "USD"}
    assert pulse_of({})["tide"]["reason"] == "no market tide"


def test_it_keeps_the_contract():
    bars = {"rows": minute_rows(np.linspace(100, 101, 40))}
    given = {
        "shares": {"AAPL": bars},
        "funds": {"SPY": bars},
        "states": {"AAPL": state("100")},
        "fund_states": {"SPY": state("100")},
        "tide": {"net": 70.0, "calls": 100.0, "puts": 30.0, "reason": None},
        "internals": {"TICK": {"last": 1}},
        "vix_close": {"latest": {"date": "2026-01-02", "value": 19.07}},
    }
    params = {"symbols": ["AAPL"], "funds": ["SPY"], "internals": ["TICK"]}
    contract_suite(Pulse, params=params, given=given)

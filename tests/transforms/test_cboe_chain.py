from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from quanticity.clock import EASTERN
from tests.transforms.asking import ask, recorded
from transforms.cboe_chain import cboe_chain

OPTION = {
    "option": "SPXW260116P05900000",
    "bid": 39.0,
    "ask": 42.1,
    "iv": 0.0,
    "open_interest": 6.0,
    "delta": -0.4,
    "last_trade_price": 40.0,
    "last_trade_time": "2026-01-05T09:45:00",
}


def body(**changed: Any) -> dict[str, Any]:
    data = {
        "symbol": "^SPX",
        "current_price": 5910.5,
        "iv30": 15.5,
        "last_trade_time": "2026-01-05T09:45:00",
        "options": [OPTION],
    }
    return {"timestamp": "2026-01-05 15:00:30", "symbol": "_SPX", "data": data | changed}


def test_two_clocks_become_one() -> None:
    value = ask(cboe_chain, body())
    assert value["written"] == datetime(2026, 1, 5, 15, 0, 30, tzinfo=UTC).timestamp()
    assert value["time"] == datetime(2026, 1, 5, 9, 45, tzinfo=EASTERN).timestamp()
    assert value["contracts"][0]["time"] == value["time"]


def test_volatility_is_a_fraction_and_zero_means_none() -> None:
    value = ask(cboe_chain, body())
    assert value["iv30"] == 0.155
    assert value["contracts"][0]["iv"] is None
    assert value["symbol"] == "SPX"
    assert value["contracts"][0]["underlying"] == "SPX"


def test_rows_that_name_no_contract_are_counted() -> None:
    value = ask(cboe_chain, body(options=[OPTION, {"option": "?"}], iv30=None))
    assert (value["rejected"], len(value["contracts"]), value["iv30"]) == (1, 1, None)


def test_recorded_chains_read() -> None:
    for name in ("CLX", "AAPL"):
        value = ask(cboe_chain, recorded(f"openbb-cboe/options_{name}_20260724.json"))
        assert value["symbol"] == name
        assert value["rejected"] == 0
        assert value["written"] > value["time"]

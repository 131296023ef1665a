from __future__ import annotations

from typing import Any

import pytest

from tests.transforms.asking import ask, recorded
from transforms.parse_gex import parse_gex


def minute(time: str, gamma: str = "1000.50") -> dict[str, Any]:
    return {
        "time": time,
        "price": "601.25",
        "gamma_per_one_percent_move_oi": gamma,
        "gamma_per_one_percent_move_vol": "-12.5",
        "charm_per_one_percent_move_oi": None,
        "vanna_per_one_percent_move_dir": "",
    }


def test_the_last_minute_counts_in_whatever_order_minutes_come() -> None:
    body = {
        "data": [
            minute("2026-01-05T15:01:00Z", "2"),
            minute("2026-01-05T15:02:00.5Z", "3"),
            minute("2026-01-05T15:00:00Z", "1"),
        ]
    }
    value = ask(parse_gex, body, symbol="SPY")
    assert value["symbol"] == "SPY"
    assert value["time"] == "2026-01-05T15:02:00.5Z"
    assert value["minutes"] == 3
    assert value["price"] == 601.25
    assert value["gamma"] == {"oi": 3.0, "vol": -12.5, "dir": None}
    assert value["charm"]["oi"] is None
    assert value["vanna"]["dir"] is None
    assert value["total_gamma"] == 3.0


def test_before_the_first_minute_there_is_no_time() -> None:
    assert ask(parse_gex, {"data": []}, symbol="SPY") == {
        "symbol": "SPY",
        "time": None,
        "minutes": 0,
    }


def test_another_body_is_told() -> None:
    with pytest.raises(ValueError, match="no list 'data'"):
        ask(parse_gex, {"error": "Route not found"})


def test_a_recorded_minute_reads() -> None:
    value = ask(parse_gex, recorded("uw-live-rows/spot-exposures_AAPL.json"))
    assert value["symbol"] == "AAPL"
    assert value["total_gamma"] == 2347484289.53

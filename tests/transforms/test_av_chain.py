from __future__ import annotations

from typing import Any

import pytest

from tests.transforms.asking import ask, recorded
from transforms.av_chain import av_chain

ROW = {
    "contractID": "SPY260116C00500000",
    "symbol": "SPY",
    "expiration": "2026-01-16",
    "strike": "500.00",
    "type": "call",
    "last": "238.93",
    "mark": "243.05",
    "bid": "242.10",
    "ask": "244.00",
    "volume": "12",
    "open_interest": "340",
    "date": "2026-01-05",
    "implied_volatility": "3.16602",
    "delta": "0.99327",
}
SAMPLE = ROW | {
    "contractID": "XXYYZZ999999C00020000",
    "symbol": "XXYYZZ",
    "expiration": "2099-99-99",
}


def body(*rows: Any, message: str = "success") -> dict[str, Any]:
    return {"endpoint": "Realtime Options", "message": message, "data": list(rows)}


def test_text_becomes_figures() -> None:
    value = ask(av_chain, body(ROW), symbol="SPY")
    (contract,) = value["contracts"]
    assert (contract["mark"], contract["iv"], contract["open_interest"]) == (243.05, 3.16602, 340.0)
    assert contract["right"] == "C"
    assert contract["theta"] is None
    assert value["date"] == "2026-01-05"


def test_sample_data_is_never_taken_for_a_chain() -> None:
    with pytest.raises(ValueError, match="sample data"):
        ask(av_chain, body(SAMPLE))
    with pytest.raises(ValueError, match="premium endpoint"):
        ask(av_chain, body(ROW, message="This is a premium endpoint."))


def test_one_bad_row_is_left_out_and_counted() -> None:
    value = ask(av_chain, body(ROW, SAMPLE, ROW | {"strike": "N/A"}))
    assert len(value["contracts"]) == 1
    assert value["rejected"] == 2


def test_an_empty_chain_is_a_chain() -> None:
    assert ask(av_chain, body())["contracts"] == []


def test_the_recorded_premium_gate_is_refused() -> None:
    gate = recorded("alpha_vantage-live-excerpts/REALTIME_OPTIONS_premium_gate.json")
    with pytest.raises(ValueError, match="premium"):
        ask(av_chain, gate)

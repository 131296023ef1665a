from __future__ import annotations

from tests.transforms.asking import ask, recorded
from transforms.uw_chain import uw_chain

ROW = {
    "option_symbol": "SPY260116C00600000",
    "strike": "600",
    "expires": "2026-01-16",
    "option_type": "call",
    "nbbo_bid": "8.15",
    "nbbo_ask": "8.45",
    "implied_volatility": "0.2333",
    "delta": "0.52",
    "gamma": None,
    "theta": "",
    "open_interest": 106490,
    "volume": 4586,
    "last_tape_time": "2026-01-05T15:00:00Z",
}


def test_rows_become_contracts_of_the_shared_shape() -> None:
    value = ask(uw_chain, {"data": [ROW]}, symbol="SPY")
    (contract,) = value["contracts"]
    assert contract["right"] == "C"
    assert (contract["strike"], contract["expiry"]) == (600.0, "2026-01-16")
    assert (contract["bid"], contract["ask"], contract["iv"]) == (8.15, 8.45, 0.2333)
    assert contract["gamma"] is None
    assert contract["theta"] is None
    assert value["time"] == contract["time"] == 1_767_625_200.0
    assert value["rejected"] == 0


def test_names_alone_give_what_names_say() -> None:
    value = ask(uw_chain, {"data": ["SPXW260116P05900000", "nonsense"]})
    (contract,) = value["contracts"]
    assert (contract["underlying"], contract["right"], contract["strike"]) == ("SPX", "P", 5900.0)
    assert contract["bid"] is None
    assert value["rejected"] == 1
    assert value["time"] is None


def test_a_recorded_chain_reads() -> None:
    value = ask(uw_chain, recorded("uw-live-rows/option-chains_greeks_AAPL.json"))
    assert value["contracts"][0]["delta"] == 0.52359298255212

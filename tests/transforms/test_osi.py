from __future__ import annotations

from quanticity.component import TransformContext
from tests.transforms.asking import ask
from transforms.osi import osi


def test_rows_get_what_their_symbol_says() -> None:
    body = {"data": [{"option_symbol": "SPXW260116P05900000", "volume": 3}, {"volume": 1}]}
    value = ask(osi, body)
    assert value["data"][0] == {
        "option_symbol": "SPXW260116P05900000",
        "volume": 3,
        "root": "SPXW",
        "underlying": "SPX",
        "expiry": "2026-01-16",
        "right": "P",
        "strike": 5900.0,
        "adjusted": False,
    }
    assert value["data"][1] == {"volume": 1}


def test_what_the_vendor_says_stays() -> None:
    value = ask(osi, {"option_chain": "AAPL1 260116C00150000", "strike": "150"})
    assert value["strike"] == "150"
    assert (value["root"], value["underlying"], value["adjusted"]) == ("AAPL1", "AAPL", True)


def test_the_field_may_be_named() -> None:
    config = {"option_field": "contract", "context": TransformContext("f", {}, 0.0)}
    value, _ = osi([{"contract": "SPY260116C00600000"}], config, None)
    assert value[0]["strike"] == 600.0

"""Which chain is taken, which of its contracts count, and what the underlying costs."""

from __future__ import annotations

import pytest

from quanticity.views import Chain
from tests.views.making import NOW, body, contract, view_of

EMPTY = view_of(Chain, body())
FULL = view_of(Chain, body(contract("SPY260116C00500000")))


def test_the_first_chain_with_contracts_is_taken():
    assert Chain.first(None, EMPTY, FULL) is FULL
    assert Chain.first(None, EMPTY) is EMPTY
    assert Chain.first(None, None) is Chain.first() is None


def test_expired_and_adjusted_contracts_are_not_alive():
    names = ("SPY260116C00500000", "SPY260102C00500000", "SPY1260116C00500000")
    chain = view_of(Chain, body(*map(contract, names)))
    assert chain.alive(NOW).tolist() == [True, False, False]


def quoted(strike: int, call: float, put: float, day: str = "260116"):
    return [
        contract(f"SPY{day}{right}{strike * 1000:08}", bid=mid - 0.05, ask=mid + 0.05)
        for right, mid in (("C", call), ("P", put))
    ]


def test_the_price_is_the_bodys_own_else_that_of_its_quotes():
    rows = quoted(95, 7.4, 1.2) + quoted(100, 3.9, 2.7)
    price, where = view_of(Chain, body(*rows)).price(NOW)
    assert price == pytest.approx(101.2)
    assert "parity" in where
    told = view_of(Chain, {"price": 101.5, "contracts": rows})
    assert told.price(NOW) == (101.5, "chain")


def test_without_price_and_quotes_there_is_none():
    assert FULL.price(NOW) == (None, "nowhere")
    assert EMPTY.price(NOW) == (None, "nowhere")


def test_quotes_of_what_has_expired_imply_no_price():
    assert view_of(Chain, body(*quoted(95, 7.4, 1.2, "260102"))).price(NOW) == (None, "nowhere")

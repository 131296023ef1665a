"""What expires: in the money or not, in cash or in shares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quanticity.sim.exchange import Order, Settled
from tests.sim.exchange.asking import market, place, started, statuses
from tests.sim.exchange.scripted import CLOSES, ES, LISTINGS, T0, option


def with_option(right="C", strike=100.0, *, cash=False, price=None):
    shown = market()
    shown.listings = {**LISTINGS, 11: option(11, right, strike, cash=cash)}
    shown.show(11, T0 - 5, [(2.0, 500)], [(2.0, 500)])
    if price is not None:
        shown.settlements[11] = price
    return shown, shown.listings[11].contract


def settled(events):
    return [
        (each.reason, each.contract.con_id, each.quantity, each.price)
        for each in events
        if isinstance(each, Settled)
    ]


@pytest.mark.parametrize(
    ("right", "action", "price", "expected"),
    [
        ("C", "BUY", 103.0, [("exercised", 11, -2, 0.0), ("delivered", 1, 200, 100.0)]),
        ("C", "SELL", 103.0, [("assigned", 11, 2, 0.0), ("delivered", 1, -200, 100.0)]),
        ("P", "BUY", 97.0, [("exercised", 11, -2, 0.0), ("delivered", 1, -200, 100.0)]),
        ("P", "SELL", 97.0, [("assigned", 11, 2, 0.0), ("delivered", 1, 200, 100.0)]),
        ("C", "BUY", 100.005, [("expired", 11, -2, 0.0)]),
        ("P", "SELL", 103.0, [("expired", 11, 2, 0.0)]),
    ],
)
def test_an_option_on_a_stock_becomes_shares_or_nothing(right, action, price, expected):
    shown, contract = with_option(right, price=price)
    exchange = started(shown, Order(action, 2, "MKT"), contract=contract)
    events = exchange.advance(CLOSES + 1)
    assert settled(events) == expected
    held = exchange.positions(exchange.accounts[0])
    assert [each.quantity for each in held] == [each[2] for each in expected if each[1] == 1]


@pytest.mark.parametrize(("right", "price", "worth"), [("C", 103.5, 350), ("P", 103.5, 0)])
def test_an_option_on_an_index_is_paid_in_cash(right, price, worth):
    shown, contract = with_option(right, cash=True, price=price)
    exchange = started(shown, Order("BUY", 1, "MKT"), contract=contract)
    exchange.advance(CLOSES + 1)
    assert exchange.cash(exchange.accounts[0])["USD"] == pytest.approx(1e6 - 200 - 1 + worth)
    assert exchange.pnl(exchange.accounts[0]).realized == pytest.approx(worth - 201)


def test_a_position_waits_where_there_is_no_settlement_price_yet():
    shown, contract = with_option()
    exchange = started(shown, Order("BUY", 1, "MKT"), contract=contract)
    assert settled(exchange.advance(CLOSES + 100)) == []
    assert exchange.unsettled == 2
    shown.settlements[11] = 101.0
    assert settled(exchange.advance(CLOSES + 200))[0][0] == "exercised"


def test_orders_of_an_expired_contract_are_cancelled():
    shown, contract = with_option(price=101.0)
    shown.listings[11] = replace(shown.listings[11], expires=T0 + 100)
    exchange = started(shown, Order("BUY", 1, "MKT"), contract=contract)
    place(
        exchange,
        Order("SELL", 1, "LMT", lmt_price=9.0, tif="GTC"),
        order_id=2,
        contract=contract,
        now=T0 + 1,
    )
    assert statuses(exchange.advance(T0 + 101), 2)[-1] == "Cancelled"


def test_a_future_settles_at_its_own_price():
    shown = market().show(3, T0, [(6000.0, 50)], [(6000.0, 50)])
    shown.listings[3] = replace(LISTINGS[3], expires=T0 + 100)
    shown.settlements[3] = 6020.0
    exchange = started(shown, Order("SELL", 1, "MKT"), contract=ES)
    assert settled(exchange.advance(T0 + 101)) == [("settled", 3, 1, 6020.0)]
    assert exchange.cash(exchange.accounts[0])["USD"] == pytest.approx(1e6 - 2.25 - 1000)

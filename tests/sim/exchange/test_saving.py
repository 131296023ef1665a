"""An exchange outlives its process."""

from __future__ import annotations

import msgspec
import pytest

from quanticity.sim.exchange import Exchange, Order
from tests.sim.exchange.asking import errors, limit, market, place, started
from tests.sim.exchange.scripted import T0


def test_what_was_not_told_yet_is_told_after_a_restart():
    exchange = started(market(), Order("BUY", 500, "MKT"), seed=1)
    place(exchange, limit("BUY", 1, 9.0), order_id=2, now=T0 + 2)
    again = Exchange(market(), T0)
    again.restore(exchange.save())
    assert again.advance(T0 + 3) == exchange.advance(T0 + 3)


def test_numbers_stay_used_after_a_restart():
    exchange = started(market(), Order("BUY", 5, "MKT"))
    exchange.advance(T0 + 2)
    again = Exchange(market(), T0)
    again.restore(exchange.save())
    assert again.next_order_id(7) == 2
    place(again, Order("BUY", 5, "MKT"), now=T0 + 3)
    assert errors(again.advance(T0 + 4)) == [(104, "Cannot modify a filled order.")]


@pytest.mark.parametrize(
    ("saved", "says"),
    [
        (b"", "this is no saved exchange"),
        (b"{}", "this is no saved exchange"),
        (msgspec.msgpack.encode({"version": 99}), "is of version 99, this program reads 1"),
        (msgspec.msgpack.encode({"version": 1, "seed": 3}), "the saved exchange is damaged"),
    ],
)
def test_what_is_no_saved_exchange_is_refused_with_a_reason(saved, says):
    with pytest.raises(ValueError, match=says):
        Exchange(market(), T0).restore(saved)


def test_time_never_goes_back():
    exchange = started(market())
    exchange.advance(T0 + 5)
    with pytest.raises(ValueError, match="time goes back"):
        exchange.advance(T0 + 4)


def test_an_exchange_needs_an_account():
    with pytest.raises(ValueError, match="at least one account"):
        Exchange(market(), T0, accounts=())

"""Brackets and one-cancels-all groups."""

from __future__ import annotations

import pytest

from quanticity.sim.exchange import Executed, Opened, Order, StatusChanged
from tests.sim.exchange.asking import (
    codes,
    errors,
    fills,
    limit,
    market,
    place,
    started,
    statuses,
)
from tests.sim.exchange.scripted import CLOSES, T0


def bracket(*, entry=100.02, quantity=100):
    """Entry, target and stop, of which the last one sends them all."""
    return (
        limit("BUY", quantity, entry, transmit=False),
        limit("SELL", quantity, 101.0, parent_id=1, transmit=False),
        Order("SELL", quantity, "STP", aux_price=99.5, parent_id=1),
    )


def test_nothing_is_told_of_a_bracket_until_its_last_order_transmits():
    entry, target, stop = bracket()
    exchange = started(market(), entry, target)
    assert exchange.advance(T0 + 1) == []
    assert exchange.open_orders() == []
    place(exchange, stop, order_id=3, now=T0 + 1)
    events = exchange.advance(T0 + 2)
    assert [statuses(events, number)[0] for number in (1, 2, 3)] == ["PendingSubmit"] * 3
    assert statuses(events, 1)[-1] == "Filled"


def test_children_wait_for_their_parent_and_then_work():
    shown = market().trade(1, T0 + 5, 99.98, 1000, -1)
    exchange = started(shown, *bracket(entry=99.99))
    exchange.advance(T0 + 1)
    held = [each for each in exchange.open_orders() if isinstance(each, StatusChanged)]
    assert [(each.status, each.why_held) for each in held] == [
        ("Submitted", ""),
        ("PreSubmitted", "child"),
        ("PreSubmitted", "child"),
    ]
    assert [each.parent_id for each in held] == [0, 1, 1]
    events = exchange.advance(T0 + 6)
    assert statuses(events, 2) == ["Submitted"]
    held = [each for each in exchange.open_orders() if isinstance(each, StatusChanged)]
    assert [(each.status, each.why_held) for each in held] == [
        ("Submitted", ""),
        ("PreSubmitted", "trigger"),
    ]


def test_the_target_cancels_the_stop():
    shown = market().trade(1, T0 + 5, 101.2, 1000, 1).trade(1, T0 + 6, 99.0, 1000, -1)
    exchange = started(shown, *bracket())
    events = exchange.advance(T0 + 10)
    assert statuses(events, 2)[-1] == "Filled"
    assert statuses(events, 3)[-1] == "Cancelled"
    assert exchange.positions(exchange.accounts[0]) == []


def test_a_partial_fill_of_the_target_reduces_the_stop_by_as_much():
    shown = market().trade(1, T0 + 5, 101.2, 40, 1).trade(1, T0 + 6, 99.0, 10, -1)
    exchange = started(shown, *bracket())
    events = exchange.advance(T0 + 10)
    sold = [
        (each.order_id, each.execution.shares)
        for each in events
        if isinstance(each, Executed) and each.execution.side == "SLD"
    ]
    assert sold == [(2, 40), (3, 60)]
    told = [each for each in events if isinstance(each, Opened) and each.order_id == 3]
    assert told[-1].order.total_quantity == 60
    parent = next(each for each in events if isinstance(each, Opened) and each.order_id == 1)
    assert told[-1].order.oca_group == str(parent.perm_id)
    assert exchange.positions(exchange.accounts[0]) == []


def test_children_end_with_a_parent_that_never_filled():
    exchange = started(market(), *bracket(entry=99.9))
    exchange.advance(T0 + 1)
    exchange.cancel(7, 1, T0 + 1)
    events = exchange.advance(T0 + 2)
    assert [statuses(events, number)[-1] for number in (1, 2, 3)] == ["Cancelled"] * 3
    assert codes(events) == [202, 202, 202]


def test_children_protect_what_a_cancelled_parent_did_fill():
    shown = market().trade(1, T0 + 2, 99.8, 30, -1)
    exchange = started(shown, *bracket(entry=99.9))
    exchange.advance(T0 + 3)
    exchange.cancel(7, 1, T0 + 3)
    events = exchange.advance(T0 + 4)
    assert statuses(events, 1)[-1] == "Cancelled"
    working = [each for each in exchange.open_orders() if isinstance(each, StatusChanged)]
    assert [(each.order_id, each.remaining) for each in working] == [(2, 30), (3, 30)]


def test_a_child_of_nothing_is_refused():
    exchange = started(market(), limit("SELL", 10, 101.0, parent_id=99))
    assert errors(exchange.advance(T0 + 1)) == [(10006, "Missing parent order.")]


@pytest.mark.parametrize(("kind", "left"), [(1, []), (2, [(2, 50)]), (3, [(2, 50)])])
def test_the_first_fill_of_a_group_cancels_or_reduces_the_others(kind, left):
    shown = market().trade(1, T0 + 2, 99.89, 50, -1)
    group = {"oca_group": "g", "oca_type": kind}
    exchange = started(shown, limit("BUY", 100, 99.9, **group), limit("BUY", 100, 99.5, **group))
    events = exchange.advance(T0 + 3)
    assert fills(events) == [(50, 99.9)]
    working = [
        (each.order_id, each.remaining)
        for each in exchange.open_orders()
        if isinstance(each, StatusChanged) and each.order_id == 2
    ]
    assert working == left


def test_one_print_never_fills_two_orders_of_a_group():
    shown = market().trade(1, T0 + 2, 99.0, 5000, -1)
    group = {"oca_group": "g", "oca_type": 1}
    exchange = started(shown, *(limit("BUY", 100, 99.9, **group) for _ in range(4)))
    assert fills(exchange.advance(T0 + 3)) == [(100, 99.9)]


def test_a_child_whose_quantity_shrank_with_its_parent_is_told_with_it():
    """An IOC child of a parent that the close cut short ended with a quantity nobody was told."""
    shown = market().trade(1, T0 + 2, 99.8, 30, -1)
    exchange = started(
        shown,
        limit("BUY", 100, 99.9, transmit=False),
        limit("SELL", 100, 99.0, parent_id=1, tif="IOC"),
    )
    events = exchange.advance(CLOSES + 1)
    shown_last = [each for each in events if isinstance(each, Opened) and each.order_id == 2][-1]
    ended = [each for each in events if isinstance(each, StatusChanged) and each.order_id == 2][-1]
    assert (ended.status, ended.remaining) == ("Cancelled", 30)
    assert shown_last.order.total_quantity == 30

"""Reports that are lost, doubled and out of order; the exchange itself stays right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.exchange import Commission, Executed, Order
from quanticity.sim.exchange.edge import Edge
from tests.sim.exchange.asking import fills, limit, market, place, started, statuses
from tests.sim.exchange.scripted import T0


def three_fills():
    return started(market(), limit("BUY", 1000, 100.05), seed=1)


def test_an_edge_that_does_nothing_changes_nothing():
    edge = Edge(three_fills(), lambda event: [(0.0, event)])
    assert edge.advance(T0 + 3) == three_fills().advance(T0 + 3)


def test_a_lost_execution_is_still_among_the_executions():
    exchange = three_fills()
    edge = Edge(exchange, lambda event: [] if isinstance(event, Executed) else [(0.0, event)])
    events = edge.advance(T0 + 3)
    assert fills(events) == []
    assert statuses(events)[-1] == "Filled"
    assert fills(exchange.executions()) == [(200, 100.01), (400, 100.02), (400, 100.05)]
    assert exchange.positions(exchange.accounts[0])[0].quantity == 1000


def test_a_doubled_execution_has_the_same_id_twice():
    double = lambda event: [(0.0, event)] * (2 if isinstance(event, Executed) else 1)  # noqa: E731
    told = [
        each for each in Edge(three_fills(), double).advance(T0 + 3) if isinstance(each, Executed)
    ]
    assert len(told) == 6
    assert len({each.execution.exec_id for each in told}) == 3


def test_a_delayed_execution_comes_after_those_that_followed_it():
    delays = iter((0.5, 0.0, 0.0))

    def first_is_late(event):
        return [(next(delays) if isinstance(event, Executed) else 0.0, event)]

    edge = Edge(three_fills(), first_is_late)
    assert fills(edge.advance(T0 + 0.3)) == [(400, 100.02), (400, 100.05)]
    assert edge.next_at() == T0 + 0.53
    assert fills(edge.advance(T0 + 0.53)) == [(200, 100.01)]


@given(st.lists(st.sampled_from((0.0, 0.01, 0.7, 3.0)), min_size=1), st.integers(1, 30))
def test_whatever_is_delayed_comes_once_at_its_time(delays, steps):
    turn = iter(delays * 100)
    exchange = three_fills()
    due = {}

    def late(event):
        delay = next(turn)
        due[id(event)] = (event, event.time + delay)
        return [(delay, event)]

    edge = Edge(exchange, late)
    place(exchange, Order("SELL", 50, "MKT"), order_id=2)
    told, before = [], T0
    for step in range(1, steps + 1):
        now = T0 + 5 * step / steps
        for event in edge.advance(now):
            assert before < due[id(event)][1] <= now or before == T0
            told.append(event)
        before = now
    assert sorted(map(id, told)) == sorted(due)
    assert any(isinstance(each, Commission) for each in told)

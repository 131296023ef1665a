"""How tests put orders in, and read what came of them."""

from __future__ import annotations

from quanticity.sim.exchange import Error, Event, Exchange, Executed, Order, StatusChanged
from tests.sim.exchange.scripted import SPY, T0, Scripted

BIDS = [(99.99, 300), (99.98, 500)]
ASKS = [(100.01, 200), (100.02, 400), (100.05, 1000)]
CLIENT = 7


def market() -> Scripted:
    """Two stocks with the same still book."""
    return Scripted().show(1, T0 - 10, BIDS, ASKS).show(2, T0 - 10, BIDS, ASKS)


def limit(action, quantity, price, **more):
    """A limit order."""
    return Order(action, quantity, "LMT", lmt_price=price, **more)


def place(exchange, order, *, order_id=1, contract=SPY, now=T0, client=CLIENT, fate=None):
    """Let a client place an order."""
    exchange.place(client, order_id, contract, order, now, fate)


def started(market, *orders, contract=SPY, seed=3, **more):
    """An exchange that was given these orders, numbered from 1."""
    exchange = Exchange(market, T0, seed=seed, **more)
    for number, order in enumerate(orders, 1):
        place(exchange, order, order_id=number, contract=contract)
    return exchange


def fills(events: list[Event]) -> list[tuple[float, float]]:
    """Shares and price of each execution."""
    return [
        (each.execution.shares, each.execution.price)
        for each in events
        if isinstance(each, Executed)
    ]


def statuses(events: list[Event], order_id: int = 1) -> list[str]:
    """The statuses that an order went through."""
    return [
        each.status
        for each in events
        if isinstance(each, StatusChanged) and each.order_id == order_id
    ]


def errors(events: list[Event]) -> list[tuple[int, str]]:
    """Codes and texts that were told."""
    return [(each.code, each.text) for each in events if isinstance(each, Error)]


def codes(events: list[Event]) -> list[int]:
    """Codes that were told."""
    return [code for code, _ in errors(events)]

"""Orders: placing (3), cancelling (4, 58), and what there is (5, 15, 16, 99, 7)."""

from __future__ import annotations

from quanticity.sim.exchange import events
from quanticity.sim.exchange.exchange import ExecutionFilter
from quanticity.sim.gateway import codes
from quanticity.sim.gateway.open_order import completed_order
from quanticity.sim.gateway.order_fields import read_order
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.stamps import BadTime, read_time
from quanticity.sim.gateway.told import tell, tell_commission, tell_execution
from quanticity.sim.gateway.wire import Fields

_DONE = "ApiCancelled"


def place(session: Session, fields: Fields) -> None:
    """Message 3: place an order, change one, or see what one would do."""
    placed = read_order(fields)
    if placed.refused is not None:
        code, about = placed.refused
        session.error(placed.order_id, code, **about)
        return
    session.gateway.desk.place(session, placed.order_id, placed.contract, placed.order)


def cancel(session: Session, fields: Fields) -> None:
    """Message 4: ask for an order's end."""
    fields.skip(1)
    session.gateway.desk.cancel(session, fields.integer())


def cancel_all(session: Session, _fields: Fields) -> None:
    """Message 58: ask for the end of all orders of all clients."""
    session.gateway.desk.cancel_all()


def bind(_session: Session, fields: Fields) -> None:
    """Message 15: orders that are placed by hand; nobody does so here."""
    fields.skip(2)


def own(session: Session, _fields: Fields) -> None:
    """Message 5: this client's orders at work."""
    _open(session, session.client_id)


def everybodys(session: Session, _fields: Fields) -> None:
    """Message 16: the orders at work of all clients."""
    _open(session, None)


def completed(session: Session, fields: Fields) -> None:
    """Message 99: the day's orders that are done."""
    fields.skip(1)
    exchange = session.gateway.desk.exchange
    executions = exchange.executions()
    for told in exchange.completed():
        if told.state.status == _DONE:
            continue
        filled = sum(
            each.execution.shares
            for each in executions
            if each.execution.perm_id == told.perm_id
            and each.contract.sec_type == told.contract.sec_type
        )
        session.send("completed order", 101, *completed_order(told, filled))
    session.send("completed orders end", 102)


def executions(session: Session, fields: Fields) -> None:
    """Message 7: the day's fills that fit a filter, each with its commission."""
    fields.skip(1)
    rid = fields.integer()
    client = fields.integer()
    account, since = fields.string(), fields.string()
    symbol, sec_type, exchange, side = (fields.string() for _ in range(4))
    try:
        after = read_time(since) if since else 0.0
    except BadTime as error:
        session.error(rid, codes.INVALID, why=error)
        return
    broker = session.gateway.desk.exchange
    wanted = ExecutionFilter(
        client=client or None,
        account=account,
        since=after,
        symbol=symbol,
        sec_type=sec_type,
        exchange=exchange,
        side=side,
    )
    found = broker.executions(wanted)
    for executed in found:
        tell_execution(session, executed, rid)
        commission = broker.commission(executed.execution.exec_id)
        if commission is not None:
            tell_commission(session, commission)
    session.send("executions end", 55, 1, rid)


def _open(session: Session, client: int | None) -> None:
    for event in session.gateway.desk.exchange.open_orders(client):
        if isinstance(event, events.Opened | events.StatusChanged):
            tell(session, event)
    session.send("open orders end", 53, 1)

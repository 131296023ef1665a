"""What happened to orders and positions, as messages."""

from __future__ import annotations

from quanticity.clock import eastern
from quanticity.sim.exchange import events
from quanticity.sim.gateway.codes import Code
from quanticity.sim.gateway.contract_fields import eleven
from quanticity.sim.gateway.open_order import open_order
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.wire import UNSET_DOUBLE

_UNASKED = -1


def tell(
    session: Session,
    event: events.Opened
    | events.StatusChanged
    | events.Executed
    | events.Commission
    | events.Error,
) -> None:
    """Send one thing that happened to an order."""
    match event:
        case events.Opened():
            session.send("open order", 5, *open_order(event))
        case events.StatusChanged():
            tell_status(session, event)
        case events.Executed():
            tell_execution(session, event, _UNASKED)
        case events.Commission():
            tell_commission(session, event)
        case events.Error():
            session.error(event.order_id, Code(event.code, event.text))


def tell_status(session: Session, event: events.StatusChanged) -> None:
    """Message 3."""
    session.send(
        "order status",
        3,
        event.order_id,
        event.status,
        event.filled,
        event.remaining,
        event.average_price,
        event.perm_id,
        event.parent_id,
        event.last_price,
        event.client,
        event.why_held,
        0.0,
    )


def tell_execution(session: Session, event: events.Executed, rid: int) -> None:
    """Message 11: about no request (-1), or one of those that were asked for."""
    told = event.execution
    session.send(
        "execution",
        11,
        rid,
        event.order_id,
        *eleven(event.contract),
        told.exec_id,
        eastern(told.time).strftime("%Y%m%d  %H:%M:%S"),
        told.account,
        told.exchange,
        told.side,
        told.shares,
        told.price,
        told.perm_id,
        told.client,
        0,  # liquidation
        told.cumulative,
        told.average_price,
        told.order_ref,
        "",  # economic value rule
        "",  # its multiplier
        "",  # model
        told.last_liquidity,
    )


def tell_commission(session: Session, event: events.Commission) -> None:
    """Message 59."""
    realized = UNSET_DOUBLE if event.realized_pnl is None else event.realized_pnl
    session.send(
        "commission",
        59,
        1,
        event.exec_id,
        event.commission,
        event.currency,
        realized,
        UNSET_DOUBLE,
        "",
    )


def tell_position(session: Session, event: events.PositionChanged) -> None:
    """Message 61."""
    fields = (*eleven(event.contract), event.quantity, event.average_cost)
    session.send("position", 61, 3, event.account, *fields)

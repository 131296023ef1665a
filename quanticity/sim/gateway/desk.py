"""Between clients and the exchange: orders go in, what happened comes out, and faults strike."""

from __future__ import annotations

from quanticity.sim.exchange import events
from quanticity.sim.exchange.exchange import Exchange
from quanticity.sim.exchange.model import Contract, Fate, Order
from quanticity.sim.faults import catalog
from quanticity.sim.faults.fault import (
    COMMISSION,
    EXECUTION,
    OPEN_ORDER,
    PLACE,
    STATUS,
    Fault,
    Where,
)
from quanticity.sim.gateway import codes
from quanticity.sim.gateway.session import Host, Session
from quanticity.sim.gateway.told import tell, tell_position

_KINDS: dict[type, str] = {
    events.StatusChanged: STATUS,
    events.Opened: OPEN_ORDER,
    events.Executed: EXECUTION,
    events.Commission: COMMISSION,
}
_LATE_REASON = "The order was held by the exchange."


class Desk:
    """The exchange, as the gateway's clients reach it.

    While the gateway has lost its servers nothing is passed on, and nothing is told.
    """

    def __init__(self, gateway: Host, exchange: Exchange) -> None:
        self._gateway = gateway
        self.exchange = exchange
        self._waiting: list[tuple[int, int, Contract, Order, Fate]] = []
        self._cancels: list[tuple[int, int]] = []
        self._cancels_all = False
        self._held: list[events.Executed] = []

    def place(self, session: Session, order_id: int, contract: Contract, order: Order) -> None:
        """Pass an order on."""
        gateway = self._gateway
        client = session.client_id or 0
        now = gateway.clock.now()
        fault = None
        # A what-if is no order, and a change no new one: nothing can happen to them.
        if gateway.faults.active(Where.ORDERS) and not (
            order.what_if or self._is_change(client, order_id)
        ):
            fault = gateway.faults.fire(f"{PLACE} {contract.sec_type}", Where.ORDERS, now)
            if fault is not None:
                gateway.counters.faults[fault.name] += 1
        fate = _fate(fault, contract)
        if gateway.is_cut_off:
            self._waiting.append((client, order_id, contract, order, fate))
        else:
            self.exchange.place(client, order_id, contract, order, now, fate)
            self.advance(now)
        if isinstance(fault, catalog.Info10349):
            session.error(order_id, codes.SET_TO_DAY)

    def cancel(self, session: Session, order_id: int) -> None:
        """Ask for an order's end."""
        client = session.client_id or 0
        if self._gateway.is_cut_off:
            self._cancels.append((client, order_id))
            return
        now = self._gateway.clock.now()
        self.exchange.cancel(client, order_id, now)
        self.advance(now)

    def cancel_all(self) -> None:
        """Ask for the end of every order."""
        if self._gateway.is_cut_off:
            self._cancels_all = True
            return
        now = self._gateway.clock.now()
        self.exchange.cancel_all(now)
        self.advance(now)

    def advance(self, now: float) -> None:
        """Pass on what waited, and tell what happened."""
        if self._gateway.is_cut_off:
            return
        for client, order_id, contract, order, fate in self._waiting:
            self.exchange.place(client, order_id, contract, order, now, fate)
        for client, order_id in self._cancels:
            self.exchange.cancel(client, order_id, now)
        if self._cancels_all:
            self.exchange.cancel_all(now)
        self._waiting.clear()
        self._cancels.clear()
        self._cancels_all = False
        for event in self.exchange.advance(now):
            self._tell(event, now)
        for late in self._held:
            self._say(late)
        self._held.clear()

    def _is_change(self, client: int, order_id: int) -> bool:
        waits = any(each[:2] == (client, order_id) for each in self._waiting)
        return waits or self.exchange.knows(client, order_id)

    def _tell(self, event: events.Event, now: float) -> None:
        gateway = self._gateway
        if isinstance(event, events.PositionChanged):
            for session in gateway.sessions:
                if "positions" in session.follows:
                    tell_position(session, event)
            gateway.accounts_changed.add(event.account)
            return
        if isinstance(event, events.AccountValue | events.Settled):
            gateway.accounts_changed.add(event.account)
            return
        fault = None
        kind = _KINDS.get(type(event))
        if kind is not None and gateway.faults.active(Where.ORDERS):
            fault = gateway.faults.fire(kind, Where.ORDERS, now)
        if fault is None:
            self._say(event)
            return
        gateway.counters.faults[fault.name] += 1
        match fault:
            case catalog.LostCallback():
                pass
            case catalog.OutOfOrderExecution() if isinstance(event, events.Executed):
                self._held.append(event)
            case catalog.DuplicateExecution():
                self._say(event)
                self._say(event)
            case _:
                self._say(event)

    def _say(self, event: events.Event) -> None:
        """Tell whose order it is, where he is there."""
        if isinstance(event, events.PositionChanged | events.AccountValue | events.Settled):
            return
        session = self._gateway.client(event.client)
        if session is not None:
            tell(session, event)


def _fate(fault: Fault | None, contract: Contract) -> Fate:
    """What a fault makes of a new order in the exchange; nothing, where it is of another kind."""
    match fault:
        case catalog.OneLegOnly():
            return Fate(legs=(max(0, min(fault.leg, len(contract.combo_legs) - 1)),))
        case catalog.InactiveLate():
            return Fate(inactive=_LATE_REASON, late=fault.seconds)
        case _:
            return Fate()

"""When orders work: sessions, the warning while they wait, auctions, and how orders run out."""

from __future__ import annotations

from quanticity.clock import eastern
from quanticity.sim.exchange import stops
from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.matcher import Matcher
from quanticity.sim.exchange.matching import by_priority, reaches
from quanticity.sim.exchange.model import CLOSING, LIMITED, Contract
from quanticity.sim.exchange.orders import AUCTIONED, Orders
from quanticity.sim.exchange.ports import Cross, Session
from quanticity.sim.exchange.state import AUCTION, CLOSED, DONE, WORKING, Working

_BEFORE = 0.001


class Hours:
    """Sends orders to work when their market is open, and takes them off when it closes."""

    def __init__(self, floor: Floor, orders: Orders, matcher: Matcher) -> None:
        self._floor = floor
        self._orders = orders
        self._matcher = matcher

    def trades_in(self, order: Working) -> Contract:
        """The contract whose sessions an order keeps: of a combo, its first leg."""
        if order.is_combo:
            return self._floor.known(order.legs[0][0]).contract
        return order.contract

    def session(self, contract: Contract, at: float) -> Session | None:
        """The session in progress or the next one; None where a contract has none any more."""
        try:
            return self._floor.market.session(contract, at)
        except LookupError:
            return None

    def enter(self, order: Working, at: float) -> None:
        """Let an order work now, or at the next opening of its market, or in its auction."""
        if order.stage == DONE:
            return
        contract = self.trades_in(order)
        session = self.session(contract, at)
        if session is None:
            self._orders.end(order, "Cancelled", at, "the contract no longer trades")
            return
        if order.order.order_type in CLOSING or order.order.tif == "OPG":
            self._wait_for_cross(order, session, at)
            return
        opens, closes = _window(order, session)
        if at >= closes:
            session = self.session(contract, max(session.extended_closes, at)) or session
            opens, closes = _window(order, session)
        if at >= closes:
            self._orders.end(order, "Cancelled", at, "the contract no longer trades")
            return
        order.begins, order.ends = opens, closes
        if at >= opens:
            self._begin(order, at)
        elif order.order.tif in ("IOC", "FOK"):
            self._orders.end(order, "Cancelled", at, "the market is closed")
        else:
            order.stage = CLOSED
            self._orders.tell(order, "PreSubmitted", "", at)
            self._warn(order, contract, opens, at)
            self._floor.schedule(opens, "open", order.perm_id)

    def open(self, order: Working, at: float) -> None:
        """The session that an order waited for begins."""
        if order.stage == CLOSED and order.begins == at:
            self._begin(order, at)

    def close(self, order: Working, at: float) -> None:
        """The session of a working order ends: a day's order with it, a GTC waits for the next."""
        if order.stage != WORKING or order.ends != at:
            return
        if order.order.tif != "GTC":
            self._orders.end(order, "Cancelled", at, "")
            return
        order.stage = CLOSED
        self._matcher.prune()
        self.enter(order, at)

    def cross(self, con_id: int, at: float) -> None:
        """An auction: everything that waits for it trades at its price, by price and time."""
        waiting = [
            each
            for each in self._orders.alive()
            if each.stage == AUCTION and each.contract.con_id == con_id and each.ends <= at
        ]
        if not waiting:
            return
        cross = self._cross(waiting[0])
        if cross is not None and cross.time > at:
            self._floor.schedule(cross.time, "cross", con_id)
            return
        left = cross.size if cross else 0.0
        for order in by_priority(waiting):
            quantity = round(min(left, order.remaining), 8)
            if cross and quantity > 0 and reaches(order.sign, order.limit, cross.price):
                left -= quantity
                venue = order.contract.primary_exchange or order.contract.exchange
                self._orders.fill(order, quantity, cross.price, venue, AUCTIONED, at)
            self._orders.end(order, "Cancelled", at, "")

    def _begin(self, order: Working, at: float) -> None:
        asked = order.order
        order.stage = WORKING
        if order.triggered and order.stop is None:
            order.limit = asked.lmt_price if asked.order_type in LIMITED else None
            quote = None if order.is_combo else self._floor.market.quote(order.contract, at)
            stops.begin(order, quote.last if quote else None)
        self._floor.schedule(order.ends, "close", order.perm_id)
        if order.triggered:
            self._orders.tell(order, "Submitted", "", at)
        else:
            self._orders.tell(order, "PreSubmitted", "trigger", at)
        self._matcher.begin(order, at)

    def _wait_for_cross(self, order: Working, session: Session, at: float) -> None:
        """Wait for this session's auction; for the next one's where it is over."""
        opening = order.order.tif == "OPG"
        cross = session.opens if opening else session.closes
        if at >= cross:
            after = self.session(self.trades_in(order), max(session.extended_closes, at))
            if after is None:
                self._orders.end(order, "Cancelled", at, "the contract no longer trades")
                return
            session, cross = after, after.opens if opening else after.closes
        order.stage, order.ends = AUCTION, cross
        order.arrived, order.rank = at, self._floor.count()
        order.limit = order.order.lmt_price if order.order.order_type in ("LMT", "LOC") else None
        status = "PreSubmitted" if at < session.opens else "Submitted"
        self._orders.tell(order, status, "", at)
        self._floor.schedule(cross, "cross", order.contract.con_id)

    def _cross(self, order: Working) -> Cross | None:
        market, contract = self._floor.market, order.contract
        if order.order.tif == "OPG":
            return market.opening(contract, market.session(contract, order.ends))
        return market.closing(contract, market.session(contract, order.ends - _BEFORE))

    def _warn(self, order: Working, contract: Contract, opens: float, at: float) -> None:
        """TWS's message 399 for what waits for its market to open."""
        venue = contract.primary_exchange or contract.exchange
        text = (
            f"Order Message:\n{order.order.action} {order.remaining:g} {contract.symbol} {venue}\n"
            "Warning: your order will not be placed at the exchange until "
            f"{eastern(opens):%Y-%m-%d %H:%M:%S} US/Eastern"
        )
        self._orders.error(order.client, order.order_id, 399, text, at)


def _window(order: Working, session: Session) -> tuple[float, float]:
    """When an order may work in a session: outside regular hours only where it may and asks."""
    asked = order.order
    if asked.outside_rth and asked.order_type != "MKT":
        return session.extended_opens, session.extended_closes
    return session.opens, session.closes

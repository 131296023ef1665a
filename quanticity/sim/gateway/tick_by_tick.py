"""Tick-by-tick data: requests 97 and 98."""

from __future__ import annotations

from typing import ClassVar

from quanticity.sim.gateway import codes
from quanticity.sim.gateway.contract_fields import read_contract
from quanticity.sim.gateway.ladder import Ladder
from quanticity.sim.gateway.names import CME_GROUP
from quanticity.sim.gateway.past_ticks import send_past
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.streams import Watched, begin, security_of
from quanticity.sim.gateway.wire import Fields, size

LAST, ALL_LAST, BID_ASK, MIDPOINT = "Last", "AllLast", "BidAsk", "MidPoint"
_TYPES = {LAST: 1, ALL_LAST: 2, BID_ASK: 3, MIDPOINT: 4}
_UNREPORTED = 2
_MOST_PAST = 1000


class Trades(Watched):
    """Every trade, with venue and condition; `Last` only the regular ones."""

    kind: ClassVar = "ticks"

    def __init__(self, session: Session, rid: int, security: Security, which: str) -> None:
        super().__init__(session, rid, security)
        self._all = which == ALL_LAST
        self._type = _TYPES[which]

    def look(self, now: float) -> None:
        """Tell the trades since the last look."""
        cuts = self.session.gateway.reels.between(self.source, self.since, now)
        self.since = now
        send, start = self.session.send_plain, f"99\0{self.rid}\0{self._type}\0"
        for reel, first, end in cuts:
            for index in range(first, end):
                made = reel.regular[index]
                if made or self._all:
                    what = f"{reel.price[index]}\0{size(reel.size[index])}"
                    mask = 0 if made else _UNREPORTED
                    where = f"{reel.venue[index]}\0{reel.condition[index]}"
                    body = f"{start}{int(reel.time[index])}\0{what}\0{mask}\0{where}\0"
                    send("tick by tick", body)


class Quotes(Watched):
    """Every change of the best bid and ask or their sizes, or of the middle between them."""

    kind: ClassVar = "ticks"

    def __init__(
        self, session: Session, rid: int, security: Security, which: str, *, ignore_size: bool
    ) -> None:
        super().__init__(session, rid, security)
        self._middle = which == MIDPOINT
        self._ignore_size = ignore_size
        self._ladder: Ladder | None = None
        self._told: tuple[float, ...] = ()

    def resume(self, now: float) -> None:
        """Go on from the book that now is."""
        self.since = now
        self._ladder = None

    def look(self, now: float) -> None:
        """Tell each change since the last look; at the first, what is."""
        if self._ladder is None:
            self._ladder = Ladder.of(self.market.book(self.source, now))
            self._tell(now)
        else:
            changes = self.market.changes(self.source, self.since, now)
            for index, change in enumerate(changes):
                self._ladder.apply(change)
                # Steps of one moment are one change of the book.
                if index + 1 == len(changes) or changes[index + 1].time != change.time:
                    self._tell(change.time)
        self.since = now

    def _tell(self, at: float) -> None:
        if self._ladder is None:
            return
        bid, ask, bid_size, ask_size = self._ladder.top
        if not bid or not ask:
            return
        if self._middle or self._ignore_size:
            told: tuple[float, ...] = ((bid + ask) / 2,) if self._middle else (bid, ask)
        else:
            told = (bid, ask, bid_size, ask_size)
        if told == self._told:
            return
        self._told = told
        send, rid, stamp = self.session.send, self.rid, int(at)
        if self._middle:
            send("tick by tick", 99, rid, 4, stamp, round((bid + ask) / 2, 10))
        else:
            sizes = (size(bid_size), size(ask_size))
            send("tick by tick", 99, rid, 3, stamp, bid, ask, *sizes, 0)


def request(session: Session, fields: Fields) -> None:
    """Message 97: follow every trade or quote of an instrument."""
    rid = fields.integer()
    contract = read_contract(fields)
    which = fields.string()
    past = fields.integer()
    ignore_size = fields.boolean()
    gateway = session.gateway
    if (Trades.kind, rid) in session.streams:
        session.error(rid, codes.DUPLICATE_TICKER)
        return
    if which not in _TYPES or not 0 <= past <= _MOST_PAST:
        session.error(rid, codes.INVALID, why=f"Invalid tick-by-tick request:{which},{past}")
        return
    security = security_of(session, rid, contract)
    if security is None:
        return
    why = _unavailable(security, which)
    if not why and not gateway.is_subscribed(security):
        why = f"No market data permissions for {security.contract.exchange}"
    if why:
        session.error(rid, codes.BAD_TICK_REQUEST, why=why)
        return
    if gateway.tick_rate.refuse(security.con_id, gateway.clock.now()):
        gateway.counters.violations["tick-by-tick"] += 1
        session.error(
            rid,
            codes.BAD_TICK_REQUEST,
            why="No more than 1 tick-by-tick request can be made for the same instrument "
            "within 15 seconds",
        )
        return
    if gateway.open_streams(Trades.kind) >= gateway.limits.tick_streams:
        gateway.counters.violations["tick streams"] += 1
        session.error(rid, codes.TOO_MANY_TICKS)
        return
    if which in (LAST, ALL_LAST):
        stream: Watched = Trades(session, rid, security, which)
    else:
        stream = Quotes(session, rid, security, which, ignore_size=ignore_size)
    if past:
        send_past(session, rid, stream.source, which, stream.since, past)
    begin(session, stream)


def cancel(session: Session, fields: Fields) -> None:
    """Message 98: follow no longer."""
    rid = fields.integer()
    if session.streams.pop((Trades.kind, rid), None) is None:
        session.error(rid, codes.UNKNOWN_TICKER)


def _unavailable(security: Security, which: str) -> str:
    contract = security.contract
    if contract.sec_type in ("OPT", "BAG"):
        return f"{which} tick-by-tick requests are not supported for {contract.sec_type}."
    if contract.sec_type == "IND" and contract.exchange not in CME_GROUP:
        return f"{which} tick-by-tick requests are not supported for {contract.symbol}."
    if contract.sec_type == "CASH" and which in (LAST, ALL_LAST):
        return f"{which} tick-by-tick requests are not supported for {contract.local_symbol}."
    return ""

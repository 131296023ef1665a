"""Market depth: requests 10 and 11, and the exchanges that have it (82)."""

from __future__ import annotations

from typing import ClassVar

from quanticity.sim.gateway import codes
from quanticity.sim.gateway.contract_fields import read_contract
from quanticity.sim.gateway.ladder import Ladder
from quanticity.sim.gateway.names import STOCK_EXCHANGES
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.streams import Watched, begin, security_of
from quanticity.sim.gateway.wire import Fields, size

MOST_ROWS = 10
_WITH_BOOK = ("STK", "FUT", "CASH", "CRYPTO")
# TWS's name for Nasdaq's own book.
_SAME = {"ISLAND": "NASDAQ"}


class Depth(Watched):
    """A book of so many rows a side.

    Of SMART it has the rows of all venues, each with its code; of a named exchange those of that
    one alone. Rows are told by their position, inserted and deleted at the end only: some clients
    move the rows below an insert, others overwrite, and so both have the same book.
    """

    kind: ClassVar = "book"

    def __init__(
        self, session: Session, rid: int, security: Security, rows: int, venue: str, *, smart: bool
    ) -> None:
        super().__init__(session, rid, security)
        self._rows = min(rows, MOST_ROWS)
        self._venue = venue
        self._smart = smart
        self._coded = security.contract.sec_type == "STK"
        self._ladder = Ladder()
        self._shown_at = -1.0

    def look(self, now: float) -> None:
        """Tell the rows that changed since the last look; at the first, all."""
        self.since = now
        book = self.market.book(self.source, now)
        if book is not None and book.time == self._shown_at:
            return
        self._shown_at = -1.0 if book is None else book.time
        wanted = Ladder.of(book, self._venue, self._rows)
        for step in self._ladder.towards(wanted):
            row = step.row
            self._tell(step.position, step.operation, step.side, row.price, row.size, row.venue)
        self._ladder = wanted

    def resume(self, now: float) -> None:
        """Begin with a whole book: the client empties what it has."""
        self.since = now
        self._ladder = Ladder()
        self._shown_at = -1.0
        self.session.error(self.rid, codes.BOOK_RESET)

    def _tell(
        self, position: int, operation: int, side: int, price: float, shares: float, venue: str
    ) -> None:
        what = f"{operation}\0{side}\0{price}\0{size(shares)}\0"
        if self._coded:
            smart = int(self._smart)
            body = f"13\x001\0{self.rid}\0{position}\0{venue}\0{what}{smart}\0"
        else:
            body = f"12\x001\0{self.rid}\0{position}\0{what}"
        self.session.send_plain("depth", body)


def request(session: Session, fields: Fields) -> None:
    """Message 10: follow a book."""
    fields.skip(1)
    rid = fields.integer()
    contract = read_contract(fields)
    rows = fields.integer()
    smart = fields.boolean()
    gateway = session.gateway
    if (Depth.kind, rid) in session.streams:
        session.error(rid, codes.DUPLICATE_TICKER)
        return
    if rows <= 0:
        session.error(rid, codes.INVALID, why=f"Invalid number of rows:{rows}")
        return
    security = security_of(session, rid, contract)
    if security is None:
        return
    if security.contract.sec_type not in _WITH_BOOK:
        session.error(rid, codes.NO_DEPTH)
        return
    if not gateway.is_subscribed(security):
        session.error(rid, codes.NOT_SUBSCRIBED)
        return
    if gateway.open_streams(Depth.kind) >= gateway.limits.books:
        gateway.counters.violations["books"] += 1
        session.error(rid, codes.TOO_MANY_BOOKS, limit=gateway.limits.books)
        return
    named = contract.exchange if security.contract.sec_type == "STK" else ""
    venue = "" if named in ("", "SMART") else _SAME.get(named, named)
    begin(session, Depth(session, rid, security, rows, venue, smart=smart or not venue))


def cancel(session: Session, fields: Fields) -> None:
    """Message 11: follow a book no longer."""
    fields.skip(1)
    rid = fields.integer()
    if session.streams.pop((Depth.kind, rid), None) is None:
        session.error(rid, codes.UNKNOWN_BOOK)


def exchanges(session: Session, _fields: Fields) -> None:
    """Message 82: where there is depth."""
    found: list[str | int] = []
    rows = [(name, "STK") for name in STOCK_EXCHANGES if name != "SMART"]
    rows += [(name, "FUT") for name in ("CME", "CBOT", "NYMEX", "COMEX", "CFE", "NYBOT")]
    rows += [("IDEALPRO", "CASH"), ("PAXOS", "CRYPTO")]
    for name, sec_type in rows:
        found += [name, sec_type, "", "Deep2" if sec_type == "STK" else "Deep", 1]
    session.send("depth exchanges", 80, len(rows), *found)

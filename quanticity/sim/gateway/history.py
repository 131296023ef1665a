"""History: bars of the past (20, 25) and where they begin (87)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import ClassVar

from quanticity.clock import EASTERN
from quanticity.sim.gateway import codes, stamps
from quanticity.sim.gateway.bars import BID_ASK, Bar
from quanticity.sim.gateway.contract_fields import read_contract, read_legs
from quanticity.sim.gateway.past import FIRST_DAY, SMALL_BAR, NoHistory, Query, past
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.stamps import BadTime
from quanticity.sim.gateway.streams import Watched, begin, security_of
from quanticity.sim.gateway.wire import Fields, Value

# How long an answer takes, and how often a bar that is not over is told, seconds.
_ANSWER, _UPDATE = 0.2, 5.0
_EPOCH = 2


class Past(Watched):
    """A query under way; with `keeps` it goes on with the newest bar after its answer."""

    kind: ClassVar = "history"

    def __init__(
        self,
        session: Session,
        rid: int,
        security: Security,
        query: Query,
        form: int,
        *,
        keeps: bool,
    ) -> None:
        super().__init__(session, rid, security)
        self._query = query
        self._form = form
        self._keeps = keeps
        self._due = self.since + _ANSWER
        self._is_answered = False

    def look(self, now: float) -> None:
        """Answer when it is time; then, where it is kept up, tell the newest bar."""
        if now < self._due:
            return
        self._due = now + _UPDATE
        if self._is_answered:
            self._go_on(now)
            return
        self._is_answered = True
        query = self._query
        try:
            found = past(self.market, self.security, query)
        except NoHistory as error:
            self.session.error(self.rid, codes.HISTORICAL, why=error)
            self.end()
            return
        if not found:
            self.session.error(
                self.rid,
                codes.HISTORICAL,
                why=f"HMDS query returned no data: {self.security.contract.symbol}@{query.what}",
            )
            self.end()
            return
        rows: list[Value] = []
        for bar in found:
            rows += [self._date(bar), bar.open, bar.high, bar.low, bar.close]
            rows += [bar.volume, bar.wap, bar.count]
        begins, ends = stamps.local(found[0].time), stamps.local(query.end)
        self.session.send("history", 17, self.rid, begins, ends, len(found), *rows)
        if not self._keeps:
            self.end()

    def _go_on(self, now: float) -> None:
        query = replace(self._query, end=now, duration=f"{max(self._query.size, 60)} S")
        found = past(self.market, self.security, query)
        if found:
            bar = found[-1]
            figures = (bar.open, bar.close, bar.high, bar.low, bar.wap, bar.volume)
            self.session.send("history update", 90, self.rid, bar.count, self._date(bar), *figures)

    def _date(self, bar: Bar) -> str:
        if not self._query.size:
            return stamps.day(bar.time)
        return str(int(bar.time)) if self._form == _EPOCH else stamps.local(bar.time)


def request(session: Session, fields: Fields) -> None:
    """Message 20: bars of the past."""
    rid = fields.integer()
    contract = read_contract(fields)
    fields.skip(1)
    end, bar, duration = fields.string(), fields.string(), fields.string()
    regular, what, form = fields.boolean(), fields.string(), fields.integer(1)
    if contract.sec_type == "BAG":
        contract = replace(contract, combo_legs=read_legs(fields))
    keeps = fields.boolean()
    gateway = session.gateway
    now = gateway.clock.now()
    if (Past.kind, rid) in session.streams:
        session.error(rid, codes.DUPLICATE_TICKER)
        return
    try:
        at = min(stamps.read_time(end), now) if end else now
        query = Query.read(what, bar, duration, at, regular=regular)
        query.check(keeps=keeps, open_end=not end)
    except (BadTime, NoHistory) as error:
        session.error(rid, codes.INVALID, why=error)
        return
    security = security_of(session, rid, contract)
    if security is None:
        return
    if not gateway.is_subscribed(security):
        session.error(rid, codes.HISTORICAL, why="No market data permissions for this contract")
        return
    if gateway.open_streams(Past.kind) >= gateway.limits.open_history:
        gateway.counters.violations["open history"] += 1
        session.error(rid, codes.TOO_MUCH_HISTORY, limit=gateway.limits.open_history)
        return
    if 0 < query.size <= SMALL_BAR:
        weight = 2 if what == BID_ASK else 1
        asked = (security.con_id, end, bar, duration, what, regular)
        broken = gateway.history_rate.refuse(asked, (security.con_id, what), weight, now)
        if broken:
            gateway.counters.violations[broken] += 1
            session.error(rid, codes.HISTORICAL, why="Historical data request pacing violation")
            return
    begin(session, Past(session, rid, security, query, form, keeps=keeps))


def cancel(session: Session, fields: Fields) -> None:
    """Message 25: answer no more."""
    fields.skip(1)
    rid = fields.integer()
    if session.streams.pop((Past.kind, rid), None) is None:
        session.error(rid, codes.UNKNOWN_HISTORY)
    else:
        session.error(rid, codes.HISTORICAL, why=f"API historical data query cancelled: {rid}")


def head(session: Session, fields: Fields) -> None:
    """Message 87: when the history of a contract begins."""
    rid = fields.integer()
    contract = read_contract(fields)
    fields.skip(3)
    form = fields.integer(1)
    security = security_of(session, rid, contract)
    if security is None:
        return
    at = datetime.combine(FIRST_DAY, time(9, 30), EASTERN).timestamp()
    said = str(int(at)) if form == _EPOCH else stamps.local(at)
    session.send("head timestamp", 88, rid, said)


def cancel_head(session: Session, fields: Fields) -> None:
    """Message 90: it was answered at once, so there is nothing to cancel."""
    del session
    fields.skip(1)

"""Bars of five seconds as they end: requests 50 and 51."""

from __future__ import annotations

from typing import ClassVar

from quanticity.sim.gateway import codes
from quanticity.sim.gateway.bars import SHOWN, Bar, bars_of
from quanticity.sim.gateway.contract_fields import read_contract
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.streams import Watched, begin, security_of
from quanticity.sim.gateway.wire import Fields

_SECONDS = 5
_KINDS = ("TRADES", "MIDPOINT", "BID", "ASK")


class LiveBars(Watched):
    """A bar each five seconds while there is trading; one without trades repeats the last price."""

    kind: ClassVar = "bars"

    def __init__(self, session: Session, rid: int, security: Security, what: str) -> None:
        super().__init__(session, rid, security)
        self._what = what
        self._next = self.since // _SECONDS * _SECONDS
        self._last = 0.0

    def resume(self, now: float) -> None:
        """Go on with the bar that is not over."""
        self._next = now // _SECONDS * _SECONDS

    def look(self, now: float) -> None:
        """Tell each bar that has ended."""
        until = now // _SECONDS * _SECONDS
        if until <= self._next:
            return
        found = bars_of(self.market, self.source, self._what, self._next, until, _SECONDS)
        by_time = {bar.time: bar for bar in found}
        while self._next < until:
            at, self._next = self._next, self._next + _SECONDS
            bar = by_time.get(at)
            if bar is not None:
                self._last = bar.close
            elif self._last and self.market.trading(self.source, at):
                last = self._last
                bar = Bar(at, last, last, last, last, 0, last, 0)
            if bar is not None:
                figures = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.wap, bar.count)
                self.session.send("live bar", 50, 3, self.rid, int(at), *figures)


def request(session: Session, fields: Fields) -> None:
    """Message 50: follow bars of five seconds."""
    fields.skip(1)
    rid = fields.integer()
    contract = read_contract(fields)
    fields.skip(1)
    what = fields.string()
    gateway = session.gateway
    if (LiveBars.kind, rid) in session.streams:
        session.error(rid, codes.DUPLICATE_TICKER)
        return
    if what not in _KINDS:
        session.error(rid, codes.INVALID, why=f"Invalid what-to-show of real-time bars:{what}")
        return
    security = security_of(session, rid, contract)
    if security is None:
        return
    if security.is_option or security.legs or what not in SHOWN[security.contract.sec_type]:
        session.error(rid, codes.INVALID, why=f"No real-time bars of {what} for this contract")
        return
    if not gateway.is_subscribed(security):
        session.error(rid, codes.LIVE_BARS_REFUSED)
        return
    if gateway.open_lines() >= gateway.limits.lines:
        gateway.counters.violations["lines"] += 1
        session.error(rid, codes.TOO_MANY_LINES)
        return
    now = gateway.clock.now()
    key = (security.con_id, what, "live", session.client_id, rid)
    broken = gateway.history_rate.refuse(key, (security.con_id, what), 1, now)
    if broken:
        gateway.counters.violations[broken] += 1
        session.error(rid, codes.PACING_OF_LIVE_BARS)
        return
    begin(session, LiveBars(session, rid, security, what))


def cancel(session: Session, fields: Fields) -> None:
    """Message 51: follow no longer."""
    fields.skip(1)
    rid = fields.integer()
    if session.streams.pop((LiveBars.kind, rid), None) is None:
        session.error(rid, codes.UNKNOWN_TICKER)

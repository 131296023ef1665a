"""Subscriptions to contracts: which one is meant, and how one begins."""

from __future__ import annotations

from quanticity.sim.exchange.model import Contract
from quanticity.sim.gateway import codes
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.session import Session, Stream


class Watched(Stream):
    """A subscription to a contract. `source` is whose tape and book it has."""

    def __init__(self, session: Session, rid: int, security: Security) -> None:
        super().__init__(session, rid)
        self.security = security
        self.market = session.gateway.market
        self.source = self.market.source(security.market, self.since)


def security_of(session: Session, rid: int, wanted: Contract) -> Security | None:
    """The one contract that a request means; None where the client was told that there is none."""
    gateway = session.gateway
    if gateway.has_rival:
        session.error(rid, codes.COMPETING_SESSION)
        return None
    try:
        found = gateway.directory.one(wanted, gateway.clock.now())
    except LookupError as error:
        session.error(rid, codes.AMBIGUOUS, symbol=error)
        return None
    if found is None:
        session.error(rid, codes.UNKNOWN_CONTRACT)
    return found


def begin(session: Session, stream: Stream) -> None:
    """Keep a subscription, and tell what is."""
    session.streams[stream.kind, stream.rid] = stream
    if not session.gateway.is_cut_off:
        stream.look(stream.since)

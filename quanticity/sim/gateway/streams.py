"""What a client subscribed to: at each look it is told what came since the last one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from quanticity.sim.gateway import codes
from quanticity.sim.gateway.securities import Security

if TYPE_CHECKING:
    from quanticity.sim.exchange.model import Contract
    from quanticity.sim.gateway.session import Session


class Stream(ABC):
    """One subscription, under the client's own id for it."""

    kind: ClassVar[str]

    def __init__(self, session: Session, rid: int) -> None:
        self.session = session
        self.rid = rid
        self.since = session.gateway.clock.now()

    @abstractmethod
    def look(self, now: float) -> None:
        """Tell what came since the last look (and what is, at the first)."""

    def resume(self, now: float) -> None:
        """Go on from now: what came since the last look was lost."""
        self.since = now

    def end(self) -> None:
        """It is over, by the gateway's own doing."""
        self.session.streams.pop((self.kind, self.rid), None)


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
    if gateway.outages.has_rival:
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

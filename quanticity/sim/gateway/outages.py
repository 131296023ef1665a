"""What befalls the gateway as a whole: lost servers, restarts, and faults of all clients."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from quanticity.clock import EASTERN
from quanticity.logs import logger
from quanticity.sim.faults import catalog
from quanticity.sim.faults.fault import TIME, Fault, Where
from quanticity.sim.gateway import codes
from quanticity.sim.gateway.session import Host
from quanticity.sim.gateway.streams import Watched

_LOST = 1101
# IBKR's nightly restart, Eastern: before it requests are lost, and after it nobody can connect.
_NIGHT, _VANISH, _AWAY = time(23, 45), 15.0, 60.0


class Outages:
    """Which of them there are now, and what they do as time goes on."""

    def __init__(self, gateway: Host) -> None:
        self._gateway = gateway
        self._back_at: float | None = None
        self._back_with = _LOST
        self._restarts_at: float | None = None
        self._away_for = 0.0
        self._away_until: float | None = None
        self.has_rival = False
        self._nightly_at = _next_night(gateway.clock.now())

    @property
    def is_cut_off(self) -> bool:
        """Whether the gateway has lost its servers."""
        return self._back_at is not None

    @property
    def is_away(self) -> bool:
        """Whether the gateway restarts: nobody may connect."""
        until = self._away_until
        return until is not None and self._gateway.clock.now() < until

    def vanishes(self, now: float) -> bool:
        """Whether requests are lost: a restart is about to come."""
        del now
        return self._restarts_at is not None

    def disconnect(self, seconds: float, back: int) -> None:
        """Lose the servers: 1100 now, and after `seconds` 1101 (streams gone) or 1102."""
        gateway = self._gateway
        if self._back_at is None:
            logger.info(f"gateway: connectivity is lost for {seconds:g} s, back with {back}")
            for session in gateway.sessions:
                session.error(-1, codes.CONNECTIVITY_LOST)
        self._back_at = gateway.clock.now() + seconds
        self._back_with = back

    def lose_data(self) -> None:
        """Another session of the same login takes the market data: 10197 for every stream."""
        self.has_rival = True
        for session in self._gateway.sessions:
            for stream in list(session.streams.values()):
                if isinstance(stream, Watched):
                    session.error(stream.rid, codes.COMPETING_SESSION)
                    stream.end()

    def regain_data(self) -> None:
        """The other session is gone; what is wanted has to be asked for again."""
        self.has_rival = False

    def restart(self, vanish: float, seconds: float) -> None:
        """Lose requests for `vanish` seconds, then close every client and be away for `seconds`."""
        if self._restarts_at is None:
            self._restarts_at = self._gateway.clock.now() + vanish
            self._away_for = seconds

    def look(self, now: float) -> None:
        """Do what is due."""
        gateway = self._gateway
        if gateway.faults.active(Where.WIRE) and gateway.faults.next_at(Where.WIRE, now) <= now:
            fault = gateway.faults.fire(TIME, Where.WIRE, now)
            if fault is not None:
                gateway.counters.faults[fault.name] += 1
                self._strike(fault)
        if now >= self._nightly_at:
            self._nightly_at = _next_night(now)
            self.restart(_VANISH, _AWAY)
        if self._restarts_at is not None and now >= self._restarts_at:
            self._restarts_at = None
            self._away_until = now + self._away_for
            logger.info(f"gateway: restarts, away for {self._away_for:g} s")
            gateway.counters.connections["restarts"] += 1
            self._back_at = None
            for session in list(gateway.sessions):
                session.channel.close()
        if self._back_at is not None and now >= self._back_at:
            self._come_back(now)

    def _come_back(self, now: float) -> None:
        gateway = self._gateway
        self._back_at = None
        lost = self._back_with == _LOST
        for session in gateway.sessions:
            session.error(-1, codes.RESTORED_LOST if lost else codes.RESTORED_KEPT)
            if lost:
                session.streams.clear()
            for stream in list(session.streams.values()):
                stream.resume(now)

    def _strike(self, fault: Fault) -> None:
        match fault:
            case catalog.Disconnect():
                self.disconnect(fault.seconds, fault.back)
            case catalog.NightlyRestart():
                self.restart(fault.vanish, fault.seconds)
            case _:
                for session in list(self._gateway.sessions):
                    channel = session.channel
                    if isinstance(fault, catalog.Silence):
                        channel.silence(fault.seconds)
                    elif isinstance(fault, catalog.HalfOpen):
                        channel.half_open(fault.seconds)
                    else:
                        channel.close()


def _next_night(now: float) -> float:
    """When the next nightly restart begins."""
    local = datetime.fromtimestamp(now, EASTERN)
    tonight = datetime.combine(local.date(), _NIGHT, EASTERN)
    if local >= tonight:
        tonight = datetime.combine(local.date() + timedelta(days=1), _NIGHT, EASTERN)
    return tonight.timestamp()

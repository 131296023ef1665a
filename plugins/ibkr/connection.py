"""Keeps one connection: connects, backs off, notices silence, and says in a line what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .account import listed
from .desk import Desk
from .port import Line, LineError
from .ports import PORTS, elsewhere
from .receiver import Receiver

_FIRST_PAUSE = 0.25
# One at a time: of several nobody could tell which was answered.
_PING_EVERY = 2.0
_ID_IN_USE = 326
# A line that lived so long was well: the next pause is the shortest again.
_WELL_FOR = 30.0
# After so long without word of a connection to the vendor, TWS is asked anew.
_LONGEST_DEGRADED = 180.0
_STRAY_DATA = 2.0
# Other ports are tried this often while nobody is at ours.
_LOOK_ELSEWHERE = 60.0


class Connection:
    """One for data. `begun` is called when there is one, `lost` when it is gone."""

    def __init__(
        self,
        desk: Desk,
        receiver: Receiver,
        sleep: Callable[[float], Awaitable[None]],
        line_for: Callable[[Any], Line],
        stand_in: Callable[[str], tuple[str, int] | None],
    ) -> None:
        self._desk = desk
        self._receiver = receiver
        self._sleep = sleep
        self._line_for = line_for
        self._stand_in = stand_in
        self._broken = asyncio.Event()
        self._told = ""
        self._elsewhere, self._looked_at = "", -_LOOK_ELSEWHERE
        self.reason = ""
        self.do = ""
        self.state = "connecting"
        # Whether somebody listens at the port; None while that is not known.
        self.opened: bool | None = None
        self.since = desk.now()
        self.degraded_at = 0.0
        self.version = 0
        self.connects = 0
        self.begun: Callable[[], None] = lambda: None
        self.lost: Callable[[str], None] = lambda reason: None
        self.back: Callable[[bool], None] = lambda with_data: None
        desk.broke = self.broke
        receiver.on_closed = self.broke

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect: what stands in for the vendor, else as configured."""
        params = self._desk.params
        return self._stand_in("ibkr") or (params.host, params.port)

    @property
    def is_simulated(self) -> bool:
        """Whether something stands in for the vendor in this run."""
        return self._stand_in("ibkr") is not None

    @property
    def place(self) -> str:
        """The address for people."""
        host, port = self.address
        kind = "simulated" if self.is_simulated else PORTS.get(port, "")
        return f"{host}:{port}" + (f" ({kind})" if kind else "")

    def broke(self, reason: str) -> None:
        """The line is gone, or is given up."""
        if not self._broken.is_set():
            self.reason = reason
            self._broken.set()

    async def keep(self) -> None:
        """Go on until cancelled."""
        desk, pause = self._desk, _FIRST_PAUSE
        try:
            while True:
                began = desk.now()
                line = await self._connect()
                if line is not None:
                    self._begin(line, desk.now() - began)
                    await self._live()
                    lived = desk.now() - self.since
                    pause = _FIRST_PAUSE if lived > _WELL_FOR else pause
                    self._end(line)
                await self._sleep(pause)
                pause = min(max(desk.params.retry_longest, _FIRST_PAUSE), 2 * pause)
        finally:
            if desk.line is not None:
                desk.line.close()

    async def _connect(self) -> Line | None:
        params = self._desk.params
        host, port = self.address
        self._broken.clear()
        line = self._line_for(self._receiver)
        try:
            await line.connect(host, port, params.client_id, params.patience)
        except LineError as error:
            await self._look_elsewhere(line, error)
            self._refused(error)
            return None
        return line

    async def _look_elsewhere(self, line: Line, error: LineError) -> None:
        """Whether it is TWS that runs where the Gateway is looked for, or the other way."""
        host, port = self.address
        now = self._desk.now()
        if self.is_simulated or error.code:
            self._elsewhere = ""
        elif abs(now - self._looked_at) >= _LOOK_ELSEWHERE:
            self._looked_at = now
            self._elsewhere = await elsewhere(port, lambda other: line.listens(host, other))

    def _refused(self, error: LineError) -> None:
        params = self._desk.params
        self._desk.counts["refused_connections"] += 1
        self.state, self.reason = "down", str(error)
        self.opened = error.opened
        self.do = self._advice()
        if self._elsewhere:
            self.do = f"{self._elsewhere}; else {self.do}"
        if error.code == _ID_IN_USE:
            self.state = "id_in_use"
            self.reason = f"client id {params.client_id} is in use"
            self.do = "end the other program, or an earlier run of this one, or set ibkr.client_id"
        self._say(f"no connection to {self.place}: {self.reason}; {self.do}")

    def _advice(self) -> str:
        """What to do where nobody is there, or where somebody is and does not let us in."""
        port = self.address[1]
        if self.is_simulated:
            return (
                "it belongs to this run, which begins it again by itself; if it stays away, end "
                "the run and start it anew"
            )
        if self.opened:
            return (
                "the port is open, but whoever listens there does not let us in: log in to TWS or "
                "the Gateway, answer the dialog that it shows, or start it anew where it hangs; if "
                "another program has this port, set ibkr.port"
            )
        return (
            "start TWS or the Gateway, and enable its API: Configure, API, Settings, 'Enable "
            f"ActiveX and Socket Clients', socket port {port}; or, without an account, "
            f"`python main.py sim gateway --port {port}`"
        )

    def _say(self, text: str) -> None:
        """A warning, once for each thing that is wrong."""
        if text != self._told:
            self._told = text
            self._desk.log.warning(text)

    def _begin(self, line: Line, took: float) -> None:
        desk = self._desk
        self._told, self.reason, self.do = "", "", ""
        self.opened = True
        self.state, self.since, self.degraded_at = "up", desk.now(), 0.0
        self.version = line.version
        self.connects += 1
        desk.accounts.names = tuple(line.accounts)
        self._receiver.heard_at = self._receiver.answered_at = desk.now()
        desk.line, desk.up = line, True
        accounts = listed(desk.accounts.names)
        said = f"connected to {self.place} as client {desk.params.client_id}"
        desk.log.info(f"{said}, server {line.version}, account {accounts}, in {took:.1f} s")
        self.begun()

    def _end(self, line: Line) -> None:
        desk = self._desk
        desk.line, desk.up = None, False
        line.close()
        desk.counts["disconnects"] += 1
        self.state, self.since, self.opened = "down", desk.now(), None
        self._say(f"lost {self.place}: {self.reason or 'closed'}; it is tried again")
        self.lost(self.reason or "the connection is gone")

    async def _live(self) -> None:
        """Until the line breaks, or is silent for too long."""
        desk = self._desk
        asked = desk.now()
        while not self._broken.is_set():
            step = min(1.0, desk.params.silence / 4)
            waiter = asyncio.ensure_future(self._broken.wait())
            sleeper = asyncio.ensure_future(self._sleep(step))
            try:
                await asyncio.wait((waiter, sleeper), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiter.cancel()
                sleeper.cancel()
            now = desk.now()
            # A clock that was set back has heard of nothing yet.
            self._receiver.heard_at = min(self._receiver.heard_at, now)
            self._receiver.answered_at = min(self._receiver.answered_at, now)
            silent = now - self._receiver.heard_at
            unanswered = now - self._receiver.answered_at
            if silent > 2 * desk.params.silence:
                self.broke(f"not a word for {silent:,.0f} s, and no answer to the time")
            elif unanswered > 4 * desk.params.silence:
                self.broke(f"it sends data, and has answered nothing for {unanswered:,.0f} s")
            elif not 0 <= now - asked < _PING_EVERY and not desk.pings.open:
                asked = now
                desk.ping()
            if self.degraded_at and now - self.degraded_at > _LONGEST_DEGRADED:
                self.broke("TWS did not find its way back to the vendor")

    # What the vendor says of its own connection

    def degrade(self, reason: str) -> None:
        """TWS is there, and the vendor is not."""
        desk = self._desk
        if desk.line is None or not desk.up:
            return
        desk.up = False
        self.state, self.reason, self.degraded_at = "degraded", reason, desk.now()
        self._say(f"{reason}; what is known goes on ageing")

    def restore(self, *, with_data: bool) -> None:
        """The vendor is back; `with_data` where our subscriptions are still known."""
        desk = self._desk
        if desk.line is None:
            return
        desk.up = True
        self.state, self.reason, self.degraded_at = "up", "", 0.0
        self._told = ""
        kept = "kept" if with_data else "gone: all is asked for again"
        desk.log.info(f"the vendor is back; subscriptions are {kept}")
        self.back(with_data)

    def data_came(self) -> None:
        """Data of ours came. While TWS says the vendor is away, that is word of its return.

        They are of subscriptions that there are, so these were kept.
        """
        if self.degraded_at and self._desk.now() - self.degraded_at > _STRAY_DATA:
            self.restore(with_data=True)

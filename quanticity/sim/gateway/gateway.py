"""The gateway: its clients, its limits, and the pulse by which streams and orders go on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence

from quanticity.clock import Clock
from quanticity.errors import QuanticityError
from quanticity.logs import logger
from quanticity.sim.exchange.exchange import Exchange
from quanticity.sim.faults.fault import Where
from quanticity.sim.faults.ports import Faults, NoFaults
from quanticity.sim.gateway import memory
from quanticity.sim.gateway.channel import Channel
from quanticity.sim.gateway.connection import Connection
from quanticity.sim.gateway.counters import Counters
from quanticity.sim.gateway.desk import Desk
from quanticity.sim.gateway.limits import HistoryRate, Limits, TickRate
from quanticity.sim.gateway.markets import SimMarkets
from quanticity.sim.gateway.outages import Outages
from quanticity.sim.gateway.ports import Market
from quanticity.sim.gateway.reels import Reels
from quanticity.sim.gateway.securities import Directory, Security
from quanticity.sim.gateway.session import Session
from quanticity.sim.market.factors import BeyondMarket

LOOK = 0.1
_LEAST = 0.005
_LINES = ("line", "bars")


class Gateway:
    """Serves one market and one broker to any number of clients, by one clock.

    `look` is how often streams are told what came, in the clock's seconds. `unsubscribed` are the
    symbols (ours) without a market data subscription: they have delayed data only. A `read_only`
    one refuses everything of orders, the lists of them as well, as TWS does out of the box.
    """

    def __init__(
        self,
        market: Market,
        clock: Clock,
        faults: Faults | None = None,
        *,
        limits: Limits | None = None,
        look: float = LOOK,
        unsubscribed: Iterable[str] = (),
        accounts: tuple[str, ...] = ("DU1234567",),
        seed: int = 0,
        read_only: bool = False,
    ) -> None:
        self.market = market
        self.clock = clock
        self.faults: Faults = faults or NoFaults()
        self.limits = limits or Limits()
        self.counters = Counters()
        self.accounts = accounts
        self.read_only = read_only
        self.directory = Directory(market)
        self.markets = SimMarkets(market, self.directory, clock)
        self.desk = Desk(self, Exchange(self.markets, clock.now(), accounts, seed=seed))
        self.reels = Reels(market)
        # Accounts in which something was traded since the last look.
        self.accounts_changed: set[str] = set()
        self.tick_rate = TickRate(self.limits.tick_request_seconds)
        self.history_rate = HistoryRate(self.limits)
        self.outages = Outages(self)
        self.sessions: list[Session] = []
        self._look = look
        self._unsubscribed = frozenset(unsubscribed)
        self._by_client: dict[int, Session] = {}
        self._server: asyncio.Server | None = None
        self._pulse: asyncio.Task[None] | None = None

    # Being there

    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen, and return the port. OSError where it is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), host, port)
        self.start()
        return int(self._server.sockets[0].getsockname()[1])

    def start(self) -> None:
        """Let time go on: streams and orders live from now."""
        if self._pulse is None:
            self._pulse = asyncio.get_running_loop().create_task(self._live())

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._pulse is not None:
            self._pulse.cancel()
            await asyncio.gather(self._pulse, return_exceptions=True)
            self._pulse = None
        for session in list(self.sessions):
            session.channel.close()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        # A turn of the loop, in which connections learn that they are gone.
        await asyncio.sleep(0)

    def attach(self, client: asyncio.Protocol) -> asyncio.Transport:
        """Connect a protocol without sockets. ConnectionRefusedError while nobody may connect."""
        if self.outages.is_away:
            raise ConnectionRefusedError("the gateway restarts")
        self.start()
        return memory.connect(client, Connection(self))

    async def connect_in_memory(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect without sockets, as `asyncio.open_connection` does."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport = self.attach(protocol)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    def restore(self, issued: Sequence[Sequence[str]], exchange: bytes) -> None:
        """Go on with the contracts and the exchange of another run of this market.

        QuanticityError where they cannot be read.
        """
        try:
            self.directory.restore(issued)
            self.desk.exchange.restore(exchange)
        except ValueError as error:
            raise QuanticityError(f"it cannot be gone on from: {error}") from None

    # Clients

    def opened(self, session: Session, transport: asyncio.Transport) -> Channel:
        """A connection is there; while the gateway is away it is not."""
        self.counters.connections["opened"] += 1
        unread = self.limits.unread_bytes
        channel = Channel(transport, self.clock, self.faults, self.counters, unread)
        if self.outages.is_away:
            self.counters.refused["away"] += 1
            channel.close()
        self.sessions.append(session)
        return channel

    def closed(self, session: Session) -> None:
        """A connection is gone."""
        self.counters.connections["closed"] += 1
        if session in self.sessions:
            self.sessions.remove(session)
        if session.client_id is not None and self._by_client.get(session.client_id) is session:
            del self._by_client[session.client_id]
        session.streams.clear()

    def admit(self, client_id: int, session: Session) -> bool:
        """Whether a client may have this id; it is then his until he is gone."""
        if client_id in self._by_client:
            return False
        self._by_client[client_id] = session
        return True

    def client(self, client_id: int) -> Session | None:
        """The session of a client, where it is connected."""
        return self._by_client.get(client_id)

    def next_order_id(self, client_id: int) -> int:
        """The next order id that a client can use."""
        return self.desk.exchange.next_order_id(client_id)

    # Limits that all clients share

    def open_streams(self, kind: str) -> int:
        """How many subscriptions of a kind there are."""
        return sum(key[0] == kind for session in self.sessions for key in session.streams)

    def open_lines(self) -> int:
        """How many lines of market data are in use."""
        return sum(self.open_streams(kind) for kind in _LINES)

    def is_subscribed(self, security: Security) -> bool:
        """Whether there are live data of a contract."""
        return security.market not in self._unsubscribed and not any(
            leg.market in self._unsubscribed for leg, _ in security.legs
        )

    # The pulse

    @property
    def is_cut_off(self) -> bool:
        """Whether the gateway has lost its servers."""
        return self.outages.is_cut_off

    @property
    def has_rival(self) -> bool:
        """Whether another session of the same login has the market data."""
        return self.outages.has_rival

    def vanishes(self, now: float) -> bool:
        """Whether a request is lost, as those just before a restart are."""
        if not self.outages.vanishes(now):
            return False
        self.counters.refused["lost before a restart"] += 1
        return True

    def look(self) -> None:
        """Tell every stream what came since the last look."""
        now = self.clock.now()
        self.outages.look(now)
        if self.is_cut_off:
            return
        self.desk.advance(now)
        for session in list(self.sessions):
            for stream in list(session.streams.values()):
                stream.look(now)
        self.accounts_changed.clear()

    async def _live(self) -> None:
        while True:
            await self.clock.sleep(self._wait())
            try:
                self.look()
            except BeyondMarket as error:
                if not self.counters.refused["beyond the market"]:
                    logger.warning(f"gateway: nothing comes any more: {error}")
                self.counters.refused["beyond the market"] += 1
            except Exception as error:  # noqa: BLE001
                # One look that fails must not be the last: it is counted, said, and goes on.
                self.counters.refused["failed look"] += 1
                logger.opt(exception=error).error(f"gateway: a look failed: {error!r}")

    def _wait(self) -> float:
        """Until the next look; sooner where a fault is due."""
        now = self.clock.now()
        due = self.faults.next_at(Where.WIRE, now) if self.faults.active(Where.WIRE) else math.inf
        due = min(due, self.desk.exchange.next_at())
        return max(_LEAST, min(self._look, due - now))

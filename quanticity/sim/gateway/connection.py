"""One client from its greeting to its end: requests come in, are judged, and go to what serves."""

from __future__ import annotations

import asyncio
from typing import Protocol

from quanticity.clock import eastern
from quanticity.logs import logger
from quanticity.sim.faults.fault import CONNECT, Where
from quanticity.sim.gateway import codes, wire
from quanticity.sim.gateway.channel import Channel
from quanticity.sim.gateway.codes import Code
from quanticity.sim.gateway.limits import MessageRate
from quanticity.sim.gateway.messages import OF_ORDERS, PLACE, REQUESTS
from quanticity.sim.gateway.session import Host, Session, Stream
from quanticity.sim.gateway.wire import BadField, BadFrame, Fields, Frames, Value
from quanticity.sim.market.factors import BeyondMarket

_START_API = 71
_LIVE = 1


class Door(Host, Protocol):
    """The gateway, for those who come and go."""

    def opened(self, session: Session, transport: asyncio.Transport) -> Channel:
        """A connection is there; while the gateway is away it is closed at once."""
        ...

    def closed(self, session: Session) -> None:
        """A connection is gone."""
        ...

    def admit(self, client_id: int, session: Session) -> bool:
        """Whether a client may have this id; it is then his until he is gone."""
        ...

    def vanishes(self, now: float) -> bool:
        """Whether a request is lost, as those just before a restart are."""
        ...


class Connection(asyncio.Protocol):
    """A `Session` over a transport."""

    channel: Channel

    def __init__(self, gateway: Door) -> None:
        self.gateway = gateway
        self.client_id: int | None = None
        self.market_data_type = _LIVE
        self.streams: dict[tuple[str, int], Stream] = {}
        self.follows: set[str] = set()
        self._frames = Frames()
        self._rate = MessageRate(gateway.limits.messages_per_second)
        self._is_greeted = False

    # The transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"a stream of bytes is needed, not {transport!r}")
        self.channel = self.gateway.opened(self, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes from the client: nothing in them ends the server."""
        if self.channel.is_deaf or not self.channel.is_open:
            return
        try:
            for payload in self._frames.feed(data):
                self._take(payload)
                if not self.channel.is_open:
                    return
        except BadFrame as error:
            self.gateway.counters.refused["bad frame"] += 1
            logger.info(f"gateway: a client is cut off: {error}")
            self.channel.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and with it all that it subscribed to."""
        self.channel.gone()
        self.gateway.closed(self)

    # What goes out

    def send(self, name: str, *fields: Value) -> None:
        """Send one message; `name` is what it is called in counters and by faults."""
        self.channel.send(wire.frame(*fields), name)

    def send_plain(self, name: str, body: str) -> None:
        """Send a message whose fields are written already, each with its NUL."""
        self.channel.send(wire.framed(body), name)

    def error(self, rid: int, code: Code, **about: object) -> None:
        """Send an error or a notice, about a request or (-1) about none."""
        self.gateway.counters.errors[str(code.number)] += 1
        said = code.text.format(rid=rid, **about) if about or "{rid}" in code.text else code.text
        self.send("error", 4, 2, rid, code.number, said)

    # What comes in

    def _take(self, payload: bytes) -> None:
        if not self._is_greeted:
            low, high = wire.versions(payload)
            if not low <= wire.SERVER_VERSION <= high:
                raise BadFrame(f"it speaks {low} to {high}, the gateway {wire.SERVER_VERSION}")
            self._is_greeted = True
            self.send("greeting", wire.SERVER_VERSION, _time_of(self.gateway.clock.now()))
            return
        gateway = self.gateway
        now = gateway.clock.now()
        received = self._rate.refuse(now)
        if received:
            gateway.counters.violations["messages"] += 1
            self.error(-1, codes.TOO_MANY_MESSAGES, received=received)
            if self._rate.goes_on:
                gateway.counters.connections["cut off: too many messages"] += 1
                self.channel.close()
            return
        fields = Fields(payload)
        try:
            message = fields.integer(-1)
        except BadField:
            message = -1
        self._answer(message, fields, now)

    def _answer(self, message: int, fields: Fields, now: float) -> None:
        known = REQUESTS.get(message)
        counters = self.gateway.counters
        if known is None and message != _START_API:
            counters.refused["unknown message"] += 1
            self.error(-1, codes.UNKNOWN_MESSAGE)
            return
        counters.messages[known.name if known else "start"] += 1
        if self.gateway.vanishes(now):
            return
        try:
            if known is None:
                self._start(fields)
            elif self.client_id is None:
                self.error(-1, codes.NOT_CONNECTED)
            elif self.gateway.read_only and message in OF_ORDERS:
                counters.refused["read only"] += 1
                self.error(fields.integer(-1) if message == PLACE else -1, codes.READ_ONLY)
            else:
                known.answer(self, fields)
        except BadField as error:
            counters.refused["bad field"] += 1
            self.error(-1, codes.UNREADABLE, message=message, why=error)
        except BeyondMarket as error:
            counters.refused["beyond the market"] += 1
            self.error(-1, codes.UNREADABLE, message=message, why=error)
        except Exception as error:  # noqa: BLE001
            # A mistake of ours in one answer must not end the connection: it is counted and said.
            counters.refused["failed request"] += 1
            logger.opt(exception=error).error(f"gateway: request {message} failed: {error!r}")
            self.error(-1, codes.UNREADABLE, message=message, why="the gateway failed")

    def _start(self, fields: Fields) -> None:
        """Message 71: the client says who it is."""
        fields.skip(1)
        client_id = fields.integer()
        gateway = self.gateway
        if self.client_id is not None:
            return
        fault = gateway.faults.fire(CONNECT, Where.WIRE, gateway.clock.now())
        if fault is not None:
            gateway.counters.faults[fault.name] += 1
        if fault is not None or not gateway.admit(client_id, self):
            gateway.counters.refused["client id in use"] += 1
            self.error(-1, codes.CLIENT_ID_IN_USE)
            self.channel.close()
            return
        self.client_id = client_id
        self.send("accounts", 15, 1, ",".join(gateway.accounts))
        self.send("next id", 9, 1, gateway.next_order_id(client_id))
        for code in codes.WELCOME:
            self.error(-1, code)


def _time_of(now: float) -> str:
    return eastern(now).strftime("%Y%m%d %H:%M:%S EST")

"""The local server that every simulated vendor lives in: one port, a prefix for each host.

What a request goes through: the way here (a random delay), its arrival (counted, stamped), the
vendor's door (token), its limits, its route and parameters, its handler, and the way back
(delay). A request is in flight at the vendor from its arrival until its answer has left.
To add a vendor see `vendor.py` and `registry.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson
from aiohttp import WSMsgType, web

from quanticity.clock import Calendar, Clock
from quanticity.sim.market import World
from quanticity.sim.vendors.faults import Fault, Faults
from quanticity.sim.vendors.limits import Gate, Over, VendorLimits, Violation
from quanticity.sim.vendors.registry import shipped
from quanticity.sim.vendors.vendor import Answer, Request, SocketClosed, Vendor

_NOT_SIMULATED = "No vendor is simulated below this path."


class Recorded(Protocol):
    """Recorded bodies that stand in front of the simulated ones."""

    def answer(self, vendor: str, request: Request) -> Answer | None:
        """The recorded answer to a request, or None where there is none."""
        ...


class SimVendors:
    """All simulated vendors behind one port of the loopback interface.

    `delay_ms` is the range of the delay each way. `limits` replaces a vendor's own limits, by
    its name. Everything an instance knows it keeps to itself: several may run side by side, each
    in a loop of its own.
    """

    def __init__(
        self,
        clock: Clock,
        calendar: Calendar,
        seed: int = 7,
        delay_ms: tuple[float, float] = (5, 40),
        *,
        recorded: Recorded | None = None,
        port: int = 0,
        limits: Mapping[str, VendorLimits] | None = None,
        vendors: Sequence[Vendor] | None = None,
    ) -> None:
        self.world = World(seed, calendar)
        self.vendors = tuple(shipped(self.world) if vendors is None else vendors)
        self.faults = Faults()
        self.url = ""
        self._clock = clock
        self._delay = delay_ms
        self._recorded = recorded
        self._port = port
        self._limits = limits or {}
        self._random = Random(seed)
        self._gates: dict[tuple[str, str], Gate] = {}
        self._runner: web.AppRunner | None = None
        self._sockets: set[web.WebSocketResponse] = set()
        self._prefixes = {
            prefix: (vendor, host)
            for vendor in self.vendors
            for host, prefix in vendor.hosts.items()
        }

    async def start(self) -> str:
        """Listen, and return the root URL."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{prefix}/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self.url

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        for socket in list(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def gate(self, vendor: str, account: str = "") -> Gate:
        """The count of one vendor's budget."""
        key = (vendor, account)
        if key not in self._gates:
            own = next(each.limits for each in self.vendors if each.name == vendor)
            name = f"{vendor}:{account}" if account else vendor
            self._gates[key] = Gate(name, self._limits.get(vendor, own))
        return self._gates[key]

    def accounts(self, vendor: str) -> list[str]:
        """The accounts of a vendor that have asked for something, in order of appearance."""
        return [account for name, account in self._gates if name == vendor]

    def arrivals(self, vendor: str) -> list[float]:
        """When requests reached a vendor (monotonic seconds), over all accounts, in order."""
        gates = (gate for (name, _), gate in self._gates.items() if name == vendor)
        return sorted(at for gate in gates for at in gate.arrivals)

    def violations(self, vendor: str | None = None) -> list[Violation]:
        """Every arrival over a limit."""
        return [
            violation
            for (name, _), gate in self._gates.items()
            if vendor in (None, name)
            for violation in gate.violations
        ]

    async def _serve(self, http: web.Request) -> web.StreamResponse:
        found = self._prefixes.get(http.match_info["prefix"])
        if found is None:
            return web.Response(status=404, text=_NOT_SIMULATED)
        vendor, host = found
        body = await http.read()
        path = "/" + http.match_info["path"]
        await self._travel()
        request = Request(
            method=http.method,
            host=host,
            path=path,
            query_string=http.rel_url.raw_query_string,
            query={
                name: tuple(values)
                for name, values in parse_qs(
                    http.rel_url.raw_query_string, keep_blank_values=True
                ).items()
            },
            headers={name.lower(): value for name, value in http.headers.items()},
            body=body,
            now=self._clock.now(),
        )
        if path in vendor.sockets() and http.headers.get("Upgrade", "").lower() == "websocket":
            return await self._stream(vendor, request, http)
        gate = self.gate(vendor.name, vendor.account(request))
        at = self._clock.monotonic()
        over = gate.arrive(at, request.now)
        try:
            fault = self.faults.draw(path, self._random)
            answer = _failed(fault) or self._answer(vendor, request, over, gate, at)
            if fault is Fault.SLOW:
                await self._clock.sleep(self.faults.slow_seconds)
            await self._travel()
        finally:
            gate.leave()
        return await _send(http, answer, fault)

    def _answer(
        self, vendor: Vendor, request: Request, over: Over | None, gate: Gate, at: float
    ) -> Answer:
        refused = vendor.refuse(request)
        if refused is not None:
            return refused
        usage = gate.usage(at)
        if over is not None:
            answer = vendor.limited(over, usage, request)
        else:
            recorded = self._recorded.answer(vendor.name, request) if self._recorded else None
            answer = recorded or vendor.answer(request)
        return replace(answer, headers={**vendor.headers(usage), **answer.headers})

    async def _travel(self) -> None:
        low, high = self._delay
        if high > 0:
            await self._clock.sleep(self._random.uniform(low, high) / 1000)

    async def _stream(
        self, vendor: Vendor, request: Request, http: web.Request
    ) -> web.StreamResponse:
        refused = vendor.refuse(request)
        if refused is not None:
            return await _send(http, refused, None)
        socket = web.WebSocketResponse()
        await socket.prepare(http)
        self._sockets.add(socket)
        try:
            await vendor.sockets()[request.path](request, _Socket(socket, self._clock))
        except (SocketClosed, ConnectionError):
            pass  # how every connection ends
        finally:
            self._sockets.discard(socket)
        return socket


def _failed(fault: Fault | None) -> Answer | None:
    if fault is Fault.SERVER_ERROR:
        return Answer.text("Something went wrong", 500)
    if fault is Fault.UNAVAILABLE:
        page = "<html><body><h1>503 Service Unavailable</h1></body></html>"
        return Answer.text(page, 503, "text/html")
    return None


async def _send(http: web.Request, answer: Answer, fault: Fault | None) -> web.StreamResponse:
    transport = http.transport
    if fault is Fault.DROP:
        if transport is not None:
            transport.abort()
        return web.Response()
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if fault is Fault.TRUNCATE and transport is not None:
        part = web.StreamResponse(status=answer.status, headers=headers)
        part.content_length = len(answer.body)
        await part.prepare(http)
        await part.write(answer.body[: len(answer.body) // 2])
        transport.close()
        return part
    response = web.Response(status=answer.status, body=answer.body, headers=headers)
    if fault is Fault.CLOSE_AFTER and transport is not None:
        await response.prepare(http)
        await response.write_eof()
        transport.close()
    return response


class _Socket:
    """A `Socket` over aiohttp's."""

    def __init__(self, socket: web.WebSocketResponse, clock: Clock) -> None:
        self._socket = socket
        self._clock = clock

    @property
    def now(self) -> float:
        return self._clock.now()

    async def send(self, message: Any) -> None:
        if self._socket.closed:
            raise SocketClosed
        await self._socket.send_str(orjson.dumps(message).decode())

    async def receive(self, within: float) -> str | None:
        try:
            async with asyncio.timeout(within):
                message = await self._socket.receive()
        except TimeoutError:
            return None
        if message.type is WSMsgType.TEXT:
            return str(message.data)
        if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            raise SocketClosed
        return None

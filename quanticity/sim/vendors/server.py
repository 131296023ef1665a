"""The local server that every simulated vendor lives in: one port, a prefix for each host.

What a request goes through: the way here (a random delay), its arrival (counted, stamped), the
vendor's door (token), its limits, its route and parameters, its handler, and the way back
(delay). A request is in flight at the vendor from its arrival until its answer has left.
To add a vendor see `vendor.py` and `registry.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Protocol
from urllib.parse import parse_qs

from aiohttp import web

from quanticity.clock import Calendar, Clock
from quanticity.sim.faults import Faults, NoFaults, Where
from quanticity.sim.market import World
from quanticity.sim.market.contracts import CONTRACTS
from quanticity.sim.market.factors import BeyondMarket
from quanticity.sim.vendors import faults
from quanticity.sim.vendors.limits import Gate, Over, VendorLimits, Violation
from quanticity.sim.vendors.registry import shipped
from quanticity.sim.vendors.socket import VendorSocket
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
    its name; `plan` says what goes wrong, and `scenario` which kind of day it is. Everything an
    instance knows it keeps to itself: several may run side by side, each in a loop of its own.
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
        plan: Faults | None = None,
        scenario: str = "quiet",
        contracts: int | None = CONTRACTS,
    ) -> None:
        # The days before are quiet: what a scenario does is measured against them.
        on = None if scenario == "quiet" else calendar.trading_date(clock.now())
        self.world = World(seed, calendar, scenario, on=on, contracts=contracts)
        self.vendors = tuple(shipped(self.world) if vendors is None else vendors)
        self.faults: Faults = plan or NoFaults()
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

    def counts(self) -> tuple[dict[str, int], int]:
        """Requests that ever arrived, by vendor, and how many were over a limit.

        May be asked from another thread than the one that serves.
        """
        arrived = {vendor.name: 0 for vendor in self.vendors}
        over = 0
        for (name, _), gate in list(self._gates.items()):
            arrived[name] += gate.arrived
            over += len(gate.violations)
        return arrived, over

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
            fault = self.faults.fire(f"{vendor.name}{path}", Where.HTTP, request.now)
            request = faults.skewed(fault, request)
            answer = faults.refusal(fault, vendor, request, gate.usage(at)) or self._answer(
                vendor, request, over, gate, at
            )
            answer = faults.spoiled(fault, answer, request)
            if fault is not None:
                # Whoever has gone is not waited for: late answers would pile up without a bound.
                late = faults.delay_of(fault, self._random.uniform)
                await faults.kept_waiting(http, late, self._clock)
            await self._travel()
        finally:
            gate.leave()
        return await faults.send(http, answer, fault, self._clock)

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
            try:
                answer = recorded or vendor.answer(request)
            except BeyondMarket as error:
                answer = Answer.text(str(error), 404)
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
            return await faults.send(http, refused, None, self._clock)
        socket = web.WebSocketResponse()
        await socket.prepare(http)
        self._sockets.add(socket)
        ours = VendorSocket(
            *(socket, http, vendor.name, self._clock),
            # Asked each time: the plan may be changed while the connection lasts.
            *(lambda: self.faults, self._random.uniform),
        )
        try:
            await vendor.sockets()[request.path](request, ours)
        except (SocketClosed, ConnectionError):
            pass  # how every connection ends
        finally:
            self._sockets.discard(socket)
        return socket

"""Unusual Whales' door: token, limits, headers and error bodies; its routes live beside it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import ClassVar

from quanticity.sim.market import World
from quanticity.sim.vendors.contract_day import ContractDays
from quanticity.sim.vendors.limits import Over, Usage, VendorLimits
from quanticity.sim.vendors.unusual_whales.alerts import Alerts
from quanticity.sim.vendors.unusual_whales.congress import Congress
from quanticity.sim.vendors.unusual_whales.earnings import Earnings
from quanticity.sim.vendors.unusual_whales.exposure import Exposure
from quanticity.sim.vendors.unusual_whales.flow import Flow
from quanticity.sim.vendors.unusual_whales.insiders import Insiders
from quanticity.sim.vendors.unusual_whales.news import News
from quanticity.sim.vendors.unusual_whales.options import Options
from quanticity.sim.vendors.unusual_whales.socket import Sockets
from quanticity.sim.vendors.unusual_whales.stock import Stock
from quanticity.sim.vendors.unusual_whales.tape import Tape
from quanticity.sim.vendors.unusual_whales.trades import Trades
from quanticity.sim.vendors.unusual_whales.volatility import Volatility
from quanticity.sim.vendors.vendor import (
    Answer,
    BadParameter,
    Request,
    Route,
    SocketHandler,
    Vendor,
)

CONCURRENT = (
    "You have exceeded 3 concurrent requests, the maximum allowed for your current plan. "
    "Upgrade your plan at https://unusualwhales.com/dashboard/api"
)


class UnusualWhales(Vendor):
    """Options flow, Greek exposure, dark pool, volatility and filings."""

    name = "unusual_whales"
    hosts: ClassVar[Mapping[str, str]] = {"api.unusualwhales.com": "unusual_whales"}
    limits = VendorLimits(windows=((120, 60.0),), max_in_flight=3, per_day=40_000)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._ids = itertools.count(1)
        days = ContractDays(world)
        exposure, flow, alerts = Exposure(world, days), Flow(world), Alerts(world)
        news, options = News(world), Options(world, days)
        stock, tape = Stock(world), Tape(world)
        rest = (Volatility(world), Congress(world), Insiders(world), Earnings(world))
        themes = (exposure, flow, alerts, news, options, stock, tape, *rest)
        self._routes = [route for theme in themes for route in theme.routes()]
        self._socket = Sockets(world, exposure, flow, alerts, news, Trades(world, days))
        self.frames = self._socket.frames

    def routes(self) -> Sequence[Route]:
        """Every path it answers."""
        return self._routes

    def sockets(self) -> Mapping[str, SocketHandler]:
        """Its one websocket, for all channels."""
        return {"/socket": self._socket.serve}

    def account(self, request: Request) -> str:
        """Limits are counted for each token."""
        token = _token(request)
        return hashlib.blake2b(token.encode(), digest_size=4).hexdigest() if token else ""

    def refuse(self, request: Request) -> Answer | None:
        """401 without a token, or with one that says it is bad."""
        token = _token(request)
        if token and "invalid" not in token:
            return None
        return Answer.json({"error": "Unauthorized", "message": "Invalid or missing token"}, 401)

    def limited(self, over: Over, usage: Usage, request: Request) -> Answer:
        """The three kinds of 429."""
        if over is Over.DAY:
            return Answer.json({"code": "daily_request_limit_hit"}, 429)
        if over is Over.IN_FLIGHT:
            return Answer.json({"message": CONCURRENT}, 429)
        wait = max(1, round(usage.reset_in))
        said = f"You have exceeded {usage.limit} requests per minute. Try again in {wait} seconds."
        return Answer.json({"message": said}, 429, {"Retry-After": str(wait)})

    def headers(self, usage: Usage) -> Mapping[str, str]:
        """What is used and left; the reset is in milliseconds."""
        return {
            "x-uw-daily-req-count": str(usage.day_used),
            "x-uw-token-req-limit": str(usage.day_limit or 0),
            "x-uw-minute-req-counter": str(usage.used),
            "x-uw-req-per-minute-remaining": str(usage.remaining),
            "x-uw-req-per-minute-reset": str(max(0, round(usage.reset_in * 1000))),
            "x-request-id": f"sim-{next(self._ids):012x}",
        }

    def bad_parameter(self, request: Request, problem: BadParameter) -> Answer:
        """422 with the path, what is wrong, and the query."""
        body = {"path": request.path, "msg": problem.said, "query": request.query_string}
        return Answer.json(body, 422)

    def no_route(self, request: Request) -> Answer:
        """404 for a path that does not exist, underscores for hyphens included."""
        return Answer.json({"error": "Route not found"}, 404)


def _token(request: Request) -> str:
    bearer = request.header("authorization")
    if bearer.lower().startswith("bearer "):
        return bearer[7:].strip()
    if request.path == "/socket":
        return request.query.get("token", ("",))[-1]
    return ""

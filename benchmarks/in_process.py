"""Simulated vendors without sockets: a feed's HTTP client that asks them in the same process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import parse_qs

from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from quanticity.clock import Clock
from quanticity.config.effective import Effective, EffectiveEndpoint, EffectiveSource
from quanticity.feeds.http import USER_AGENT, Answer
from quanticity.feeds.patience import TimeLimits
from quanticity.feeds.runner import FeedRunner
from quanticity.feeds.standin import Rewriter
from quanticity.pace.slot import Slot
from quanticity.sim.vendors.registry import address_for
from quanticity.sim.vendors.server import SimVendors
from quanticity.sim.vendors.vendor import Request

ROOT_URL = "http://vendors.invalid"

Seen = Callable[[str, int, bytes], None]
"""Told of every answer: the path and query that were asked, the status, the body."""


class Vendors:
    """All simulated vendors of one world, asked by function calls; `seen` is told each answer.

    A request travels `delay_ms` each way on the virtual clock. Limits are counted as the server
    does. Nothing listens anywhere.
    """

    def __init__(
        self, server: SimVendors, clock: Clock, seed: int, seen: Seen,
        delay_ms: tuple[float, float] = (5, 40),
    ) -> None:  # fmt: skip
        self.server = server
        self.statuses: Counter[int] = Counter()
        self.answered: Counter[str] = Counter()
        self._clock = clock
        self._seen = seen
        self._delay = delay_ms
        self._random = Random(seed)
        self._prefixes = {
            prefix: (vendor, host)
            for vendor in server.vendors
            for host, prefix in vendor.hosts.items()
        }

    def rewrite(self, effective: Effective) -> Effective:
        """The config asking these vendors; what comes over a websocket is off."""
        addresses = Rewriter(lambda _, url: address_for(url, ROOT_URL, self.server.vendors))
        return Effective(
            {name: _polled(source) for name, source in addresses(effective).sources.items()}
        )

    def connect(self, feeds: FeedRunner) -> None:
        """Let every source of a runner ask here, instead of over connections."""
        for vendor in feeds.roster.vendors.values():
            given: Any = _Client(
                self, {**vendor.source.source.headers, **vendor.credentials.headers}
            )
            vendor._http = given

    async def ask(
        self, slot: Slot, method: str, url: URL, headers: Mapping[str, str], data: bytes | None
    ) -> Answer:
        """Send one request on `slot`; its ending is told as `HttpClient.send` tells it."""
        _, prefix, *rest = url.raw_path.split("/")
        vendor, host = self._prefixes[prefix]
        await self._travel()
        query = parse_qs(url.raw_query_string, keep_blank_values=True)
        request = Request(
            method=method,
            host=host,
            path=URL("/" + "/".join(rest), encoded=True).path,
            query_string=url.raw_query_string,
            query={name: tuple(values) for name, values in query.items()},
            headers={name.lower(): value for name, value in headers.items()},
            body=data or b"",
            now=self._clock.now(),
        )
        gate = self.server.gate(vendor.name, vendor.account(request))
        at = self._clock.monotonic()
        over = gate.arrive(at, request.now)
        try:
            usage = gate.usage(at)
            answer = vendor.refuse(request)
            if answer is None:
                limited = None if over is None else vendor.limited(over, usage, request)
                answer = limited or vendor.answer(request)
                answer = replace(answer, headers={**vendor.headers(usage), **answer.headers})
            await self._travel()
        finally:
            gate.leave()
        self.statuses[answer.status] += 1
        self.answered[vendor.name] += 1
        self._seen(f"{prefix} {url.raw_path_qs}", answer.status, answer.body)
        slot.headers()
        slot.done()
        told = CIMultiDict({"Content-Type": answer.content_type, **answer.headers})
        return Answer(answer.status, CIMultiDictProxy(told), answer.body, url)

    async def _travel(self) -> None:
        await self._clock.sleep(self._random.uniform(*self._delay) / 1000)


class _Client:
    """The connections of one source, as far as feeds can tell."""

    def __init__(self, vendors: Vendors, headers: Mapping[str, str]) -> None:
        self._vendors = vendors
        self._headers = {"User-Agent": USER_AGENT, **headers}

    async def send(
        self, slot: Slot, method: str, url: URL, *, headers: Mapping[str, str] | None,
        data: bytes | None, limits: TimeLimits, most: int,
    ) -> Answer:  # fmt: skip
        """See `HttpClient.send`. What is simulated is never late, nor too large."""
        return await self._vendors.ask(
            slot, method, url, {**self._headers, **(headers or {})}, data
        )

    async def close(self) -> None:
        """Nothing to let go of."""


class Inline(ThreadPoolExecutor):
    """Work for threads done at once, by whoever asks: a run takes the same steps every time."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it, and give back what became of it."""
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # it belongs to whoever waits for the result
            done.set_exception(error)
        return done


def _polled(source: EffectiveSource) -> EffectiveSource:
    endpoints = {name: _plain(each) for name, each in source.endpoints.items()}
    return EffectiveSource(source.name, source.source, source.limits, source.off, endpoints)


def _plain(given: EffectiveEndpoint) -> EffectiveEndpoint:
    if given.endpoint.transport == "websocket":
        return replace(given, off=given.off or "only what is polled is served here")
    return given

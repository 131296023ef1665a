"""How each fault that can strike an answer over HTTP is carried out."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web

from quanticity.clock import Clock
from quanticity.sim.faults.catalog import (
    ClockSkew,
    CloseAfter,
    Drop,
    HalfOpen,
    Jitter,
    Latency,
    ResetMidFrame,
    SchemaDrift,
    ServerError,
    Silence,
    TooManyRequests,
    Truncated,
    WrongBody,
)
from quanticity.sim.faults.fault import Fault
from quanticity.sim.vendors.drift import drifted
from quanticity.sim.vendors.limits import Over, Usage
from quanticity.sim.vendors.vendor import Answer, Request, Vendor

PAGE = "<html><body><h1>Sign in to continue</h1></body></html>"
SOMETHING_ELSE = b'{"message":"ok"}'
_NAMES = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
_LOOK_EVERY = 0.25


def skewed(fault: Fault | None, request: Request) -> Request:
    """The request as a vendor sees it whose clock is off."""
    if isinstance(fault, ClockSkew):
        return replace(request, now=request.now + fault.seconds)
    return request


def refusal(fault: Fault | None, vendor: Vendor, request: Request, usage: Usage) -> Answer | None:
    """What is answered instead of asking the vendor; None where it is asked."""
    if isinstance(fault, ServerError):
        name = _NAMES.get(fault.status)
        if name is None:
            return Answer.text("Something went wrong", fault.status)
        page = f"<html><body><h1>{fault.status} {name}</h1></body></html>"
        return Answer.text(page, fault.status, "text/html")
    if isinstance(fault, TooManyRequests):
        if fault.retry_after is not None:
            headers = {"Retry-After": f"{fault.retry_after:.0f}"}
            return Answer(b"Too Many Requests", 429, "text/plain", headers)
        return vendor.limited(Over.WINDOW, replace(usage, used=usage.limit + 1), request)
    return None


def spoiled(fault: Fault | None, answer: Answer, request: Request) -> Answer:
    """The answer as it leaves: its body wrong, or its stamps."""
    if isinstance(fault, SchemaDrift):
        return replace(answer, body=drifted(answer.body, fault.form, request.path))
    if isinstance(fault, WrongBody):
        if fault.form == "html":
            return Answer.text(PAGE, 200, "text/html")
        body = {
            "empty": b"",
            "cut": answer.body[: len(answer.body) // 2] or b"{",
            "other": SOMETHING_ELSE,
        }[fault.form]
        return replace(answer, status=200, body=body)
    if isinstance(fault, ClockSkew):
        date = format_datetime(datetime.fromtimestamp(request.now, UTC), usegmt=True)
        return replace(answer, headers={**answer.headers, "Date": date})
    return answer


def delay_of(fault: Fault | None, jitter: Callable[[float, float], float]) -> float:
    """How many seconds late an answer or a message is."""
    if isinstance(fault, Latency):
        return fault.seconds
    return jitter(0.0, fault.seconds) if isinstance(fault, Jitter) else 0.0


async def send(
    http: web.Request, answer: Answer, fault: Fault | None, clock: Clock
) -> web.StreamResponse:
    """Send an answer, or as much of it as the fault lets through."""
    transport = http.transport
    if transport is None:
        return web.Response()
    if isinstance(fault, (Silence, HalfOpen)):
        await kept_waiting(http, fault.seconds, clock)
        return _gone(http, reset_it=isinstance(fault, HalfOpen))
    halves = isinstance(fault, (Truncated, ResetMidFrame)) and len(answer.body) > 1
    if isinstance(fault, Drop) or (isinstance(fault, (Truncated, ResetMidFrame)) and not halves):
        return _gone(http, reset_it=False)
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if halves:
        part = web.StreamResponse(status=answer.status, headers=headers)
        part.content_length = len(answer.body)
        await part.prepare(http)
        await part.write(answer.body[: len(answer.body) // 2])
        if isinstance(fault, ResetMidFrame):
            reset(http)
        else:
            transport.close()
        return part
    response = web.Response(status=answer.status, body=answer.body, headers=headers)
    if isinstance(fault, CloseAfter):
        await response.prepare(http)
        await response.write_eof()
        transport.close()
    return response


async def kept_waiting(http: web.Request, seconds: float, clock: Clock) -> None:
    """Say nothing for so long, or until the other side has gone."""
    until = clock.monotonic() + seconds
    while (left := until - clock.monotonic()) > 0:
        if http.transport is None or http.transport.is_closing():
            return
        await clock.sleep(min(left, _LOOK_EVERY))


def reset(http: web.Request) -> None:
    """Close a connection with a TCP reset: what is not yet read is lost."""
    if http.transport is None:
        return
    raw = http.transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    http.transport.abort()


def _gone(http: web.Request, *, reset_it: bool) -> web.Response:
    if reset_it:
        reset(http)
    elif http.transport is not None:
        http.transport.abort()
    return web.Response()

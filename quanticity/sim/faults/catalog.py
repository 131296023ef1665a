"""Every fault by its name: where it can strike, its parameters, and what then happens.

"The stream" is a websocket or a client's connection to the gateway, "a message" a frame of it.
What is late there makes late whatever follows: bytes of one connection do not overtake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from quanticity.sim.faults.fault import (
    COMMISSION,
    CONNECT,
    EXECUTION,
    OPEN_ORDER,
    PLACE,
    SEND,
    STATUS,
    TIME,
    Fault,
    Where,
)
from quanticity.spec import field

_HTTP, _SOCKET, _WIRE, _ORDERS = Where.HTTP, Where.SOCKET, Where.WIRE, Where.ORDERS
Strikes = Mapping[Where, tuple[str, ...]]


class Latency(Fault):
    """The answer or message comes `seconds` late."""

    name: ClassVar = "latency"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: (), _WIRE: (SEND,)}
    seconds: float = field(2.0, help="how late", unit="s", gt=0)


class Jitter(Fault):
    """The answer or message comes late by anything up to `seconds`, each time another."""

    name: ClassVar = "jitter"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: (), _WIRE: (SEND,)}
    seconds: float = field(1.0, help="the latest", unit="s", gt=0)


class Silence(Fault):
    """Nothing is said for `seconds`; the connection stays, and answers the transport's pings.

    http: no answer, then the connection closes. The stream: what would have been said is lost.
    """

    name: ClassVar = "silence"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: (), _WIRE: (SEND, TIME)}
    seconds: float = field(20.0, help="for how long", unit="s", gt=0)


class HalfOpen(Fault):
    """The peer is gone and nobody was told: nothing is read, said or closed for `seconds`.

    Then the connection is reset, as a router does that has forgotten it.
    """

    name: ClassVar = "half_open"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: (), _WIRE: (SEND, TIME)}
    seconds: float = field(60.0, help="until the reset", unit="s", gt=0)


class ResetMidFrame(Fault):
    """Half of the body or message goes out, then the connection is reset (TCP RST)."""

    name: ClassVar = "reset_mid_frame"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: (), _WIRE: (SEND,)}


class Drop(Fault):
    """The connection closes with no answer, or instead of the message."""

    name: ClassVar = "drop"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: (), _WIRE: (SEND, TIME)}


class CloseAfter(Fault):
    """Answered in full; then the kept-alive connection closes without having said so."""

    name: ClassVar = "close_after"
    strikes: ClassVar[Strikes] = {_HTTP: ()}


class Disconnect(Fault):
    """The gateway loses its servers: 1100 to every client, and `seconds` later 1101 or 1102.

    Between the two nothing of the market is sent and orders are not passed on. After 1101 all
    subscriptions are gone; after 1102 they go on.
    """

    name: ClassVar = "disconnect"
    strikes: ClassVar[Strikes] = {_WIRE: (TIME,)}
    back: Literal[1101, 1102] = field(1102, help="the code that ends it: 1101 lost, 1102 kept")
    seconds: float = field(5.0, help="how long it lasts", unit="s", gt=0)


class NightlyRestart(Fault):
    """The gateway restarts: requests vanish for `vanish` seconds, then every client is closed.

    Nobody may connect again for `seconds`. What the exchange holds stays.
    """

    name: ClassVar = "nightly_restart"
    strikes: ClassVar[Strikes] = {_WIRE: (TIME,)}
    vanish: float = field(15.0, help="before it, requests are lost", unit="s", ge=0)
    seconds: float = field(60.0, help="how long it is away", unit="s", gt=0)


class DuplicateClient(Fault):
    """The client id is said to be in use: error 326, and the connection closes."""

    name: ClassVar = "duplicate_client"
    strikes: ClassVar[Strikes] = {_WIRE: (CONNECT,)}


class Info10349(Fault):
    """An order is taken, with the informational error 10349 that its tif was set to DAY."""

    name: ClassVar = "info_10349"
    strikes: ClassVar[Strikes] = {_ORDERS: (PLACE,)}


class InactiveLate(Fault):
    """An order becomes Inactive at once; the error with the reason comes `seconds` later."""

    name: ClassVar = "inactive_late"
    strikes: ClassVar[Strikes] = {_ORDERS: (PLACE,)}
    seconds: float = field(2.0, help="how late the reason is", unit="s", gt=0)


class LostCallback(Fault):
    """What was to be told of an order is never told. It happened all the same."""

    name: ClassVar = "lost_callback"
    strikes: ClassVar[Strikes] = {_ORDERS: (STATUS, OPEN_ORDER, EXECUTION, COMMISSION)}


class DuplicateExecution(Fault):
    """A fill is told twice, with the same execution id."""

    name: ClassVar = "duplicate_execution"
    strikes: ClassVar[Strikes] = {_ORDERS: (EXECUTION,)}


class OutOfOrderExecution(Fault):
    """A fill is told after what followed it: the status, the commission or the next fill."""

    name: ClassVar = "out_of_order_execution"
    strikes: ClassVar[Strikes] = {_ORDERS: (EXECUTION,)}


class OneLegOnly(Fault):
    """Of a combo (BAG) one leg only is filled, whatever is told of the order itself.

    An order that is no combo is left alone, and does not count.
    """

    name: ClassVar = "one_leg_only"
    strikes: ClassVar[Strikes] = {_ORDERS: (f"{PLACE} BAG",)}
    leg: int = field(0, help="which leg, from 0", ge=0)


class TooManyRequests(Fault):
    """The vendor says that too much was asked, though it was not.

    In the vendor's own words; with `retry_after` a bare 429 as of a proxy in front of it.
    """

    name: ClassVar = "too_many_requests"
    strikes: ClassVar[Strikes] = {_HTTP: ()}
    retry_after: float | None = field(None, help="the header Retry-After", unit="s", ge=0)


class ServerError(Fault):
    """A status of the 500s: 500 with a line of text, the others with an HTML page."""

    name: ClassVar = "server_error"
    strikes: ClassVar[Strikes] = {_HTTP: ()}
    status: Literal[500, 502, 503, 504] = field(500, help="which")


class Truncated(Fault):
    """Half of the promised body comes, then the connection closes in good order."""

    name: ClassVar = "truncated"
    strikes: ClassVar[Strikes] = {_HTTP: ()}


class WrongBody(Fault):
    """A whole body or message that is not what was asked for, and status 200."""

    name: ClassVar = "wrong_body"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: ()}
    form: Literal["html", "empty", "cut", "other"] = field(
        "html",
        help="a page; nothing; cut off although of the promised length; JSON of something else",
    )


class SchemaDrift(Fault):
    """One field of a body's rows or of a message is renamed, gone, or of another type.

    The same field of the same path each time. In text that is not JSON its first name changes.
    """

    name: ClassVar = "schema_drift"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: ()}
    form: Literal["rename", "remove", "retype"] = field("rename", help="what happens to it")


class ClockSkew(Fault):
    """The other side's clock is `seconds` ahead (behind, where negative), in all it stamps."""

    name: ClassVar = "clock_skew"
    strikes: ClassVar[Strikes] = {_HTTP: (), _SOCKET: (), _WIRE: (SEND,)}
    seconds: float = field(-45.0, help="how far ahead of the truth", unit="s")


CATALOG: Mapping[str, type[Fault]] = {
    kind.name: kind
    for kind in (
        *(Latency, Jitter, Silence, HalfOpen, ResetMidFrame, Drop, CloseAfter),
        *(Disconnect, NightlyRestart, DuplicateClient),
        *(Info10349, InactiveLate, LostCallback, DuplicateExecution, OutOfOrderExecution),
        OneLegOnly,
        *(TooManyRequests, ServerError, Truncated, WrongBody, SchemaDrift, ClockSkew),
    )
}

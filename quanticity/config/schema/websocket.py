"""What a websocket brings, and how it is kept alive."""

from __future__ import annotations

from typing import Any

from quanticity.spec import Scalar, Spec, field


class Frame(Spec):
    """Where a websocket frame holds what."""

    each: str | None = field(
        None,
        help="where a frame holds a list of messages, dotted; empty where it is that list. Each is "
        "taken by itself, and the other paths begin in it",
        example="data",
    )
    channel: str | None = field(None, help="the channel's name, dotted path", example="0")
    payload: str = field("", help="the payload; empty for the whole frame", example="1")
    values: dict[str, str] = field(
        factory=dict,
        help="placeholder of redis_key: path in the frame; {symbol} defaults to what follows "
        "the colon in the channel",
        example={"symbol": "1.ticker"},
    )
    ignore: dict[str, Scalar | None] = field(
        factory=dict, help="frames with this value at this path are not data (acks)"
    )
    timestamp: str | None = field(None, help="time of the payload, dotted path in the frame")


class Reply(Spec):
    """What to answer a frame with that wants to know whether we are there."""

    path: str = field(help="where it stands in the frame, dotted", example="params.type")
    equals: Scalar | None = field(
        None, help="what stands there; anything, where it is left out", example="test_request"
    )
    send: Any = field(
        help="the answer; a text that is a path in braces, as {id}, stands for the frame's value",
        example={"method": "public/test"},
    )


class Heartbeat(Spec):
    """How a silent websocket is told from a dead one."""

    interval_seconds: float = field(30, gt=0, unit="s", help="silence after which we ping")
    timeout_seconds: float = field(10, gt=0, unit="s", help="silence after that: reconnect")
    always: bool = field(
        False, help="ping at this interval whatever comes: some vendors close on who does not"
    )
    message: Any = field(None, help="what to send; default: a websocket ping")
    replies: tuple[Reply, ...] = field(
        (), help="frames that the vendor wants answered, or it closes the connection"
    )

"""What a recording is made of: the five kinds of record, and their order.

A block of a segment is a msgpack list of these; each record is a list that begins with its kind.
"""

from __future__ import annotations

from typing import Any

import msgspec

FORMAT = 1


class Opened(msgspec.Struct, tag="opened", array_like=True, frozen=True, gc=False):
    """Begins every segment: which process wrote it. `started` is the system's epoch second."""

    format: int
    process: str
    started: float
    version: str


class Value(msgspec.Struct, tag="value", array_like=True, frozen=True, gc=False):
    """A value of a key as it was stored: `text` is the whole envelope.

    `ttl` is its life in seconds. One that was there before the recording began has none, and
    stands behind the seq `after`.
    """

    seq: str
    key: str
    kind: str
    ttl: float
    cap: int
    text: bytes
    after: str = ""


class Bound(msgspec.Struct, tag="bound", array_like=True, frozen=True):
    """A binding in force: enough to make it again. `params` is JSON, `plugin` the file shown."""

    after: str
    binding: str
    component: str
    plugin: str
    digest: str
    values: dict[str, str]
    params: bytes


class Output(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One value that a run gave: `name` as declared, `hash` of its bytes (hex xxh3-64).

    The bytes themselves are the `Value` that was written for it.
    """

    name: str
    key: str
    hash: str


class Run(msgspec.Struct, tag="run", array_like=True, frozen=True):
    """One run of one binding.

    `after` is the newest seq its process had seen: the run stands behind that value. `inputs` are
    seqs by key: one of a latest key, those of the new events of an events key, and none where it
    was missing or too old. `before` and `later` are hashes of the state, empty without one; `state`
    is the state before, given in the first run of a recording and every so often. `error` is what
    the run raised.
    """

    after: str
    now: float
    binding: str
    digest: str
    trigger: str
    inputs: dict[str, list[str]]
    outputs: list[Output]
    before: str = ""
    later: str = ""
    state: bytes | None = None
    error: str = ""


class Lost(msgspec.Struct, tag="lost", array_like=True, frozen=True, gc=False):
    """The disk was slower than the system: so many records before `after` are missing."""

    after: str
    count: int


Record = Opened | Value | Bound | Run | Lost

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[list[Record]] = msgspec.msgpack.Decoder(list[Record])


def encode(records: list[Record]) -> bytes:
    """The content of a block."""
    return _ENCODER.encode(records)


def decode(content: bytes) -> list[Record]:
    """The records of a block. `msgspec.MsgspecError` where it is none."""
    return _DECODER.decode(content)


def order(seq: str) -> tuple[int, int]:
    """A seq as numbers: millisecond, and count within it."""
    moment, _, number = seq.partition("-")
    return int(moment or 0), int(number or 0)


def place(record: Record) -> tuple[int, int, int]:
    """Where a record stands in the whole: by seq, a run behind the value of the same seq."""
    if isinstance(record, Value):
        return (*order(record.after or record.seq), 0)
    if isinstance(record, Opened):
        return (0, 0, 0)
    return (*order(record.after), 2 if isinstance(record, Run) else 1)


def described(record: Record) -> dict[str, Any]:
    """The record as plain data, for people."""
    plain: dict[str, Any] = msgspec.structs.asdict(record)
    return plain

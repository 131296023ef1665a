"""What a recording is made of: the five kinds of record, and their order.

A block of a segment is a msgpack list of these; each record is a list that begins with its kind.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from quanticity.model import Kind
from quanticity.store.envelope import CLOSE, Written

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
# Of a `Value` in MessagePack: a list of eight that begins with its tag, a long byte string, and
# the empty text that ends it.
_VALUE = b"\x98" + _ENCODER.encode("value")
_BYTES = struct.Struct(">BI")
_END = CLOSE + _ENCODER.encode("")
_KINDS = (_ENCODER.encode(Kind.LATEST.value), _ENCODER.encode(Kind.EVENTS.value))
_DECODER: msgspec.msgpack.Decoder[list[Record]] = msgspec.msgpack.Decoder(list[Record])


def encode(record: Record) -> bytes:
    """A record as it stands in a block. ValueError or TypeError where it cannot be written."""
    return _ENCODER.encode(record)


def encode_written(one: Written) -> tuple[bytes, bytes, bytes]:
    """The `Value` of what was written, in three pieces: no copy is made of its data."""
    (key, data, _, _, _, ttl, kind, _, cap, _), seq, head, tail = one
    at = seq.encode()
    size = len(head) + len(at) + len(tail) + len(data) + len(CLOSE)
    begin = b"".join(
        (
            *(_VALUE, _ENCODER.encode(seq), _ENCODER.encode(key)),
            *(_KINDS[kind is Kind.EVENTS], _ENCODER.encode(ttl), _ENCODER.encode(cap)),
            *(_BYTES.pack(0xC6, size), head, at, tail),
        )
    )
    return begin, data, _END


def decode(content: bytes) -> list[Record]:
    """The records of a block. `msgspec.MsgspecError` where it is none."""
    return _DECODER.decode(content)


def order(seq: str) -> tuple[int, int]:
    """A seq as numbers: millisecond, and count within it."""
    at, _, number = seq.partition("-")
    return int(at or 0), int(number or 0)


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

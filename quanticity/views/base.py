"""What every view has, and the plainest one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

import msgspec
import orjson
from msgspec.structs import replace
from xxhash import xxh3_64_hexdigest


class Stored(msgspec.Struct, frozen=True):
    """An envelope as it lies in the store: everything read but `data`, which stays bytes."""

    timestamp: float
    received: float
    source: str
    seq: str
    hash: str
    data: msgspec.Raw
    inputs: dict[str, str] | None = None


_DECODER = msgspec.json.Decoder(Stored)
# Data from this size on, and behind so much else at the most, are found by their hash.
_LARGE, _LONGEST_HEAD = 64 * 1024, 16 * 1024
_DATA = b',"data":'


def stored(text: bytes) -> Stored:
    """Read an envelope without its data. Raises `msgspec.DecodeError` where it is none."""
    if len(text) >= _LARGE and (found := stored_by_hash(text)) is not None:
        return found
    try:
        return _DECODER.decode(text)
    except RecursionError:
        # What a vendor sends is stored as it came where nothing of us decodes it.
        raise msgspec.DecodeError("it is nested too deep to be read") from None
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"it is no UTF-8: {error.reason}") from None


def stored_by_hash(text: bytes) -> Stored | None:
    """The same where the data come last and are what was hashed; None where they may not be.

    A decoder reads all of the data to find their end, which is a quarter of what it takes to read
    a chain. That they end where the text does is proved by their hash, which takes far less; they
    are as they were written, with the spaces around them.
    """
    head, found, _ = text[:_LONGEST_HEAD].partition(_DATA)
    try:
        one = _DECODER.decode(head + found + b"null}")
    except msgspec.DecodeError:
        return None
    data = memoryview(text)[len(head) + len(found) : -1]
    same = text.endswith(b"}") and xxh3_64_hexdigest(data) == one.hash
    return replace(one, data=msgspec.Raw(data)) if same else None


class View:
    """A value with its times: `timestamp` (when true), `received`, `source` and `seq`."""

    __slots__ = ("received", "seq", "source", "timestamp")

    timestamp: float
    received: float
    source: str
    seq: str

    def __init__(self, one: Stored) -> None:
        self.timestamp = one.timestamp
        self.received = one.received
        self.source = one.source
        self.seq = one.seq

    @classmethod
    def of(cls, one: Stored) -> Self:
        """The view of a latest value. ValueError (or a subclass) where it cannot be read so."""
        raise NotImplementedError

    @classmethod
    def of_events(cls, events: Sequence[Stored]) -> Self:
        """The view of new events, oldest first; there may be none."""
        raise NotImplementedError


class Value(View):
    """Any value: `data` is what JSON says, with mappings and lists that cannot be changed."""

    __slots__ = ("data",)

    data: Any

    @classmethod
    def of(cls, one: Stored) -> Self:
        """Decode it whole."""
        view = cls(one)
        view.data = frozen(orjson.loads(memoryview(one.data)))
        return view

    @classmethod
    def of_events(cls, events: Sequence[Stored]) -> Self:
        """`data` is a tuple of the events' data."""
        view = cls(events[-1]) if events else cls(NOTHING)
        view.data = tuple(frozen(orjson.loads(memoryview(one.data))) for one in events)
        return view


NOTHING = Stored(0.0, 0.0, "", "0-0", "", msgspec.Raw(b"null"))


def frozen(value: Any) -> Any:
    """The same value, of tuples and read-only mappings all the way down."""
    if isinstance(value, dict):
        frozen_items: Mapping[str, Any] = {name: frozen(item) for name, item in value.items()}
        return MappingProxyType(frozen_items)
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return value

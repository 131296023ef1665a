"""What every view has, and the plainest one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

import msgspec
import orjson


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


def stored(text: bytes) -> Stored:
    """Read an envelope without its data. Raises `msgspec.DecodeError` where it is none."""
    return _DECODER.decode(text)


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

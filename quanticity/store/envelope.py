"""An envelope as text: how a value is dressed for the store, and undressed by a reader.

    {"timestamp":1.5,"received":2.0,"source":"uw.spot_gex","seq":"7-0","hash":"...","data":...}

The vendor's bytes stand in `data` as they came; nothing parses or copies them on the way in.
`seq` is known to the server only, so a value travels in two parts, and the server joins
`head + seq + tail + data + }`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import inf, isfinite
from typing import NamedTuple

import orjson
from xxhash import xxh3_64_hexdigest

from quanticity.errors import StoreError
from quanticity.model import Envelope, Write

CLOSE = b"}"


class Written(NamedTuple):
    """A value as it was written: what it was, its seq, and the text around seq and data."""

    write: Write
    seq: str
    head: bytes
    tail: bytes

    @classmethod
    def of(cls, write: Write, seq: str) -> Written:
        """The same, made from the write alone."""
        return cls(write, seq, head(write), tail(write))

    @property
    def text(self) -> bytes:
        """The whole envelope, as the server's script joined it."""
        return b"".join((self.head, self.seq.encode(), self.tail, self.write.data, CLOSE))


def check(write: Write) -> None:
    """`ValueError` where a write could not be stored: a time JSON cannot say, a life of nothing."""
    if not (isfinite(write.timestamp) and isfinite(write.received) and 0 < write.ttl < inf):
        raise ValueError(
            f"{write.key}: timestamp {write.timestamp!r}, received {write.received!r} and "
            f"ttl {write.ttl!r} must be finite numbers of seconds, and ttl above zero"
        )


def head(write: Write) -> bytes:
    """What stands before the seq."""
    received = repr(write.received)
    timestamp = received if write.timestamp is write.received else repr(write.timestamp)
    return (
        f'{{"timestamp":{timestamp},"received":{received},"source":{_quoted(write.source)},"seq":"'
    ).encode()


def tail(write: Write) -> bytes:
    """What stands between the seq and the data: the hash, and the inputs where there are some."""
    digest = xxh3_64_hexdigest(write.data)
    if write.inputs is None:
        return f'","hash":"{digest}","data":'.encode()
    inputs = orjson.dumps(dict(write.inputs))
    return b'","hash":"%b","inputs":%b,"data":' % (digest.encode(), inputs)


def encode(write: Write, seq: str) -> bytes:
    """The whole envelope, as the server's script would join it."""
    return Written.of(write, seq).text


def decode(key: str, text: bytes) -> Envelope:
    """The envelope that `text` holds. `StoreError` names the key where it is none."""
    try:
        fields = orjson.loads(text)
        return Envelope(
            timestamp=fields["timestamp"],
            received=fields["received"],
            source=fields["source"],
            seq=fields["seq"],
            hash=fields["hash"],
            inputs=fields.get("inputs") or {},
            data=fields["data"],
        )
    except orjson.JSONDecodeError as error:
        raise StoreError(f"{key}: what is stored is not JSON ({error})") from None
    except (KeyError, TypeError, AttributeError):
        raise StoreError(
            f"{key}: what is stored is JSON but no envelope; was it written by another program?"
        ) from None


def of_event(key: str, row: Mapping[bytes, bytes]) -> Envelope:
    """The envelope of an entry of a stream. `StoreError` where the stream is none of events."""
    text = row.get(b"envelope")
    if text is None:
        names = ", ".join(sorted(name.decode("utf-8", "replace") for name in row))
        raise StoreError(f"{key} is a stream, and none of events: its entries hold {names}")
    return decode(key, text)


@lru_cache(maxsize=65_536)
def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()

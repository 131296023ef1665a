"""Frames and fields of the TWS protocol, text form (server versions 100 to 200).

A frame is a big-endian length of four bytes and that many bytes of text; the text is fields, each
ended by a NUL. A client first sends `API` and a NUL, then a frame with the versions it speaks.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator

SERVER_VERSION = 157
UNSET_DOUBLE = 1.7976931348623157e308
UNSET_INTEGER = 2_147_483_647

# The largest request of any client (a basket's order) has some thousand bytes.
MAX_FRAME = 65_536
_GREETING = b"API\0"
_VERSIONS = re.compile(r"v(\d{1,5})(?:\.\.(\d{1,5}))?(?: .*)?")

Value = str | int | float | bool | None


class BadFrame(ValueError):
    """Bytes that are no frame: nothing after them can be understood either."""


class BadField(ValueError):
    """A field that is missing, or not what stands in its place."""


def text(value: Value) -> str:
    """One field as the protocol writes it: nothing for None and for what is unset."""
    if value is None:
        return ""
    if value is True or value is False:
        return "1" if value else "0"
    if isinstance(value, float):
        if value == UNSET_DOUBLE:
            return "1.7976931348623157E308"
        if not math.isfinite(value):
            raise BadField(f"{value} cannot be written in a frame")
        return repr(value)
    return str(value).replace("\0", " ")


def frame(*fields: Value) -> bytes:
    """A whole message."""
    return framed("".join(f"{text(value)}\0" for value in fields))


def framed(body: str) -> bytes:
    """A body whose fields are already written, with its length before it."""
    payload = body.encode()
    return struct.pack(">I", len(payload)) + payload


def size(shares: float) -> int:
    """A size of version 157: whole numbers only; what is below one is one, never nothing."""
    if shares <= 0:
        return 0
    return shares if isinstance(shares, int) else max(1, round(shares))


class Frames:
    """Cuts a stream of bytes, however they are split, into the payloads of frames."""

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._greeted = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that `data` completes, oldest first. BadFrame where there can be none."""
        self._buffer += data
        if not self._greeted:
            known = bytes(self._buffer[: len(_GREETING)])
            if not _GREETING.startswith(known):
                raise BadFrame("a connection begins with 'API' and a NUL")
            if len(known) < len(_GREETING):
                return
            del self._buffer[: len(_GREETING)]
            self._greeted = True
        while len(self._buffer) >= 4:
            (length,) = struct.unpack_from(">I", self._buffer)
            if not 0 < length <= self._limit:
                raise BadFrame(f"a frame of {length} bytes: 1 to {self._limit} are taken")
            if len(self._buffer) < 4 + length:
                return
            payload = bytes(self._buffer[4 : 4 + length])
            del self._buffer[: 4 + length]
            yield payload


def versions(payload: bytes) -> tuple[int, int]:
    """The lowest and highest version that a greeting's frame names. BadFrame without any."""
    found = _VERSIONS.fullmatch(payload.rstrip(b"\0").decode("ascii", "replace"))
    if found is None:
        raise BadFrame(f"a greeting names its versions as v100..157, not {payload[:40]!r}")
    low = int(found[1])
    return low, int(found[2] or low)


class Fields:
    """The fields of one request, read from left to right."""

    def __init__(self, payload: bytes) -> None:
        self._values = payload.decode("utf-8", "replace").split("\0")
        # Each field is ended by a NUL, so the last part is nothing.
        if self._values[-1] == "":
            self._values.pop()
        self._at = 0

    @property
    def left(self) -> int:
        """How many are still to be read."""
        return len(self._values) - self._at

    def string(self) -> str:
        """The next field. BadField where the message has ended."""
        if self._at >= len(self._values):
            raise BadField(f"the message has {len(self._values)} fields, one more is needed")
        self._at += 1
        return self._values[self._at - 1]

    def integer(self, default: int = 0) -> int:
        """A whole number; `default` for an empty field, and for what the client left unset."""
        raw = self.string()
        if not raw:
            return default
        try:
            value = int(raw)
        except ValueError:
            value = self._whole(raw)
        return default if value == UNSET_INTEGER else value

    def number(self, default: float = UNSET_DOUBLE) -> float:
        """A number; `default` for an empty field. Infinity is written out in full."""
        raw = self.string()
        if not raw:
            return default
        if raw in ("Infinity", "Infinite"):
            return math.inf
        try:
            value = float(raw)
        except ValueError:
            raise BadField(f"field {self._at} is '{_short(raw)}', not a number") from None
        if not math.isfinite(value):
            raise BadField(f"field {self._at} is '{_short(raw)}', not a number")
        return value

    def boolean(self) -> bool:
        """1 or true; an empty field is false."""
        raw = self.string().lower()
        if raw in ("", "0", "false"):
            return False
        if raw in ("1", "true"):
            return True
        raise BadField(f"field {self._at} is '{_short(raw)}', not 0 or 1")

    def count(self, limit: int) -> int:
        """How many groups of fields follow: 0 to `limit`."""
        value = self.integer()
        if not 0 <= value <= limit:
            raise BadField(f"field {self._at} counts {value} groups: 0 to {limit} are taken")
        return value

    def skip(self, fields: int) -> None:
        """Pass over fields that mean nothing here."""
        for _ in range(fields):
            self.string()

    def rest(self) -> list[str]:
        """All that is left."""
        found = self._values[self._at :]
        self._at = len(self._values)
        return found

    def _whole(self, raw: str) -> int:
        try:
            value = float(raw)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value != int(value):
            raise BadField(f"field {self._at} is '{_short(raw)}', not a whole number")
        return int(value)


def _short(raw: str) -> str:
    return raw if len(raw) <= 40 else raw[:40] + "..."

"""Bodies that come compressed: inflated piece by piece, never past a limit, never half.

aiohttp inflates too, and takes a gzip body that breaks off for a whole one: half a CSV file would
pass for all of it.
"""

from __future__ import annotations

import zlib

ACCEPTED = "gzip, deflate"

_GZIP = frozenset({"gzip", "x-gzip"})
_KNOWN = _GZIP | {"deflate"}
_GZIP_BITS = 16 + zlib.MAX_WBITS
_GZIP_BEGINS = b"\x1f"
_PIECE = 1 << 18


def compressed(encoding: str) -> bool:
    """Whether a body of this `Content-Encoding` has to be inflated, and can be."""
    return encoding.lower() in _KNOWN


class Inflater:
    """Inflates one body of an encoding that is `compressed`."""

    __slots__ = ("_gzip", "_stream")

    def __init__(self, encoding: str) -> None:
        self._gzip = encoding.lower() in _GZIP
        self._stream = zlib.decompressobj(_GZIP_BITS) if self._gzip else None

    def feed(self, piece: bytes, most: int) -> bytes:
        """What one more piece holds, cut off a little above `most` bytes.

        Raises zlib.error where it is not what the encoding says.
        """
        parts, size = [], 0
        while size <= most:
            stream = self._stream_for(piece)
            if stream is None:
                break
            part = stream.decompress(piece, _PIECE)
            parts.append(part)
            size += len(part)
            piece = stream.unused_data if stream.eof else stream.unconsumed_tail
            if not piece and (stream.eof or len(part) < _PIECE):
                break
        return b"".join(parts)

    @property
    def whole(self) -> bool:
        """Whether the body came to its end."""
        return self._stream is not None and self._stream.eof

    def _stream_for(self, piece: bytes) -> zlib._Decompress | None:
        if self._stream is None:
            # By deflate a vendor should mean zlib, and some mean the bare stream.
            bits = zlib.MAX_WBITS if piece[0] & 0xF == 8 else -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(bits)
        elif self._stream.eof:
            if not (self._gzip and piece.startswith(_GZIP_BEGINS)):
                return None  # padding
            self._stream = zlib.decompressobj(_GZIP_BITS)
        return self._stream

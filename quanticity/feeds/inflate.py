"""Bodies that come compressed: inflated piece by piece, never past a limit, never half.

Files that are themselves compressed are unpacked as well: see `unpacked`.

aiohttp inflates too, and takes a gzip body that breaks off for a whole one: half a CSV file would
pass for all of it.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from quanticity.errors import BadBody

ACCEPTED = "gzip, deflate"

_GZIP = frozenset({"gzip", "x-gzip"})
_KNOWN = _GZIP | {"deflate"}
_GZIP_BITS = 16 + zlib.MAX_WBITS
_GZIP_BEGINS = b"\x1f"
_PIECE = 1 << 18
PACKED = (b"\x1f\x8b", b"PK\x03\x04")
"""How a gzip file and a zip archive begin."""
_GZIP_MAGIC, _ZIP_MAGIC = PACKED


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


def unpacked(body: bytes, most: int) -> bytes:
    """What is in a body that is itself a gzip file, or a zip archive of one file; else the body.

    Files are served so by vendors whose servers take the compression for what was asked for.
    BadBody where it is broken, holds several files, or more than `most` bytes.
    """
    if body.startswith(_GZIP_MAGIC):
        inflater = Inflater("gzip")
        try:
            inside = inflater.feed(body, most)
        except zlib.error as error:
            raise BadBody(f"the body is a gzip file that cannot be read: {error}") from None
        whole = inflater.whole
    elif body.startswith(_ZIP_MAGIC):
        inside, whole = _only_file(body, most), True
    else:
        return body
    if len(inside) > most:
        raise BadBody(f"the body has more bytes once unpacked, max_body_bytes allows {most}")
    if not whole:
        raise BadBody("the body was cut short within its gzip", retryable=True)
    return inside


def _only_file(body: bytes, most: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            files = [each for each in archive.infolist() if not each.is_dir()]
            if len(files) != 1:
                named = ", ".join(each.filename[:40] for each in files[:3])
                raise BadBody(f"the body is a zip archive of {len(files)} files, not one: {named}")
            with archive.open(files[0]) as file:
                return file.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadBody(f"the body is a zip archive that cannot be read: {error}") from None
    except (RuntimeError, NotImplementedError) as error:
        # A password, or a compression of its own.
        raise BadBody(f"the body is a zip archive that we cannot read: {error}") from None

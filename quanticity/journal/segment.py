"""One file of a recording: blocks, each compressed and with its own checksums.

A file that was damaged gives all blocks but the damaged ones, and says where they lie: a block
begins with a mark that can be searched for, and its head has a checksum of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zlib import crc32

import msgspec
import zstandard
from xxhash import xxh3_64_intdigest

from quanticity.journal.records import (
    Opened,
    Record,
    Value,
    decode,
    encode,
    encode_written,
)
from quanticity.store.envelope import Written

SUFFIX = ".qj"
MARK = b"QJB1"

# Mark, bytes of the compressed content, bytes of the content, first and last millisecond of the
# seqs in it, xxh3-64 of the compressed content; then the CRC-32 of all this.
_HEAD = struct.Struct("<4sIIQQQ")
_CRC = struct.Struct("<I")
# How a MessagePack list begins that may be long.
_LIST = struct.Struct(">BI")
_HEAD_SIZE = _HEAD.size + _CRC.size
_LEVEL = 1
_MOST = 1 << 30
_SEARCH = 1 << 20


@dataclass(frozen=True, slots=True)
class Block:
    """Where a block lies, and which milliseconds of seqs it holds."""

    path: Path
    offset: int
    size: int
    content: int
    low: int
    high: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Damage:
    """What of a file cannot be read. `low` and `high` are milliseconds, where they are known."""

    path: Path
    offset: int
    size: int
    why: str
    low: int | None = None
    high: int | None = None

    def __str__(self) -> str:
        return f"{self.path} at byte {self.offset}: {self.why} ({self.size} bytes)"


class Content:
    """Records on their way into a block, as the text of it. `begin` uses the same memory again.

    There is room for `size` bytes from the start, and for more where they come.
    """

    def __init__(self, size: int = 0) -> None:
        self._room = BytesIO()
        # Growing bit by bit, it would copy what it holds nine times.
        self._room.write(bytes(size))
        self.begin()

    def begin(self) -> None:
        """Hold nothing."""
        self.count = 0
        """Records that it holds."""
        self.size = self._room.seek(_LIST.size)
        """Their bytes."""
        self._moments: set[str] = set()

    def add(self, record: Record) -> None:
        """Take one more. ValueError or TypeError where it is none, and nothing is changed."""
        self.size += self._room.write(encode(record))
        self.count += 1
        if not isinstance(record, Opened):
            seq = (record.after or record.seq) if isinstance(record, Value) else record.after
            self._moments.add(seq.partition("-")[0])

    def add_written(self, one: Written) -> None:
        """Take one more value, just as it was written."""
        begin, data, end = encode_written(one)
        write = self._room.write
        self.size += write(begin) + write(data) + write(end)
        self.count += 1
        self._moments.add(one.seq.partition("-")[0])

    def block(self, compressor: zstandard.ZstdCompressor) -> bytes:
        """The block as it is written."""
        with self._room.getbuffer() as room, room[: self.size] as text:
            _LIST.pack_into(text, 0, 0xDD, self.count)
            body = compressor.compress(text)
        moments = [int(one or 0) for one in self._moments]
        low, high = min(moments, default=0), max(moments, default=0)
        checksum = xxh3_64_intdigest(body)
        head = _HEAD.pack(MARK, len(body), self.size, low, high, checksum)
        return b"%b%b%b" % (head, _CRC.pack(crc32(head)), body)


def compressor() -> zstandard.ZstdCompressor:
    """What blocks are compressed with; one for each thread."""
    return zstandard.ZstdCompressor(level=_LEVEL)


def blocks(path: Path) -> Iterator[Block | Damage]:
    """The blocks of a file by their heads alone; their content is not looked at."""
    try:
        yield from _blocks(path, path.stat().st_size)
    except OSError as error:
        yield Damage(path, 0, 0, f"the file cannot be read: {error.strerror or error}")


def _blocks(path: Path, size: int) -> Iterator[Block | Damage]:
    with path.open("rb") as file:
        offset = 0
        while offset < size:
            file.seek(offset)
            block = _head(path, offset, file.read(_HEAD_SIZE))
            if block is not None and offset + block.size <= size:
                yield block
                offset += block.size
                continue
            following = _next_head(path, offset + 1, size)
            cut = following == size and (block is not None or size - offset < _HEAD_SIZE)
            why = "the file ends within a block" if cut else "a block that cannot be read"
            yield Damage(path, offset, following - offset, why)
            offset = following


def content(block: Block) -> list[Record] | Damage:
    """The records of a block, or what is wrong with it."""
    with block.path.open("rb") as file:
        file.seek(block.offset + _HEAD_SIZE)
        body = file.read(block.size - _HEAD_SIZE)
    why = "its checksum is wrong"
    if xxh3_64_intdigest(body) == block.checksum:
        try:
            unpacked = zstandard.ZstdDecompressor().decompress(
                body, max_output_size=max(1, block.content)
            )
            return decode(unpacked)
        except (zstandard.ZstdError, msgspec.MsgspecError) as error:
            why = f"its content is no list of records: {error}"
    return Damage(block.path, block.offset, block.size, why, block.low, block.high)


def _head(path: Path, offset: int, head: bytes) -> Block | None:
    if len(head) < _HEAD_SIZE or not head.startswith(MARK):
        return None
    if crc32(head[: _HEAD.size]) != _CRC.unpack(head[_HEAD.size :])[0]:
        return None
    _, body, size, low, high, checksum = _HEAD.unpack(head[: _HEAD.size])
    if body > _MOST or size > _MOST:
        return None
    return Block(path, offset, _HEAD_SIZE + body, size, low, high, checksum)


def _next_head(path: Path, offset: int, size: int) -> int:
    """Where the next head with a right checksum begins; the end of the file where none does."""
    with path.open("rb") as file:
        while offset < size:
            file.seek(offset)
            piece = file.read(_SEARCH + _HEAD_SIZE)
            at = piece.find(MARK)
            while at >= 0:
                file.seek(offset + at)
                if _head(path, offset + at, file.read(_HEAD_SIZE)) is not None:
                    return offset + at
                at = piece.find(MARK, at + 1)
            offset += _SEARCH
    return size

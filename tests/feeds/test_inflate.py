"""Compressed bodies in pieces of any size."""

from __future__ import annotations

import contextlib
import gzip
import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.errors import BadBody
from quanticity.feeds.inflate import Inflater, compressed, unpacked

PLAIN = b"".join(b"%d," % (number * 7919) for number in range(3000))
BARE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
FORMS = {
    "gzip": gzip.compress(PLAIN),
    "x-gzip": gzip.compress(PLAIN[:5000]) + gzip.compress(PLAIN[5000:]) + bytes(512),
    "Deflate": zlib.compress(PLAIN),
    "deflate": BARE.compress(PLAIN) + BARE.flush(),
}


@given(st.sampled_from(sorted(FORMS)), st.integers(1, 5000))
def test_a_body_is_whole_however_it_is_cut_into_pieces(encoding: str, length: int) -> None:
    body = FORMS[encoding]
    inflater = Inflater(encoding)
    pieces = [body[at : at + length] for at in range(0, len(body), length)]
    assert b"".join(inflater.feed(piece, 10**6) for piece in pieces) == PLAIN
    assert inflater.whole


def test_a_bomb_gives_little_more_than_what_is_allowed() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert 1000 < len(Inflater("gzip").feed(bomb, 1000)) < 1_000_000


def test_large_bodies_of_one_small_piece_come_out_whole() -> None:
    inflater = Inflater("gzip")
    assert len(inflater.feed(gzip.compress(bytes(5_000_000)), 10**7)) == 5_000_000
    assert inflater.whole


def test_what_is_not_compressed_is_an_error_and_other_encodings_are_left_alone() -> None:
    with pytest.raises(zlib.error):
        Inflater("gzip").feed(b"{}", 100)
    assert not any(map(compressed, ("", "identity", "utf-8", "br")))


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", b"")
        for name, content in files.items():
            archive.writestr(f"folder/{name}.csv", content)
    return made.getvalue()


def test_a_compressed_file_was_said_to_be_no_utf8() -> None:
    for body in (gzip.compress(PLAIN), zipped(a=PLAIN), PLAIN):
        assert unpacked(body, len(PLAIN)) == PLAIN
    for body in (b"", b"PK", b"\x1f"):
        assert unpacked(body, 10) == body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (gzip.compress(PLAIN)[:-9], "the body was cut short within its gzip"),
        (b"\x1f\x8bnot", "the body is a gzip file that cannot be read: Error -3"),
        (
            gzip.compress(bytes(10**6)),
            "the body has more bytes once unpacked, max_body_bytes allows",
        ),
        (zipped(a=bytes(10**6)), "the body has more bytes once unpacked, max_body_bytes allows"),
        (zipped(a=PLAIN)[:-9], "the body is a zip archive that cannot be read: File is not a zip"),
        (zipped(a=b"1", b=b"2"), "a zip archive of 2 files, not one: folder/a.csv, folder/b.csv"),
        (zipped(), "a zip archive of 0 files, not one"),
    ],
    # Else by the bodies, which hold the time: no two processes would have the same tests.
    ids=["cut", "no gzip", "huge gzip", "huge zip", "no zip", "two files", "no file"],
)
def test_a_file_that_cannot_be_unpacked_is_told(body: bytes, said: str) -> None:
    with pytest.raises(BadBody) as raised:
        unpacked(body, len(PLAIN))
    assert said in str(raised.value)


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_damaged_archive_is_a_bad_body_or_is_read(place: int, byte: int) -> None:
    body = bytearray(zipped(a=PLAIN[:200]))
    body[4 + place % (len(body) - 4)] = byte
    with contextlib.suppress(BadBody):
        assert isinstance(unpacked(bytes(body), 10**6), bytes)

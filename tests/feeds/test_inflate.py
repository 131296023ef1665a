"""Compressed bodies in pieces of any size."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.feeds.inflate import Inflater, compressed

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

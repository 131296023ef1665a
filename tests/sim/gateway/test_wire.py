"""Frames and fields, byte by byte."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.gateway import wire
from quanticity.sim.gateway.wire import BadField, BadFrame, Fields, Frames

GREETING = b"API\0"
words = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=20)


def test_a_frame_is_its_length_and_fields_each_ended_by_a_nul():
    assert (
        wire.frame(157, "20260105 10:00:00 EST")
        == b"\x00\x00\x00\x1a157\x0020260105 10:00:00 EST\x00"
    )
    assert wire.frame(9, 1, True, None, 0.5) == b"\x00\x00\x00\x0b9\x001\x001\x00\x000.5\x00"


def test_what_is_unset_is_written_as_tws_writes_it():
    assert wire.text(wire.UNSET_DOUBLE) == "1.7976931348623157E308"
    assert float(wire.text(wire.UNSET_DOUBLE)) == wire.UNSET_DOUBLE


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_never_reaches_a_client(value: float):
    with pytest.raises(BadField):
        wire.text(value)


def test_a_nul_inside_a_text_never_begins_another_field():
    assert wire.frame("a\0b") == b"\x00\x00\x00\x04a b\x00"


def test_sizes_are_whole_numbers():
    assert [wire.size(shares) for shares in (-1, 0, 0.2, 0.5, 1.4, 300.0)] == [0, 0, 1, 1, 1, 300]
    assert isinstance(wire.size(300.0), int)


@given(messages=st.lists(st.lists(words, min_size=1, max_size=6), max_size=8), data=st.data())
def test_frames_come_out_whole_however_the_bytes_are_split(messages, data):
    payloads = ["".join(f"{word}\0" for word in fields) for fields in messages]
    stream = GREETING + b"".join(wire.framed(payload) for payload in payloads)
    frames, rest = Frames(), stream
    found: list[bytes] = []
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        found += frames.feed(rest[:cut])
        rest = rest[cut:]
    assert found == [payload.encode() for payload in payloads]
    assert [Fields(payload).rest() for payload in found] == messages


@given(st.binary(min_size=1, max_size=400))
def test_no_bytes_at_all_raise_anything_but_a_bad_frame(data: bytes):
    for start in (b"", GREETING):
        try:
            for payload in Frames().feed(start + data):
                fields = Fields(payload)
                while fields.left:
                    fields.string()
        except BadFrame:
            pass


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n", b"\x00\x00\x00\x04", b"APX", b"API1"])
def test_another_greeting_is_refused_at_its_first_wrong_byte(first: bytes):
    with pytest.raises(BadFrame, match="begins with 'API'"):
        list(Frames().feed(first))


@pytest.mark.parametrize("length", [0, wire.MAX_FRAME + 1, 2**32 - 1])
def test_a_length_out_of_bounds_is_refused_before_its_bytes_are_kept(length: int):
    with pytest.raises(BadFrame, match="bytes"):
        list(Frames().feed(GREETING + length.to_bytes(4, "big")))


def test_the_largest_frame_is_taken():
    whole = wire.framed("x" * (wire.MAX_FRAME - 1) + "\0")
    assert len(next(iter(Frames().feed(GREETING + whole)))) == wire.MAX_FRAME


@pytest.mark.parametrize(
    ("said", "versions"),
    [
        (b"v100..157", (100, 157)),
        (b"v157..178", (157, 178)),
        (b"v157..178 +PACEAPI", (157, 178)),
        (b"v157", (157, 157)),
        (b"v100..157\0", (100, 157)),
    ],
)
def test_versions_of_a_greeting(said: bytes, versions: tuple[int, int]):
    assert wire.versions(said) == versions


@pytest.mark.parametrize("said", [b"", b"157", b"v", b"v1..", b"vx..y", b"\xff\xfe", b"v999999"])
def test_a_greeting_without_versions_is_refused(said: bytes):
    with pytest.raises(BadFrame, match="names its versions"):
        wire.versions(said)


def test_fields_are_read_as_what_stands_in_their_place():
    fields = Fields(b"9\x001.5\x00\x00true\x000\x003.0\x00Infinite\x002147483647\x00")
    assert (fields.integer(), fields.number(), fields.number()) == (9, 1.5, wire.UNSET_DOUBLE)
    assert (fields.boolean(), fields.boolean(), fields.integer()) == (True, False, 3)
    assert (fields.number(), fields.integer(-1), fields.left) == (math.inf, -1, 0)


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        (b"x\0", Fields.integer),
        (b"1.5\0", Fields.integer),
        (b"nan\0", Fields.integer),
        (b"x\0", Fields.number),
        (b"nan\0", Fields.number),
        (b"inf\0", Fields.number),
        (b"2\0", Fields.boolean),
        (b"", Fields.string),
        (b"-1\0", lambda fields: fields.count(4)),
        (b"5\0", lambda fields: fields.count(4)),
    ],
)
def test_a_wrong_field_is_told_with_its_place(payload: bytes, read):
    with pytest.raises(BadField, match="field"):
        read(Fields(payload))

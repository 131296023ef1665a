"""Envelopes: what is read of a large one without a look at its data is what a decoder reads."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from quanticity.store import envelope
from quanticity.views import Stored, Value
from quanticity.views.base import stored
from tests.store.running import write

LARGE = orjson.dumps({"pad": "x" * 100_000})
KEYS = st.sampled_from(["raw:a:b:SPY", "data", ',"data":', "}", 'a"b', "é"])
TEXTS = st.text(max_size=8)
ODD = st.sampled_from([b"", b" ", b"\n", b"}", b'{"data":1}', b"null", b',"data":', b'"', b"x"])


def by_decoder(text: bytes) -> Stored | None:
    """As msgspec reads it, all of it."""
    try:
        return msgspec.json.decode(text, type=Stored)
    except msgspec.DecodeError:
        return None


def same(one: Stored, other: Stored) -> bool:
    """One of them may have kept the spaces around its data."""
    nothing = msgspec.Raw(b"null")
    return bytes(one.data).strip() == bytes(other.data).strip() and (
        replace(one, data=nothing) == replace(other, data=nothing)
    )


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | TEXTS, inner),
        max_leaves=8,
    ),
    st.none() | st.dictionaries(KEYS, TEXTS, max_size=3),
    st.integers(0, 30),
)
def test_a_large_envelope_is_read_as_a_decoder_reads_it(
    data: Any, inputs: dict[str, str] | None, room: int
) -> None:
    one = write(data=orjson.dumps([data, "x" * 70_000]), inputs=inputs)
    # The server leaves spaces behind the seq of a large body.
    text = envelope.encode(one, "17-3").replace(b'"17-3"', b'"17-3"' + b" " * room, 1)
    expected = by_decoder(text)
    assert expected is not None
    assert same(stored(text), expected)
    assert Value.of(stored(text)).data == Value.of(expected).data


@settings(deadline=None)
@given(ODD, ODD, st.booleans())
def test_what_others_wrote_in_another_order_is_read_as_a_decoder_reads_it(
    before: bytes, after: bytes, hashed: bool
) -> None:
    text = envelope.encode(write(data=before + LARGE + after), "17-3")
    if not hashed:
        text = text.replace(b'"hash":"', b'"hash":"0', 1)
    expected = by_decoder(text)
    if expected is not None:
        assert same(stored(text), expected)
    elif not hashed:
        with pytest.raises(msgspec.DecodeError):
            stored(text)
    else:
        # Its hash says that this was written as data: it is what cannot be read, not the envelope.
        assert bytes(stored(text).data) == before + LARGE + after
        with pytest.raises(ValueError, match=r"."):
            Value.of(stored(text))


@pytest.mark.parametrize(
    "tail", [b',"inputs":{"raw:a":"1-0"}}', b',"more":1}', b"} ", b"}\n", b"", b"}}"]
)
def test_data_that_do_not_end_the_text_are_not_taken_with_what_follows(tail: bytes) -> None:
    text = envelope.encode(write(data=LARGE), "17-3")[:-1] + tail
    expected = by_decoder(text)
    if expected is None:
        with pytest.raises(msgspec.DecodeError):
            stored(text)
    else:
        assert same(stored(text), expected)


def test_a_large_text_that_is_no_envelope_is_refused() -> None:
    for text in (LARGE, b'{"seq":"1-0","data":' + LARGE + b"}", b"x" * 100_000):
        with pytest.raises(msgspec.DecodeError):
            stored(text)

"""An envelope is readable JSON in the design's order, with the vendor's bytes as they came."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_64_hexdigest

from quanticity.errors import StoreError
from quanticity.model import Write
from quanticity.store import envelope
from tests.store.running import write

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
times = st.floats(0, 4e9, allow_nan=False)


@given(
    data=json_values,
    timestamp=times,
    received=times,
    source=st.text(),
    inputs=st.none() | st.dictionaries(st.text(min_size=1), st.text(), max_size=3),
    spaces=st.sampled_from(["", " ", "\n\t"]),
)
def test_what_goes_in_comes_out(
    data: object,
    timestamp: float,
    received: float,
    source: str,
    inputs: dict[str, str] | None,
    spaces: str,
) -> None:
    body = (spaces + json.dumps(data, ensure_ascii=False) + spaces).encode("utf-8")
    given_write = Write("raw:a", body, source, timestamp, received, 1.0, inputs=inputs)
    text = envelope.encode(given_write, "7-1")
    assert body in text
    fields = ["timestamp", "received", "source", "seq", "hash", "inputs", "data"]
    assert list(json.loads(text)) == [
        name for name in fields if name != "inputs" or inputs is not None
    ]
    got = envelope.decode("raw:a", text)
    assert (got.timestamp, got.received, got.source, got.seq) == (
        timestamp,
        received,
        source,
        "7-1",
    )
    assert got.data == data
    assert got.hash == xxh3_64_hexdigest(body)
    assert got.inputs == (inputs or {})


def test_equal_data_has_equal_hashes_whatever_surrounds_it() -> None:
    one = envelope.decode("a", envelope.encode(write("raw:a", b"[1]", timestamp=1.0), "1-0"))
    two = envelope.decode("a", envelope.encode(write("raw:b", b"[1]", timestamp=2.0), "2-0"))
    assert one.hash == two.hash


@pytest.mark.parametrize("text", [b"", b"<html>", b'{"data":', b"\xff"])
def test_what_is_no_json_is_told_with_its_key(text: bytes) -> None:
    with pytest.raises(StoreError, match=r"raw:x: what is stored is not JSON"):
        envelope.decode("raw:x", text)


@pytest.mark.parametrize("text", [b"1767625200.5", b"[]", b'"a"', b"{}", b'{"data": 1}', b"null"])
def test_json_that_is_no_envelope_is_told_with_its_key(text: bytes) -> None:
    with pytest.raises(StoreError, match=r"raw:x: .* no envelope"):
        envelope.decode("raw:x", text)


def test_a_stream_that_is_none_of_events_was_a_traceback() -> None:
    with pytest.raises(
        StoreError, match=r"changes is a stream, and none of events: its .* hold key"
    ):
        envelope.of_event("changes", {b"key": b"raw:uw:news"})

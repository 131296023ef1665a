"""JSON text: its depth without parsing it, and what is told of what is none."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.errors import BadBody
from quanticity.feeds.json_text import (
    check_text,
    decode,
    deeper_than,
    looks_like_json,
    strip_bom,
    without_nan,
)

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text('[]{}"\\ab', max_size=6)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text('[]{}"ab', max_size=3), inner, max_size=3)
    ),
    max_leaves=25,
)


def depth(tree: Any) -> int:
    if isinstance(tree, list):
        return 1 + max(map(depth, tree), default=0)
    if isinstance(tree, dict):
        return 1 + max(map(depth, tree.values()), default=0)
    return 0


def without_brackets_in_strings(tree: Any) -> Any:
    if isinstance(tree, list):
        return [without_brackets_in_strings(item) for item in tree]
    if isinstance(tree, dict):
        return {str(n): without_brackets_in_strings(item) for n, item in enumerate(tree.values())}
    return 0


@given(TREES, st.integers(0, 6))
def test_a_shallow_body_is_never_called_deep(tree: Any, most: int) -> None:
    if deeper_than(orjson.dumps(tree), most):
        assert depth(tree) > most


@given(TREES, st.integers(0, 6))
def test_depth_is_exact_where_strings_hold_no_brackets(tree: Any, most: int) -> None:
    plain = without_brackets_in_strings(tree)
    assert deeper_than(orjson.dumps(plain), most) == (depth(plain) > most)


@pytest.mark.parametrize("rows", [1, 5000])
def test_many_shallow_rows_are_not_deep(rows: int) -> None:
    body = orjson.dumps({"data": [{"a": [1, {"b": "}]"}]}] * rows})
    assert not deeper_than(body, 5)
    assert deeper_than(body, 4)


@given(st.data())
def test_the_depth_is_exact_where_brackets_in_strings_do_not_pair(data: st.DataObject) -> None:
    rows = [data.draw(TREES)] * data.draw(st.integers(1, 3)) + [[{"x": '[[["\\'}]] * 2100
    found = depth(rows)
    body = orjson.dumps(rows)
    assert deeper_than(body, found - 1)
    assert not deeper_than(body, found)


def test_a_text_full_of_brackets_kept_every_feed_waiting_for_seconds() -> None:
    """Each of 64 passes over it took nothing away: 80 and 200 times as long as to parse a list."""

    def cpu(work: Callable[[], object]) -> float:
        found = []
        for _ in range(3):
            began = time.process_time()
            work()
            found.append(time.process_time() - began)
        return min(found)

    texts = b"[" + b'"[",' * 250_000 + b"1]"
    parsed = cpu(lambda: orjson.loads(texts))
    assert cpu(lambda: decode(texts, 64)) < 25 * parsed
    assert cpu(lambda: decode(b'["' + b"[" * 1_000_000 + b'"]', 64)) < 25 * parsed


@given(TREES)
def test_all_json_looks_like_json(tree: Any) -> None:
    body = b"  \n" + orjson.dumps(tree) + b"\n "
    assert looks_like_json(body)
    check_text(body)
    assert decode(body, 64) == tree


@pytest.mark.parametrize("body", [b"", b" ", b"<a>", b"{", b"a,b", b'{"a"', b"]", b"hello"])
def test_what_plainly_is_none_does_not(body: bytes) -> None:
    assert not looks_like_json(body)
    with pytest.raises(BadBody):
        check_text(body)


@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_told_on_one_line(body: bytes) -> None:
    told = ""
    try:
        decode(body, 8)
    except BadBody as error:
        told = str(error)
    assert "\n" not in told


def test_json_line_by_line_is_told_with_what_to_write() -> None:
    with pytest.raises(BadBody, match=r"line 2 column 1; if each line .* 'format: ndjson'"):
        decode(b'{"a":1}\n{"a":2}\n', 8)
    with pytest.raises(BadBody, match=r"line 1 column 8$"):
        decode(b'{"a":1}{"a":2}', 8)


@pytest.mark.parametrize(
    ("body", "plain", "nulls"),
    [
        (b'{"iv": NaN,"x":[-Infinity, Infinity]}', b'{"iv": null,"x":[null, null]}', 3),
        (rb'{"a\"NaN":"NaN, \\", "b":NaN}', rb'{"a\"NaN":"NaN, \\", "b":null}', 1),
        (b"NaN", b"NaN", 0),
        (b'{"NaN": 1}', b'{"NaN": 1}', 0),
        (b"[NaNa, xNaN]", b"[NaNa, xNaN]", 0),
    ],
)
def test_figures_that_json_cannot_hold_become_null(body: bytes, plain: bytes, nulls: int) -> None:
    assert without_nan(body) == (plain, nulls)


def test_a_body_of_very_many_quotes_is_not_taken_apart() -> None:
    body = b"[NaN," + b",".join([b'""'] * 300_000) + b"]"
    assert without_nan(body) == (body, 0)


@given(
    st.recursive(
        st.floats() | st.text(st.sampled_from('NaN"\\:, ')) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(lambda tree: [tree])
)
def test_what_python_writes_is_read_with_its_texts_as_they_were(value: Any) -> None:
    plain, _ = without_nan(json.dumps(value).encode())
    assert decode(plain, 64) == finite(value)


def finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [finite(each) for each in value]
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    return value


def test_only_a_byte_order_mark_is_taken_off() -> None:
    assert strip_bom(b"\xef\xbb\xbf{}") == b"{}"
    assert strip_bom(b"{}") == b"{}"

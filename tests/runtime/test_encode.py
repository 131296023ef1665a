"""What outputs and states may hold, and what is said of the rest."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np
import pytest

from quanticity.runtime.encode import encode, encode_state
from quanticity.views.base import frozen

NAN = float("nan")


class Odd(Enum):
    ONE = NAN


RECORDS = np.array([(1.0, NAN)], dtype=[("a", "f8"), ("b", "f8")])


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (np.array([1.0, NAN], dtype=object), "$.v[1]"),
        (np.array([[1.0, None], [2, NAN]], dtype=object), "$.v[1][1]"),
        (RECORDS, "$.v[0][1]"),
        ([Odd.ONE], "$.v[0]"),
        (["name", None, 1, True, 0.5, NAN, -NAN], "$.v[5]"),
        ([None, np.float64(NAN)], "$.v[1]"),
        ({"a": [{"b": (1, [NAN])}]}, "$.v.a[0].b[1][0]"),
    ],
)
def test_a_nan_in_what_pandas_makes_passed_for_null(value: Any, place: str) -> None:
    with pytest.raises(ValueError, match="is not a finite number") as said:
        encode({"v": value})
    assert str(said.value).startswith(f"{place} is not")


def test_a_long_double_was_no_number() -> None:
    assert encode({"v": np.longdouble(1.5)}) == b'{"v":1.5}'
    assert encode_state({"v": np.longdouble(1.5)}) == encode_state({"v": 1.5})


def test_a_state_that_holds_itself_or_keys_that_are_no_text_is_told_in_words() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="its state cannot be saved: maximum recursion"):
        encode_state(loop)
    with pytest.raises(ValueError, match="a dict in it has keys that are no text"):
        encode_state({1: 2})


def test_a_state_that_grew_without_bound_was_written_with_each_run() -> None:
    assert encode_state(b"x" * 1_000_000)
    with pytest.raises(ValueError, match="its state is 51 MB, and at most 50 MB are kept"):
        encode_state(b"x" * 51_000_000)
    with pytest.raises(ValueError, match="it is 101 MB, and at most 100 MB are kept"):
        encode({"text": "x" * 101_000_000})


def test_what_an_input_gave_could_not_be_remembered() -> None:
    given = {"z": [{"b": 1, "a": {"c": 2}}], "a": "x"}
    assert encode_state({"kept": frozen(given)}) == encode_state({"kept": given})

"""What is kept of the market: by bytes, the latest, and always what would be made anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.market.kept import Kept, weight

KB = 1_000


class Made:
    """Makes arrays of so many kilobytes, and counts."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []

    def __call__(self, name: str, kilobytes: int) -> npt.NDArray[np.uint8]:
        self.made.append((name, kilobytes))
        return np.zeros(kilobytes * KB, dtype=np.uint8)


def test_what_is_kept_is_the_same_object() -> None:
    made = Made()
    kept = Kept(made, 0.005)
    assert kept("a", 1) is kept("a", 1)
    assert made.made == [("a", 1)]


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    made = Made()
    kept = Kept(made, 0.0039)
    for name in "abcab":
        kept(name, 1)
    kept("d", 1)
    made.made.clear()
    for name in "abd":
        kept(name, 1)
    assert made.made == []
    kept("c", 1)
    assert made.made == [("c", 1)]


def test_one_that_is_larger_than_all_that_may_be_is_kept_alone() -> None:
    kept = Kept(Made(), 0.002)
    kept("small", 1)
    big = kept("big", 3)
    assert len(kept) == 1
    assert kept("big", 3) is big


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 3)), max_size=30))
def test_never_more_bytes_than_allowed_and_they_add_up(asked: list[tuple[str, int]]) -> None:
    kept = Kept(Made(), 0.0045)
    for each in asked:
        assert kept(*each).nbytes == each[1] * KB
        held = [size for _, size in kept._held.values()]
        assert kept.bytes == sum(held)
        assert kept.bytes <= 4500 or len(held) == 1


def test_making_may_ask_for_what_is_kept() -> None:
    def fibonacci(n: int) -> int:
        return n if n < 2 else kept(n - 1) + kept(n - 2)

    kept = Kept(fibonacci, 1)
    assert kept(60) == 1_548_008_755_920
    assert kept.bytes == sum(size for _, size in kept._held.values())


def test_what_fails_is_not_kept() -> None:
    def fail(_: int) -> int:
        raise KeyError("nothing trades")

    kept = Kept(fail, 1)
    with pytest.raises(KeyError):
        kept(1)
    assert (len(kept), kept.bytes) == (0, 0)


def test_arguments_by_name_are_refused() -> None:
    with pytest.raises(TypeError, match="by position"):
        Kept(Made(), 1)("a", kilobytes=1)


@dataclass(frozen=True, slots=True)
class Row:
    time: npt.NDArray[np.float64]
    name: str


def test_records_weigh_what_their_arrays_do() -> None:
    row = Row(np.zeros(1000), "SPY")
    assert 8000 < weight(row) < 8500
    assert weight([row, row]) == pytest.approx(2 * weight(row), abs=200)
    assert weight({"a": row}) > weight(row)
    assert weight(b"x" * 5000) > 5000
    assert 0 < weight(None) < 100

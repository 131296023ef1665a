"""Counts and lists as a person says them."""

from __future__ import annotations

import pytest

from quanticity.words import some


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b, c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more"),
        ([str(number) for number in range(2003)], "0, 1, 2 and 2,000 more"),
    ],
)
def test_of_many_the_first_are_named_and_the_others_counted(names: list[str], said: str) -> None:
    assert some(names, 3) == said

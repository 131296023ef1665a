"""A day's series, written as it goes on: always as if it were written anew."""

from __future__ import annotations

from datetime import date

import orjson
from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.vendors.unusual_whales.minute_texts import MinuteTexts

DAY = date(2026, 1, 5)


def series(at: int) -> list[list[int]]:
    """A row for each minute begun, of seconds; the last one is under way."""
    return [[minute, min(60, at - 60 * minute)] for minute in range(-(-at // 60))]


def asked(texts: MinuteTexts, name: str, at: int, made: list[int]) -> list[list[int]]:
    rows = series(at)

    def make(last: int) -> list[list[int]]:
        made.append(last)
        return rows[len(rows) - last :]

    body = texts.rows((name, DAY), len(rows), at // 60, make)
    found: list[list[int]] = orjson.loads(b"[%s]" % body)
    return found


@given(st.lists(st.tuples(st.sampled_from(["SPY", "QQQ"]), st.integers(0, 1800)), max_size=12))
def test_at_any_moments_in_any_order_it_is_the_whole_series(moments: list[tuple[str, int]]) -> None:
    texts = MinuteTexts()
    for name, at in moments:
        assert asked(texts, name, at, []) == series(at)


def test_only_what_came_since_is_made() -> None:
    texts, made = MinuteTexts(), list[int]()
    for at in (600, 600, 630, 660, 665):
        asked(texts, "SPY", at, made)
    assert made == [10, 0, 1, 1, 1]


def test_few_days_are_kept() -> None:
    texts = MinuteTexts()
    for number in range(200):
        texts.rows((f"S{number}", DAY), 1, 1, lambda last: [[0]] * last)
    assert len(texts._past) <= 64

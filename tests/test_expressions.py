"""What people write as regular expressions, on texts that vendors choose."""

from __future__ import annotations

import contextlib
import re
import time
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity import expressions
from quanticity.expressions import LONGEST, PATIENCE, Expression, TakesTooLong, longest_quick

ENDLESS = {
    r"(a+)+$": "a" * 60 + "b",
    r"(a|aa)+$": "a" * 200 + "b",
    r"^(([a-z])+.)+[A-Z]([a-z])+$": "a" * 60,
    r"(x+x+)+y": "x" * 60,
    r"(?:\w+\s?)*$": "a" * 60 + "!" + "a" * 60 + "!",
    r"(?i)(a+)+$": "a" * 60 + "b",
    r"\s+$": " " * 1_000_000 + "x",
    r"(a{1,30}){1,30}$": "a" * 200 + "b",
}


@pytest.mark.parametrize("pattern", ENDLESS)
def test_an_expression_that_backtracks_without_end_comes_back(pattern: str) -> None:
    """It held the event loop, and with it every feed, for longer than anybody waits."""
    expression = Expression(pattern)
    began = time.thread_time()
    # Some `regex` sees through.
    with contextlib.suppress(TakesTooLong):
        expression.search(ENDLESS[pattern])
    # Computing time, which does not grow on a machine that has other things to do.
    assert time.thread_time() - began < 20 * PATIENCE


def test_many_texts_of_one_body_share_the_time_that_its_expression_has() -> None:
    expression = Expression(r"(a+)+$", seconds=0.02)
    began = time.thread_time()
    with pytest.raises(TakesTooLong):
        all(not expression.search("a" * 60 + "b") for _ in range(100_000))
    assert time.thread_time() - began < 2
    with pytest.raises(TakesTooLong):
        expression.search("aaa")
    expression.begin()
    assert expression.search("aaa")


def test_after_a_search_that_was_stopped_a_short_text_had_time_again() -> None:
    expression = Expression(r"(a+)+$", seconds=0.02)
    with pytest.raises(TakesTooLong):
        expression.search("a" * 20_000 + "b")
    with pytest.raises(TakesTooLong):
        expression.search("aaa")
    expression.begin()
    assert expression.search("aaa")


def test_a_quick_search_was_blamed_for_what_came_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A contract then gave its pattern up for good, and a vendor's answer was none."""
    expression = Expression("rate.*limit")
    passed = iter(range(1000))
    monkeypatch.setattr(time, "thread_time", lambda: float(next(passed)))
    assert expression.search("the rate has a limit")
    with pytest.raises(TakesTooLong):
        all(expression.search("the rate has a limit") for _ in range(100))


@pytest.mark.parametrize(
    ("pattern", "is_plain"),
    [
        ("per day", True),
        ("per second|burst|spreading out", True),
        ("^daily_request_limit_hit$", True),
        (r"Total|\*", True),
        ("^[0-9]{8}T[0-9]{6}$", True),
        ("^[A-Z0-9.]{1,6}[0-9]{6}[CP][0-9]{8}$", True),
        (r"^([0-9]{1,2}:[0-9]{2} [ap]\.m\.)?$", True),
        (r"[(+*{1,}|]", True),
        (r"[]+)*]\+\(", True),
        ("rate.*limit", False),
        ("(ab)+", False),
        (r"(a)\1", False),
        ("a{2,}", False),
        ("a{5000}", False),
        ("(?:a?){30}", False),
    ],
)
def test_what_takes_no_time_whatever_it_meets(pattern: str, is_plain: bool) -> None:
    assert Expression(pattern).is_plain is is_plain


def test_what_is_said_names_the_expression_and_what_to_do() -> None:
    said = str(TakesTooLong("(a+)+$" * 20))
    assert said.startswith(
        "the pattern '(a+)+$(a+)+$(a+)+$(a+)+$(a+)+$(a+)+$(a+)+$(a+)+$(a+)+$(a+.."
    )
    assert said.endswith("write it without a repeat in a repeat, such as (a+)+")


def test_a_repeat_is_quick_on_short_texts_and_none_in_another_ever_is() -> None:
    assert 100 < longest_quick("rate.*limit") < 1000
    assert 10 < longest_quick(".*rate.*limit") < longest_quick("rate.*limit")
    assert longest_quick("(a+)+") == 0


def test_a_text_is_looked_at_a_million_characters_far() -> None:
    assert Expression("here").search("x" * (LONGEST - 4) + "here")
    assert not Expression("here").search("x" * LONGEST + "here")


def test_what_only_one_of_both_libraries_understands_is_no_expression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(re.error):
        Expression(r"(?:\p{L}+)+")

    def refuses(*_: Any) -> Any:
        raise re.error("unknown")

    monkeypatch.setattr(expressions, "_stoppable", refuses)
    Expression("plain").check()
    with pytest.raises(re.error):
        Expression("(a+)+").check()
    with pytest.raises(TakesTooLong):
        Expression("(a+)+").search("a")


def test_braces_mean_what_they_mean_to_python() -> None:
    # To `regex` it is: with one slip.
    assert Expression("(ab)+{e}").search("ab{e}")
    assert not Expression("(ab)+{e}").search("ax")
    assert Expression(r"(a)+\{e}[{i}]\N{DIGIT ONE}{2}").search("a{e}i11")


@pytest.mark.parametrize(
    "pattern",
    [
        "[ab]{50,100}[ab]{100}c",
        "a{100}" * 20 + "b",
        "(?:a|)(?:a|)(?:a|)(?:a|)(?:a|)(?:a|)[ab]{100}c",
        "a*" + "[ab]" * 150 + "c",
    ],
)
def test_what_was_said_to_take_no_time_took_seconds(pattern: str) -> None:
    """It counted the ways through a text, and not how long each of them is."""
    expression, text = Expression(pattern), "ab" * (LONGEST // 2)
    if "b" * 10 not in pattern and pattern.startswith("a{"):
        text = "a" * LONGEST
    assert not expression.is_plain
    began = time.thread_time()
    re.compile(pattern).search(text[: longest_quick(pattern)])
    assert time.thread_time() - began < PATIENCE / 2


@pytest.mark.parametrize(
    "text", ["½", "e\u0301", "\x1c", "a\x1fb", "ⓐ", "‿", "Ⅷ", "²", ":", "[", "x "]
)
@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:\w\s?)+",
        r"(?:\W\s?)+",
        r"^(?:\w+\s?)+$",
        r"(\s+)+",
        r"^(\S+)+$",
        r"(?:[\w-]+)+",
        r"(?:[^\w]+)+",
        r"(?:[\s]+)+",
        r"^(?:[\s\S]+)+$",
        r"^(?:[\w\W]+)+$",
        r"(a*)*\b",
        r"(?:\Ba*)*\B.",
        r"(?:[[:alpha:]]+)+",
        r"(?:[]:[]+)+",
        r"(?a)(\w+)+\b",
        r"(?:\w+)++\Z",
    ],
)
def test_letters_and_blanks_were_others_where_a_text_was_long(pattern: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        python, ours = re.compile(pattern), Expression(pattern)
    ours._quick = -1
    assert not ours.is_plain
    assert ours._timed("search", text) == (python.search(text) is not None)


_PARTS = st.sampled_from(
    [
        *(
            "a",
            "b",
            r"\d",
            r"\w",
            r"\s",
            "[ab1]",
            "[^a]",
            "(?:a|b)",
            "(a)",
            "(?:ab|a)",
            ".",
            "^",
            "$",
        ),
        *(r"\W", r"\S", r"\b", r"\Z", r"\A", r"[\w.]", r"[^\s,]", r"[\[a]", "(?:a|)", "(?i:A)"),
    ]
)
_REPEATS = st.sampled_from(["", "", "*", "+", "?", "{1,2}", "{2,}", "*?", "{,2}"])
_AT = ("^", "$", r"\b", r"\Z", r"\A")
_PATTERNS = st.lists(st.tuples(_PARTS, _REPEATS), min_size=1, max_size=6).map(
    lambda parts: "".join(a if a in _AT else a + b for a, b in parts)
)


@settings(max_examples=300, deadline=None)
@given(_PATTERNS, st.text("ab1 \nAé½\u0301\x1c,", max_size=30), st.booleans())
def test_it_finds_what_python_finds(pattern: str, text: str, any_case: bool) -> None:
    flags = re.IGNORECASE if any_case else 0
    python, ours = re.compile(pattern, flags), Expression(pattern, flags)
    assert ours.search(text) == (python.search(text) is not None)
    assert ours.match(text) == (python.match(text) is not None)
    # And what does so where a text is too long for `re`.
    ours._quick = -1
    ours.is_plain = False
    assert ours._timed("search", text) == (python.search(text) is not None)
    assert ours._timed("match", text) == (python.match(text) is not None)

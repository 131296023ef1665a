"""Counts, spans and rates as a person says them."""

from __future__ import annotations

from collections.abc import Sequence

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_PER = {1: "a second", 60: "a minute", 3_600: "an hour", 86_400: "a day", 604_800: "a week"}


def seconds(value: float | None) -> str:
    """A duration: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`."""
    if value is None:
        return "–"
    if value < 0:
        return "-" + seconds(-value)
    for size, unit in _UNITS:
        if value >= 2 * size:
            return f"{value / size:.0f} {unit}"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"


def per(length: float) -> str:
    """The window of a limit: `a minute`, `a day`, `in 5 s`."""
    return _PER[int(length)] if length in _PER else f"in {seconds(length)}"


def brief(text: str, most: int = 1000) -> str:
    """A text; of one that has more than `most` characters only how it begins and ends."""
    if len(text) <= most:
        return text
    part = most // 2
    return f"{text[:part]} … ({len(text):,} characters) … {text[-part // 2 :]}"


def count(number: int, noun: str, many: str = "") -> str:
    """`1 feed`, `2,000 feeds`; `many` where an s does not make the plural."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def some(names: Sequence[str], most: int) -> str:
    """The first of many: `a, b and 3 more`."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")

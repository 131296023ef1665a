"""Regular expressions that somebody else wrote, searched for in time, whatever text they meet.

`(a+)+$` tries two to the power of n ways through n letters, and Python's `re` goes on until it is
through, with the whole process standing. So `re` is asked only where what it can need is small, by
the form of the expression and the length of the text: that is nearly always. Else `regex` is, which
understands the same and stops when told to. A text of more than a million characters is looked at
that far.
"""

from __future__ import annotations

import re
import time
import warnings
from functools import lru_cache
from typing import Any

LONGEST = 1_000_000
"""Characters of a text that are looked at."""
PATIENCE = 0.1
"""Seconds of computing that the searches of one expression in one body may take."""
# What a search may take without counting: of many small texts none is to blame.
_FREE = 10e-6
_OF_QUICK = 0.01
# Steps that `re` may need at worst: a millisecond or two.
_STEPS = 500_000
# And for each place to begin at where a text is long: half a second for a million.
_MANY_STEPS = 250
_MANY_TIMES = 100
_LEAST = 0.001
_NOTHING = -1.0

_REPEAT = re.compile(r"\{(\d*)(,?)(\d*)\}")
# What stands for one character, however it is written.
_ESCAPED_OR_CLASS = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*+\]", re.DOTALL)
_TOLD_APART = re.compile(
    r"\\N\{[^}]*\}|" + _ESCAPED_OR_CLASS.pattern + r"|\{(?!\d*,?\d*\})", re.DOTALL
)
_ASCII = re.compile(r"\(\?[imsxL]*a")
# Letters and blanks as `re` counts them: to `regex` accents are letters, and a half is no number.
_WORD = r"\p{L}\p{N}_"
_BLANK = r"\s\x1c-\x1f"
_IN_REGEX = {
    "{": r"\{",
    r"\w": f"[{_WORD}]",
    r"\W": f"[^{_WORD}]",
    r"\s": f"[{_BLANK}]",
    r"\S": f"[^{_BLANK}]",
    r"\b": f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    r"\B": f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
}
_IN_CLASS = {"[": r"\[", r"\w": _WORD, r"\s": _BLANK}
_REPEATED = re.compile(r"[*+]|" + _REPEAT.pattern)
_GROUP = re.compile(r"\((?:\?:|\?P<\w+>)?(\??)")


class TakesTooLong(Exception):
    """A search that was given up; says which expression it was, and what can be done."""

    def __init__(self, pattern: str) -> None:
        shown = pattern if len(pattern) <= 60 else f"{pattern[:57]}..."
        super().__init__(
            f"the pattern '{shown}' takes too long on what came; "
            "write it without a repeat in a repeat, such as (a+)+"
        )
        self.pattern = pattern


class Expression:
    """One expression, and what is left of the time that it may take.

    `seconds` is that of all searches between one `begin` and the next. It is computing time: on a
    machine that has other things to do nothing takes too long. Raises re.error where `pattern` is
    none.
    """

    __slots__ = ("_compiled", "_flags", "_left", "_quick", "_seconds", "is_plain", "pattern")

    def __init__(self, pattern: str, flags: int = 0, *, seconds: float = PATIENCE) -> None:
        self.pattern = pattern
        self._flags = flags
        self._compiled = re.compile(pattern, flags)
        self._quick = longest_quick(pattern)
        # Whether it takes no time to speak of on any text.
        self.is_plain = self._quick == LONGEST
        self._seconds = self._left = seconds

    def check(self) -> None:
        """Raises re.error where it could not be stopped: only `re` understands it.

        Not asked at once, for it takes a while; where nobody did, a text too long for `re` is
        TakesTooLong.
        """
        if not self.is_plain:
            _stoppable(self.pattern, self._flags)

    def begin(self) -> None:
        """Another body: it has all its time again."""
        self._left = self._seconds

    def is_quick(self, text: str) -> bool:
        """Whether `re` itself, too, is done with `text` in no time to speak of."""
        return len(text) <= self._quick

    def search(self, text: str) -> bool:
        """Whether it matches somewhere in `text`; TakesTooLong where that cannot be said."""
        if self.is_plain and len(text) <= LONGEST:
            return self._compiled.search(text) is not None
        return self._timed("search", text)

    def match(self, text: str) -> bool:
        """Whether `text` begins as it says; TakesTooLong as `search`."""
        if self.is_plain and len(text) <= LONGEST:
            return self._compiled.match(text) is not None
        return self._timed("match", text)

    def _timed(self, how: str, text: str) -> bool:
        started, quick = time.thread_time(), len(text) <= self._quick
        try:
            if quick:
                found = getattr(self._compiled, how)(text)
            else:
                given_up_after = max(self._left, _LEAST)
                which = getattr(_stoppable(self.pattern, self._flags), how)
                found = which(text, 0, LONGEST, timeout=given_up_after)
        except (TimeoutError, re.error):
            self._left = _NOTHING  # nor has a text that is quick any, until the next body
            raise TakesTooLong(self.pattern) from None
        spent = max(0.0, time.thread_time() - started - _FREE)
        # More than that is not the search: the collector of garbage came in between.
        self._left -= min(spent, _OF_QUICK) if quick else spent
        if self._left < 0.0:
            raise TakesTooLong(self.pattern)
        return found is not None


@lru_cache(maxsize=1000)
def longest_quick(pattern: str) -> int:
    """Characters of text that `re` is through with in about a millisecond, whatever they are.

    Counted are the ways through the text that it may have to try: each repeat without an end is as
    many as there are characters, for each place to begin at. Where repeats stand in repeats, and
    where the form is not one that is counted here, it is 0.
    """
    counted = _steps(pattern)
    if counted is None:
        return 0
    steps, repeats = counted
    if not repeats and steps <= _MANY_STEPS:
        return LONGEST
    return min(LONGEST, int((_STEPS / steps) ** (1 / (repeats + 1))))


def _steps(pattern: str) -> tuple[int, int] | None:
    """Steps for one place to begin at beside repeats without an end, and how many such repeats.

    What stands behind so many ways is gone through once for each. None where that cannot be
    counted: a group that is repeated, a reference to one, a flag.
    """
    # For each group that is open: steps and ways of its alternatives before this one, and of this.
    outer = list[tuple[int, int, int, int]]()
    before, ways_before, steps, ways = 0, 0, 0, 1
    at, repeats = 0, 0
    while at < len(pattern):
        sign = pattern[at]
        if (one := _ESCAPED_OR_CLASS.match(pattern, at)) is not None:
            if sign == "\\" and pattern[at + 1].isdigit():
                return None
            steps, at = steps + ways, one.end()
        elif (group := _GROUP.match(pattern, at)) is not None:
            if group[1]:
                return None
            outer.append((before, ways_before, steps, ways))
            before, ways_before, steps, ways, at = 0, 0, 0, 1, group.end()
        elif sign == "|":
            before, ways_before, steps, ways = before + steps + 1, ways_before + ways, 0, 1
            at += 1
        elif sign == ")":
            inside, more = before + steps, ways_before + ways
            before, ways_before, steps, ways = outer.pop()
            steps, ways = steps + ways * inside, ways * more
            if _REPEATED.match(pattern, at + 1):
                return None
            at += 1
        else:
            more, most, endless, at = _repeat(pattern, at)
            steps, ways = steps + ways * most, ways * more
            repeats += endless
    return max(1, before + steps), repeats


def _repeat(pattern: str, at: int) -> tuple[int, int, bool, int]:
    """The ways of one sign, its steps, whether it is without end, and where the next one stands."""
    ways, steps, endless, end = 1, 1, False, at + 1
    if pattern[at] in "*+":
        endless = True
    elif pattern[at] == "?":
        ways = 2
    elif (found := _REPEAT.match(pattern, at)) is not None:
        least, comma, most = found.groups()
        steps = max(1, int(most or least or 0))
        endless = (bool(comma) and not most) or int(most or 0) > max(_MANY_TIMES, int(least or 0))
        ways = 1 if endless or not (comma and most) else max(1, int(most) - int(least or 0) + 1)
        end = found.end()
    else:
        return ways, steps, endless, end
    # `+?` and `++` are still one repeat.
    return ways, steps, endless, end + pattern.startswith(("?", "+"), end)


@lru_cache(maxsize=1000)
def _stoppable(pattern: str, flags: int) -> Any:
    """The same expression as `regex` has it; re.error where that does not know it."""
    import regex  # it takes a while, and many configs have nothing for it

    try:
        with warnings.catch_warnings():
            # `re` has said so already.
            warnings.simplefilter("ignore", FutureWarning)
            ignoring = regex.IGNORECASE if flags & re.IGNORECASE else 0
            return regex.compile(_in_regex(pattern), regex.VERSION0 | ignoring)
    except regex.error as error:
        raise re.error(str(error), pattern) from None


def _in_regex(pattern: str) -> str:
    """The same, where `regex` means something else by it: a brace alone, or what a letter is."""
    ascii_only = _ASCII.search(pattern) is not None

    def sign(found: re.Match[str]) -> str:
        text = found[0]
        if text[0] == "[":
            # What is not of a class in a class has no other form: it stays.
            told = {"[": r"\["} if ascii_only or r"\W" in text else _IN_CLASS
            inside = re.sub(
                r"\\.|\[", lambda one: told.get(one[0], one[0]), text[1:], flags=re.DOTALL
            )
            return "[" + inside
        return text if ascii_only and text != "{" else _IN_REGEX.get(text, text)

    return _TOLD_APART.sub(sign, pattern)

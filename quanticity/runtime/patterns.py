"""Key patterns, and which of them a bound key came from."""

from __future__ import annotations

import re
from functools import cache
from typing import Generic, TypeVar

V = TypeVar("V")

_PLACEHOLDER = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")


class Patterns(Generic[V]):
    """Values by key pattern (`raw:uw:chains:{symbol}`), found by bound key."""

    def __init__(self) -> None:
        self._plain: dict[str, V] = {}
        self._open: list[tuple[re.Pattern[str], V]] = []

    def add(self, pattern: str, value: V) -> None:
        """Enter one; of several that match a key, the first entered is found."""
        if _PLACEHOLDER.search(pattern):
            self._open.append((_regex(pattern), value))
        else:
            self._plain.setdefault(pattern, value)

    def find(self, key: str) -> V | None:
        """The value of the pattern that `key` was bound from; None where there is none."""
        if key in self._plain:
            return self._plain[key]
        return next((value for regex, value in self._open if regex.fullmatch(key)), None)


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    # A placeholder's value holds no colon: it is one segment of the key, or part of one.
    parts = map(re.escape, _PLACEHOLDER.split(pattern))
    return re.compile("[^:]+".join(parts))

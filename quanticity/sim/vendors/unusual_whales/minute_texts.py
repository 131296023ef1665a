"""Rows of minutes that are over, as they were written: a day's series is asked for again and again.

Only what came since is made anew, and the minute under way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import orjson

from quanticity.heap import exact

_PASTS = 64  # days of series


class MinuteTexts:
    """The JSON of several series of minutes, by name and day."""

    def __init__(self) -> None:
        self._past: dict[tuple[str, date], list[bytes]] = {}

    def rows(
        self, mark: tuple[str, date], begun: int, over: int, make: Callable[[int], list[Any]]
    ) -> bytes:
        """All rows but for the brackets around them: `begun` of them, the first `over` for good.

        `make` gives the last so many rows.
        """
        texts = self._past.pop(mark, [])
        if len(texts) > over:
            # An earlier moment than before is asked for.
            texts = []
        known = len(texts)
        fresh = [exact(orjson.dumps(row)) for row in make(begun - known)]
        texts += fresh[: over - known]
        while len(self._past) >= _PASTS:
            del self._past[next(iter(self._past))]
        self._past[mark] = texts
        return b",".join([*texts, *fresh[over - known :]])

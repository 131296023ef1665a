"""Lists of objects, column by column: what most of the vendors' bodies are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import orjson

from quanticity.parse import day, moment, number
from quanticity.views.base import NOTHING, Stored, frozen
from quanticity.views.sealed import Floats, Sealed, still


class Rows(Sealed):
    """The objects of a list: of the value itself, or of its `data` or `rows`; iterate for each.

    `data` is where vendors put it, `rows` where our transforms do. Each object is read-only.

    `given` counts what the list held, `len()` the objects among it.
    """

    given: int
    _rows: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, one: Stored) -> Self:
        """The rows of a latest value. ValueError where there is no list of rows."""
        return cls._of(one, _list(one))

    @classmethod
    def of_events(cls, events: Sequence[Stored]) -> Self:
        """A row for each event, or for each of its list; oldest first."""
        given: list[Any] = []
        for one in events:
            data = orjson.loads(memoryview(one.data))
            given += data if isinstance(data, list) else [data]
        return cls._of(events[-1] if events else NOTHING, given)

    @classmethod
    def _of(cls, newest: Stored, given: list[Any]) -> Self:
        view = cls(newest)
        view.given = len(given)
        view._rows = tuple(frozen(row) for row in given if isinstance(row, dict))
        view._seal()
        return view

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self._rows)

    def __getitem__(self, index: int) -> Mapping[str, Any]:
        return self._rows[index]

    def numbers(self, name: str) -> Floats:
        """A field as numbers, texts of numbers too; NaN where it is none."""
        array = np.array([number(row.get(name)) for row in self._rows], dtype=np.float64)
        still(array)
        return array

    def moments(self, name: str, zone: str = "UTC") -> Floats:
        """A field as epoch seconds; NaN where it is no moment. `zone` is for those without one."""
        array = np.array([moment(row.get(name), zone) for row in self._rows], dtype=np.float64)
        still(array)
        return array

    def by_day(self, *names: str, date: str = "date") -> tuple[tuple[str, ...], tuple[Floats, ...]]:
        """Trading days (`YYYY-MM-DD`, ascending, once each), and the fields `names` on them.

        Of two rows of one day the last counts; rows whose `date` is none are left out.
        """
        placed = {
            found: at
            for at, row in enumerate(self._rows)
            if (found := day(row.get(date))) is not None
        }
        days = sorted(placed)
        which = np.array([placed[each] for each in days], dtype=np.int64)
        return tuple(days), tuple(still(self.numbers(name)[which]) for name in names)

    def texts(self, name: str) -> tuple[str | None, ...]:
        """A field as text; None where it is missing or null."""
        found = (row.get(name) for row in self._rows)
        return tuple(None if text is None else str(text) for text in found)


def _list(one: Stored) -> list[Any]:
    data = orjson.loads(memoryview(one.data))
    if isinstance(data, dict):
        name = next((each for each in ("data", "rows") if each in data), None)
        if name is not None and data[name] is None:
            return []
        data = data.get(name)
    if not isinstance(data, list):
        raise ValueError("these are no rows: no list, and no object with one in 'data' or 'rows'")
    return data

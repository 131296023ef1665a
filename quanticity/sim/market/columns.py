"""Tables as columns: rows in order of time, an array for each thing that is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Self, TypeVar

import numpy as np

C = TypeVar("C", bound="Columns")


class Columns:
    """The base of dataclasses whose fields are arrays of one length, the first of them `time`."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(self.time)  # type: ignore[attr-defined]

    def between(self, since: float, until: float) -> Self:
        """The rows from `since` on and before `until`."""
        return self._cut(since, until, "left")

    def after(self, since: float, until: float) -> Self:
        """The rows after `since`, up to `until` itself."""
        return self._cut(since, until, "right")

    def where(self, chosen: Any) -> Self:
        """Some rows: those of a mask, or by number."""
        return type(self)(*(column[chosen] for column in self.parts()))

    def parts(self) -> list[Any]:
        """The columns, in order of the fields."""
        return [getattr(self, each.name) for each in fields(self)]  # type: ignore[arg-type]

    def _cut(self, since: float, until: float, side: Any) -> Self:
        times = self.time  # type: ignore[attr-defined]
        low, high = np.searchsorted(times, [since, until], side=side)
        if low == 0 and high == len(times):
            return self
        return self.where(slice(low, high))


def joined(parts: Sequence[C], nothing: C) -> C:
    """Several in a row as one; `nothing` where there is none."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else nothing
    columns = zip(*(part.parts() for part in parts), strict=True)
    return type(nothing)(*(np.concatenate(column) for column in columns))

"""Views and arrays that nobody can change: one is shared by all components of a process."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.errors import UndeclaredRead
from quanticity.views.base import View

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_USD, MOST_SHARES = 1e7, 1e10
"""What no price and no size comes near: one of them in a sum would make it infinite."""


class Sealed(View):
    """A view whose attributes are set once; later tries raise `UndeclaredRead`."""

    def __setattr__(self, name: str, value: Any) -> None:
        if self.__dict__.get("_sealed"):
            raise UndeclaredRead(f"inputs cannot be changed ('{name}')")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise UndeclaredRead(f"inputs cannot be changed ('{name}')")

    def _seal(self) -> None:
        self.__dict__["_sealed"] = True


def column(rows: Sequence[Any], *names: str) -> Floats:
    """An attribute of all rows as numbers; None becomes NaN. Where it is NaN, the next of `names`.

    The array may still be changed: see `still`.
    """
    found = np.full(len(rows), np.nan)
    for name in names:
        missing = np.isnan(found)
        if not missing.any():
            break
        given = _figures(rows, name)
        found = given if missing.all() else np.where(missing, given, found)
    return found


def _figures(rows: Sequence[Any], name: str) -> Floats:
    read = attrgetter(name)
    try:
        return np.fromiter(map(read, rows), np.float64, len(rows))
    except TypeError:
        # There are some that were not given: numpy reads None as NaN, and takes longer.
        return np.array(list(map(read, rows)), dtype=np.float64)


def still(array: Any) -> Any:
    """The same array, for reading only."""
    array.flags.writeable = False
    return array

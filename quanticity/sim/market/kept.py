"""What was made lately, for as long as it fits: bounded by bytes, since entries differ a lot."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")

_OBJECT = 64  # of an object by itself, about
_ARRAY = 128
_FIGURE = 32


class Kept(Generic[P, T]):
    """Calls `make`, and keeps what it gave while all of it takes no more than `megabytes`.

    What was asked for longest ago goes first; the newest is kept however large it is. Arguments
    are by position, and can be hashed. For one thread.
    """

    def __init__(self, make: Callable[P, T], megabytes: float) -> None:
        self._make = make
        self._most = int(megabytes * 1e6)
        self._held: dict[tuple[Any, ...], tuple[T, int]] = {}
        self.bytes = 0

    def __call__(self, *asked: P.args, **named: P.kwargs) -> T:
        """What `make` gives for these arguments; the same object while it is kept.

        TypeError for arguments by name.
        """
        if named:
            raise TypeError(f"{self._make}: arguments are by position, not {', '.join(named)}")
        entry = self._held.pop(asked, None)
        if entry is None:
            made = self._make(*asked, **named)
            # Making it may have asked for the same.
            self._drop(asked)
            entry = made, weight(made)
            self.bytes += entry[1]
        self._held[asked] = entry
        while self.bytes > self._most and len(self._held) > 1:
            self._drop(next(iter(self._held)))
        return entry[0]

    def __len__(self) -> int:
        return len(self._held)

    def _drop(self, asked: tuple[Any, ...]) -> None:
        entry = self._held.pop(asked, None)
        if entry is not None:
            self.bytes -= entry[1]


def weight(value: Any) -> int:
    """Bytes that a value takes, about; what several hold in common counts for each.

    Looks into arrays, records of them, tuples, lists and mappings.
    """
    if isinstance(value, np.ndarray):
        # A part of an array holds the whole of it.
        whole = value if value.base is None else value.base
        return _ARRAY + getattr(whole, "nbytes", value.nbytes)
    if isinstance(value, str | bytes):
        return sys.getsizeof(value)
    if isinstance(value, list) and value and isinstance(value[0], float | int):
        return _OBJECT + _FIGURE * len(value)
    if isinstance(value, tuple | list):
        return _OBJECT + sum(8 + weight(each) for each in value)
    if isinstance(value, dict):
        return _OBJECT + sum(100 + weight(key) + weight(each) for key, each in value.items())
    names = getattr(value, "__dataclass_fields__", None)
    return _OBJECT + sum(weight(getattr(value, name)) for name in names or ())

"""How one state of a book becomes the next: rows deleted, inserted and updated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.columns import Columns
from quanticity.sim.market.ladders import Ladders

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

INSERT, UPDATE, DELETE = 0, 1, 2


class Change(NamedTuple):
    """A step of a book. `operation` is 0 insert, 1 update, 2 delete; `side` is 0 ask, 1 bid.

    An insert moves the rows at and after its position one down, a delete those after it one up.
    """

    time: float
    position: int
    operation: int
    side: int
    price: float
    size: int
    venue: str


@dataclass(frozen=True, slots=True)
class Changes(Columns):
    """Steps of a book as columns, in order; `price` is in ticks, `venue` a number in VENUES."""

    time: Array
    position: Ints
    operation: Ints
    side: Ints
    price: Ints
    size: Ints
    venue: Ints


_NONE = np.zeros(0, np.int64)
UNCHANGED = Changes(np.zeros(0), _NONE, _NONE, _NONE, _NONE, _NONE, _NONE)


def changes_of(now: Ladders, before: Ladders | None, times: Array) -> Changes:
    """The steps of a minute's book; at its first from the last state before, or from nothing."""
    first = _nothing(now) if before is None else before.part(slice(-1, None))
    return _between(now.behind(first), now, times)


def emptied(before: Ladders, at: float) -> Changes:
    """The steps that take away a book's last state."""
    last = before.part(slice(-1, None))
    return _between(last, _nothing(last), np.array([at]))


_NO_KEY = -(2**62)


def _nothing(like: Ladders) -> Ladders:
    """One state without rows: their keys are those of none."""
    key = np.full_like(like.key[:1], _NO_KEY)
    return Ladders(key, np.zeros_like(like.size[:1]), np.zeros_like(like.venue[:1]), key)


def _between(old: Ladders, new: Ladders, times: Array) -> Changes:
    """Deletes from the far end, then inserts from the near one, then sizes: never over ten rows."""
    real_old, real_new = old.key != _NO_KEY, new.key != _NO_KEY
    same = old.key[..., :, None] == new.key[..., None, :]
    gone = ~same.any(axis=-1) & real_old
    stays = same.any(axis=-2)
    came = ~stays & real_new
    was = np.take_along_axis(old.size, same.argmax(axis=-2), axis=-1)
    updated = stays & real_new & (was != new.size)
    kinds = ((gone, DELETE, old), (came, INSERT, new), (updated, UPDATE, new))
    places = [np.nonzero(rows) for rows, _, _ in kinds]
    step, side, position = (np.concatenate(axis) for axis in zip(*places, strict=True))
    operation = np.concatenate(
        [np.full(len(at[0]), kind[1]) for at, kind in zip(places, kinds, strict=True)]
    )
    price, size, venue = (
        np.concatenate([getattr(kind[2], name)[at] for at, kind in zip(places, kinds, strict=True)])
        for name in ("price", "size", "venue")
    )
    turn = np.array([1, 2, 0])[operation]
    order = np.lexsort((np.where(operation == DELETE, -position, position), turn, side, step))
    gives = operation != DELETE
    return Changes(
        times[step[order]], position[order], operation[order], side[order], price[order],
        np.where(gives, size, 0)[order], venue[order].astype(np.int64),
    )  # fmt: skip

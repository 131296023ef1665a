"""When the prints of a minute come, who began them, and what share each has of the volume."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.minutes import SEEN, STEP, Minutes

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_FIRST, _FINAL = 0.01, 59.99  # where a minute's first and last print are
_EDGE = 0.02  # the others keep so far from both ends
_FOLLOWS = 0.6  # share of prints that follow another within moments
_AFTER = 0.3  # seconds after it, on average
_BURST = 0.1  # chance of an informed burst in a minute, on a usual day
_BURST_LEAST, _BURST_PART = 40, 4  # only of so many prints, and one of so many in the burst
_WITHIN = 0.02  # seconds between its prints, on average
_AHEAD = round(5 / STEP)  # steps that prints look ahead, a little
_SURE = 0.28  # how far who is about to be right outweighs the rest
_ODD = 0.42  # share of prints below a hundred
_LOT = 1.3  # of a minute's average size, that of the round lots


class Arrivals(NamedTuple):
    """Prints in order: seconds into the minute, side, and whether a burst or a fixed one."""

    time: Array
    side: Ints
    sweep: Flags
    fixed: Flags


def arrivals(
    minutes: Minutes,
    number: int,
    mid: Array,
    dice: np.random.Generator,
    informed: float,
    buyers: float,
) -> Arrivals:
    """The prints of a minute; `mid` at each step, in ticks.

    Some are fixed, so that the minute has the open, high, low and close that it was given. The
    rest comes in clusters, leaning to the side that is about to be right; a burst is of one side,
    within moments, before prices follow.
    """
    count = int(minutes.count[number])
    time, side = _fixed(minutes, number, count, dice)
    free = count - len(time)
    follows = dice.random(free) < _FOLLOWS
    parents = dice.random(max(1, free // 3)) * (60 - 2 * _EDGE)
    own = np.where(
        follows,
        parents[dice.integers(0, len(parents), free)] + dice.exponential(_AFTER, free),
        dice.random(free) * (60 - 2 * _EDGE),
    )
    own = _EDGE + own % (60 - 2 * _EDGE - 0.001)
    step = (own / STEP).astype(np.int64)
    moved = mid[np.minimum(step + _AHEAD, len(mid) - 1)] - mid[step]
    lean = 0.5 + 0.3 * buyers + _SURE * np.tanh(moved / (1.5 * float(minutes.spread[number])))
    own_side = np.where(dice.random(free) < lean, 1, -1)
    sweep = np.zeros(free, dtype=np.bool_)
    if free >= _BURST_LEAST and dice.random() < _BURST * informed:
        size = int(dice.integers(6, max(7, free // _BURST_PART)))
        begins = 1 + dice.random() * 40
        own[:size] = begins + np.cumsum(dice.exponential(_WITHIN, size)) % 15
        later = mid[-1] - mid[int(begins / STEP)]
        right = 1 if later > 0 else -1
        knows = dice.random() < 0.75 + 0.2 * buyers * right
        own_side[:size] = right if knows else -right
        sweep[:size] = True
    order = np.argsort(np.concatenate([time, own]), kind="stable")
    none = np.zeros(len(time), dtype=np.bool_)
    return Arrivals(
        np.concatenate([time, own])[order],
        np.concatenate([side, own_side])[order],
        np.concatenate([none, sweep])[order],
        np.concatenate([~none, np.zeros(free, dtype=np.bool_)])[order],
    )


def _fixed(
    minutes: Minutes, number: int, count: int, dice: np.random.Generator
) -> tuple[Array, Ints]:
    """Seconds and sides of the prints at the minute's open, close, high and low."""
    mid = minutes.mid[number]
    within = _EDGE + dice.random(2) * (STEP - 2 * _EDGE)
    time = np.array(
        [_FIRST, _FINAL, SEEN[mid.argmax()] + within[0], SEEN[mid.argmin()] + within[1]]
    )
    side = np.array([minutes.open_side[number], minutes.close_side[number], 1, -1])
    return time[:count], side[:count]


def shares(total: int, count: int, dice: np.random.Generator) -> Ints:
    """`count` sizes of at least 1 that add up to `total`, which is no less."""
    weight = np.exp(0.9 * dice.standard_normal(count))
    return np.asarray(_cut(total - count, weight) + 1)


def lots(total: int, dark: Flags, sweep: Flags, dice: np.random.Generator) -> Ints:
    """Sizes that add up to `total`: odd lots, hundreds, and blocks among the dark ones."""
    count = len(dark)
    mean = total / count / 100
    hundreds = dice.exponential(mean * np.where(sweep, 1.0, _LOT), count)
    size = 100 * (1 + hundreds.astype(np.int64))
    odd = (dice.random(count) < _ODD) & ~sweep
    size = np.where(odd, 1 + (99 * dice.random(count) ** 1.5).astype(np.int64), size)
    left = total - int(size.sum())
    if left < 0:
        return shares(total, count, dice)
    takers = np.flatnonzero(dark)
    if not len(takers):
        takers = np.array([int(size.argmax())])
    size[takers] += _cut(left, dice.exponential(1.0, len(takers)) ** 2)
    return size


def _cut(total: int, weight: Array) -> Ints:
    """Whole numbers in proportion to weights that add up to `total`."""
    edges = np.zeros(len(weight) + 1)
    np.cumsum(weight, out=edges[1:])
    edges = np.floor(edges * (total / edges[-1]))
    edges[-1] = total
    return np.asarray(np.diff(edges), dtype=np.int64)

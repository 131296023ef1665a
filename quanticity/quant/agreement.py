"""Whether two figures for one thing agree: their ratio, and how alike two profiles are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quanticity.quant.exposure import Floats

MOST = 1e15
"""What no exposure (USD, shares) comes near: a figure beyond it is a mistake."""
_LEAST_SQUARE = 1e-290  # below it a square has fewer digits than others


@dataclass(frozen=True, slots=True)
class Agreement:
    """`ratio` is ours / theirs, `agrees` whether they are close enough; else `reason` says why."""

    ratio: float | None
    agrees: bool | None
    reason: str | None


def compare(
    ours: float | None, theirs: float | None, tolerance: float, gross: float | None = None
) -> Agreement:
    """Put two figures of one unit beside each other.

    They agree where they differ by at most `tolerance` of `gross`, or of `theirs` without one. A
    net of two large sides needs its gross: its ratio says little where they nearly cancel. Without
    one of the figures, or where one is zero or impossible, there is no ratio.
    """
    missing = [name for name, one in (("ours", ours), ("theirs", theirs)) if one is None]
    if ours is None or theirs is None:
        return Agreement(None, None, f"{' and '.join(missing)} not there")
    if theirs == 0:
        return Agreement(None, None, "theirs is zero")
    # Not so that NaN slips through.
    if not (max(abs(ours), abs(theirs)) < MOST and abs(theirs) >= 1e-9 * abs(ours)):
        return Agreement(None, None, "a figure is impossible")
    return Agreement(ours / theirs, abs(ours - theirs) <= tolerance * (gross or abs(theirs)), None)


def cosine(ours: Floats, theirs: Floats) -> float | None:
    """How alike two profiles over the same strikes are: 1 where proportional, -1 where opposed.

    None where one of them is zero everywhere, or too large or too small to be squared. (1, 2) and
    (2, 4): 1; (1, 0) and (0, 1): 0.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        one, other = float(np.sum(ours * ours)), float(np.sum(theirs * theirs))
        size = math.sqrt(one) * math.sqrt(other)
        told = min(one, other) > _LEAST_SQUARE and 0 < size < math.inf
        return float(np.sum(ours * theirs)) / size if told else None

"""How far signed amounts lean to one side, and whether chance alone would do that.

A test of randomised signs: had each amount come with a sign by the toss of a fair coin, their sum
would have mean 0 and variance the sum of their squares (R. A. Fisher, The Design of Experiments,
1935, section 21; normal for many amounts, by Lindeberg). It needs no history. It takes amounts as
independent: where they follow each other, as flow of one minute follows that of the last, add
them up into longer blocks first, or scores are too large.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erf, sqrt

import numpy as np

from quanticity.quant.exposure import Floats


def balance(signed: Floats) -> float | None:
    """Sum over sum of absolute values: 1 is all positive, -1 all negative; None for no amount.

    30, -10, 5: 25 / 45 = .5556.
    """
    gross = float(np.sum(np.abs(signed)))
    return float(np.sum(signed)) / gross if gross > 0 else None


def one_sided(signed: Floats) -> float | None:
    """The larger side's share of all: from .5 (even) to 1 (one side only); None for no amount.

    30, -10, 5: 35 / 45 = .7778.
    """
    leaning = balance(signed)
    return None if leaning is None else (1 + abs(leaning)) / 2


def score(signed: Floats) -> float | None:
    """Sum over root of the sum of squares, in standard deviations; None for no amount.

    1, 1, 1, -1: 2 / 2 = 1. Ten of one sign and size: the root of 10, 3.162.
    """
    largest = float(np.max(np.abs(signed), initial=0.0))
    if largest == 0:
        return None
    scaled = signed / largest
    return float(np.sum(scaled)) / sqrt(float(np.sum(scaled**2)))


def together(scores: Sequence[float]) -> float | None:
    """Independent scores as one: their sum over the root of their number; None for none.

    S. A. Stouffer et al., The American Soldier (1949), vol. 1, p. 45. 1 and 2: 3 / 1.4142 = 2.1213.
    """
    return sum(scores) / sqrt(len(scores)) if scores else None


def divergence(one: float, other: float) -> float:
    """Difference of two independent scores, in its own standard deviations.

    3 and -1: 4 / 1.4142 = 2.8284.
    """
    return (one - other) / sqrt(2)


def confidence(score: float) -> float:
    """Chance that fair coins come to less, either way: 1 less the two-sided p-value, 0 to 1.

    It is no chance that a forecast comes true. 1.96 is .95, 0 is 0.
    """
    return erf(abs(score) / sqrt(2))


def blocks(times: Floats, amounts: Floats, start: float, seconds: float) -> Floats:
    """Amounts added up in blocks of `seconds`, the first at `start`; the last may be cut short.

    `times` (n, epoch seconds) are not before `start` (else ValueError). Blocks without an amount
    count as 0.
    """
    if not len(times):
        return np.empty(0)
    if not np.all((times >= start) & (times < np.inf)):
        raise ValueError("a time is before the first block, or none at all")
    which = np.floor((times - start) / seconds).astype(np.int64)
    sums: Floats = np.zeros(int(which.max()) + 1)
    np.add.at(sums, which, amounts)
    return sums

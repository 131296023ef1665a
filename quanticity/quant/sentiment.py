"""Five classes of sentiment, and the mean of many scores. Scores go from -1 to 1."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from quanticity.quant.exposure import Floats


class Mood(StrEnum):
    """The classes, lowest first."""

    VERY_BEARISH = "Very Bearish"
    BEARISH = "Bearish"
    NEUTRAL = "Neutral"
    BULLISH = "Bullish"
    VERY_BULLISH = "Very Bullish"


_MOODS = tuple(Mood)


def moods(scores: Floats) -> list[Mood]:
    """The class of each score, by the bounds that Alpha Vantage sends with its scores.

    At most -.35, at most -.15, below .15, below .35, and above: the vendor calls them Bearish,
    Somewhat-Bearish, Neutral, Somewhat-Bullish and Bullish. Each bound belongs to the outer class.
    ValueError where a score is NaN.
    """
    if np.isnan(scores).any():
        raise ValueError("a score is NaN, which has no class")
    low = np.searchsorted([-0.35, -0.15], scores, side="left")
    high = np.searchsorted([0.15, 0.35], scores, side="right")
    places: npt.NDArray[np.int64] = low + high
    return [_MOODS[at] for at in places.tolist()]


def weighted(scores: Floats, weights: Floats) -> float | None:
    """Mean by weights, such as how much an article is about a share; None for no weight.

    .5 and -.1 by weights 3 and 1: .35.
    """
    total = float(weights.sum())
    return float(np.dot(scores, weights)) / total if total > 0 else None

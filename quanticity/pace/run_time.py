"""How long the requests of runs take one after another, at the longest that a plan reckons with."""

from __future__ import annotations

import math

# A request takes the sum of two alike random halves: so much of the longest is the standard
# deviation (Simpson's distribution: 1 / sqrt(24)), and one run in some 30,000 is beyond so many.
DEVIATION = 1 / math.sqrt(24)
DEVIATIONS = 4.0


def longest_run(calls: int, trip: float) -> float:
    """Seconds for so many requests; `trip` is the longest that one takes, half of it on an average.

    Of few each may take its longest. Of many not all do, where they take what they take
    independently of one another.
    """
    usual = calls * trip / 2
    return min(calls * trip, usual + DEVIATIONS * DEVIATION * trip * math.sqrt(calls))

"""Numbers that look random and are not: a pure function of a seed and some labels.

Two vendors that draw with the same labels tell the same story, and the same call at the same
simulated moment gives the same body.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
Label = str | int | float


class Draw:
    """Draws for one seed."""

    __slots__ = ("_seed",)

    def __init__(self, seed: int) -> None:
        self._seed = seed.to_bytes(8, "big", signed=True)

    def unit(self, *labels: Label) -> float:
        """A number in [0, 1)."""
        text = "\x1f".join(map(str, labels)).encode()
        return int.from_bytes(blake2b(text, digest_size=7, key=self._seed).digest(), "big") / 2**56

    def between(self, low: float, high: float, *labels: Label) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.unit(*labels)

    def integer(self, low: int, high: int, *labels: Label) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.unit(*labels) * (high - low + 1))

    def chance(self, probability: float, *labels: Label) -> bool:
        """True with this probability."""
        return self.unit(*labels) < probability

    def pick(self, choices: Sequence[T], *labels: Label) -> T:
        """One of `choices`."""
        return choices[int(self.unit(*labels) * len(choices))]

    def normal(self, *labels: Label) -> float:
        """A standard normal number."""
        radius = math.sqrt(-2 * math.log(1 - self.unit(*labels, "radius")))
        return radius * math.cos(2 * math.pi * self.unit(*labels, "angle"))

    def digits(self, count: int, *labels: Label) -> str:
        """A text of `count` decimal digits."""
        return str(int(self.unit(*labels) * 10**count)).zfill(count)

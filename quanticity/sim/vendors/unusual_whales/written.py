"""How Unusual Whales writes figures: decimals as strings, times in ISO."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def dec(value: float, digits: int = 2) -> str:
    """A decimal string with a fixed number of digits: `"608.50"`."""
    return f"{value:.{digits}f}"


def trim(value: float) -> str:
    """A decimal string without needless zeros: `"340"`, `"172.5"`."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def decs(values: Iterable[float] | Array, digits: int = 2) -> list[str]:
    """Decimal strings of an array."""
    items = values.tolist() if isinstance(values, np.ndarray) else values
    return [f"{value:.{digits}f}" for value in items]


def trims(values: Array) -> list[str]:
    """Decimal strings of an array, without needless zeros."""
    return [trim(value) for value in values.tolist()]


def uuid(dice: np.random.Generator) -> str:
    """An identifier in the usual form."""
    return str(UUID(bytes=dice.bytes(16), version=4))

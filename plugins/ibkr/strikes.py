"""Which options of a chain are looked at: the nearest expiries, strikes near the money, in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from .futures import last_day

ZERO, WEEKS = "0DTE", "14-21DTE"
"""Slices of a chain by days to expiry."""


@dataclass(frozen=True, slots=True, order=True)
class Option:
    """One option of an underlying by our name of it; `expiry` as YYYYMMDD."""

    underlying: str
    expiry: str
    strike: float
    right: str

    @property
    def id(self) -> str:
        """As it stands in keys: SPY:20261204:680:C."""
        return f"{self.underlying}:{self.expiry}:{self.strike:g}:{self.right}"

    @property
    def osi(self) -> str:
        """The symbol that everybody else has for it: SPY261204C00680000."""
        cents = round(self.strike * 1000)
        return f"{self.underlying}{self.expiry[2:]}{self.right}{cents:08d}"


def slices(expiries: Sequence[str], today: date) -> dict[str, str]:
    """The expiry of each slice that has one: of today, and the first in 14 to 21 days.

    Where nothing expires today there is no 0DTE: the next day is not called so.
    """
    found: dict[str, str] = {}
    for expiry in sorted(set(expiries)):
        days = (last_day(expiry) - today).days
        if days == 0:
            found[ZERO] = expiry
        elif 14 <= days <= 21:
            found.setdefault(WEEKS, expiry)
    return found


def near(strikes: Sequence[float], price: float, count: int) -> list[float]:
    """The `count` strikes nearest to a price, the nearest first."""
    return sorted(set(strikes), key=lambda one: (abs(one - price), one))[:count]


def ladder(underlying: str, expiry: str, strikes: Sequence[float]) -> list[Option]:
    """Both options of each strike, in the order given."""
    return [Option(underlying, expiry, strike, right) for strike in strikes for right in "CP"]


def interleaved(*lists: Sequence[Option]) -> list[Option]:
    """One of each in turn, so that no list takes all places."""
    return [one for row in zip_longest(*lists) for one in row if one is not None]


class Rotation:
    """Shows all of `options` in the places there are: some always, the rest by turns.

    Over `len(rest) / places` turns each of the rest has been shown once.
    """

    def __init__(self) -> None:
        self._at = 0

    def turn(self, fixed: Sequence[Option], rest: Sequence[Option], places: int) -> list[Option]:
        """Who is looked at in the next turn: no more than `places`."""
        fixed = list(fixed)[:places]
        taken = set(fixed)
        others = [one for one in dict.fromkeys(rest) if one not in taken]
        left = places - len(fixed)
        if left <= 0 or not others:
            return fixed
        if len(others) <= left:
            return fixed + others
        start = self._at % len(others)
        shown = (others + others)[start : start + left]
        self._at = start + left
        return fixed + shown

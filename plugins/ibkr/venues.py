"""Venues and sale conditions, put into the names that everybody reads.

Tick-by-tick tells both for each print, depth of market tells who shows an order, tick 84 the
letters of the venue of the last trade. Tick 233 tells neither.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache
from pathlib import Path

import msgspec

# What a broken line makes up must not fill the memory.
_MOST_UNSEEN = 200
TABLE = Path(__file__).with_name("venues.yaml")
# Codes of the consolidated tape's plans (CTA and UTP), as tick-by-tick strings them together.
CONDITIONS = {
    "@": "",
    "F": "intermarket_sweep",
    "I": "odd_lot",
    "T": "extended_hours",
    "U": "extended_hours_out_of_sequence",
    "4": "derivatively_priced",
    "O": "opening",
    "5": "reopening",
    "6": "closing",
    "M": "official_close",
    "Q": "official_open",
    "7": "qualified_contingent",
    "B": "average_price",
    "W": "average_price",
    "C": "cash_sale",
    "N": "next_day",
    "R": "seller",
    "Z": "out_of_sequence",
    "P": "prior_reference_price",
    "H": "price_variation",
    "V": "contingent",
    "X": "cross",
    "K": "rule_127_155",
    "1": "stopped",
    "9": "corrected_close",
}


@cache
def _known() -> dict[str, str]:
    table: dict[str, list[str]] = msgspec.yaml.decode(TABLE.read_bytes(), type=dict[str, list[str]])
    found = {code: code for code in table}
    for code, aliases in table.items():
        found |= {alias.upper(): code for alias in aliases}
    return found


class Venues:
    """Reads names, and counts those it has never heard of; `fresh` are such, once each."""

    def __init__(self) -> None:
        self.unseen: Counter[str] = Counter()
        self._fresh: list[str] = []
        self._read: dict[str, str] = {}

    def code(self, name: str) -> str:
        """The market identifier code; a strange name as it is, in capitals; empty for no name."""
        found = self._read.get(name)
        if found is not None:
            return found
        plain = name.strip().upper()
        known = _known().get(plain, "")
        if known or not plain:
            self._read[name] = known
            return known
        if plain not in self.unseen and len(self.unseen) < _MOST_UNSEEN:
            self._fresh.append(plain)
        if plain in self.unseen or len(self.unseen) < _MOST_UNSEEN:
            self.unseen[plain] += 1
        return plain

    def fresh(self) -> list[str]:
        """Names not heard of before that came since the last call."""
        found, self._fresh = self._fresh, []
        return found


@lru_cache(maxsize=4096)
def conditions(text: str) -> tuple[str, ...]:
    """Sale conditions in words: each letter is one; of a regular print there are none.

    A code that nobody knows stays as it is.
    """
    letters = "".join(text.split())
    return tuple(dict.fromkeys(word for one in letters if (word := CONDITIONS.get(one, one))))

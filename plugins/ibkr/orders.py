"""Orders of all clients as the vendor tells of them: those at work, and how the others ended.

A connection that places none hears of none by itself. So the list is asked for again and again, and
how orders ended where one is gone from it, and now and then: one that was filled between two lists
was in neither. Here nothing is placed, changed or cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .account_rows import known, named
from .contracts import Asked

_EVERY = 5.0
# An answer that is so late was lost.
_PATIENCE = 20.0
_ENDS_EVERY = 15.0
_UNTOLD = "it is not at work any more, and nobody said how it ended"
Rows = dict[int, dict[str, Any]]
"""By the vendor's own number of an order, which no two of an account share."""


class Orders:
    """What was told since the connection. `time` is of the newest list, 0 before there is one."""

    def __init__(self) -> None:
        self.time = 0.0
        # Why it is not told: of a read-only API, which asks a person at each request for it.
        self.refused = ""
        self._asked_at: float | None = None
        self._ends_asked_at = -float("inf")
        self._is_open = False
        self._at_work: Rows | None = None
        self._gone: Rows = {}
        self._ended: Rows | None = None
        self._coming: Rows = {}
        self._ends_coming: Rows = {}

    def is_due(self, now: float) -> bool:
        """Whether it is time to ask again."""
        if self._asked_at is None:
            return True
        if self.refused:
            return False
        return not 0 <= now - self._asked_at < (_PATIENCE if self._is_open else _EVERY)

    def asked(self, now: float) -> None:
        """The list was asked for."""
        self._asked_at, self._is_open = now, True
        self._coming = {}

    def refuse(self, why: str) -> None:
        """Nothing is told of orders before the next connection: what was is not known any more."""
        self.refused = why
        self._at_work, self._gone, self._ended = None, {}, None

    def order(self, perm_id: int, contract: Asked, terms: Mapping[str, Any]) -> None:
        """One order of the list."""
        row = {"perm_id": perm_id, **named(contract), **_figures(terms)}
        self._coming[perm_id] = {**row, "filled": None, "remaining": None}

    def status(self, perm_id: int, status: Mapping[str, Any]) -> None:
        """How far that order is."""
        row = self._coming.get(perm_id)
        if row is not None:
            row.update(_figures(status))

    def whole(self, now: float) -> bool:
        """The list is whole. Whether to ask how orders ended: one is gone, or it is long ago."""
        # Whoever was asked about it let us after all.
        self.refused = ""
        before, self._at_work = self._at_work, self._coming
        self._coming, self._is_open = {}, False
        gone = {one: row for one, row in (before or {}).items() if one not in self._at_work}
        # One that is back was left out by mistake: a part of the list was lost.
        self._gone = {
            one: row for one, row in (self._gone | gone).items() if one not in self._at_work
        }
        self.time = now
        asks = bool(gone) or not 0 <= now - self._ends_asked_at < _ENDS_EVERY
        if asks:
            self._ends_asked_at = now
        return asks

    def ended(self, perm_id: int, contract: Asked, terms: Mapping[str, Any]) -> None:
        """One order that has ended, of the day's list."""
        self._ends_coming[perm_id] = {"perm_id": perm_id, **named(contract), **_figures(terms)}

    def ended_whole(self, now: float) -> None:
        """That list is whole. After a refusal none would follow it: it is not shown."""
        ended, self._ends_coming = self._ends_coming, {}
        if not self.refused:
            self._ended, self.time = ended, now

    def shown(self) -> dict[str, Any]:
        """All of it. A list that was not told whole is null."""
        at_work = self._at_work
        why = self.refused or "the list was not told since the connection"
        return {
            "orders": None if at_work is None else [at_work[one] for one in sorted(at_work)],
            "ended": self._ends(),
            "unit": "quantities in units of the contract; prices in its currency",
            "reason": why if at_work is None else None,
        }

    def _ends(self) -> list[dict[str, Any]] | None:
        if self._ended is None:
            return None
        rows: Rows = {}
        for one, row in self._gone.items():
            if one not in self._ended:
                rows[one] = {**row, "status": None, "remaining": None, "said": _UNTOLD}
        for one, row in self._ended.items():
            if one in (self._at_work or {}):
                continue
            rows[one] = {**self._gone.get(one, {}), "remaining": None, **row}
        return [rows[one] for one in sorted(rows)]


def _figures(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: known(value) if isinstance(value, float) else value for name, value in given.items()
    }

"""Tighter limits that begin with the session that follows, as a look ahead sees them.

A slot that is lent just before counts in them too, from their first moment on. So a look that
reaches beyond the change sweeps what comes after it with the slots, and the shares, of then; and
from a window before on, nobody owns more than it will. Looser limits need nothing of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from quanticity.pace.bounds import BURST, SLOW
from quanticity.pace.demand import Plans
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.table import Later
from quanticity.pace.tally import Tally
from quanticity.pace.views import View, Views

NEVER = float("inf")


class Owned(NamedTuple):
    """Slots of the main window that are each group's own, and that others take for its own.

    `shares` are as configured, `planned` with what critical uses on an average, and `foreseen`
    what a group may take before those below it have to know; `pool` is what all have together.
    """

    shares: tuple[int, ...]
    planned: tuple[int, ...]
    foreseen: tuple[float, ...]
    pool: int


@dataclass(frozen=True, slots=True)
class Change:
    """The limits that hold from `at` on (steady seconds), and what groups plan to use of them."""

    at: float
    spec: BudgetSpec
    plans: Plans


class Ahead:
    """What the looks of one budget see of a change; nothing, where no limit gets tighter.

    From `begins_at` on (steady seconds) what is taken may count in a window that is tighter then,
    and rough bounds do not do. From `turns_at` on the main one is such: groups `own` the lesser.
    """

    __slots__ = ("_at", "_fewer", "_twins", "begins_at", "own", "turns_at")

    def __init__(
        self,
        spec: BudgetSpec,
        tally: Tally,
        close: Sequence[int],
        views: Views,
        own: Owned,
        change: Change | None,
    ) -> None:
        self._at = self.begins_at = self.turns_at = NEVER
        self._twins: dict[View, View] = {}
        self._fewer: list[int] = []
        self.own = own
        if change is None:
            return
        pairs = zip(spec.windows, change.spec.windows, strict=True)
        self._fewer = [max(0, one.usable - other.usable) for one, other in pairs]
        changed = zip(tally.windows, self._fewer, strict=True)
        spans = [window.span for window, fewer in changed if fewer]
        if not spans:
            return
        self._at, self.begins_at = change.at, change.at - max(spans) - SLOW
        if tally.main is not None and self._fewer[tally.main]:
            self.turns_at = change.at - tally.windows[tally.main].span - SLOW
            self._turn(spec, tally.main, close, views, change)

    def _turn(
        self, spec: BudgetSpec, main: int, close: Sequence[int], views: Views, change: Change
    ) -> None:
        """The main window as it will be, whether shares are slots of it then or of another."""
        after, window, plans = change.spec, change.spec.windows[main], change.plans
        if after.main is not window:
            after, plans = replace(after, shares=spec.shares, reserve=spec.reserve), views.plans
        then = Views(after, main, close, window.usable, plans)
        for kind, other in zip(views.of_main, then.of_main, strict=True):
            self._twins.update(zip(kind, other, strict=True))
        self.own = Owned(
            tuple(map(min, self.own.shares, after.shares)),
            tuple(map(min, self.own.planned, then.planned)),
            tuple(map(min, self.own.foreseen, then.foreseen)),
            min(self.own.pool, window.usable - after.reserve),
        )

    def seen_at(self, view: View) -> float:
        """From when on a view sees fewer slots than now; inf for never."""
        if view.index == BURST or not self._fewer or not self._fewer[view.index]:
            return NEVER
        return self._at

    def later(self, view: View, until: float) -> Later | None:
        """What is other than now of a view that looks until then; None for nothing."""
        if until <= self.seen_at(view):
            return None
        if view.near:
            return Later(self._at, self._fewer[view.index], view.sight.shares)
        twin = self._twins[view]
        return Later(self._at, view.capacity - twin.capacity, twin.sight.shares)

"""How a request looks at the near future of a window, and what it is told where it may not go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from quanticity.pace.demand import ROUNDING, Plans
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.sight import Sight
from quanticity.pace.table import GROUPS, Guard

PAUSE = 0.05
OWN_PAUSE = 0.002
SMALL = 2000
# More than this part of a window's slots is much to leave to lower groups.
MUCH = 0.05


class Refusal(NamedTuple):
    """Why not now, and when to ask again (steady seconds; inf: when something happens)."""

    until: float
    reason: str
    everyone: bool = False
    place: bool = False  # waits for a place in flight
    headers: bool = False  # or for those of a request under way, which may come sooner


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One way to look at one window: how far each group is guarded, and out of how many slots.

    `near` windows are the burst and those beside the main one; shares mean nothing in them.
    """

    index: int
    sight: Sight
    capacity: int
    near: bool = False

    def pause(self, usable: int) -> float:
        """For which part of a window of `usable` slots a look that refuses stands.

        Later, one that might show more is made anew: soon where there are few slots, and where
        a group asks for what is its own. A look counts as lost what overlaps for a moment, and
        an owner that waits for the next look misses a slot that is there.
        """
        own = not self.near and self.sight.guards[-1] is Guard.HELD
        return min(OWN_PAUSE if own else PAUSE, usable / SMALL)


class Views:
    """The views of each group that asks: of its own share, of what it borrows, and nearby.

    `peak` ones hold where critical's peaks are kept out of the reserve, too.
    """

    __slots__ = ("foreseen", "lend", "lend_peak", "near", "own", "own_peak", "planned", "plans")

    def __init__(
        self, spec: BudgetSpec, main: int, close: Sequence[int], size: int, plans: Plans
    ) -> None:
        """`close` are the windows beside the `main` one, which has `size` slots."""
        self.plans, (wants, fits), reserve = plans, plans, spec.reserve
        # What critical needs on an average is kept beside the reserve, its peaks out of it.
        mean = math.ceil(wants[0] / ROUNDING) if fits else spec.shares[0]
        shares = self.planned = (mean, *spec.shares[1:])
        # Nobody borrows what a higher group needs, but for the peaks of those below critical that
        # want more than their share, and only where much is left to the lower ones: where little
        # is, it is not worth a late higher request.
        lowest = GROUPS - 1
        planned = [
            max(shares[rank], math.floor(wants[rank] * ROUNDING)) for rank in range(1, lowest)
        ]
        # What a group may take before somebody below it has to know.
        self.foreseen: tuple[float, ...] = (math.inf, *planned, math.inf)
        planned.insert(0, shares[0])
        held, within, full = Guard.HELD, Guard.SHARE, Guard.FULL
        self.own: list[View] = []
        self.own_peak: list[View] = []
        self.lend: list[View] = []
        self.lend_peak: list[View] = []
        # Of each window: what critical will need, whoever takes what, and what all higher groups.
        self.near: list[list[tuple[View, ...]]] = []
        for rank in range(GROUPS):
            lower = GROUPS - rank
            higher = max(0, rank - 1)
            first = 1 if rank else 0
            most = (full,) * first
            much = size - reserve - sum(planned[:rank]) > size * MUCH
            peaks = [much and wants[group] > shares[group] * ROUNDING for group in range(1, rank)]
            plan = tuple(Guard.PLAN if lends else full for lends in peaks) + (within,) * lower
            views = (
                (self.own, (within,) * rank + (held,) * lower, reserve),
                (self.own_peak, most + (within,) * higher + (held,) * lower, 0),
                (self.lend, ((within,) * first if fits else most) + plan, reserve),
                (self.lend_peak, most + plan, 0),
            )
            lent_from = (*planned[:rank], *shares[rank:])
            for kind, guards, kept in views:
                lends = kind is self.lend or kind is self.lend_peak
                sight = Sight.of(guards, lent_from if lends else shares)
                kind.append(View(main, sight, size - kept))
            near = Sight.of((full,) * rank + (held,) * lower, shares, near=True)
            seen = [View(index, near, 0, near=True) for index in close]
            # Those between have no claim to what they need, and take of what critical does as well.
            critical = [one[0] for one in self.near[1]] if rank > 1 else seen
            pairs = zip(critical, seen, strict=True)
            self.near.append([tuple(dict.fromkeys(pair)) for pair in pairs])

    @property
    def of_main(self) -> tuple[list[View], ...]:
        """Those of the main window, by kind and group."""
        return self.own, self.own_peak, self.lend, self.lend_peak

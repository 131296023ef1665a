"""What of the main window a group can have, and what it gets, given what each group wants."""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.pace.limits import BudgetSpec


def can_have(spec: BudgetSpec, rank: int, demand: Sequence[float]) -> float:
    """Slots of the main window that a group can have, given what each wants.

    Critical: the limit less the buffer, or its share. Others: their share, or what the higher
    groups and the shares that lower ones use leave.
    """
    main = spec.main
    if main is None:
        return float("inf")
    if rank == 0:
        return float(spec.shares[0] or main.usable)
    left = float(main.usable - spec.reserve)
    for other, want in enumerate(demand):
        if other < rank:
            left -= min(want, takes(spec, other, demand))
        elif other > rank:
            left -= min(want, spec.shares[other])
    return max(float(spec.shares[rank]), left)


def takes(spec: BudgetSpec, rank: int, demand: Sequence[float]) -> float:
    """Slots that a group gets if it wants more: critical is lent first what nobody owns."""
    have = can_have(spec, rank, demand)
    if rank or spec.main is None:
        return have
    owned = sum(min(want, spec.shares[lower]) for lower, want in enumerate(demand) if lower)
    return max(have, spec.main.usable - spec.reserve - owned)

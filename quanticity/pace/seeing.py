"""What a ledger's answer says of other processes, told to the tally of a budget.

A ledger has a clock of its own, which is ahead of steady time by `offset` seconds.
"""

from __future__ import annotations

from quanticity.pace.ports import Grant, Held, rank_of
from quanticity.pace.tally import Tally


def see_granted(tally: Tally, grant: Grant, offset: float, now: float) -> bool:
    """Take in an answer to an ask; whether others hold more or less than was known."""
    bases = [base - offset for base in grant.others]
    changed = len(bases) != sum(len(one.bases(now)) for one in tally.foreign[:1])
    in_flight = [now + tally.whole.usual(now)] * grant.others_in_flight
    ranks = [rank_of(one) for one in grant.ranks]
    tally.see_others(bases, grant.counts, in_flight, now, ranks, grant.critical_in_flight)
    return changed


def see_held(tally: Tally, held: Held, offset: float, now: float) -> None:
    """Take in all that others hold."""
    bases = [base - offset for base in held.bases]
    counts = [
        window.held(now) + sum(1 for base in bases if base > window.period(now)[0])
        for window in tally.windows
    ]
    flights = [at - offset for at in held.in_flight]
    tally.see_others(bases, counts, flights, now, [rank_of(one) for one in held.ranks])

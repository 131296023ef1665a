"""All that is listed of an underlying on a day, as one row of contracts.

There are many expiries, with a few contracts each: what is asked of all of them every minute is
asked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quanticity.sim.market.contracts import Array, Contracts, Ints, volume_at


@dataclass(frozen=True)
class Listed:
    """The contracts of all expiries, one after the other: of each its calls, then its puts.

    `expiry` is the ordinal of a date, `expires` a moment, `side` CALL or PUT; `edges`, `lump` and
    `phase` as in `Contracts`.
    """

    expiry: Ints
    expires: Array
    side: Ints
    strike: Array
    ask_share: Array
    edges: Array
    lump: Ints
    phase: Array

    def base(self, past: float) -> Ints:
        """Volume of each contract, bursts apart, when `past` of a session's time is past."""
        return volume_at(past, self.edges, self.lump, self.phase)


def listed(expiries: Sequence[Contracts]) -> Listed:
    """Contracts of these expiries, of one underlying and day, in their order."""
    counts = [2 * len(each.strikes) for each in expiries]
    return Listed(
        np.repeat([each.expiry.toordinal() for each in expiries], counts),
        np.repeat([each.expires for each in expiries], counts),
        np.concatenate([np.repeat((0, 1), len(each.strikes)) for each in expiries]),
        np.concatenate([np.tile(each.strikes, 2) for each in expiries]),
        np.concatenate([each.ask_share.ravel() for each in expiries]),
        np.concatenate([each.edges.reshape(len(each.edges), -1) for each in expiries], axis=1),
        np.concatenate([each.lump.ravel() for each in expiries]),
        np.concatenate([each.phase.ravel() for each in expiries]),
    )

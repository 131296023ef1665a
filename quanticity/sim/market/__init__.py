"""A small deterministic market: one seed, one symbol, one moment, always the same answer."""

from quanticity.sim.market.instruments import FOCUS, Instrument
from quanticity.sim.market.options import Side, Slice, osi
from quanticity.sim.market.universe import UNIVERSE, Listed, future_months, listed
from quanticity.sim.market.world import World

__all__ = [
    "FOCUS",
    "UNIVERSE",
    "Instrument",
    "Listed",
    "Side",
    "Slice",
    "World",
    "future_months",
    "listed",
    "osi",
]

"""A small deterministic market: one seed, one symbol, one moment, always the same answer."""

from quanticity.sim.vendors.world.instruments import FOCUS, Instrument
from quanticity.sim.vendors.world.options import Side, Slice, osi
from quanticity.sim.vendors.world.world import World

__all__ = ["FOCUS", "Instrument", "Side", "Slice", "World", "osi"]

"""Unusual Whales, simulated."""

from quanticity.sim.vendors.unusual_whales.vendor import UnusualWhales

__all__ = ["UnusualWhales"]

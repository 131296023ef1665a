"""Alpha Vantage, simulated."""

from quanticity.sim.vendors.alpha_vantage.vendor import AlphaVantage

__all__ = ["AlphaVantage"]

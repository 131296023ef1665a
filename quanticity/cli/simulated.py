"""The feeds of an environment as it runs them."""

from __future__ import annotations

from quanticity.config.effective import Effective
from quanticity.config.loaded import Loaded
from quanticity.feeds.standin import Rewriter


def as_run(loaded: Loaded) -> Effective:
    """What a run would ask. Where vendors are simulated, what nobody simulates is off."""
    if not loaded.root.simulation.vendors:
        return loaded.effective
    from quanticity.sim.vendors.registry import address_for

    return Rewriter(lambda _source, url: address_for(url, "http://simulated"))(loaded.effective)

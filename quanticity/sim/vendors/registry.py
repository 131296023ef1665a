"""Which vendors the simulation has, and where each host's stand-in is found."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from quanticity.sim.market import World
from quanticity.sim.vendors.alpha_vantage import AlphaVantage
from quanticity.sim.vendors.bls import BlsData, BlsSchedule
from quanticity.sim.vendors.cboe import Cboe
from quanticity.sim.vendors.fed import Fed
from quanticity.sim.vendors.finra import Finra
from quanticity.sim.vendors.fmp import Fmp
from quanticity.sim.vendors.fred import Fred, FredGraph
from quanticity.sim.vendors.nasdaq import Nasdaq
from quanticity.sim.vendors.sec import SecEdgar
from quanticity.sim.vendors.treasury import Treasury
from quanticity.sim.vendors.unusual_whales import UnusualWhales
from quanticity.sim.vendors.vendor import Vendor

SHIPPED: tuple[type[Vendor], ...] = (
    UnusualWhales,
    AlphaVantage,
    Fmp,
    Fred,
    FredGraph,
    Nasdaq,
    Cboe,
    SecEdgar,
    Treasury,
    Finra,
    Fed,
    BlsSchedule,
    BlsData,
)


def shipped(world: World) -> list[Vendor]:
    """Every simulated vendor, in one world."""
    return [kind(world) for kind in SHIPPED]


def address_for(
    url: str, root_url: str, vendors: Iterable[type[Vendor] | Vendor] = SHIPPED
) -> str | None:
    """Where `url` (http, https, ws or wss) is simulated below `root_url`; None if nowhere."""
    parts = urlsplit(url)
    for vendor in vendors:
        prefix = vendor.hosts.get(parts.hostname or "")
        if prefix is not None:
            root = root_url.rstrip("/")
            if parts.scheme in ("ws", "wss"):
                root = "ws" + root.removeprefix("http")
            query = f"?{parts.query}" if parts.query else ""
            return f"{root}/{prefix}{parts.path}{query}"
    return None


def base_url_for(source_name: str, original_base_url: str, root_url: str) -> str | None:
    """What stands in for a source's `base_url`; by its host, else by the source's name.

    None where no simulated vendor stands in for it.
    """
    found = address_for(original_base_url, root_url)
    if found is not None:
        return found
    for vendor in SHIPPED:
        if vendor.name == source_name:
            prefix = next(iter(vendor.hosts.values()))
            return f"{root_url.rstrip('/')}/{prefix}{urlsplit(original_base_url).path}"
    return None

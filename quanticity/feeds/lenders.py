"""Whose values `expand` takes: of endpoints alone, for whoever fetches nothing."""

from __future__ import annotations

from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.config.schema.endpoint import Endpoint
from quanticity.feeds.expand import borrowed


class Lender:
    """The endpoint that another one takes values from."""

    __slots__ = ("endpoint", "id")

    def __init__(self, id: str, endpoint: Endpoint) -> None:
        self.id = id
        self.endpoint = endpoint


def full_id(name: str, source: str) -> str:
    """`source.endpoint`, from that or from the name of an endpoint of the same source."""
    return name if "." in name else f"{source}.{name}"


def lenders_of(given: EffectiveEndpoint, effective: Effective) -> dict[str, Lender]:
    """The endpoints that `expand` takes values from, by placeholder."""
    lenders = {}
    for name, from_feed in borrowed(given.endpoint).items():
        lender_id = full_id(from_feed.source, given.source)
        found = effective.find(lender_id)
        if found is not None:
            lenders[name] = Lender(lender_id, found.endpoint)
    return lenders

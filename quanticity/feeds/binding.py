"""From the config in force to feeds."""

from __future__ import annotations

from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.errors import ConfigError, Problem
from quanticity.feeds.book import Book
from quanticity.feeds.expand import bindings, borrowed
from quanticity.feeds.feed import Feed
from quanticity.feeds.recipe import Lender, Recipe
from quanticity.feeds.vendor import Vendor


def full_id(name: str, source: str) -> str:
    """`source.endpoint`, from that or from the name of an endpoint of the same source."""
    return name if "." in name else f"{source}.{name}"


def feeds_of(
    given: EffectiveEndpoint, vendor: Vendor, effective: Effective, book: Book
) -> list[Feed]:
    """The feeds of one polled endpoint: one for each symbol and literal value.

    They share one recipe, and so one breaker. They are not yet entered in `book`.
    ConfigError where a placeholder has no value.
    """
    lenders = {}
    for name, from_feed in borrowed(given.endpoint).items():
        lender_id = full_id(from_feed.source, given.source)
        found = effective.find(lender_id)
        if found is not None:
            lenders[name] = Lender(lender_id, found.endpoint)
    recipe = Recipe(
        vendor,
        given,
        lenders=lenders,
        depends_on=tuple(full_id(name, given.source) for name in given.endpoint.depends_on),
    )
    feeds = [Feed(recipe, values, book) for values in bindings(given.endpoint)]
    lacking = recipe.plan.names - set(feeds[0].values if feeds else ()) - set(recipe.borrowed)
    if feeds and lacking:
        names = " and ".join(f"{{{name}}}" for name in sorted(lacking))
        raise ConfigError([Problem("", 0, 0, f"{given.id}: nothing gives a value for {names}")])
    return feeds

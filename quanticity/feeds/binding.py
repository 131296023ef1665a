"""From the config in force to feeds."""

from __future__ import annotations

from collections.abc import Mapping

from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.errors import ConfigError, Problem
from quanticity.feeds.book import Book
from quanticity.feeds.expand import bindings
from quanticity.feeds.feed import Feed
from quanticity.feeds.lenders import Lender, full_id, lenders_of
from quanticity.feeds.recipe import Recipe
from quanticity.feeds.vendor import Vendor


def recipe_of(given: EffectiveEndpoint, vendor: Vendor, lenders: Mapping[str, Lender]) -> Recipe:
    """What all feeds of a polled endpoint share, its breaker included.

    ConfigError where a placeholder has no value.
    """
    recipe = Recipe(
        vendor,
        given,
        lenders=lenders,
        depends_on=tuple(full_id(name, given.source) for name in given.endpoint.depends_on),
    )
    first = next(iter(bindings(given.endpoint)), None)
    lacking = recipe.plan.names - set(first or ()) - set(recipe.borrowed)
    if first is not None and lacking:
        names = " and ".join(f"{{{name}}}" for name in sorted(lacking))
        raise ConfigError([Problem("", 0, 0, f"{given.id}: nothing gives a value for {names}")])
    return recipe


def bound(
    recipe: Recipe, given: EffectiveEndpoint, book: Book, known: Mapping[str, Feed]
) -> list[Feed]:
    """One feed for each symbol and literal value; those of `known` on this recipe stay.

    One that was edited goes on where the one before it stands. Where the edit was of its source
    (a new key), what was fetched so far is its own, and those that depend on it do not wait.
    """
    feeds = []
    for values in bindings(given.endpoint):
        old = known.get(":".join((recipe.id, *values.values())))
        if old is not None and old.recipe is recipe:
            feeds.append(old)
            continue
        same = old is not None and old.fingerprint == given.fingerprint
        feed = Feed(recipe, values, book, old if same else None)
        if old is not None:
            feed.follow(old)
        feeds.append(feed)
    return feeds


def feeds_of(
    given: EffectiveEndpoint, vendor: Vendor, effective: Effective, book: Book
) -> list[Feed]:
    """The feeds of one polled endpoint, made anew. They are not yet entered in `book`."""
    return bound(recipe_of(given, vendor, lenders_of(given, effective)), given, book, {})

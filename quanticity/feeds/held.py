"""What holds a feed back: its conditions, what it depends on, its price, its breaker."""

from __future__ import annotations

from collections.abc import Mapping

from quanticity.feeds.book import Book
from quanticity.feeds.conditions import Hold
from quanticity.feeds.recipe import Recipe

_ASK_AGAIN = 1.0


def held(recipe: Recipe, book: Book, values: Mapping[str, str], now: float) -> Hold | None:
    """Why a feed may not run at epoch second `now`, and when to ask again; None where it may."""
    closed = recipe.gate.holds(now)
    if closed is not None:
        return closed
    for endpoint_id in recipe.depends_on:
        lacking = book.lacking(endpoint_id, values, now)
        if lacking is not None:
            return lacking, _ASK_AGAIN
    for lender in recipe.lenders.values():
        lacking = book.lacking(lender.id, values, now)
        if lacking is not None:
            return lacking, _ASK_AGAIN
    spent = recipe.vendor.cost.holds(recipe.group, now)
    if spent is not None:
        unread = recipe.vendor.cost.unread
        return spent, _ASK_AGAIN if unread else recipe.around.calendar.next_change(now) - now
    wait = recipe.breaker.holds(recipe.around.clock.monotonic())
    if wait is not None:
        return f"left alone after {recipe.breaker.failures} failures in a row", wait
    return None

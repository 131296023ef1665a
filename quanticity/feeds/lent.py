"""What a feed takes from others: the values of its placeholders, out of their latest bodies."""

from __future__ import annotations

from collections.abc import Mapping

from quanticity.feeds.classify import NothingThere
from quanticity.feeds.expand import NoSuchField, chosen, lacking_field
from quanticity.feeds.recipe import Recipe
from quanticity.model import bind, can_fill_key


async def lent(
    recipe: Recipe, values: Mapping[str, str], now: float
) -> tuple[dict[str, list[str]], str]:
    """Values by placeholder, as its lenders' latest bodies say at epoch second `now`, and a note.

    `values` are the feed's own. NothingThere where one gives none, NoSuchField where none can be.
    """
    today = recipe.around.calendar.trading_date(now)
    lists: dict[str, list[str]] = {}
    note = ""
    for name, given in recipe.borrowed.items():
        lender = recipe.lenders[name]
        envelope = await recipe.around.store.get(bind(lender.endpoint.redis_key, values))
        found = chosen(name, given, lender.endpoint, envelope.data, today) if envelope else []
        if not found:
            body = envelope.data if envelope else None
            lacks = lacking_field(name, given, lender.endpoint, body)
            if lacks:
                raise NoSuchField(f"no row of {lender.id} {lacks}")
            raise NothingThere(f"{lender.id} gives no value for {{{name}}} now")
        # What stands in a body is the vendor's to choose, and is no key for that alone.
        lists[name] = [value for value in found if can_fill_key(value)]
        if len(lists[name]) < len(found):
            left_out = next(value for value in found if not can_fill_key(value))
            note = f"values of {{{name}}} that no key can hold are left out: '{left_out[:40]}'"
        if not lists[name]:
            raise NothingThere(note)
    return lists, note

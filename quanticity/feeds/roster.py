"""Which feeds there are: built whole from a config, keeping everything that did not change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from quanticity.config.effective import Effective, EffectiveEndpoint, EffectiveSource
from quanticity.config.loaded import Loaded
from quanticity.config.schema.endpoint import Endpoint
from quanticity.feeds.binding import bound, recipe_of
from quanticity.feeds.book import Book
from quanticity.feeds.cost import CostMeter
from quanticity.feeds.feed import Feed
from quanticity.feeds.lenders import lenders_of
from quanticity.feeds.ports import Surroundings, Tell
from quanticity.feeds.recipe import Recipe
from quanticity.feeds.rotation import chosen
from quanticity.feeds.vendor import Vendor

_NOT_THE_VENDORS = {"endpoints", "description", "terms", "rate_limits", "enabled"}

TellOf = Callable[[str], Tell]
_Fed = tuple[EffectiveEndpoint | None, Sequence[Feed]]
_NOBODY: _Fed = (None, ())


@dataclass(frozen=True, slots=True)
class Roster:
    """All that is in force. Never changed: a reload makes another one.

    `vendors` and `recipes` go by source and by `source.endpoint`, `feeds` by feed id; `fed` are
    the feeds of each endpoint, with what they were made for. `marks` tell what a vendor and a
    recipe were made from. `waiting` are the sources whose new key waits, and until when (epoch
    seconds).
    """

    vendors: Mapping[str, Vendor] = field(default_factory=dict)
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    fed: Mapping[str, _Fed] = field(default_factory=dict)
    streams: Mapping[str, EffectiveEndpoint] = field(default_factory=dict)
    marks: Mapping[str, object] = field(default_factory=dict)
    waiting: Mapping[str, float] = field(default_factory=dict)


class Muster:
    """Makes rosters. Nothing it does touches what runs: the caller swaps, or does not."""

    def __init__(self, around: Surroundings, book: Book, tell_of: TellOf) -> None:
        self._around = around
        self._book = book
        self._tell_of = tell_of
        # What was spent on each source that ran: one that is put back goes on with it.
        self._spent: dict[str, CostMeter] = {}
        # Which feeds wrote to a key, the latest first, while none does.
        self._wrote: dict[str, tuple[str, ...]] = {}

    def muster(self, loaded: Loaded, effective: Effective, old: Roster) -> Roster:
        """The roster of a config. Raises ConfigError, and then `old` is still all there is."""
        marks: dict[str, object] = {}
        vendors: dict[str, Vendor] = {}
        recipes: dict[str, Recipe] = {}
        fed: dict[str, _Fed] = {}
        streams: dict[str, EffectiveEndpoint] = {}
        waiting: dict[str, float] = {}
        self._spent |= {name: vendor.cost for name, vendor in old.vendors.items()}
        for source in effective.sources.values():
            running = [each for each in source.endpoints.values() if each.off is None]
            if source.off is not None or not running:
                continue
            vendor = self._vendor(loaded, source, old, marks, waiting)
            vendors[source.name] = vendor
            for given in running:
                if given.endpoint.transport == "websocket":
                    streams[given.id] = given
                    continue
                recipe = self._recipe(given, vendor, effective, old, marks)
                recipes[given.id] = recipe
                of, feeds = old.fed.get(given.id, _NOBODY)
                if of is not given or old.recipes[given.id] is not recipe:
                    feeds = bound(recipe, given, self._book, old.feeds)
                fed[given.id] = given, feeds
        every = {feed.id: feed for _, feeds in fed.values() for feed in feeds}
        self._follow_renamed(every, old.feeds)
        return Roster(vendors, recipes, every, fed, streams, marks, waiting)

    def _follow_renamed(self, feeds: Mapping[str, Feed], old: Mapping[str, Feed]) -> None:
        """One that an edit gave another name, or moved, goes on where it stood, by its key.

        So does one that was taken out by an edit, and comes under another name with a later one.
        """
        self._wrote |= {feed.key: (feed.id, *feed.former) for feed in old.values()}
        gone = {feed.key: feed for name, feed in old.items() if name not in feeds}
        for name, feed in feeds.items():
            if name in old:
                continue
            if feed.key in gone:
                feed.follow(gone[feed.key])
            else:
                feed.was(self._wrote.get(feed.key, ()))

    def _vendor(
        self,
        loaded: Loaded,
        source: EffectiveSource,
        old: Roster,
        marks: dict[str, object],
        waiting: dict[str, float],
    ) -> Vendor:
        known = old.vendors.get(source.name)
        around = self._around
        credentials, until = chosen(
            source.source, loaded.secrets, known, around.calendar, around.clock.now()
        )
        if until is not None:
            waiting[source.name] = until
        mark = (
            source.source.model_dump_json(exclude=_NOT_THE_VENDORS),
            source.limits.headers,
            source.limits.body_limits,
            source.budget,
            tuple(sorted(credentials.headers.items())),
            credentials.query,
            credentials.secrets,
        )
        marks[source.name] = mark
        if known is not None and old.marks.get(source.name) == mark:
            return known
        vendor = Vendor(source, credentials, self._around, self._tell_of(source.budget))
        spent = self._spent.get(source.name)
        if spent is not None:
            # Edited, not new: what was spent today was spent.
            vendor.cost.follow(spent)
        return vendor

    def _recipe(
        self,
        given: EffectiveEndpoint,
        vendor: Vendor,
        effective: Effective,
        old: Roster,
        marks: dict[str, object],
    ) -> Recipe:
        known = old.recipes.get(given.id)
        if known is not None and known.made_of(given, vendor):
            marks[given.id] = old.marks[given.id]
            return known
        lenders = lenders_of(given, effective)
        mark = (
            given.fingerprint,
            given.group,
            tuple((name, _lent_by(each.endpoint)) for name, each in sorted(lenders.items())),
        )
        marks[given.id] = mark
        if known is not None and old.marks.get(given.id) == mark and known.vendor is vendor:
            return known
        return recipe_of(given, vendor, lenders)


def _lent_by(lender: Endpoint) -> object:
    """What decides where values that a lender gives are read."""
    return lender.redis_key, lender.format, lender.rows, lender.paging

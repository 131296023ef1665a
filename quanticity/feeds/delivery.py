"""From one good body to the store: contract, vendor's time, raw value, transform, heartbeat."""

from __future__ import annotations

from typing import Any

import xxhash

from quanticity.errors import TransformError
from quanticity.feeds.call import Call
from quanticity.feeds.event_rows import EventRows, row_time, rows_in, without_rows
from quanticity.feeds.events import SeenRows
from quanticity.feeds.paging import Page
from quanticity.feeds.paths import MISSING
from quanticity.feeds.ports import Drift
from quanticity.feeds.recipe import Recipe
from quanticity.feeds.stats import NOT_MODIFIED, FeedStats
from quanticity.model import Write
from quanticity.words import seconds


class Delivery:
    """Takes the good bodies of one feed to the store."""

    __slots__ = ("_feed", "_recipe", "_rows", "_stats")

    def __init__(self, recipe: Recipe, feed: str, stats: FeedStats) -> None:
        self._recipe = recipe
        self._feed = feed
        self._stats = stats
        self._rows = EventRows(recipe, feed, self._transformed)

    async def value(self, call: Call, page: Page) -> None:
        """Check and store one latest value, and what its transform makes of it.

        TransformError where the transform fails: the raw value is stored all the same.
        """
        recipe, stats = self._recipe, self._stats
        received = recipe.around.clock.now()
        digest = page.digest or xxhash.xxh3_64_hexdigest(page.body)
        stats.note = page.note
        same = digest == call.digest
        if same:
            stats.unchanged += 1
        call.digest = stats.hash = digest
        if recipe.contract is not None:
            self._check(page, digest, received)
        if recipe.vendor_time is None:
            timestamp, call.timestamp = received, None
        else:
            if not (same and call.stated and call.timestamp is not None):
                told = recipe.vendor_time.judged(self._payload(page), received)
                call.timestamp, ahead = told
                call.stated = call.timestamp < received
                unread = "" if call.stated else recipe.vendor_time.unread(self._payload(page))
                stats.note = stats.note or _unbelieved(ahead) or unread
            timestamp = call.timestamp
            self._look_at(timestamp, received)
        self._put(call.key, page.body, timestamp, received)
        self._done(call, timestamp, received)
        if recipe.transforms:
            output = self._made_before(call, digest)
            if output is None:
                output = await self._transformed(call, page, received, digest)
            self._put(call.output_key, output, timestamp, received)

    async def again(self, call: Call, seen: SeenRows | None = None) -> None:
        """The vendor says that the last value still stands: as if it had sent that once more.

        So its contract and its transform look at it where either was edited since, and its time
        grows old. TransformError as in `value`. `seen` is given where rows are events.
        """
        body = call.body or b""
        if seen is None:
            await self.value(call, Page(body, note=NOT_MODIFIED))
        elif xxhash.xxh3_64_hexdigest(body) != call.digest:
            # A run that broke off before its rows stood in the stream.
            payload = self._recipe.decode(body, self._recipe.max_depth)
            await self.events(call, Page(body, payload), seen)
        else:
            stats = self._stats
            stats.note = NOT_MODIFIED
            stats.unchanged += 1
            received = self._recipe.around.clock.now()
            self._done(call, received if call.timestamp is None else call.timestamp, received)

    async def events(self, call: Call, page: Page, seen: SeenRows) -> None:
        """Store each row that was not seen before as one event, oldest first.

        Where the rows carry the vendor's time, that orders them; else, and those of one time, as
        the vendor lists them (see `Listing`). TransformError where its transform fails for a row:
        the raw events are stored all the same.
        """
        recipe, stats = self._recipe, self._stats
        received = recipe.around.clock.now()
        digest = xxhash.xxh3_64_hexdigest(page.body)
        stats.note = page.note or without_rows(recipe, page.payload)
        stats.hash = digest
        if recipe.contract is not None:
            self._check(page, digest, received)
        times = row_time(recipe)
        rows = list(rows_in(recipe, page.payload))
        timed = [(times.read(row, received) if times else received, row) for row in rows]
        seen.look(rows, [timestamp for timestamp, _ in timed])
        if seen.listing.newest_first:
            timed.reverse()
        timed.sort(key=lambda pair: pair[0])
        latest = timed[-1][0] if timed else received
        failed: TransformError | None = None
        for is_last in self._rows.put(call, timed, received, seen):
            if is_last:
                call.digest, call.timestamp = digest, latest
                self._done(call, latest, received)
            failed = await self._rows.make(call) or failed
        if failed is not None:
            raise failed

    async def recall(self, call: Call) -> None:
        """Take up what a run that broke off has left to be made of its rows; see `EventRows`."""
        await self._rows.recall(call)

    async def make_left(self, call: Call) -> None:
        """Run the transform on that where nothing new comes. It is counted where it fails."""
        await self._rows.make(call)

    def beat(self) -> None:
        """The vendor answered, though it had nothing to store."""
        self._stats.fetches += 1
        recipe = self._recipe
        recipe.vendor.beat(recipe.short_name, recipe.around.clock.now(), recipe.beat_life)

    def _payload(self, page: Page) -> Any:
        """What a body decodes to, which has not been needed so far where it came before."""
        if page.payload is MISSING and self._recipe.decodes:
            page.payload = self._recipe.decode(page.body, self._recipe.max_depth)
        return page.payload

    def _check(self, page: Page, digest: str, received: float) -> None:
        around, contract = self._recipe.around, str(self._recipe.contract)
        if around.contracts.knows(self._feed, contract, digest, received):
            return
        for drift in around.contracts.observe(
            self._feed,
            contract,
            self._payload(page),
            body=page.body,
            digest=digest,
            now=received,
        ):
            self._stats.drifts += 1
            around.observer.drifted(drift)

    def _look_at(self, timestamp: float, received: float) -> None:
        """Tell, once, that the vendor sends what is old."""
        recipe, stats = self._recipe, self._stats
        age = recipe.behind(timestamp, received)
        if age is not None and not stats.behind and recipe.spec.timestamp is not None:
            said = f"the latest time is {age:.0f} s ago, in market hours"
            drift = Drift(self._feed, recipe.spec.timestamp.path, said, received)
            stats.drifts += 1
            recipe.around.observer.drifted(drift)
        stats.behind = age is not None

    def _made_before(self, call: Call, digest: str) -> bytes | None:
        recipe = self._recipe
        return recipe.around.transforms.made_before(
            self._feed,
            recipe.spec.transform,
            digest,
            options=recipe.options,
            values=call.values,
        )

    async def _transformed(
        self,
        call: Call,
        page: Page,
        received: float,
        digest: str = "",
        states: dict[str, bytes] | None = None,
    ) -> bytes:
        recipe = self._recipe
        try:
            return await recipe.around.transforms.apply_aside(
                self._feed,
                recipe.spec.transform,
                self._payload(page),
                size=len(page.body),
                options=recipe.options,
                values=call.values,
                received=received,
                digest=digest,
                states=states,
            )
        except TransformError:
            self._stats.transform_failures += 1
            raise

    def _put(self, key: str, data: bytes, timestamp: float, received: float) -> None:
        recipe = self._recipe
        recipe.around.store.put(
            Write(key, data, recipe.id, timestamp, received, recipe.life(received))
        )

    def _done(self, call: Call, timestamp: float, received: float) -> None:
        recipe, stats = self._recipe, self._stats
        if call.timestamp_key:
            recipe.around.store.put_plain(
                call.timestamp_key, f"{received:.3f}", recipe.life(received)
            )
        recipe.vendor.beat(recipe.short_name, received, recipe.beat_life)
        stats.arrived(received, timestamp, recipe.around.clock.monotonic())
        recipe.around.observer.fetched(self._feed, call.key, received)


def _unbelieved(ahead: float) -> str:
    """Why a time that the vendor gave is not used; empty where it is, or where it gave none."""
    return f"the vendor's time is {seconds(ahead)} ahead of ours and not believed" if ahead else ""

"""One channel of a websocket as a feed: from payload through contract and transform to keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import xxhash

from quanticity.config.effective import EffectiveEndpoint
from quanticity.errors import BadBody, TransformError
from quanticity.feeds.frames import Cut, FrameReader
from quanticity.feeds.message import one_line, same_trouble
from quanticity.feeds.outbox import Outbox
from quanticity.feeds.recipe import NO_CONTRACT
from quanticity.feeds.stats import FeedStats
from quanticity.feeds.template import Tree
from quanticity.feeds.timestamp import VendorTime
from quanticity.feeds.transform import GENERIC_OPTIONS
from quanticity.feeds.vendor import Vendor
from quanticity.logs import redact
from quanticity.model import Key, Kind, Write, bind, can_fill_key, placeholders
from quanticity.store.names import output_key, problem_with, short_name

_CHECKED_A_SECOND = 20
_BEAT_TTL = 180.0
# Who fails with every second frame is told as failing once, and not as well again in between.
_QUIET = 10.0


class StreamFeed:
    """An endpoint of a websocket bound to one set of values: its joins, its keys, its figures."""

    def __init__(
        self,
        given: EffectiveEndpoint,
        values: Mapping[str, str],
        vendor: Vendor,
    ) -> None:
        spec, around = given.endpoint, vendor.around
        self.given = given
        self.values = dict(values)
        self.id = ":".join((given.id, *values.values()))
        self.stats = FeedStats()
        self.reader = FrameReader(spec.frame, vendor.source.source.max_depth)
        self.vendor = vendor
        self._around = around
        self._messages = tuple(Tree(message) for message in spec.join)
        # Whether there is a date in them.
        self.dated = any(message.dated for message in self._messages)
        self.joins: tuple[str, ...] = ()
        self.channels: frozenset[str] = frozenset()
        self.renew()
        self._contract = None if spec.contract in (None, NO_CONTRACT) else str(spec.contract)
        self._vendor_time = VendorTime(spec.timestamp) if spec.timestamp else None
        self._transforms = bool(
            spec.transform or any(spec.transform_config.get(name) for name in GENERIC_OPTIONS)
        )
        self._output = spec.output_key or output_key(spec.redis_key)
        self._short_name = short_name(spec.redis_key, given.source)
        self._failed_at = 0.0
        self._told = ""
        self._second = 0
        self._looked = 0

    def renew(self) -> bool:
        """Make the join messages as of now: a date in them is another one tomorrow.

        Whether they are others than before.
        """
        before = self.joins
        now, calendar = self._around.clock.now(), self._around.calendar
        messages = [each.render(self.values, now, calendar) for each in self._messages]
        self.joins = tuple(
            message if isinstance(message, str) else orjson.dumps(message).decode()
            for message in messages
        )
        self.channels = frozenset(text for message in messages for text in _texts(message))
        return self.joins != before

    @property
    def endpoint_id(self) -> str:
        """`source.endpoint`."""
        return self.given.id

    @property
    def key(self) -> str:
        """Where its values go; a pattern where the frames name the rest."""
        return bind(self.given.endpoint.redis_key, self.values)

    @property
    def fingerprint(self) -> str:
        """Changes with anything in the config that changes what this feed does."""
        return self.given.fingerprint

    def age(self, now: float) -> float | None:
        """Seconds since the last value came; None where none has."""
        return self.stats.age(now, self._around.clock.monotonic())

    def limit(self, now: float) -> float:
        """Seconds after which its value is stale; while nobody trades, none is to be expected."""
        spec = self.given.endpoint
        return self._around.ages.limit_pushed(spec.max_age_seconds or spec.ttl_seconds, now)

    async def restore(self) -> None:
        """Take up what its transform remembered; before its first frame."""
        if self._transforms:
            await self._around.transforms.restore(self.id)

    def deliver(self, cut: Cut, outbox: Outbox, received: float) -> None:
        """Take one payload to its keys. BadBody where no key can be made of what the frame says."""
        stats, values = self.stats, {**cut.values, **self.values}
        if stats.received is None:
            stats.note = ""
        key = self._bound(self.given.endpoint.redis_key, values)
        stats.tried = received
        timestamp = cut.timestamp
        if timestamp is None and self._vendor_time is not None:
            timestamp = self._vendor_time.read(cut.payload, received)
        timestamp = received if timestamp is None else timestamp
        if self._contract is not None and self._is_sampled(received):
            self._check(cut, received)
        write = self._write(key, self.vendor.scrub(cut.text), timestamp, received)
        together = self._transforms and write.kind is Kind.EVENTS
        if not together:
            outbox.put(write)
        stats.arrived(received, timestamp, self._around.clock.monotonic())
        stats.bytes = len(cut.text)
        self._around.observer.fetched(self.id, key, received)
        self._beat(values, received)
        if not together:
            if self._transforms and (made := self._transform(cut, values, timestamp, received)):
                outbox.put(made)
            return
        events, states = [write], dict[str, bytes]()
        try:
            if made := self._transform(cut, values, timestamp, received, states):
                events.append(made)
        finally:
            # Whatever becomes of the transform, the event is there.
            outbox.put_together(events, states)

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        self.stats.error = reason
        self.stats.running = False

    def back(self, note: str) -> None:
        """The connection stands (again) and the joins are sent, as of now."""
        self.renew()
        self.stats.error = self._told = ""
        self.stats.note = note
        self.stats.running = True

    def strange(self, what: str) -> None:
        """What came for it could not be taken: noted for as long as it has no value."""
        if self.stats.received is None:
            self.stats.note = what

    def refused(self, reason: str) -> None:
        """The vendor does not give this channel."""
        self._failed(f"the vendor refuses the channel: {reason}")

    def _is_sampled(self, received: float) -> bool:
        if int(received) != self._second:
            self._second, self._looked = int(received), 0
        self._looked += 1
        return self._looked <= _CHECKED_A_SECOND

    def _check(self, cut: Cut, received: float) -> None:
        digest = xxhash.xxh3_64_hexdigest(cut.text)
        for drift in self._around.contracts.observe(
            self.id, str(self._contract), cut.payload, body=cut.text, digest=digest, now=received
        ):
            self.stats.drifts += 1
            self._around.observer.drifted(drift)

    def _transform(
        self,
        cut: Cut,
        values: Mapping[str, str],
        timestamp: float,
        received: float,
        states: dict[str, bytes] | None = None,
    ) -> Write | None:
        """What the transform makes of a payload; None where it fails. `states` as in `apply`."""
        spec = self.given.endpoint
        try:
            data = self._around.transforms.apply(
                self.id,
                spec.transform,
                cut.payload,
                options=spec.transform_config,
                values=values,
                received=received,
                states=states,
            )
        except TransformError as error:
            self.stats.transform_failures += 1
            self._failed(str(error))
            return None
        made = self._write(self._bound(self._output, values), data, timestamp, received)
        self.stats.error = ""
        if self._told and self._around.clock.monotonic() - self._failed_at >= _QUIET:
            self._told = ""
            self._around.observer.recovered(self.id)
        return made

    def _failed(self, text: str) -> None:
        self._failed_at = self._around.clock.monotonic()
        text = redact(one_line(text)).removeprefix(f"{self.id}: ")
        self.stats.failures += 1
        self.stats.error = text
        if not same_trouble(text, self._told):
            self._told = text
            self._around.observer.failed(self.id, text)

    def _beat(self, values: Mapping[str, str], received: float) -> None:
        self.vendor.beat(self._short_name, received, _beat_life)
        if self.given.endpoint.timestamp_key is not None:
            name = bind(self.given.endpoint.timestamp_key, values)
            self._around.store.put_plain(name, f"{received:.3f}", self.given.endpoint.ttl_seconds)

    def _bound(self, pattern: str, values: Mapping[str, str]) -> str:
        key = bind(pattern, values)
        # What stands in a frame is the vendor's to choose, and is no key for that alone.
        named = set(placeholders(pattern)) - set(self.values)
        theirs = (value for name, value in values.items() if name in named)
        if not Key(key).is_bound or problem_with(key) or not all(map(can_fill_key, theirs)):
            raise BadBody(f"no key can be made of {pattern} with what the frame says: {key[:80]}")
        return key

    def _write(self, key: str, data: bytes, timestamp: float, received: float) -> Write:
        spec = self.given.endpoint
        return Write(
            key,
            data,
            self.given.id,
            timestamp,
            received,
            spec.ttl_seconds,
            spec.kind,
            None,
            spec.cap,
            # A vendor does not replay.
            once=True,
        )


def _beat_life(_received: float) -> float:
    return _BEAT_TTL


def _texts(message: Any) -> list[str]:
    if isinstance(message, str):
        return [message]
    if isinstance(message, Mapping):
        return [text for item in message.values() for text in _texts(item)]
    if isinstance(message, list | tuple):
        return [text for item in message for text in _texts(item)]
    return []

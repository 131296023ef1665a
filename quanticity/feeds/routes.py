"""Whose a websocket's frame is: by its channel, and among those that share one by what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quanticity.feeds.stream_feed import StreamFeed

Target = tuple[StreamFeed, str | None]
"""A feed that a frame is for, and the channel that the frame names."""


class Routes:
    """All feeds of a connection. Made anew where their channels change."""

    def __init__(self, feeds: Iterable[StreamFeed]) -> None:
        self.feeds = tuple(feeds)
        by_endpoint: dict[str, list[StreamFeed]] = {}
        for feed in self.feeds:
            by_endpoint.setdefault(feed.endpoint_id, []).append(feed)
        self._readers = [some[0].reader for some in by_endpoint.values()]
        self.each = tuple(dict.fromkeys(reader.each for reader in self._readers))
        # One of each way to name a channel: asked where that of a frame stands.
        self._ways = {reader.path: reader for reader in self._readers}
        self._channels: dict[str | None, list[Sharing]] = {}
        for some in by_endpoint.values():
            for channel, sharing in _by_channel(some).items():
                self._channels.setdefault(channel, []).append(Sharing(sharing))

    def decode(self, text: bytes) -> Any:
        """A frame, decoded; None where there are no feeds. BadBody where it is not JSON."""
        return self._readers[0].decode(text) if self._readers else None

    def find(self, frame: Any) -> list[Target]:
        """The feeds that it is for: one of an endpoint at most."""
        found: list[Target] = []
        for path, reader in self._ways.items():
            channel = reader.channel(frame)
            if channel is None and path is not None:
                continue
            for one in self._sharing(channel):
                feed = one.find(frame, channel)
                if feed is not None and feed.reader.path == path:
                    found.append((feed, channel))
        if len(found) > 1:
            # Where frames name no channel, what they hold may tell.
            return [each for each in found if each[0].reader.fits(frame)] or found
        return found

    def _sharing(self, channel: str | None) -> Sequence[Sharing]:
        """Those of a channel, or of what stands before the colon of its name."""
        found = self._channels.get(channel)
        if found is None and channel is not None:
            found = self._channels.get(channel.partition(":")[0])
        return found or ()

    def acknowledges(self, frame: Any) -> bool:
        """Whether it only says, to whomever, that something was understood."""
        return any(reader.acknowledges(frame) for reader in self._readers)

    def says_no(self, frame: Any) -> str:
        """What it says where it says no, to whomever; else empty."""
        return next(filter(None, (reader.says_no(frame) for reader in self._readers)), "")

    def why_nobodys(self, frame: Any) -> str:
        """What is strange about a frame that is for none of them."""
        for reader in self._readers:
            channel = reader.channel(frame)
            if self._sharing(channel):
                return "names the values of no feed where frame.values looks"
            if channel is not None:
                return f"is of the channel '{channel[:40]}', which no feed joins"
        return f"names no channel at '{self._readers[0].path}'" if self._readers else ""


class Sharing:
    """The feeds of one endpoint that have one channel: which of them a frame is for.

    What is one symbol's never becomes another's: where that cannot be told, it is nobody's.
    """

    def __init__(self, feeds: Sequence[StreamFeed]) -> None:
        self._feeds = feeds
        self._names = tuple(feeds[0].values)
        self._by_values = {self._told(feed.values): feed for feed in feeds}
        self.reader = feeds[0].reader

    def find(self, frame: Any, channel: str | None) -> StreamFeed | None:
        """Whose it is; None where it is nobody's, or may be of several."""
        only = self._feeds[0] if len(self._feeds) == 1 else None
        if only is not None and channel is not None and _is_named(only.values, channel):
            return only
        said = self.reader.values(frame, channel)
        if all(name in said for name in self._names):
            return self._by_values.get(self._told(said))
        fits = [feed for feed in self._feeds if _agree(feed.values, said)]
        return fits[0] if len(fits) == 1 else None

    def _told(self, values: Mapping[str, str]) -> tuple[str, ...]:
        # What was joined as btcusdt may be BTCUSDT in the frames.
        return tuple(values[name].casefold() for name in self._names)


def _is_named(values: Mapping[str, str], channel: str) -> bool:
    return all(value.casefold() in channel.casefold() for value in values.values())


def _agree(values: Mapping[str, str], said: Mapping[str, str]) -> bool:
    return all(
        said.get(name, value).casefold() == value.casefold() for name, value in values.items()
    )


def _by_channel(feeds: Iterable[StreamFeed]) -> Mapping[str | None, list[StreamFeed]]:
    found: dict[str | None, list[StreamFeed]] = {}
    for feed in feeds:
        for channel in (None,) if feed.reader.path is None else feed.channels:
            found.setdefault(channel, []).append(feed)
    return found

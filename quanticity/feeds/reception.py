"""Takes what comes over a websocket to the feeds that it is for; no frame ends the connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quanticity.errors import BadBody
from quanticity.feeds.frames import messages
from quanticity.feeds.json_text import without_nan
from quanticity.feeds.message import same_trouble
from quanticity.feeds.outbox import Outbox
from quanticity.feeds.ports import Surroundings
from quanticity.feeds.replies import Replies
from quanticity.feeds.routes import Routes, Target
from quanticity.feeds.stream_feed import StreamFeed
from quanticity.feeds.stream_stats import StreamStats
from quanticity.logs import logger, redact

_TOLD_AT_MOST = 20
# Where frames are JSON, the answer to a plain `ping` is often plain all the same.
_PONG = b"pong"


class Reception:
    """Of one connection, over all its losses. Counts in `stats`."""

    def __init__(self, name: str, stats: StreamStats, outbox: Outbox, around: Surroundings) -> None:
        self._name = name
        self._stats = stats
        self._outbox = outbox
        self._clock = around.clock
        self._observer = around.observer
        self._routes = Routes(())
        self._replies = Replies(())
        self._told: set[str] = set()
        self._is_lost = False
        self._joins_before = 0

    def carry(self, feeds: Iterable[StreamFeed]) -> None:
        """Take frames to these from now on, by the channels that they have now."""
        self._routes = Routes(feeds)
        self._replies = Replies(
            one for feed in self._routes.feeds for one in feed.given.endpoint.heartbeat.replies
        )

    def lost(self) -> bool:
        """The connection is gone: what comes next says that it is back. Whether anything came."""
        came, self._is_lost = not self._is_lost, True
        self._joins_before = self._stats.joins
        return came

    def take(self, data: str | bytes) -> str:
        """Take a frame of data. What it wants to be answered with; empty for nearly all."""
        self._stats.frames += 1
        text = data.encode() if isinstance(data, str) else data
        received = self._clock.now()
        try:
            text, frame = self._decoded(text)
        except BadBody as error:
            if text.strip().lower() == _PONG:
                self._stats.acknowledged += 1
            else:
                self._bad(error)
            return ""
        if self._replies and (reply := self._replies.to(frame)) is not None:
            self._stats.acknowledged += 1
            return reply
        for each in self._routes.each:
            for part, message in messages(text, frame, each):
                self._take(part, message, each, received)
        return ""

    def _decoded(self, text: bytes) -> tuple[bytes, Any]:
        """A frame's text and what it says; what Python writes and JSON cannot hold is null."""
        try:
            return text, self._routes.decode(text)
        except BadBody:
            text, nulls = without_nan(text)
            if not nulls:
                raise
        frame = self._routes.decode(text)
        self._stats.nulls += nulls
        self.tell_once("a figure that JSON cannot hold (NaN) became null")
        return text, frame

    def _take(self, text: bytes, frame: Any, each: str | None, received: float) -> None:
        """Take one message of a frame to those of its feeds that find it at `each`."""
        targets = [one for one in self._routes.find(frame) if one[0].reader.each == each]
        if not targets:
            self._nobodys(frame)
            return
        self._came()
        for target in targets:
            try:
                self._hand_over(target, text, frame, received)
            except Exception as error:  # noqa: BLE001
                # What a vendor sent meets libraries here: no frame ends a connection.
                target[0].strange(self._bad(error))

    def _hand_over(self, target: Target, text: bytes, frame: Any, received: float) -> None:
        feed, channel = target
        if feed.reader.acknowledges(frame):
            self._stats.acknowledged += 1
        elif no := feed.reader.refusal(frame):
            feed.refused(no)
        else:
            feed.deliver(feed.reader.cut(text, frame, channel, received), self._outbox, received)

    def _nobodys(self, frame: Any) -> None:
        if no := self._routes.says_no(frame):
            # Before what acknowledges: an answer has the same id, whether it is a yes or a no.
            self._stats.unrouted += 1
            self._stats.stray = f"says no: {no}"
            self.tell_once(f"the vendor says no: {no}")
        elif self._routes.acknowledges(frame):
            self._stats.acknowledged += 1
            # A greeting acknowledges nothing: who lets everybody in may still refuse us.
            if self._stats.joins > self._joins_before:
                self._came()
        elif self._routes.feeds:
            self._stats.unrouted += 1
            self._stats.stray = self._routes.why_nobodys(frame)

    def _came(self) -> None:
        """Something for one of its feeds: only now is it known that they flow again."""
        if self._is_lost:
            self._is_lost = False
            self._observer.recovered(self._name)

    def _bad(self, error: Exception) -> str:
        """Count a frame that cannot be taken; what is wrong with it."""
        self._stats.bad_frames += 1
        if isinstance(error, BadBody):
            self.tell_once(str(error))
            return str(error)
        said = f"unexpected {type(error).__name__}: {error}"
        self.tell_once(said, error)
        return said

    def tell_once(self, text: str, error: Exception | None = None) -> None:
        """Log a trouble the first time; with where it was made, if that is ours."""
        known = any(same_trouble(text, before) for before in self._told)
        if not known and len(self._told) < _TOLD_AT_MOST:
            self._told.add(text)
            said = f"{self._name}: {redact(text)}; further ones like it are only counted"
            logger.opt(exception=error).log("ERROR" if error else "WARNING", "{}", said)

"""From what feeds tell to what a person is told: each first value, each trouble, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set

from quanticity.feeds.ports import Drift
from quanticity.feeds.report import Report


class News:
    """The observer of all feeds. `fetched_once` are the feeds that have a value."""

    def __init__(
        self,
        report: Callable[[], Report],
        now: Callable[[], float],
        true_at: Callable[[str], float | None],
    ) -> None:
        self._report = report
        self._now = now
        # When the vendor says that a feed's latest value was true.
        self._true_at = true_at
        self.fetched_once: set[str] = set()
        # By feed, the latest last.
        self._problems: dict[str, str] = {}
        # None: whoever tells something is there.
        self._there: Set[str] | None = None

    @property
    def last_error(self) -> str:
        """The latest problem of a feed that is still there as it was; empty where there is none."""
        return next(reversed(self._problems.values()), "")

    def fetched(self, feed: str, key: str, received: float) -> None:
        """A value is on its way into the store; the first of each feed is told."""
        if feed not in self.fetched_once:
            self.fetched_once.add(feed)
            true_at = self._true_at(feed)
            age = self._now() - (received if true_at is None else true_at)
            self._report().first_value(feed, key, max(0.0, age))

    def failed(self, feed: str, message: str) -> None:
        """A run came to nothing, after its retries."""
        self._remember(feed, f"{feed}: {message}")
        self._report().problem(feed, message)

    def recovered(self, feed: str) -> None:
        """The first value after a failure that was told."""
        self._report().recovered(feed, "values flow again")

    def drifted(self, drift: Drift) -> None:
        """A body left its contract in a way not seen before."""
        self._remember(drift.feed, str(drift))
        self._report().problem(
            drift.feed, f"drift: {drift.path or 'the body'}: {drift.message}; stored all the same"
        )

    def missed(self, name: str, feeds: Sequence[str], since: float, until: float) -> None:
        """A connection was away: that it was lost is told, and so is that it is back."""

    def switched(self, name: str, message: str, *, back: bool) -> None:
        """A failover turned to another source, or back."""
        if back:
            self.settled(name)
            self._report().recovered(name, message)
        else:
            self._remember(name, f"{name}: {message}")
            self._report().problem(name, message)

    def forget(self, feed: str) -> None:
        """A feed is gone."""
        self.fetched_once.discard(feed)
        self.settled(feed)

    def settled(self, feed: str) -> None:
        """A feed was edited: what was wrong with it before is no news of what it is now."""
        self._problems.pop(feed, None)

    def keep(self, names: Set[str]) -> None:
        """These feeds and connections are all there are: what others told, or still tell, goes."""
        self._there = names
        self._problems = {name: told for name, told in self._problems.items() if name in names}

    def _remember(self, feed: str, text: str) -> None:
        if self._there is None or feed in self._there:
            self._problems.pop(feed, None)
            self._problems[feed] = text

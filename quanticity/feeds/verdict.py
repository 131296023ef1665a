"""Whether the schedule of a config fits its limits, in the one line that a run tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from quanticity.config.loaded import Loaded
from quanticity.feeds.report import Report
from quanticity.pace.heaviest import blamed
from quanticity.pace.plan import plan
from quanticity.pace.planned import Shortage, alike, planned_feeds
from quanticity.pace.rules import rules_of

_TOLD = 2
_FITS = "the schedule fits every limit"


class Verdict:
    """Tells it at the start, and after each edit that leaves it short or mends it."""

    def __init__(
        self, report: Callable[[], Report], count: Callable[[Loaded], str] | None = None
    ) -> None:
        """`count` says what is short of a config, as `shortages` does; called in a thread."""
        self._report = report
        self._count = count or shortages
        self._short = ""
        self._turn = asyncio.Lock()

    async def first(self, loaded: Loaded) -> None:
        """At the start: good or not."""
        # In a thread: no feed is late because a large schedule is counted.
        self._tell(await asyncio.to_thread(self._count, loaded))

    async def after_edit(self, loaded: Loaded, is_current: Callable[[], bool]) -> None:
        """What is as it was before the edit is no news.

        Of a burst of edits one at a time is counted, and none that another has followed: counting
        takes the time of the reload that comes next.
        """
        async with self._turn:
            if not is_current():
                return
            short = await asyncio.to_thread(self._count, loaded)
            if is_current() and short != self._short:
                self._tell(short)

    def _tell(self, short: str) -> None:
        self._short = short
        self._report().step("plan", not short, short or _FITS)


def shortages_of(loaded: Loaded) -> Sequence[Shortage]:
    """Each group that wants more than its limits give, of what is on.

    Takes hundredths of a second for 1,000 feeds: a running system asks for it in a thread.
    """
    sources = loaded.effective.sources
    feeds = [feed for feed in planned_feeds(loaded.root) if sources[feed.source].off is None]
    short = plan(loaded.root, alike(feeds), ages=False).shortages
    return blamed(short, feeds, rules_of(loaded.root))


def shortages(loaded: Loaded) -> str:
    """Which groups want more than their limits give; empty where all fits. See `shortages_of`."""
    found = shortages_of(loaded)
    told = "; ".join(str(each) for each in found[:_TOLD])
    more = len(found) - _TOLD
    return f"{told}; and {more} more: see `plan`" if more > 0 else told

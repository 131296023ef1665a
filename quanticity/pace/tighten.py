"""The vendor's word: what it says tightens the budget at once, for as long as it may hold.

Nothing that a vendor says ever gives a budget more than its config does.
"""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Word
from quanticity.pace.tally import Tally

DAY = 86_400.0
# Where the moment of a daily reset is not known, one request is tried this often.
UNKNOWN_RESET = 3600.0
CONCURRENCY_PAUSE = 60.0
NEVER = float("inf")
ASKED, OTHERS = "the vendor asked us to wait", "the vendor asked another process to wait"
USED_UP = "the day's quota is used up"


class Tightening:
    """What the vendor's words leave of a budget. Times are steady epoch seconds."""

    __slots__ = (
        "_cap",
        "_granted",
        "_phantom_until",
        "_phantoms",
        "_stops",
        "_windows",
        "cap_until",
        "counted",
        "heard_until",
        "stopped_until",
        "why",
    )

    def __init__(self, windows: Sequence[WindowSpec]) -> None:
        self._windows = tuple(windows)
        self.stopped_until = 0.0
        self.why = ""
        # Until when the vendor asked this process itself to wait.
        self.heard_until = 0.0
        # Until when each of the reasons to send nothing holds.
        self._stops = {ASKED: 0.0, OTHERS: 0.0, USED_UP: 0.0}
        # Whether the vendor ever counted more than we did.
        self.counted = False
        self._phantoms = [0] * len(windows)
        self._phantom_until = [0.0] * len(windows)
        # What the vendor said that the whole limit is, where that is a part of a phantom.
        self._granted = [NEVER] * len(windows)
        # Fewer in flight, until then.
        self._cap: int | None = None
        self.cap_until = 0.0

    def hear(self, word: Word, spec: BudgetSpec, tally: Tally, now: float) -> None:
        """Take in one word."""
        if word.wait is not None:
            self._stop(now + word.wait, ASKED)
        if word.until_day_reset:
            self._stop(self._day_reset(tally, now), USED_UP)
        if word.in_flight:
            cap = min(tally.in_flight + 1, spec.max_in_flight or tally.in_flight + 1)
            if self._cap is not None and now < self.cap_until:
                cap = min(cap, self._cap)
            self._cap = max(1, cap // 2)
            self.cap_until = now + CONCURRENCY_PAUSE
        if tally.main is not None:
            self._count(word, spec, tally, now)
        if word.day_used is not None:
            self._count_day(word.day_used, word.day_limit, spec, tally, now)

    def phantom(self, index: int, now: float) -> int:
        """Slots of a window that someone else must have used, as far as the vendor says."""
        return self._phantoms[index] if now < self._phantom_until[index] else 0

    def cap(self, given: int | None, now: float) -> int | None:
        """The cap in flight after a word about concurrency."""
        if self._cap is None or now >= self.cap_until:
            return given
        return self._cap if given is None else min(given, self._cap)

    def eases_at(self, now: float) -> float:
        """When the next thing said loses its force; inf where nothing said has any."""
        moments = [self.stopped_until, self.cap_until, *self._phantom_until]
        return min((moment for moment in moments if moment > now), default=NEVER)

    @property
    def until(self) -> float:
        """When all that was said has lost its force."""
        return max(self.stopped_until, self.cap_until, *self._phantom_until, 0.0)

    def adopt(self, old: Tightening) -> None:
        """A reload makes nobody forget what the vendor said."""
        for why, until in old._stops.items():
            self._stop(until, why)
        if old.cap_until > self.cap_until:
            self._cap, self.cap_until = old._cap, old.cap_until
        self.counted |= old.counted
        # Not by their place: a window of another length may have come before one, or gone.
        lengths = [one.length for one in old._windows]
        for index, window in enumerate(self._windows):
            before = lengths.index(window.length) if window.length in lengths else None
            if before is None or not old._phantoms[before]:
                continue
            # A limit that is edited to what the vendor said is not short of the difference twice.
            granted = self._granted[index] = old._granted[before]
            of_others = old._phantoms[before] - max(0, old._windows[before].limit - granted)
            self._phantoms[index] = int(of_others + max(0, window.limit - granted))
            self._phantom_until[index] = old._phantom_until[before]

    def hear_of_others(self, until: float) -> None:
        """The vendor asked another process of the same token to wait: it counts both as one."""
        self._stop(until, OTHERS)

    def set_again(self, step: float) -> None:
        """The wall clock was set by `step` seconds, or a machine slept: so much sooner is a reset.

        What is to be waited for by the second lasts as long as before.
        """
        daily = [i for i, one in enumerate(self._windows) if one.length == DAY and one.reset]
        for index in daily:
            self._phantom_until[index] -= step
        if daily:
            self._stops[USED_UP] -= step
            self._count_stops()

    def _stop(self, until: float, why: str) -> None:
        if until > self._stops[why]:
            self._stops[why] = until
            self._count_stops()

    def _count_stops(self) -> None:
        stops = self._stops
        self.why = max(stops, key=stops.__getitem__)
        self.stopped_until = stops[self.why]
        self.heard_until = max(stops[ASKED], stops[USED_UP])

    def _count(self, word: Word, spec: BudgetSpec, tally: Tally, now: float) -> None:
        index = tally.main
        if index is None:
            return
        window = spec.windows[index]
        limit = window.limit if word.limit is None else min(word.limit, window.limit)
        used = word.used
        if word.remaining is not None:
            used = max(used or 0, limit - word.remaining)
        if used is None and limit == window.limit:
            return
        # The vendor counted while this answer was on its way: what ran off since then, it saw.
        ours = tally.seen_since(index, now - tally.trip.longest(now))
        missing = max(0, (used or 0) - ours) + window.limit - limit
        until = now + min(word.reset_in or window.length, window.length)
        self._set(index, missing, word.limit, until, now)

    def _count_day(
        self, used: int, limit: int | None, spec: BudgetSpec, tally: Tally, now: float
    ) -> None:
        index = next((i for i, one in enumerate(spec.windows) if one.length == DAY), None)
        if index is None:
            if limit is not None and used >= limit:
                self._stop(now + UNKNOWN_RESET, USED_UP)
            return
        window = spec.windows[index]
        granted = window.limit if limit is None else min(limit, window.limit)
        ours = tally.seen_since(index, now - tally.trip.longest(now))
        missing = max(0, used - ours) + window.limit - granted
        self._set(index, missing, limit, self._day_reset(tally, now), now)

    def _set(self, index: int, missing: int, granted: int | None, until: float, now: float) -> None:
        # Of two words the larger count stands while it holds; an equal one renews it.
        if missing and missing >= self.phantom(index, now):
            self.counted = True
            self._phantoms[index] = missing
            self._granted[index] = NEVER if granted is None else granted
            self._phantom_until[index] = max(until, self._phantom_until[index])

    def _day_reset(self, tally: Tally, now: float) -> float:
        for window in tally.windows:
            if window.spec.length == DAY and window.spec.reset is not None:
                return window.period(now)[1]
        return now + UNKNOWN_RESET

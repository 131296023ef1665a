"""Where one binding stands: what it remembers, what makes it run next, what holds it up."""

from __future__ import annotations

from math import inf

from quanticity.clock import Calendar
from quanticity.runtime.binding import Binding
from quanticity.runtime.due import LATE, Due
from quanticity.runtime.job import Saved, Skip


class Standing:
    """One binding in the engine. Moments are epoch seconds."""

    __slots__ = (
        "asked_at",
        "binding",
        "due",
        "expires",
        "hurried",
        "next_due",
        "saved",
        "skip",
        "trigger",
    )

    def __init__(self, binding: Binding, saved: Saved, calendar: Calendar, now: float) -> None:
        self.binding = binding
        self.saved = saved
        self.due = Due(binding.id, binding.triggers, calendar)
        self.next_due = self.due.first(now, saved.ran)
        # When it may run for what asked it to; inf while nothing does.
        self.asked_at = inf
        self.expires = inf
        self.trigger = ""
        self.skip: Skip | None = None
        # Inputs that came after a run without them, and were not waited for.
        self.hurried: set[str] = set()

    @property
    def asked(self) -> bool:
        """Whether something makes it run."""
        return self.asked_at < inf

    def change(self, key: str, now: float) -> None:
        """A key that it watches changed."""
        ran = self.saved.ran
        binding = self.binding
        gaps = [gap for names, gap in binding.changes if key in binding.keys_of(names)]
        gap = 0.0 if self._is_new(key) else min(gaps, default=0.0)
        # A clock that went back, as the demo's does at each start, is no reason to wait for it.
        since = None if ran is None or ran > now else ran
        self.asked_at = min(self.asked_at, now if since is None else max(now, since + gap))
        self.expires = inf
        self.trigger = "change"

    def _is_new(self, key: str) -> bool:
        """Whether the last run had no value of a latest key, and this is the first since.

        What was made without it is put right at once. One that comes again and again and never
        counts, as it is too old each time, is no reason to run out of turn but once.
        """
        if key in self.saved.seen:
            self.hurried.discard(key)
            return False
        if key in self.hurried or key not in self.binding.latest:
            return False
        self.hurried.add(key)
        return True

    def time(self, now: float) -> None:
        """A trigger of time is due."""
        if not self.asked:
            # What is meant for 15:45 is not made up for at five.
            self.expires = inf if self.due.repeats else now + LATE
        self.asked_at = min(self.asked_at, now)
        self.trigger = "time"
        self.next_due = self.due.next(now)

    def set_back(self, now: float) -> None:
        """The wall clock was set back to `now`: what comes every so often comes no later for it.

        A time of day that was is not made twice.
        """
        self.next_due = min(self.next_due, self.due.next_repeat(now))
        if self.asked:
            self.asked_at = min(self.asked_at, now)

    def again(self, trigger: str, now: float) -> None:
        """There were more events than one run is given: the rest follows at once.

        Whatever its cadence: what comes faster than that would be further behind at each run.
        """
        self.asked_at, self.expires, self.trigger = now, inf, trigger

    def done(self) -> None:
        """What asked for a run was given one, or came too late."""
        self.asked_at = self.expires = inf

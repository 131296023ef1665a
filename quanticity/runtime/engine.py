"""Who runs when, and on what: the heart of the runtime, without a clock and without a store.

Values that arrived go in, runs to do come out, their results go back in. The worker, a replay,
a backtest and the tests all drive the same engine.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import inf

from quanticity.clock import Calendar
from quanticity.model import Kind
from quanticity.runtime.ages import Ages
from quanticity.runtime.assemble import MOST_EVENTS, Shelf, assembled
from quanticity.runtime.binding import Binding
from quanticity.runtime.cache import order
from quanticity.runtime.execute import Result
from quanticity.runtime.job import (
    Commit,
    Job,
    Saved,
    Skip,
    encode_saved,
    restored,
    state_name,
    writes_of,
)
from quanticity.runtime.quarantine import Quarantine
from quanticity.runtime.rank import ranks
from quanticity.runtime.standing import Standing

_BEGINNING = "0-0"
# A wall clock that goes back by less (seconds) is corrected little by little.
SET_BACK = 0.5


class Engine:
    """All bindings of one process. Moments are epoch seconds of the system's clock."""

    def __init__(
        self,
        bindings: Iterable[Binding],
        ages: Ages,
        calendar: Calendar,
        *,
        now: float,
        saved: Mapping[str, bytes] | None = None,
        since: str = _BEGINNING,
        quarantine: Quarantine | None = None,
    ) -> None:
        """`saved` is what the store remembers, by binding id.

        A binding that it does not know begins with the events after the seq `since`.
        """
        self.quarantine = quarantine or Quarantine()
        self.shelf = Shelf(ages)
        self._calendar = calendar
        self._standings: dict[str, Standing] = {}
        self._asked: set[str] = set()
        self._now = now
        for binding in bindings:
            text = (saved or {}).get(binding.id)
            self._enter(binding, restored(text, binding, since), now)
        self._index()

    @property
    def bindings(self) -> Mapping[str, Binding]:
        """By name."""
        return {name: one.binding for name, one in self._standings.items()}

    @property
    def latest(self) -> Sequence[str]:
        """The latest keys that somebody reads."""
        return tuple(self._latest)

    @property
    def events(self) -> Mapping[str, str]:
        """The events keys that somebody reads, each with the seq after which more is wanted."""
        return {key: self.shelf.last(key) or self._oldest(key) for key in self._events}

    def read_last(self, key: str) -> str | None:
        """The seq of the last event of a key that came, or was handled before a restart."""
        if (last := self.shelf.last(key)) is not None:
            return last
        saved = [self._standings[name].saved for name, _ in self._readers.get(key, ())]
        handled = (one.cursors[key] for one in saved if one.cursors.get(key) != one.born.get(key))
        return min(handled, key=order, default=None)

    def readers(self, key: str) -> Sequence[str]:
        """Ids of the bindings that read a key."""
        return [name for name, _ in self._readers.get(key, ())]

    def reads(self, key: str) -> bool:
        """Whether somebody here reads a key."""
        return key in self._readers

    def standing(self, name: str) -> Standing:
        """Where a binding stands."""
        return self._standings[name]

    def arrived(self, key: str, text: bytes, now: float) -> None:
        """A value as it is stored. Raises `msgspec.DecodeError` where it is no envelope."""
        seq = self.shelf.put(key, text, self._events.get(key, Kind.LATEST))
        if seq is None:
            return
        for name, watches in self._readers.get(key, ()):
            standing = self._standings[name]
            if watches and self._is_news(standing, key, seq):
                standing.change(key, now)
            if standing.asked:
                # What waited for another input may have it now.
                self._asked.add(name)

    def advance(self, now: float) -> None:
        """Let the triggers of time that are due by `now` ask for their runs."""
        if now < self._now - SET_BACK:
            self._set_back(now)
        self._now = now
        while self._timers and self._timers[0][0] <= now:
            at, name = heapq.heappop(self._timers)
            standing = self._standings.get(name)
            if standing is None or standing.next_due != at:
                continue
            standing.time(now)
            self._asked.add(name)
            if standing.next_due < inf:
                heapq.heappush(self._timers, (standing.next_due, name))

    def _set_back(self, now: float) -> None:
        for name, standing in self._standings.items():
            standing.set_back(now)
            if standing.next_due < inf:
                heapq.heappush(self._timers, (standing.next_due, name))
        self.quarantine.set_back(now)

    def next_at(self) -> float:
        """When something may be to do without anything arriving; inf for never."""
        timer = self._timers[0][0] if self._timers else inf
        held = self.quarantine
        waits = (max(self._standings[name].asked_at, held.until(name)) for name in self._asked)
        return min(timer, min(waits, default=inf))

    def ready(self, now: float) -> list[str]:
        """Who may run at `now`, those first whose outputs others read."""
        held = self.quarantine
        found = [
            name
            for name in self._asked
            if self._standings[name].asked_at <= now and held.until(name) <= now
        ]
        return sorted(found, key=self._ranks.__getitem__)

    def job(self, name: str, now: float) -> Job | Skip | None:
        """The run of a ready binding, or what it lacks; None where it came too late.

        Or where it is not asked for any more: others took over since it was ready.
        """
        standing = self._standings.get(name)
        if standing is None or standing.asked_at > now:
            return None
        self._asked.discard(name)
        if standing.expires < now:
            standing.done()
            return None
        found = assembled(self.shelf, standing.binding, standing.saved, standing.trigger, now)
        if isinstance(found, Skip):
            # It stays asked, and is looked at again when an input arrives.
            standing.skip = found
            return found
        standing.skip = None
        standing.done()
        return found

    def take(self, now: float) -> list[Job]:
        """All runs that can be done at `now`; `finish` each before time goes on."""
        found = (self.job(name, now) for name in self.ready(now))
        return [one for one in found if isinstance(one, Job)]

    def finish(self, job: Job, result: Result, now: float) -> Commit | None:
        """Take a result back: what is to be written, or None for a run that failed."""
        name = job.binding.id
        standing = self._standings[name]
        if result.error:
            self.quarantine.failed(name, result.error, result.where, now)
            standing.asked_at = min(standing.asked_at, now)
            standing.trigger = standing.trigger or job.trigger
            self._asked.add(name)
            return None
        self.quarantine.succeeded(name)
        before = standing.saved
        cursors = dict(before.cursors)
        seen: dict[str, str] = {}
        for key, seqs in job.seqs.items():
            if seqs:
                (cursors if key in cursors else seen)[key] = seqs[-1]
        saved = Saved(result.state, job.binding.digest, cursors, seen, job.now, before.born)
        standing.saved = saved
        for key in job.binding.events:
            self.shelf.forget(key, self._oldest(key))
            if not self.shelf.more(key, cursors.get(key, _BEGINNING)):
                continue
            if len(job.seqs.get(key, ())) >= MOST_EVENTS:
                standing.again(job.trigger, now)
            elif key in job.binding.watched:
                standing.change(key, now)
            else:
                continue
            self._asked.add(name)
        states = {state_name(name): encode_saved(saved)} if job.binding.remembers else {}
        return Commit(writes_of(job, result), states)

    def births(self) -> dict[str, bytes]:
        """States of bindings with events that have no memory yet: written, their start is kept."""
        return {
            state_name(name): encode_saved(one.saved)
            for name, one in self._standings.items()
            if one.binding.events and one.saved.ran is None
        }

    def replace(
        self,
        bindings: Iterable[Binding],
        ages: Ages,
        *,
        now: float,
        saved: Mapping[str, bytes],
        since: str,
    ) -> None:
        """Go on with other bindings. One whose digest is the same does not notice."""
        before = self._standings
        self._standings = {}
        self.shelf.ages = ages
        for binding in bindings:
            old = before.get(binding.id)
            if old is not None and old.binding.digest == binding.digest:
                self._standings[binding.id] = old
            else:
                text = saved.get(binding.id) if old is None else encode_saved(old.saved)
                self.quarantine.succeeded(binding.id)
                # It may have read less far than those that were here.
                self.shelf.drop(binding.events)
                self._enter(binding, restored(text, binding, since), now)
        self._index()
        for name, standing in self._standings.items():
            if before.get(name) is not standing:
                self._ask_for_present(standing, now)

    def restored(self, binding: Binding, since: str, saved: Mapping[str, bytes]) -> Saved:
        """What a binding of a new version would go on from."""
        old = self._standings.get(binding.id)
        text = encode_saved(old.saved) if old is not None else saved.get(binding.id)
        return restored(text, binding, since)

    def _enter(self, binding: Binding, saved: Saved, now: float) -> None:
        self._standings[binding.id] = Standing(binding, saved, self._calendar, now)

    def _index(self) -> None:
        standings = self._standings
        self._ranks = ranks(one.binding for one in standings.values())
        self._latest: dict[str, None] = {}
        self._events: dict[str, Kind] = {}
        readers: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for name, one in standings.items():
            self._latest.update(dict.fromkeys(one.binding.latest))
            self._events.update(dict.fromkeys(one.binding.events, Kind.EVENTS))
            for key in (*one.binding.latest, *one.binding.events):
                readers[key].append((name, key in one.binding.watched))
        self._readers = dict(readers)
        self._asked = {name for name in self._asked if name in standings}
        self._timers = [
            (one.next_due, name) for name, one in standings.items() if one.next_due < inf
        ]
        heapq.heapify(self._timers)
        self.shelf.keep({*self._latest, *self._events})

    def _ask_for_present(self, standing: Standing, now: float) -> None:
        for key in standing.binding.watched:
            seq = self.shelf.last(key)
            if seq is not None and self._is_news(standing, key, seq):
                standing.change(key, now)
                self._asked.add(standing.binding.id)

    def _is_news(self, standing: Standing, key: str, seq: str) -> bool:
        if key in self._events:
            return order(seq) > order(standing.saved.cursors.get(key, _BEGINNING))
        return standing.saved.seen.get(key) != seq

    def _oldest(self, key: str) -> str:
        """The seq up to which everybody has seen the events of a key."""
        cursors = (
            self._standings[name].saved.cursors.get(key, _BEGINNING)
            for name, _ in self._readers.get(key, ())
        )
        return min(cursors, key=order, default=_BEGINNING)

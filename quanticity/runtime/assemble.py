"""The values at hand, as a component reads them: fresh enough and decoded, or why they are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from quanticity.model import Kind
from quanticity.runtime.ages import Ages
from quanticity.runtime.binding import Binding, BoundRead
from quanticity.runtime.cache import Slot, Tail
from quanticity.runtime.job import Job, Saved, Skip
from quanticity.views import Stored

# What a run is given of a stream at once; the rest follows in the next run.
MOST_EVENTS = 10_000

_BEGINNING = "0-0"


class Found(NamedTuple):
    """One input as it is handed in. `timestamp` is None where there are no events.

    `refused` says of how many events the view could not be made, and why; empty for none.
    """

    view: Any
    seqs: Sequence[str]
    timestamp: float | None
    refused: str = ""


class Shelf:
    """What has arrived, by key."""

    def __init__(self, ages: Ages) -> None:
        self.ages = ages
        self._slots: dict[str, Slot] = {}
        # What is wrong with the newest text of a latest key, until one comes that can be read.
        self._wrong: dict[str, str] = {}
        self._tails: dict[str, Tail] = {}

    def beside(self, ages: Ages) -> Shelf:
        """Another one with the same values; what is put there is not seen here."""
        other = Shelf(ages)
        other._slots = dict(self._slots)
        other._wrong = dict(self._wrong)
        other._tails = self._tails
        return other

    def put(self, key: str, text: bytes, kind: Kind) -> str | None:
        """Keep a stored text; its seq where it is news.

        Raises `msgspec.DecodeError` where it is no envelope: what came before it still stands.
        """
        if kind is Kind.EVENTS:
            tail = self._tails.setdefault(key, Tail())
            return tail.last if tail.add(text) else None
        try:
            slot = Slot(text)
        except msgspec.DecodeError as error:
            self._wrong[key] = f"what is stored is no envelope ({error})"
            raise
        self._wrong.pop(key, None)
        known = self._slots.get(key)
        if known is not None and known.stored.seq == slot.stored.seq:
            return None
        self._slots[key] = slot
        return slot.stored.seq

    def last(self, key: str) -> str | None:
        """The seq of the newest that came; None where nothing did."""
        if key in self._tails:
            return self._tails[key].last
        slot = self._slots.get(key)
        return slot.stored.seq if slot is not None else None

    def wrong(self, key: str) -> str:
        """Why the newest text of a latest key cannot be read; empty where it can be."""
        return self._wrong.get(key, "")

    def age(self, key: str, now: float) -> float | None:
        """Seconds since the latest value of a key was true; None where there is none."""
        slot = self._slots.get(key)
        return None if slot is None else max(0.0, now - slot.stored.timestamp)

    def more(self, key: str, cursor: str) -> bool:
        """Whether there are events after a seq."""
        return key in self._tails and self._tails[key].has_after(cursor)

    def forget(self, key: str, cursor: str) -> None:
        """Let go of events up to a seq."""
        if key in self._tails:
            self._tails[key].forget(cursor)

    def drop(self, keys: Iterable[str]) -> None:
        """Let go of all events of some keys; they are fetched anew."""
        for key in keys:
            self._tails.pop(key, None)

    def keep(self, keys: set[str]) -> None:
        """Let go of the keys that nobody reads any more."""
        self._slots = {key: slot for key, slot in self._slots.items() if key in keys}
        self._tails = {key: tail for key, tail in self._tails.items() if key in keys}
        self._wrong = {key: wrong for key, wrong in self._wrong.items() if key in keys}

    def latest(self, id: str, read: BoundRead, key: str, now: float) -> Found | Skip:
        """The view of a latest value that is fresh enough."""
        slot = self._slots.get(key)
        if slot is None:
            why = (
                f"cannot be read: {self._wrong[key]}" if key in self._wrong else "has no value yet"
            )
            return Skip(id, read.name, key, why, None, read.max_age)
        one = slot.stored
        if read.max_age is not None:
            age = now - one.timestamp
            if one.received - now > read.max_age:
                ahead = one.received - now
                why = f"came {ahead:,.0f} s later than it is now: from before the clock went back"
                return Skip(id, read.name, key, why, age, read.max_age)
            if age > read.max_age:
                allowed = self.ages.limit(key, read.max_age, now)
                if age > allowed:
                    why = f"is {age:,.0f} s old, and at most {allowed:,.0f} s are allowed"
                    if key in self._wrong:
                        why += f"; the newest cannot be read: {self._wrong[key]}"
                    return Skip(id, read.name, key, why, age, allowed)
        try:
            view = slot.view(read.view)
        except Exception as error:  # noqa: BLE001  # the vendor's words, or a plugin's own view
            return _unreadable(id, read, key, error)
        return Found(view, (one.seq,), one.timestamp)

    def events(self, id: str, read: BoundRead, key: str, cursor: str) -> Found | Skip:
        """One view of the events after a seq, oldest first; there may be none.

        An event that cannot be read is passed over: it would be in the way of all later ones, for
        as long as the stream holds it.
        """
        tail = self._tails.get(key)
        events = list(islice(tail.after(cursor), MOST_EVENTS)) if tail is not None else []
        good, refused = events, ""
        try:
            try:
                view = read.view.of_events(events)
            except Exception as error:  # noqa: BLE001  # as above
                good = [one for one in events if _is_readable(read, one)]
                view = read.view.of_events(good)
                many = len(events) - len(good)
                refused = f"{many} of {len(events)} events cannot be read: {error}"
        except Exception as error:  # noqa: BLE001  # as above
            return _unreadable(id, read, key, error)
        moment = good[-1].timestamp if good else None
        return Found(view, tuple(one.seq for one in events), moment, refused)

    @staticmethod
    def frozen(found: dict[str, Any]) -> Mapping[str, Any]:
        """Several views that cannot be changed."""
        return MappingProxyType(found)


def _is_readable(read: BoundRead, one: Stored) -> bool:
    try:
        read.view.of_events([one])
    except Exception:  # noqa: BLE001  # as above
        return False
    return True


def _unreadable(id: str, read: BoundRead, key: str, error: Exception) -> Skip:
    kind = getattr(read.view, "__name__", str(read.view))
    return Skip(id, read.name, key, f"cannot be read as {kind}: {error}")


def assembled(shelf: Shelf, binding: Binding, saved: Saved, trigger: str, now: float) -> Job | Skip:
    """A run of any binding on what has arrived, whether it is due or not."""
    views: dict[str, Any] = {}
    seqs: dict[str, Sequence[str]] = {}
    refused: dict[str, str] = {}
    moments: list[float] = []
    makes = {name for names, _ in binding.changes for name in names}
    for name, read in binding.reads.items():
        found: dict[str, Any] = {}
        for value, key in read.keys.items():
            if read.kind is Kind.EVENTS:
                one = shelf.events(binding.id, read, key, saved.cursors.get(key, _BEGINNING))
            else:
                one = shelf.latest(binding.id, read, key, now)
            if isinstance(one, Skip):
                if not read.optional:
                    return one
                found[value] = None
                continue
            found[value] = one.view
            seqs[key] = one.seqs
            if one.refused:
                refused[key] = one.refused
            if name in makes and one.timestamp is not None:
                moments.append(one.timestamp)
        views[name] = shelf.frozen(found) if read.several else found[""]
    timestamp = min(moments) if trigger == "change" and moments else now
    return Job(binding, trigger, now, views, seqs, saved.state, timestamp, refused)

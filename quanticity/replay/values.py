"""The recorded values that runs may still ask for, each decoded once for each view."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from xxhash import xxh3_64_hexdigest

from quanticity.journal.records import Value, order
from quanticity.model import Kind
from quanticity.runtime.binding import Binding, BoundRead
from quanticity.runtime.cache import Slot
from quanticity.views import Stored
from quanticity.views.base import stored, stored_by_hash

# A worker reads a value soon after it was written; a superseded one is kept this long for it.
_KEPT_MS = 60_000
_EVENTS_KEPT = 20_000


class Missing(LookupError):
    """A run's input is not in the recording; the text says which."""


class _Latest:
    """Values of one latest key, the oldest first; they become slots when a run asks for them."""

    __slots__ = ("at", "slots", "texts")

    def __init__(self) -> None:
        self.at: deque[tuple[int, str]] = deque()
        self.texts: dict[str, bytes] = {}
        self.slots: dict[str, Slot] = {}

    def add(self, value: Value) -> None:
        # A worker that begins anew tells again what it holds: that supersedes nothing.
        if value.seq in self.texts:
            return
        moment = order(value.after or value.seq)[0]
        at = self.at
        if at and order(value.seq) < order(at[-1][1]):
            at.appendleft((moment, value.seq))
        else:
            at.append((moment, value.seq))
        self.texts[value.seq] = value.text
        while len(at) > 1 and at[1][0] < moment - _KEPT_MS:
            seq = at.popleft()[1]
            self.texts.pop(seq, None)
            self.slots.pop(seq, None)

    def slot(self, seq: str) -> Slot | None:
        slot = self.slots.get(seq)
        if slot is None and (text := self.texts.get(seq)) is not None:
            slot = self.slots[seq] = Slot(text)
        return slot


class Values:
    """Values by key and seq, as many as a run may need."""

    def __init__(self) -> None:
        self._latest: dict[str, _Latest] = {}
        self._events: dict[str, OrderedDict[str, Stored]] = {}

    def add(self, value: Value) -> Stored:
        """Take a recorded value in. ValueError where it is not what was stored."""
        try:
            one = stored_by_hash(value.text) or stored(value.text)
        except msgspec.DecodeError as error:
            raise ValueError(f"{value.key} of seq {value.seq} is no envelope: {error}") from None
        if one.seq != value.seq or xxh3_64_hexdigest(memoryview(one.data)) != one.hash:
            raise ValueError(
                f"{value.key} of seq {value.seq}: its data is not what it was (hash {one.hash})"
            )
        if value.kind == Kind.EVENTS:
            events = self._events.setdefault(value.key, OrderedDict())
            events[value.seq] = one
            if len(events) > _EVENTS_KEPT:
                events.popitem(last=False)
        else:
            latest = self._latest.get(value.key)
            if latest is None:
                latest = self._latest[value.key] = _Latest()
            latest.add(value)
        return one

    def views(self, binding: Binding, seqs: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The inputs of a run as its component saw them. `Missing` where one cannot be had."""
        return {name: self._input(read, seqs) for name, read in binding.reads.items()}

    def _input(self, read: BoundRead, seqs: Mapping[str, Sequence[str]]) -> Any:
        found = {value: self._one(read, key, seqs.get(key, ())) for value, key in read.keys.items()}
        return MappingProxyType(found) if read.several else found[""]

    def _one(self, read: BoundRead, key: str, seqs: Sequence[str]) -> Any:
        if read.kind is Kind.EVENTS:
            events: Mapping[str, Stored] = self._events.get(key) or {}
            try:
                return read.view.of_events([events[seq] for seq in seqs])
            except KeyError as error:
                raise Missing(f"{key} of seq {error.args[0]}") from None
        if not seqs:
            return None
        latest = self._latest.get(key)
        slot = latest.slot(seqs[0]) if latest is not None else None
        if slot is None:
            raise Missing(f"{key} of seq {seqs[0]}")
        return slot.view(read.view)

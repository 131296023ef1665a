"""What a worker asks the store for before it can go on, waited for while the store is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from quanticity.clock import Clock
from quanticity.errors import StoreError, StoreUnavailable
from quanticity.runtime.binding import Binding
from quanticity.runtime.cache import order
from quanticity.runtime.job import state_name
from quanticity.store.names import state_key
from quanticity.store.ports import Store

T = TypeVar("T")

_AWAY = 0.05
_BEGINNING = "0-0"


class Recall:
    """Questions to one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def newest_seq(self) -> str:
        """The seq of the newest write of all."""
        return await self._reached(self._store.newest_seq)

    async def saved(self, bindings: Sequence[Binding]) -> dict[str, bytes]:
        """What bindings remember, by id; those that remember nothing are left out."""
        names = [one.id for one in bindings if one.remembers]
        texts = await self.texts([state_key(state_name(name)) for name in names])
        return {
            name: text
            for name in names
            if (text := texts.get(state_key(state_name(name)))) is not None
        }

    async def texts(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The stored texts of keys; those without one are left out."""
        listed = sorted(set(keys))
        if not listed:
            return {}
        texts, _ = await self._reached(lambda: self._store.fetch(listed, {}))
        return {key: text for key, text in zip(listed, texts, strict=True) if text is not None}

    async def gaps(self, read: Mapping[str, str | None]) -> list[str]:
        """Keys whose oldest event that is kept came after the last one that was read.

        `read` are the seqs of these, by key; None where nothing was read so far.
        """
        found = []
        for key, last in read.items():
            if last is None:
                continue
            try:
                kept = await self._store.events(key, _BEGINNING, 1)
            except StoreError:
                continue  # it is away, or no stream: there is nothing to compare with
            if kept and order(kept[0][1].seq) > order(last):
                found.append(key)
        return found

    async def _reached(self, ask: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await ask()
            except StoreUnavailable:
                await self._clock.sleep(_AWAY)

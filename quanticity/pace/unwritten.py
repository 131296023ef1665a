"""What the ledger of one budget has yet to be told: slots taken without it, and those it lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice

from quanticity.logs import logger
from quanticity.pace.ports import RANKS
from quanticity.pace.slots import HeldSlot
from quanticity.pace.tally import Tally

# So many are written at once.
MANY = 2000


class Unwritten:
    """The slots of one process that are to be written. Times are steady epoch seconds."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._slots: dict[str, HeldSlot] = {}
        # Those that ended before the ledger lost them: their bases.
        self._ended: dict[str, float] = {}
        self._recalled = 0
        self._since = 0.0
        # Whether what was written is gone.
        self.emptied = False

    def __contains__(self, slot: str) -> bool:
        return slot in self._slots

    def __bool__(self) -> bool:
        return bool(self._slots or self._ended)

    def add(self, slots: Iterable[HeldSlot]) -> None:
        """These were taken without the ledger."""
        self._slots.update((slot.id, slot) for slot in slots)

    def forget(self, names: Iterable[str]) -> None:
        """These are written, or need not be."""
        for name in names:
            self._slots.pop(name, None)
            self._ended.pop(name, None)

    def bases(self, now: float, offset: float) -> Mapping[str, float]:
        """Some of them, and from when each counts; the ledger's clock is ahead by `offset`."""
        slots = (
            (name, now + one.hold if one.open else one.base) for name, one in self._slots.items()
        )
        some = islice(chain(slots, self._ended.items()), MANY)
        return {name: base + offset for name, base in some}

    def is_emptied(self, since: float) -> bool:
        """Whether the ledger, which knows this budget `since` then, is not the one it was.

        Its server was started again without a file, or somebody has emptied it. What others had
        written is gone as well, and until they have written it again nobody knows of it.
        """
        before, self._since = self._since, since
        if before and since != before:
            self.emptied = True
        return self.emptied

    def recall(self, tally: Tally, now: float) -> None:
        """All that is held here is to be written, after the ledger was emptied."""
        self.emptied = False
        logger.warning("the store has lost the slots that were written to it: they are told anew")
        for opened in tally.opened:
            self.add(opened)
        for rank, group in enumerate(tally.groups):
            self._recall(group.bases(now), RANKS[rank])
        if tally.windows:
            longest = max(tally.windows, key=lambda window: window.span)
            recent = now - tally.groups[0].span
            self._recall((base for base in longest.bases(now) if base <= recent), "")

    def _recall(self, bases: Iterable[float], letter: str) -> None:
        for base in bases:
            # Their own ids are forgotten; nothing will be told of them any more.
            self._recalled += 1
            self._ended[f"{self._process}:again{self._recalled}{letter}"] = base

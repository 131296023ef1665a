"""Values on their way to the server: a queue while it is there, a bounded keep while it is not.

Of a latest key only the newest value is held. Events are all held, in order, and so are groups,
each as one. When what is held outgrows the bound, the oldest are given up, and counted; but not
what nobody can bring again (`Write.once`): who hands that over holds it to a bound himself.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from quanticity.model import Kind, Write
from quanticity.store.script import Group, Plain

_OVERHEAD = 300
# What may wait for a server that is there, however little is kept for one that is not: a table of
# events comes at once, and a batch later it is written.
_ON_THE_WAY = 64_000_000


@dataclass(slots=True)
class Item:
    """One write that waits. `at` is the monotonic second it was put, `number` its order."""

    write: Write | Plain | Group
    at: float
    number: int
    size: int

    @property
    def once(self) -> bool:
        """Whether it is never given up."""
        return any(
            isinstance(one, Write) and one.once and one.kind is Kind.EVENTS for one in self.members
        )

    @property
    def members(self) -> tuple[Write | Plain, ...]:
        """The writes of it: one, or those of a group."""
        return self.write.members if isinstance(self.write, Group) else (self.write,)

    def apart(self) -> list[Item]:
        """Its writes as items of their own, one a key, for `give_back`: in its place and order.

        What is remembered stays with the first key, of which it tells: to have it without the
        values is to lose them.
        """
        by_key: dict[str, list[Write | Plain]] = {}
        for one in self.members:
            if isinstance(one, Write):
                by_key.setdefault(one.key, []).append(one)
        first = next(iter(by_key.values()), [])
        first += (one for one in self.members if isinstance(one, Plain))
        return [
            Item(Group(tuple(members)), self.at, self.number, sum(map(_size, members)))
            for members in reversed(by_key.values())
        ]

    def bare(self) -> Item | None:
        """Its values without what is to be remembered with them; None where it has not both."""
        values = tuple(one for one in self.members if isinstance(one, Write))
        if not values or len(values) == len(self.members):
            return None
        return Item(Group(values), self.at, self.number, sum(map(_size, values)))

    def plain(self, key: str) -> bytes | None:
        """The plain string that it leaves under `key`; None where it leaves none."""
        for one in reversed(self.members):
            if isinstance(one, Plain) and one.key == key:
                return one.value
        return None


class Pending:
    """What is not written yet: at most `bound` bytes of it while the server is away."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.bytes = 0
        self._away = True
        self._once = 0
        self._once_bytes = 0
        self.given_up = 0
        self.expired = 0
        self._values: OrderedDict[str, Item] = OrderedDict()
        self._events: deque[Item] = deque()
        self._number = 0

    def __len__(self) -> int:
        return len(self._values) + len(self._events)

    @property
    def away(self) -> bool:
        """Whether nobody takes what waits."""
        return self._away

    @away.setter
    def away(self, away: bool) -> None:
        self._away = away
        self._grow(0)

    @property
    def last_number(self) -> int:
        """The number of the newest write put so far."""
        return self._number

    @property
    def oldest_number(self) -> float:
        """The number of the write that has waited longest; infinite where none waits."""
        oldest = next(iter(self._values.values())).number if self._values else inf
        return min(oldest, self._events[0].number) if self._events else oldest

    def put(self, write: Write | Plain | Group, at: float) -> None:
        """Hold a write that was put at monotonic second `at`."""
        self._number += 1
        if isinstance(write, Group):
            item = Item(write, at, self._number, sum(map(_size, write.members)))
            self._append(item)
            return
        if isinstance(write, Plain):
            item = Item(write, at, self._number, len(write.value) + _OVERHEAD)
        else:
            item = Item(write, at, self._number, len(write.data) + _OVERHEAD)
            if write.kind is Kind.EVENTS:
                self._append(item)
                return
        older = self._values.pop(write.key, None)
        self._values[write.key] = item
        self._grow(item.size - older.size if older is not None else item.size)

    def plain(self, key: str) -> bytes | None:
        """The newest plain string that waits for `key`, alone or in a group; None where none."""
        alone = self._values.get(key)
        for item in reversed(self._events):
            if alone is not None and item.number < alone.number:
                break
            text = item.plain(key)
            if text is not None:
                return text
        return None if alone is None else alone.plain(key)

    def take(self, count: int, size: int, *, newest_first: bool) -> list[Item]:
        """Take out the next items: at most `count`, and about `size` bytes.

        In the order they were put; with `newest_first`, values newest first and then events,
        which keep their order always.
        """
        values, events = self._values, self._events
        taken: list[Item] = []
        room = size
        while room > 0 and len(taken) < count and (values or events):
            if not values:
                item = events.popleft()
            elif newest_first:
                item = values.popitem(last=True)[1]
            elif events and events[0].number < next(iter(values.values())).number:
                item = events.popleft()
            else:
                item = values.popitem(last=False)[1]
            taken.append(item)
            room -= item.size
            self._count_once(item, -1)
        self.bytes -= size - room
        return taken

    def give_back(self, items: Sequence[Item]) -> None:
        """Hold again what could not be written, unless a newer value has come since."""
        values = self._values
        back: list[Item] = []
        for item in sorted(items, key=lambda item: item.number, reverse=True):
            write = item.write
            if isinstance(write, Group) or (isinstance(write, Write) and write.kind is Kind.EVENTS):
                back.append(item)
                self._count_once(item, 1)
            elif write.key not in values:
                values[write.key] = item
                values.move_to_end(write.key, last=False)
            else:
                continue
            self.bytes += item.size
        self._events.extendleft(back)
        self._grow(0)

    def drop_expired(self, now: float) -> None:
        """Let go of what would have expired in the store by monotonic second `now`."""
        live = [item for item in self._values.values() if now - item.at < item.write.ttl]
        events = [item for item in self._events if now - item.at < item.write.ttl]
        gone = len(self) - len(live) - len(events)
        if gone:
            self.expired += gone
            once = [item.size for item in events if item.once]
            self._once, self._once_bytes = len(once), sum(once)
            self._values = OrderedDict((item.write.key, item) for item in live)
            self._events = deque(events)
            self.bytes = sum(item.size for item in (*live, *events))

    def _append(self, item: Item) -> None:
        self._events.append(item)
        self._count_once(item, 1)
        self._grow(item.size)

    def _count_once(self, item: Item, by: int) -> None:
        if item.once:
            self._once += by
            self._once_bytes += by * item.size

    def _grow(self, by: int) -> None:
        self.bytes += by
        bound = self.bound if self._away else max(self.bound, _ON_THE_WAY)
        while self.bytes - self._once_bytes > bound and len(self) - self._once > 1:
            self.bytes -= self._give_up().size
            self.given_up += 1

    def _give_up(self) -> Item:
        """Take out the oldest that may go; there must be one."""
        values, events = self._values, self._events
        at = next((at for at, item in enumerate(events) if not item.once), None)
        if at is None or (values and next(iter(values.values())).number < events[at].number):
            return values.popitem(last=False)[1]
        item = events[at]
        del events[at]
        return item


def _size(write: Write | Plain) -> int:
    return _OVERHEAD + len(write.value if isinstance(write, Plain) else write.data)

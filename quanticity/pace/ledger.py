"""A ledger in memory: for tests, where it stands between processes, and where there is no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.pace.endings import Endings
from quanticity.pace.ports import Ask, Grant, Held, Span


@dataclass(slots=True)
class _Book:
    bases: dict[str, float] = field(default_factory=dict)
    in_flight: dict[str, float] = field(default_factory=dict)
    holds: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)


class MemoryLedger:
    """Exact, and as atomic as one thread is.

    `available = False` makes it raise, as a lost server would.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._books: dict[str, _Book] = {}
        self.available = True

    async def take(
        self,
        budget: str,
        spans: Sequence[Span],
        in_flight: int | None,
        asks: Sequence[Ask],
        look: float,
        ended: Endings | None = None,
    ) -> Grant:
        """Write as many of `asks`, in order, as every span and the cap in flight allow."""
        if ended is not None:
            await self.release(budget, ended)
        book, now = self._open(budget)
        self._prune(book, spans, now)
        granted = 0
        for ask in asks:
            if ask.id not in book.bases and not self._fits(book, spans, in_flight, now):
                break
            book.bases[ask.id] = now + ask.hold
            book.in_flight[ask.id] = now + ask.hold
            book.holds[ask.id] = ask.hold
            granted += 1
        retry = self._retry_in(book, spans, in_flight, now) if granted < len(asks) else None
        mine = _process(asks[0].id) if asks else ""
        book.asked[mine] = now
        recent = {one: base for one, base in book.bases.items() if base > now - look}
        others = {one: base for one, base in recent.items() if _process(one) != mine}
        return Grant(
            granted,
            now,
            retry,
            tuple(_count(book, span, now) for span in spans),
            tuple(sorted(others.values())),
            sum(1 for one in book.in_flight if _process(one) != mine),
            sum(1 for at in book.asked.values() if at > now - look),
        )

    async def release(self, budget: str, ended: Endings) -> None:
        """Tell what became of slots."""
        book, now = self._open(budget)
        for one in ended.headers:
            if one in book.bases:
                book.bases[one] = min(book.bases[one], now)
                if one in book.in_flight:
                    book.in_flight[one] = now + book.holds.get(one, 0.0)
        for one in (*ended.done, *ended.unsent):
            book.in_flight.pop(one, None)
        for one in ended.unsent:
            book.bases.pop(one, None)
            book.holds.pop(one, None)

    async def write(self, budget: str, bases: Mapping[str, float]) -> None:
        """Write slots that were taken while the ledger was away."""
        book, _ = self._open(budget)
        book.bases.update(bases)

    async def held(self, budget: str, length: float, process: str = "", look: float = 0.0) -> Held:
        """All slots whose base is later than now - `length`, or those of other processes."""
        book, now = self._open(budget)
        if process:
            book.asked[process] = now
        bases = [
            base
            for one, base in book.bases.items()
            if base > now - length and (not process or _process(one) != process)
        ]
        flights = [
            at
            for one, at in book.in_flight.items()
            if at > now and (not process or _process(one) != process)
        ]
        there = sum(1 for at in book.asked.values() if at > now - look) if process else 1
        return Held(now, tuple(sorted(bases)), tuple(sorted(flights)), there)

    def _open(self, budget: str) -> tuple[_Book, float]:
        if not self.available:
            raise StoreUnavailable("the ledger is away")
        return self._books.setdefault(budget, _Book()), self._clock.now()

    def _prune(self, book: _Book, spans: Sequence[Span], now: float) -> None:
        for one in [one for one, until in book.in_flight.items() if until <= now]:
            del book.in_flight[one]
        if len(book.bases) < 2 * sum(span.usable for span in spans) + 64:
            return
        oldest = min((_floor(span, now) for span in spans), default=now)
        for one in [one for one, base in book.bases.items() if base < oldest]:
            del book.bases[one]
            book.holds.pop(one, None)

    def _fits(self, book: _Book, spans: Sequence[Span], in_flight: int | None, now: float) -> bool:
        if in_flight is not None and len(book.in_flight) >= in_flight:
            return False
        return all(_count(book, span, now) < span.usable for span in spans)

    def _retry_in(
        self, book: _Book, spans: Sequence[Span], in_flight: int | None, now: float
    ) -> float:
        waits = [0.0]
        for span in spans:
            over = _count(book, span, now) + 1 - span.usable
            if over > 0 and span.until is not None:
                waits.append(span.until - now)
            elif over > 0:
                held = sorted(base for base in book.bases.values() if base > now - span.length)
                waits.append(held[over - 1] + span.length - now if over <= len(held) else 1.0)
        if in_flight is not None and len(book.in_flight) >= in_flight:
            waits.append(min(book.in_flight.values()) - now)
        return max(waits)


def _process(name: str) -> str:
    return name.partition(":")[0]


def _floor(span: Span, now: float) -> float:
    return now - span.length if span.since is None else span.since


def _count(book: _Book, span: Span, now: float) -> int:
    floor = _floor(span, now)
    if span.since is not None:
        return sum(1 for base in book.bases.values() if base >= floor)
    return sum(1 for base in book.bases.values() if base > floor)

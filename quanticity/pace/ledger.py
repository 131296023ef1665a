"""A ledger in memory: for tests, where it stands between processes, and where there is no store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.pace.endings import Endings
from quanticity.pace.limits import NO_LIMIT
from quanticity.pace.ports import (
    Ask,
    Grant,
    Heard,
    Held,
    Span,
    Telling,
    Terms,
    is_loan,
    rank_of,
)

# No request takes so long, seconds.
FAR = 600.0


@dataclass(slots=True)
class _Book:
    bases: dict[str, float] = field(default_factory=dict)
    in_flight: dict[str, float] = field(default_factory=dict)
    holds: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    # Of each process what it told last, when its outlook came, and all slots ever lent.
    told: dict[str, Heard] = field(default_factory=dict)
    outlooks: dict[str, float] = field(default_factory=dict)
    loans: int = 0
    stop: float = 0.0
    since: float = 0.0


class MemoryLedger:
    """Exact, and as atomic as one thread is.

    `available = False` makes it raise, as a lost server would.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._books: dict[str, _Book] = {}
        self.available = True
        self.returned: list[Callable[[], None]] = []

    async def take(
        self,
        budget: str,
        spans: Sequence[Span],
        in_flight: int | None,
        asks: Sequence[Ask],
        look: float,
        ended: Endings | None = None,
        telling: Telling | None = None,
    ) -> Grant:
        """Write as many of `asks`, in order, as every span, the cap in flight and terms allow."""
        if ended is not None:
            await self.release(budget, ended)
        book, now = self._open(budget)
        _look_ahead(book, now + FAR, now)
        self._prune(book, spans, now)
        mine = telling.process if telling is not None else _process(asks[0].id) if asks else ""
        book.asked[mine] = now
        book.since = book.since or now
        processes = sum(1 for at in book.asked.values() if at > now - look)
        granted, loans = 0, 0
        elsewhere = 0 if telling is None else book.loans - telling.loans
        for ask in asks:
            if ask.id not in book.bases:
                if not self._fits(book, spans, in_flight, now):
                    break
                if telling is not None and not (
                    _agrees(book, in_flight, ask.terms, elsewhere)
                    and _leaves(book, spans, telling.main, ask.terms.kept, now)
                ):
                    break
                loans += is_loan(ask)
            book.bases[ask.id] = now + ask.hold
            book.in_flight[ask.id] = now + ask.hold
            book.holds[ask.id] = ask.hold
            granted += 1
        if processes > 1:
            book.loans += loans
        if telling is not None:
            _write_down(book, telling, asks[granted:], now)
        retry = self._retry_in(book, spans, in_flight, now) if granted < len(asks) else None
        others = sorted(
            (base, _letter(one))
            for one, base in book.bases.items()
            if base > now - look and _process(one) != mine
        )
        flights = [one for one in book.in_flight if _process(one) != mine]
        return Grant(
            granted,
            now,
            retry,
            tuple(_count(book, span, now) for span in spans),
            tuple(base for base, _ in others),
            len(flights),
            processes,
            "".join(letter for _, letter in others),
            sum(rank_of(one) == 0 for one in flights),
            book.loans,
            _hear(book, mine, telling.seen, now) if telling is not None else (),
            book.since,
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

    async def knows(self, budget: str, slot: str) -> bool:
        """Whether a slot that was written is still there."""
        return slot in self._open(budget)[0].bases

    async def own(self, budget: str, process: str) -> Sequence[str]:
        """The slots of a process that are written, by id."""
        return [one for one in self._open(budget)[0].bases if _process(one) == process]

    async def stop(self, budget: str, until: float) -> None:
        """The vendor asked for nothing until then."""
        book, _ = self._open(budget)
        book.stop = max(book.stop, until)

    async def stopped(self, budget: str) -> float:
        """Until when it asked for nothing."""
        return self._open(budget)[0].stop

    async def held(
        self, budget: str, length: float, look: float = 0.0, telling: Telling | None = None
    ) -> Held:
        """All slots whose base is later than now - `length`, or those of other processes."""
        book, now = self._open(budget)
        process = ""
        if telling is not None:
            process = telling.process
            book.asked[process] = now
            book.since = book.since or now
            _write_down(book, telling, (), now)
        bases = sorted(
            (base, _letter(one))
            for one, base in book.bases.items()
            if base > now - length and (not process or _process(one) != process)
        )
        flights = [
            at
            for one, at in book.in_flight.items()
            if at > now and (not process or _process(one) != process)
        ]
        there = sum(1 for at in book.asked.values() if at > now - look) if process else 1
        return Held(
            now,
            tuple(base for base, _ in bases),
            tuple(sorted(flights)),
            there,
            "".join(letter for _, letter in bases),
            book.loans,
            _hear(book, process, 0.0, now) if process else (),
            book.since,
        )

    def _open(self, budget: str) -> tuple[_Book, float]:
        if not self.available:
            raise StoreUnavailable("the ledger is away")
        return self._books.setdefault(budget, _Book()), self._clock.now()

    def _prune(self, book: _Book, spans: Sequence[Span], now: float) -> None:
        for one in [one for one, until in book.in_flight.items() if until <= now]:
            del book.in_flight[one]
        if len(book.bases) < 2 * sum(span.usable for span in spans if span.usable < NO_LIMIT) + 64:
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


def _look_ahead(book: _Book, far: float, now: float) -> None:
    """What lies so far ahead was written before the clock was set back: it counts as of now."""
    for slot, base in book.bases.items():
        if base > far:
            book.bases[slot] = now
    for found in (book.in_flight, book.asked):
        for name in [name for name, at in found.items() if at > far]:
            del found[name]


def _agrees(book: _Book, cap: int | None, terms: Terms, elsewhere: int) -> bool:
    """Whether what was decided still stands, given what others were lent and have in flight."""
    if terms.upto is not None and elsewhere > terms.upto:
        return False
    if terms.soon is None or cap is None:
        return True
    critical = sum(rank_of(one) == 0 for one in book.in_flight)
    kept = terms.soon if cap == 1 else max(1 - critical, terms.soon)
    return cap - len(book.in_flight) > kept


def _leaves(book: _Book, spans: Sequence[Span], main: int | None, kept: int, now: float) -> bool:
    """Whether so many slots of the main span are free after one more."""
    if main is None:
        return True
    return spans[main].usable - _count(book, spans[main], now) > kept


def _write_down(book: _Book, telling: Telling, refused: Sequence[Ask], now: float) -> None:
    told, process = telling.told, telling.process
    waiting = list(told.waiting)
    for ask in refused:
        rank = rank_of(ask.id)
        if ask.terms.scheduled and rank >= 0:
            waiting[rank] += 1
    outlook = told.outlook
    if outlook is not None:
        book.outlooks[process] = now
    elif process in book.told:
        outlook = book.told[process].outlook
    book.told[process] = Heard(
        process, told.number, told.at, tuple(waiting), now + told.lives, outlook
    )


def _hear(book: _Book, mine: str, seen: float, now: float) -> tuple[Heard, ...]:
    for process in [one for one, heard in book.told.items() if heard.until <= now]:
        del book.told[process]
        book.outlooks.pop(process, None)
    return tuple(
        heard if book.outlooks[process] >= seen else heard._replace(outlook=None)
        for process, heard in sorted(book.told.items())
        if process != mine and process in book.outlooks
    )


def _letter(slot: str) -> str:
    return slot[-1] if rank_of(slot) >= 0 else "-"


def _process(name: str) -> str:
    return name.partition(":")[0]


def _floor(span: Span, now: float) -> float:
    return now - span.length if span.since is None else span.since


def _count(book: _Book, span: Span, now: float) -> int:
    floor = _floor(span, now)
    if span.since is not None:
        return sum(1 for base in book.bases.values() if base >= floor)
    return sum(1 for base in book.bases.values() if base > floor)

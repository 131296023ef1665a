"""Writes in batches, and keeps what the server cannot take until it can.

All that meet in one turn of the loop, or while a batch is under way, go out as one script call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.logs import logger
from quanticity.model import Write
from quanticity.store import script
from quanticity.store.envelope import Written
from quanticity.store.names import CHANGES
from quanticity.store.pending import Item, Pending
from quanticity.store.ports import Observer
from quanticity.store.refusals import OF_REPLICAS, PASSING, Barred, of_no_value, refuse_cluster
from quanticity.store.resp import pack
from quanticity.store.script import Command, Group, Plain, Target
from quanticity.store.wire import Refused, Wire

_MOST_WRITES = 512
_MOST_BYTES = 4_000_000
_NOTICEABLE_WAIT = 0.5
_REFUSED_PAUSE = 0.5


@dataclass(slots=True)
class Batch:
    """Writes under way to the server."""

    number: int
    items: list[Item]
    command: Command


class Writer:
    """The only way values reach the server. One batch is under way at a time."""

    def __init__(
        self, pending: Pending, target: Target, clock: Clock, demoted: Callable[[str], None]
    ) -> None:
        """`demoted` is told the words of a server that is a replica now, and takes no writes."""
        self._demoted = demoted
        self._pending = pending
        self._target = target
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._wire: Wire | None = None
        self._batch: Batch | None = None
        self._batches = 0
        # What the server said to the first of its bodies that it did not take ahead of the script.
        self._not_staged: Refused | None = None
        self._scheduled = False
        self._backlog_until = 0
        self._one_by_one = 0
        self._refusing = False
        # Keys whose values are refused, which was told.
        self._told: set[str] = set()
        # Numbers of items that go without what was to be remembered with them, whose key that is.
        self._bare: dict[int, tuple[str, Refused]] = {}
        self._pause: asyncio.TimerHandle | None = None
        self._settled: list[asyncio.Future[None]] = []
        self.written = 0
        self.refused = 0
        self.observers: list[Observer] = []

    @property
    def writing(self) -> bool:
        """True where the server takes writes now."""
        return self._wire is not None and not self._refusing

    @property
    def unwritten(self) -> int:
        """How much waits, and how much is under way without an answer yet."""
        return len(self._pending) + (len(self._batch.items) if self._batch is not None else 0)

    def put(self, write: Write | Plain | Group) -> None:
        """Queue one write, or a group of them."""
        self._pending.put(write, self._clock.monotonic())
        if self._batch is None and not self._scheduled and self._wire is not None:
            self._soon()

    def waiting(self, key: str) -> bytes | None:
        """The plain string of `key` that is not written yet, for all we know; None where none is.

        The server still has the one before it, and may go on having it for as long as it stalls.
        """
        text = self._pending.plain(key)
        if text is not None or self._batch is None:
            return text
        for item in sorted(self._batch.items, key=lambda item: item.number, reverse=True):
            text = item.plain(key)
            if text is not None:
                return text
        return None

    async def settled(self) -> None:
        """Wait until all that was put before is written, or is kept because nobody takes it."""
        last = self._pending.last_number
        while self.writing and self._oldest() <= last:
            future: asyncio.Future[None] = self._loop.create_future()
            self._settled.append(future)
            await future

    async def attach(self, wire: Wire) -> int:
        """Write over this wire from now on, beginning with what was kept: so many writes.

        Raises `StoreUnavailable` or `Refused` where the server does not answer as it should.
        """
        await wire.call("SCRIPT", "LOAD", script.WRITE)
        kind = await wire.call("TYPE", CHANGES)
        if kind not in (b"stream", b"none"):
            raise Barred(
                f"its key '{CHANGES}' is in use by another program; choose another database"
            )
        await refuse_cluster(wire, (CHANGES, self._target.mark))
        if self._batch is not None:
            mark = await wire.call("GET", self._target.mark) if self._batch.command.marked else None
            seqs = script.seqs_of_mark(mark, self._batch.number)
            if seqs is None:
                self._pending.give_back(self._batch.items)
            else:
                self._tell(self._batch, seqs)
            self._batch = None
        self._wire = wire
        self._look_at_bound()
        self._backlog_until = self._pending.last_number
        self._pending.drop_expired(self._clock.monotonic())
        kept = len(self._pending)
        self._send()
        return kept

    def detach(self) -> None:
        """The wire is lost: keep what comes."""
        self._wire = None
        self._look_at_bound()
        self._wake()

    def close(self) -> None:
        """Write nothing more."""
        self.detach()
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _look_at_bound(self) -> None:
        """What waits is bounded otherwise while the server is away than while it takes writes."""
        self._pending.away = not self.writing

    def _wake(self) -> None:
        for future in self._settled:
            if not future.done():
                future.set_result(None)
        self._settled.clear()

    def _oldest(self) -> float:
        oldest = self._pending.oldest_number
        if self._batch is not None:
            oldest = min(oldest, *(item.number for item in self._batch.items))
        return oldest

    def _soon(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        self._scheduled = False
        if self._wire is None or self._pause is not None or self._batch is not None:
            return
        count = _MOST_WRITES
        if self._one_by_one:
            self._one_by_one -= 1
            count = 1
        pending = self._pending
        backlog = pending.oldest_number <= self._backlog_until
        items = pending.take(count, _MOST_BYTES, newest_first=backlog)
        if not items:
            return
        now = self._clock.monotonic()
        lives: list[tuple[Write | Plain, int]] = []
        grouped = False
        for item in items:
            waited = now - item.at
            if waited <= _NOTICEABLE_WAIT:
                waited = 0.0
            if isinstance(item.write, Group):
                grouped = True
                lives.extend((one, _life(one, waited)) for one in item.write.members)
            else:
                lives.append((item.write, _life(item.write, waited)))
        self._batches += 1
        command = script.command(
            self._target, self._batches, lives, marked=grouped or bool(self.observers)
        )
        self._batch = Batch(self._batches, items, command)
        self._send_to(self._wire, command)

    def _send_to(self, wire: Wire, command: Command) -> None:
        self._not_staged = None
        wire.send(command.pieces, self._answered, command.answers, self._staged)

    def _staged(self, answer: Any) -> None:
        if isinstance(answer, Refused) and self._not_staged is None:
            self._not_staged = answer

    def _answered(self, answer: Any) -> None:
        batch, wire = self._batch, self._wire
        if isinstance(answer, StoreUnavailable) or batch is None or wire is None:
            return  # the batch is in doubt until a new wire can ask for its mark
        if isinstance(answer, Refused):
            if answer.code == "NOSCRIPT":
                wire.send(pack(("SCRIPT", "LOAD", script.WRITE)), lambda _: None)
                self._send_to(wire, batch.command)
                return
            if answer.code == "MISSING" and self._not_staged is not None:
                # That the body is missing is what follows: why it was not taken is the cause.
                answer = self._not_staged
            self._refuse(answer, batch)
        else:
            self.written += len(batch.items)
            if self._told:
                self._told.difference_update(item.write.key for item in batch.items)
            for item in batch.items if self._bare else ():
                if item.number in self._bare:
                    self._tell_refused(*self._bare.pop(item.number))
            self._tell(batch, answer)
            if self._refusing:
                self._refusing = False
                self._look_at_bound()
                # As loud as the loss: who was told of that waits for this.
                logger.warning("store takes writes again")
        self._batch = None
        self._wake()
        if self._pending:
            self._soon()

    def _tell(self, batch: Batch, seqs: Sequence[bytes]) -> None:
        if not self.observers:
            return
        around = iter(batch.command.around)
        writes = (one for item in batch.items for one in item.members)
        pairs = zip(writes, seqs, strict=False)  # a mark cut short by a full server tells no seqs
        written = [
            Written(one, seq.decode(), *next(around))
            for one, seq in pairs
            if not isinstance(one, Plain)
        ]
        for observer in tuple(self.observers):
            observer(written)

    def _refuse(self, answer: Refused, batch: Batch) -> None:
        if answer.code in OF_REPLICAS:
            self._pending.give_back(batch.items)
            self._batch = None
            self._demoted(str(answer))
        elif answer.code in PASSING or of_no_value(answer):
            self._pending.give_back(batch.items)
            if not self._refusing:
                self._refusing = True
                self._look_at_bound()
                logger.warning("store takes no writes now, values are kept: {}", answer)
            self._pause = self._loop.call_later(_REFUSED_PAUSE, self._resume)
        elif len(batch.items) > 1:
            # One of them is the cause: find it by writing them singly.
            self._pending.give_back(batch.items)
            self._one_by_one = len(batch.items)
        elif len(parts := batch.items[0].apart()) > 1:
            # Whoever may not write one of its keys goes on to have the others.
            self._pending.give_back(parts)
            self._one_by_one = len(parts)
        elif (bare := batch.items[0].bare()) is not None:
            # Events that nobody remembers may come twice; those that are refused never come.
            self._bare[bare.number] = (batch.items[0].members[-1].key, answer)
            self._pending.give_back([bare])
            self._one_by_one += 1
        else:
            self.refused += 1
            self._bare.pop(batch.items[0].number, None)
            self._tell_refused(batch.items[0].write.key, answer)

    def _tell_refused(self, key: str, answer: Refused) -> None:
        if key not in self._told:
            # Else each poll would tell it again.
            self._told.add(key)
            logger.error("store refuses each value of {}: {}", key, answer)

    def _resume(self) -> None:
        self._pause = None
        self._send()


def _life(write: Write | Plain, waited: float) -> int:
    return max(1, round((write.ttl - waited) * 1000))

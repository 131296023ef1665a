"""One budget while its ledger is away, and when it is back: perhaps not as it was."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod

from quanticity.errors import StoreError
from quanticity.pace.alone import Alone
from quanticity.pace.budget import Budget
from quanticity.pace.endings import Endings
from quanticity.pace.home import Granted, Home
from quanticity.pace.proofs import Proofs
from quanticity.pace.rhythm import Rhythm
from quanticity.pace.telling import Teller
from quanticity.pace.unwritten import Unwritten

# When a ledger is tried again after it gave no answer.
RETRY = 0.5
# Once the ledger is back, other processes may need this long to write what they took without it.
LINGER = 5.0
# What the vendor asked us to wait is kept for those who come later where it is this long: what is
# shorter they hear with the rest of what this process told.
LONG = 5.0


class Outage(ABC):
    """How one budget does without its ledger, and comes back to it."""

    def __init__(self, durable: Home, budget: Budget) -> None:
        self.away = False
        self._durable = durable
        self._ledger = durable.ledger
        self._time = durable.time
        self._budget = budget
        self._offset = 0.0
        self._processes = 1
        self._outages = 0
        self._loaded = False
        self._unwritten = Unwritten(durable.process)
        self._ended = Endings()
        self._proofs = Proofs()
        # Of those written before the loss the newest: where it is there, all are.
        self._doubtful: str | None = None
        # Slots of ours that a ledger that went back still had, to be told off.
        self._stale = set[str]()
        self._teller = Teller(budget, durable.process)

    @property
    def _rhythm(self) -> Rhythm:
        return Rhythm(self._budget.gate.tally.windows)

    @abstractmethod
    async def _load(self) -> None:
        """Ask what others hold."""

    @abstractmethod
    def _lost_with(self, granted: Granted) -> None:
        """No answer came to these."""

    @abstractmethod
    def _talk_now(self) -> None:
        """Tell what gathers."""

    def _lost(self) -> None:
        if not self.away:
            gate, all_of_us = self._budget.gate, self._processes
            if all_of_us > 1:
                gate.alone = Alone(gate.tally, gate.spec, all_of_us, self._time(), gate.alone)
            self.away = True
            self._doubt()
            gate.tally.distrust()
            self._teller.was_lost()
            self._outages += 1
            self._durable.was_lost()
            self._durable.watch(self._again())

    async def _again(self) -> None:
        while self.away:
            await asyncio.sleep(RETRY)
            # What fails once more goes on waiting in here, not in a watcher of its own.
            with contextlib.suppress(StoreError):
                if not self._loaded:
                    await self._load()
                await self._come_back()

    async def _come_back(self) -> None:
        """Tell what ended, and write what was taken without the ledger."""
        ended, self._ended = self._ended, Endings()
        try:
            await self._ledger.release(self._budget.name, ended)
        except StoreError:
            self._ended = ended.and_then(self._ended)
            raise
        linger, unwritten = LINGER, self._unwritten
        if await self._has_lost_slots():
            # Those who ask for nothing find that out when they say that they are there.
            linger += self._rhythm.say_every
            unwritten.recall(self._budget.gate.tally, self._time())
            self._doubtful = None
            stale = await self._ledger.own(self._budget.name, self._durable.process)
            self._stale |= {name for name in stale if name not in unwritten}
        await self._keep_stop()
        while self.away:
            bases = unwritten.bases(self._time(), self._offset)
            await self._ledger.write(self._budget.name, bases)
            unwritten.forget(bases)
            # What was taken meanwhile is written too, before anything is asked.
            self.away = bool(unwritten)
        if self._stale:
            # What it still had of ours is written anew with the rest: now it would count twice.
            self._ended.unsent += self._stale
            self._stale = set()
            self._talk_now()
        self._durable.is_back()
        if self._budget.gate.alone is not None:
            self._durable.watch(self._linger(self._outages, linger))

    async def _keep_stop(self) -> None:
        """Have it kept that the vendor asked us to wait, where that lasts longer than a restart."""
        until = self._budget.gate.tight.heard_until
        if until > self._time() + LONG:
            await self._ledger.stop(self._budget.name, until + self._offset)

    async def _has_lost_slots(self) -> bool:
        """Whether the ledger is not what it was: emptied, or as it was some time ago."""
        name = self._budget.name
        if self._unwritten.is_emptied((await self._ledger.held(name, 0.0)).since):
            return True
        if self._doubtful is None:
            return False
        if not await self._ledger.knows(name, self._doubtful):
            return True
        self._doubtful = None
        return False

    def _was_unsent(self, slot: str) -> None:
        """A slot was taken out again: that it is not there proves nothing."""
        self._proofs.unsent(slot)
        if slot == self._doubtful:
            self._doubtful = None

    def _doubt(self) -> None:
        """What is written from now on says nothing of what was written before."""
        if self._doubtful is None:
            windows = self._budget.gate.tally.windows
            longest = max((window.span for window in windows), default=0.0)
            self._doubtful = self._proofs.newest(self._time() - longest)
        self._proofs.clear()

    def _is_back(self) -> None:
        """It was lost, perhaps while nobody asked for anything; who is away sees to it anyway."""
        if self.away or not self._loaded:
            return
        self._doubt()
        if self._processes > 1:
            # Until others have written again what it lacks of them, only our own part is ours.
            self._lost_with(())
        else:
            self._durable.spawn(self._look())

    async def _look(self) -> None:
        try:
            lost = await self._has_lost_slots()
        except StoreError:
            lost = True
        if lost:
            self._lost_with(())

    async def _linger(self, outages: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.away or outages != self._outages:
            return
        try:
            # Else all that others took of a long window alone would be free in the next outage.
            await self._load()
        except StoreError:
            self._lost_with(())
        else:
            self._budget.gate.alone = None
            self._budget.resume()

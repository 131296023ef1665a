"""One budget and its ledger: one exchange at a time, however many slots it is about."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from quanticity.errors import StoreError, StoreUnavailable
from quanticity.pace.asking import Asking
from quanticity.pace.budget import Budget
from quanticity.pace.claims import Claim
from quanticity.pace.endings import Endings
from quanticity.pace.graces import Graces
from quanticity.pace.home import Granted, Home
from quanticity.pace.limits import EXACT_WINDOW
from quanticity.pace.outage import Outage
from quanticity.pace.ports import Ask, Grant
from quanticity.pace.seeing import see_granted, see_held
from quanticity.pace.slots import HeldSlot
from quanticity.pace.spans import spans_of

# Endings that no ask takes along are told this much later, together.
GATHER = 0.002
EMPTIED = "the store has lost the slots that were written to it"


class Account(Outage):
    """One budget and its ledger."""

    def __init__(self, durable: Home, budget: Budget) -> None:
        super().__init__(durable, budget)
        self._asking = Asking()
        self._graces = Graces(self._time, lambda slot: self.tell(slot, "done"))
        self._granted: list[tuple[Claim, HeldSlot]] = []
        self._talking = False
        self._soon: asyncio.TimerHandle | None = None
        self._anew = False
        self._heard_at = 0.0
        exact = [one.length for one in budget.gate.spec.windows if one.length <= EXACT_WINDOW]
        # Without an answer by then, all that counts in an exact window has run off.
        budget.hold_until = self._time() + max(exact, default=0.0) + budget.gate.spec.grace
        budget.released = self.tell
        budget.stopped = self._was_stopped
        self._ledger.returned.append(self._is_back)

    async def begin(self) -> None:
        """Learn what is held already, and stay known to whoever draws on the same budget."""
        await self._or_lose(self._load())
        said = self._time()
        while True:
            shared, rhythm = self._processes > 1, self._rhythm
            await asyncio.sleep(rhythm.ask_every if shared else rhythm.say_every)
            now = self._time()
            if not self._loaded or self.away:
                continue
            self._teller.forget_silent(now)
            due = now - said >= rhythm.say_every - rhythm.ask_every / 2
            if due:
                said = now
            quiet = now - self._heard_at >= rhythm.ask_every
            if due or (shared and quiet and self._teller.wonders(now, self._heard_at)):
                self._speak()

    def _was_stopped(self) -> None:
        """The vendor asked us to wait: others hear of it, and whoever comes when we are gone."""
        self._speak()
        if self._loaded and not self.away:
            self._durable.spawn(self._or_lose(self._keep_stop()))

    def _speak(self) -> None:
        """Tell what there is to tell; one that is alone, for whoever comes."""
        if not self._loaded or self.away:
            return  # the first exchange takes it along
        if self._processes > 1:
            self._anew = True
            self._talk_now()
        else:
            self._durable.spawn(self._or_lose(self._load()))

    async def _or_lose(self, word: Awaitable[None]) -> None:
        """Say it to the ledger; where that gives no answer it is lost."""
        try:
            await word
        except StoreError:
            self._lost_with(())

    async def _load(self) -> None:
        """Ask what others hold. One that waits for them asks for no slot, and is told no other way.

        The ledger then knows that we are there: should it go away, each keeps to its part.
        """
        budget, tally = self._budget, self._budget.gate.tally
        longest = max((window.span for window in tally.windows), default=0.0)
        telling = self._teller.tell(self._time(), self._offset, anew=True)
        held = await self._ledger.held(budget.name, longest, self._rhythm.look, telling)
        stopped = 0.0 if self._loaded else await self._ledger.stopped(budget.name)
        now = self._heard_at = self._time()
        if self._unwritten.is_emptied(held.since):
            raise StoreUnavailable(EMPTIED)
        self._offset = held.now - now
        self._processes = max(1, held.processes)
        if stopped:
            budget.gate.tight.hear_of_others(stopped - self._offset)
        self._teller.hear(held.now, held.loans, held.heard, self._offset, now)
        if self._loaded and not held.bases and not held.heard and not tally.others:
            return  # alone, as before
        see_held(tally, held, self._offset, now)
        if self._loaded:
            budget.look_again()
        else:
            self._loaded = True
            budget.resume()

    def submit(self, granted: Granted) -> None:
        """Write slots, or count them here alone."""
        if self.away:
            self._unwritten.add(slot for _, slot in granted)
            self._durable.begin(self._budget, granted)
        else:
            self._granted += granted
            self._talk_now()

    def tell(self, slot: HeldSlot, ending: str) -> None:
        """Something became of a slot."""
        if slot.id in self._unwritten:
            if ending == "unsent":
                self._unwritten.forget((slot.id,))
            return
        if ending == "lost":
            if slot.served:
                self._graces.begin(slot)
            return
        self._ended.add(slot.id, ending)
        if ending == "unsent":
            self._was_unsent(slot.id)
        if not self._talking and self._soon is None and not self.away:
            # Mostly the next slots are asked for at once, and this goes out with them.
            loop = asyncio.get_running_loop()
            self._soon = loop.call_later(GATHER, self._talk_now)

    def flush(self) -> None:
        """Tell what gathers, without waiting for more of it: this is the end."""
        self._graces.stop()
        if self._ended:
            self._talk_now()

    def _talk_now(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if not self._talking and not self.away:
            self._talking = True
            self._durable.spawn(self._talk())

    async def _talk(self) -> None:
        """One exchange after the other: what gathers meanwhile goes into the next, together."""
        try:
            while (self._granted or self._ended or self._anew) and not self.away:
                granted, self._granted = self._granted, []
                ended, self._ended = self._ended, Endings()
                anew, self._anew = self._anew, False
                # Nobody's request waits behind one of a lower group that is refused.
                granted.sort(key=lambda one: one[1].rank)
                try:
                    # Who was to hear of us may have gone while we spoke.
                    if granted or (anew and self._processes > 1):
                        await self._take(granted, ended)
                    elif ended:
                        await self._ledger.release(self._budget.name, ended)
                except StoreError:
                    self._ended = ended.and_then(self._ended)
                    self._lost_with(granted)
        finally:
            self._talking = False

    async def _take(self, granted: Granted, ended: Endings) -> None:
        budget, gate = self._budget, self._budget.gate
        asks = [Ask(slot.id, slot.hold, slot.terms) for _, slot in granted]
        look, now = self._rhythm.look, self._time()
        cap = gate.tight.cap(gate.spec.max_in_flight, now)
        spans = spans_of(gate, now, self._offset)
        telling = self._teller.tell(now, self._offset) if self._processes > 1 else None
        grant = await self._ledger.take(budget.name, spans, cap, asks, look, ended, telling)
        written = [slot.id for _, slot in granted[: grant.granted]]
        if self._unwritten.is_emptied(grant.since):
            if self._processes > 1:
                self._ended.unsent += written
            raise StoreUnavailable(EMPTIED)
        if grant.processes > 1:
            self._teller.lent(asks[: grant.granted])
        if self._time() - now > gate.spec.grace:
            # We stood still: what was written may have run off, and what was told is not so now.
            self._ended.unsent += written
            for claim, slot in granted:
                budget.undo(claim, slot)
            return
        self._learn(grant, telling is not None)
        if grant.granted:
            self._proofs.add((slot for _, slot in granted[: grant.granted]), self._time())
            self._asking.granted()
        if grant.granted < len(granted):
            for claim, slot in granted[grant.granted :]:
                budget.undo(claim, slot)
            again = self._time() + self._asking.refused(grant.retry_in)
            budget.pause(again, granted[grant.granted][1].rank)
        if grant.granted:
            self._durable.begin(budget, granted[: grant.granted])

    def _lost_with(self, granted: Granted) -> None:
        """No answer: slots to be written, and those behind them, count here alone, or wait on."""
        granted = [*granted, *self._granted]
        self._granted = []
        if self._processes == 1:
            self._lost()
            self.submit(granted)
            return
        # What others took meanwhile is not known: only our own part of the budget is ours.
        for claim, slot in granted:
            self._budget.undo(claim, slot)
        self._lost()

    def _learn(self, grant: Grant, told: bool) -> None:
        now, gate = self._time(), self._budget.gate
        self._heard_at = now
        self._offset = grant.now - now
        self._processes = max(1, grant.processes)
        changed = see_granted(gate.tally, grant, self._offset, now)
        if told:
            changed |= self._teller.hear(grant.now, grant.loans, grant.heard, self._offset, now)
        if self._budget.waits:
            self._budget.look_again(changed=changed)
        else:
            (gate.look_again if changed else gate.reopen)()

"""Between the budgets and a ledger: slots are written before their requests are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field

from quanticity.errors import StoreUnavailable
from quanticity.logs import logger
from quanticity.pace.budget import Budget
from quanticity.pace.claims import Claim
from quanticity.pace.limits import EXACT_WINDOW
from quanticity.pace.ports import Ask, Grant, Ledger, Span
from quanticity.pace.slots import HeldSlot

Granted = Sequence[tuple[Claim, HeldSlot]]
Begin = Callable[[Budget, Granted], None]

# How long an answer of the ledger is waited for, and when it is tried again after none came.
PATIENCE = 1.0
RETRY = 0.5
# A count of others' requests under way is believed this long.
BELIEVED = 0.25


@dataclass(slots=True)
class _Account:
    """What is known of one budget's ledger."""

    offset: float = 0.0
    processes: int = 1
    loaded: bool = False
    away_since: float | None = None
    next_try: float = 0.0
    unwritten: dict[str, HeldSlot] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    unsent: list[str] = field(default_factory=list)
    telling: bool = False


class Durable:
    """Batches asks and releases of all budgets on their way to one ledger.

    While the ledger is away, slots are counted here alone; where other processes drew on the
    budget, only this one's part of it is used until the ledger is back.
    """

    def __init__(self, ledger: Ledger, time: Callable[[], float], begin: Begin) -> None:
        self._ledger = ledger
        self._time = time
        self._begin = begin
        self._accounts: dict[str, _Account] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.outages = 0

    @property
    def away(self) -> bool:
        """True while the ledger cannot be reached."""
        return any(one.away_since is not None for one in self._accounts.values())

    def join(self, budget: Budget) -> None:
        """A budget starts with what the ledger knows of it; until then it hands out nothing."""
        if budget.name in self._accounts:
            return
        self._accounts[budget.name] = _Account()
        exact = [one.length for one in budget.gate.spec.windows if one.length <= EXACT_WINDOW]
        # Without an answer by then, all that counts in an exact window has run off.
        budget.hold_until = self._time() + max(exact, default=0.0) + budget.gate.spec.grace
        budget.released = lambda slot, ending: self._tell(budget, slot, ending)
        self._spawn(self._load(budget))

    def submit(self, budget: Budget, granted: Granted) -> None:
        """Write slots that were just granted; `begin` is called with those that may be sent."""
        account = self._accounts[budget.name]
        if account.away_since is not None and self._time() < account.next_try:
            self._unwritten(account, granted)
            self._begin(budget, granted)
        else:
            self._spawn(self._write(budget, granted))

    async def settle(self) -> None:
        """Wait until all that was told is written, or known not to be."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _load(self, budget: Budget) -> None:
        account = self._accounts[budget.name]
        longest = max((window.span for window in budget.gate.tally.windows), default=0.0)
        give_up = budget.hold_until
        while True:
            try:
                held = await asyncio.wait_for(self._ledger.held(budget.name, longest), PATIENCE)
            except (StoreUnavailable, TimeoutError):
                self._lost(budget, account)
                if self._time() >= give_up:
                    return
                await asyncio.sleep(RETRY)
                continue
            break
        now = self._time()
        account.offset = held.now - now
        account.loaded = True
        self._back(budget, account)
        bases = [base - account.offset for base in held.bases]
        tally = budget.gate.tally
        counts = []
        for window in tally.windows:
            since, _ = window.period(now)
            counts.append(window.held(now) + sum(1 for base in bases if base > since))
        tally.see_others(bases, counts, [at - account.offset for at in held.in_flight], now)
        budget.resume()

    async def _write(self, budget: Budget, granted: Granted) -> None:
        account = self._accounts[budget.name]
        asks = [Ask(slot.id, slot.hold) for _, slot in granted]
        look = max((one.span for one in budget.gate.tally.windows), default=0.0)
        spans = self._spans(budget, account)
        cap = budget.gate.tight.cap(budget.gate.spec.max_in_flight, self._time())
        try:
            if account.away_since is not None:
                await self._write_back(budget, account)
            grant = await asyncio.wait_for(
                self._ledger.take(budget.name, spans, cap, asks, min(look, EXACT_WINDOW)), PATIENCE
            )
        except (StoreUnavailable, TimeoutError):
            # Nobody knows whether they were written: they count, and go out.
            self._lost(budget, account)
            self._unwritten(account, granted)
            self._begin(budget, granted)
            return
        self._back(budget, account)
        self._learn(budget, account, grant)
        if grant.granted < len(granted):
            for claim, slot in granted[grant.granted :]:
                budget.undo(claim, slot)
            budget.pause(self._time() + (grant.retry_in or 0.0))
        if grant.granted:
            self._begin(budget, granted[: grant.granted])

    def _spans(self, budget: Budget, account: _Account) -> list[Span]:
        now, gate = self._time(), budget.gate
        spans = []
        for index, window in enumerate(gate.tally.windows):
            usable = max(0, window.spec.usable - gate.tight.phantom(index, now))
            since, until = window.period(now)
            if window.spec.reset is None:
                spans.append(Span(usable, window.span))
            else:
                shift = account.offset
                spans.append(Span(usable, window.spec.length, since + shift, until + shift))
        return spans

    def _learn(self, budget: Budget, account: _Account, grant: Grant) -> None:
        now, tally = self._time(), budget.gate.tally
        account.offset = grant.now - now
        account.processes = max(1, grant.processes)
        bases = [base - account.offset for base in grant.others]
        changed = len(bases) != sum(len(one.bases(now)) for one in tally.foreign[:1])
        in_flight = [now + BELIEVED] * grant.others_in_flight
        tally.see_others(bases, grant.counts, in_flight, now)
        if changed:
            budget.gate.forget()

    def _tell(self, budget: Budget, slot: HeldSlot, ending: str) -> None:
        account = self._accounts[budget.name]
        if slot.id in account.unwritten:
            if ending == "unsent":
                del account.unwritten[slot.id]
            return
        if ending == "headers":
            account.headers.append(slot.id)
        elif ending == "done":
            account.done.append(slot.id)
        elif ending == "unsent":
            account.unsent.append(slot.id)
        if not account.telling and account.away_since is None:
            account.telling = True
            self._spawn(self._release(budget))

    async def _release(self, budget: Budget) -> None:
        account = self._accounts[budget.name]
        # One turn of the loop later, all that ended in this one goes out together.
        await asyncio.sleep(0)
        headers, account.headers = account.headers, []
        done, account.done = account.done, []
        unsent, account.unsent = account.unsent, []
        account.telling = False
        try:
            await asyncio.wait_for(
                self._ledger.release(budget.name, headers, done, unsent), PATIENCE
            )
        except (StoreUnavailable, TimeoutError):
            self._lost(budget, account)
            account.headers[:0] = headers
            account.done[:0] = done
            account.unsent[:0] = unsent

    async def _write_back(self, budget: Budget, account: _Account) -> None:
        now = self._time()
        bases = {
            name: (now + slot.hold if slot.open else slot.base) + account.offset
            for name, slot in account.unwritten.items()
        }
        if bases:
            await asyncio.wait_for(self._ledger.write(budget.name, bases), PATIENCE)
        told = (account.headers, account.done, account.unsent)
        account.headers, account.done, account.unsent = [], [], []
        await asyncio.wait_for(self._ledger.release(budget.name, *told), PATIENCE)
        account.unwritten.clear()

    def _unwritten(self, account: _Account, granted: Granted) -> None:
        for _, slot in granted:
            account.unwritten[slot.id] = slot

    def _lost(self, budget: Budget, account: _Account) -> None:
        account.next_try = self._time() + RETRY
        if account.away_since is None:
            account.away_since = self._time()
            self.outages += 1
            budget.gate.limit_to = account.processes if account.processes > 1 else None
            logger.warning("{}: slots are counted here alone until the store is back", budget.name)

    def _back(self, budget: Budget, account: _Account) -> None:
        if account.away_since is not None:
            account.away_since = None
            budget.gate.limit_to = None
            logger.info("{}: slots are written to the store again", budget.name)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

"""Between the budgets and a ledger: slots are written before their requests are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from quanticity.logs import logger
from quanticity.pace.account import Account
from quanticity.pace.budget import Budget
from quanticity.pace.home import Begin, Granted
from quanticity.pace.ports import Ledger


class Durable:
    """Batches asks and releases of all budgets on their way to one ledger.

    While the ledger is away, slots are counted here alone; where other processes drew on the
    budget, only this one's part of it is used until the ledger is back.
    """

    def __init__(
        self, ledger: Ledger, process: str, time: Callable[[], float], begin: Begin
    ) -> None:
        self.ledger = ledger
        self.process = process
        self.time = time
        self.begin = begin
        self.outages = 0
        self._accounts: dict[str, Account] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers: set[asyncio.Task[None]] = set()

    @property
    def away(self) -> bool:
        """True while the ledger cannot be reached."""
        return any(one.away for one in self._accounts.values())

    def join(self, budget: Budget) -> None:
        """A budget starts with what the ledger knows of it; until then it hands out nothing."""
        if budget.name not in self._accounts:
            account = self._accounts[budget.name] = Account(self, budget)
            self.watch(account.begin())

    def submit(self, budget: Budget, granted: Granted) -> None:
        """Write slots that were just granted; `begin` is called with those that may be sent."""
        self._accounts[budget.name].submit(granted)

    async def settle(self) -> None:
        """Wait until all that was told is written, or known not to be."""
        for watcher in self._watchers:
            watcher.cancel()
        for account in self._accounts.values():
            account.flush()
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something that `settle` waits for."""
        self._start(work, self._tasks)

    def watch(self, work: Coroutine[None, None, None]) -> None:
        """Do something that `settle` ends."""
        self._start(work, self._watchers)

    def was_lost(self) -> None:
        """The ledger did not answer one of the budgets; the first one says so."""
        if sum(one.away for one in self._accounts.values()) == 1:
            self.outages += 1
            logger.warning("the store takes no slots: this process counts its own until it does")

    def is_back(self) -> None:
        """One of the budgets has its ledger back; the last one says so."""
        if not self.away:
            # As loud as the loss.
            logger.warning("the store takes slots again")

    def _start(self, work: Coroutine[None, None, None], where: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        where.add(task)
        task.add_done_callback(where.discard)

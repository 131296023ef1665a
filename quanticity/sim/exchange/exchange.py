"""One simulated broker with its accounts: orders in, events out, driven by time alone.

Nothing happens but in `advance` (which every other call makes first), in the order of time; one
step over an hour gives the same as thousands of small ones. What it does follows from its state,
its seed and the market, so that a saved exchange goes on exactly where it was.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from math import inf

import msgspec

from quanticity.sim.exchange import figures, state
from quanticity.sim.exchange.accounts import Account, Position
from quanticity.sim.exchange.events import AccountValue, Commission, Event, Executed, Opened
from quanticity.sim.exchange.expiries import Expiries
from quanticity.sim.exchange.figures import BASE, Pnl
from quanticity.sim.exchange.floor import REFRESH, Floor
from quanticity.sim.exchange.hours import Hours
from quanticity.sim.exchange.intake import Intake
from quanticity.sim.exchange.ledger import Ledger
from quanticity.sim.exchange.matcher import Matcher
from quanticity.sim.exchange.model import Contract, Fate, Order
from quanticity.sim.exchange.orders import Orders
from quanticity.sim.exchange.ports import Markets
from quanticity.sim.exchange.previews import Previews
from quanticity.sim.exchange.state import DONE, DRAFT, State, Working


class ExecutionFilter(msgspec.Struct, frozen=True):
    """Which executions are asked for; empty fields ask for all."""

    client: int | None = None
    account: str = ""
    since: float = 0.0
    symbol: str = ""
    sec_type: str = ""
    exchange: str = ""
    side: str = ""

    def fits(self, executed: Executed) -> bool:
        """Whether an execution is one of them."""
        told, contract = executed.execution, executed.contract
        return (
            self.client in (None, executed.client)
            and self.account in ("", told.account)
            and told.time >= self.since
            and self.symbol in ("", contract.symbol)
            and self.sec_type in ("", contract.sec_type)
            and self.exchange in ("", told.exchange)
            and (not self.side or (self.side in ("BUY", "BOT")) == (told.side == "BOT"))
        )


class Exchange:
    """A broker's order side over a market. Times are epoch seconds and never go back.

    `cash` is what each account begins with, in USD; `seed` decides what is left to chance.
    """

    def __init__(
        self,
        market: Markets,
        clock_now: float,
        accounts: Sequence[str] = ("DU1234567",),
        *,
        seed: int = 0,
        cash: float = 1_000_000.0,
    ) -> None:
        held = {name: Account(name=name, cash={BASE: cash}, day_equity=cash) for name in accounts}
        if not held:
            raise ValueError("an exchange needs at least one account")
        self._market = market
        self._build(State(seed=seed, now=clock_now, accounts=held))
        self._floor.schedule(market.day_ends(clock_now), "day", 0)

    def _build(self, held: State) -> None:
        self._state = held
        self._floor = Floor(self._market, held)
        ledger = Ledger(self._floor)
        self._orders = Orders(self._floor, ledger)
        self._matcher = Matcher(self._floor, self._orders)
        self._hours = Hours(self._floor, self._orders, self._matcher)
        self._intake = Intake(
            self._floor, self._orders, self._hours, self._matcher, Previews(self._floor)
        )
        self._expiries = Expiries(self._floor, self._orders, ledger)
        self._of_orders: dict[str, Callable[[Working, float], None]] = {
            "arrive": self._intake.arrive,
            "cancel": self._intake.cancelled,
            "reason": self._intake.reason,
            "enter": self._hours.enter,
            "open": self._hours.open,
            "close": self._hours.close,
        }

    # What clients do

    def place(
        self,
        client: int,
        order_id: int,
        contract: Contract,
        order: Order,
        now: float,
        fate: Fate | None = None,
    ) -> None:
        """Place an order, or change the one of this number; the answer comes with `advance`.

        `fate` is what goes wrong with a new one on purpose.
        """
        self._run(now)
        self._intake.place(client, order_id, contract, order, now, fate or Fate())
        self._matcher.prune()

    def knows(self, client: int, order_id: int) -> bool:
        """Whether a client has placed an order of this number: another is a change of it."""
        return self._orders.find(client, order_id) is not None

    def cancel(self, client: int, order_id: int, now: float) -> None:
        """Ask for an order's end; the answer comes with `advance`."""
        self._run(now)
        self._intake.cancel(client, order_id, now)
        self._matcher.prune()

    def cancel_all(self, now: float) -> None:
        """Ask for the end of every order of every client, as TWS's global cancel does."""
        self._run(now)
        for order in self._orders.alive():
            if order.stage != DONE:  # a parent's end ends its children
                self._intake.cancel(order.client, order.order_id, now)
        self._matcher.prune()

    # Time

    def advance(self, now: float) -> list[Event]:
        """Everything that happened up to and with `now` that was not told yet, oldest first."""
        self._run(now)
        told, self._state.outbox = self._state.outbox, []
        return told

    def next_at(self) -> float:
        """When something may happen next, inf for nothing. Events not told yet are due now.

        Where orders work, it looks ahead at most a second, and asks to be driven on then.
        """
        if self._state.outbox:
            return self._state.now
        timer = self._state.timers[0][0] if self._state.timers else inf
        horizon = self._state.now + REFRESH
        found = self._matcher.next_at(self._state.now, horizon)[0]
        return min(timer, found, horizon if self._matcher.is_working else inf)

    def _run(self, now: float) -> None:
        held = self._state
        if now < held.now:
            raise ValueError(f"time goes back from {held.now} to {now}: give times in order")
        while True:
            timer = held.timers[0][0] if held.timers else inf
            at, is_print, lane = self._matcher.next_at(held.now, now)
            if min(timer, at) > now:
                break
            if timer <= at:
                _, _, kind, subject = heapq.heappop(held.timers)
                held.now = max(held.now, timer)
                self._due(kind, subject, held.now)
                self._matcher.prune()
            else:
                held.now = at
                self._matcher.step(at, is_print, lane)
        self._matcher.leave(now)
        held.now = now

    def _due(self, kind: str, subject: int, at: float) -> None:
        if kind == "expire":
            self._expiries.expire(subject, at)
        elif kind == "day":
            self._expiries.end_day(at)
        elif kind == "cross":
            self._hours.cross(subject, at)
        elif (order := self._orders.get(subject)) is not None:
            self._of_orders[kind](order, at)

    # What clients ask, as of the last moment that it was driven to

    def next_order_id(self, client: int) -> int:
        """The next number that a client may use for an order."""
        return self._state.last_ids.get(client, 0) + 1

    def open_orders(self, client: int | None = None) -> list[Event]:
        """`openOrder` and `orderStatus` of each order at the broker, of one client or of all."""
        found: list[Event] = []
        for order in self._orders.alive():
            if order.stage != DRAFT and client in (None, order.client):
                found += [self._orders.opened(order, self._state.now), self._orders.status(order)]
        return found

    def completed(self) -> list[Opened]:
        """The day's orders that are done, with when and how."""
        done = [each for each in self._state.orders.values() if each.stage == DONE]
        return [self._orders.opened(each, self._state.now) for each in done]

    def executions(self, wanted: ExecutionFilter | None = None) -> list[Executed]:
        """The day's executions, oldest first."""
        wanted = wanted or ExecutionFilter()
        return [each for each in self._state.executions if wanted.fits(each)]

    def commission(self, exec_id: str) -> Commission | None:
        """The commission report of one of the day's executions."""
        return self._state.commissions.get(exec_id)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts' names."""
        return tuple(self._state.accounts)

    @property
    def now(self) -> float:
        """The moment that it was driven to."""
        return self._state.now

    @property
    def unsettled(self) -> int:
        """How often an expired contract had no settlement price yet, and waited."""
        return self._state.unsettled

    def positions(self, account: str) -> list[Position]:
        """What an account holds. Raises KeyError for an unknown account, as all that follow do."""
        held = self._state.accounts[account].positions
        return [each for each in held.values() if each.quantity]

    def cash(self, account: str) -> dict[str, float]:
        """An account's cash by currency."""
        return dict(self._state.accounts[account].cash)

    def values(self, account: str) -> list[AccountValue]:
        """An account's figures, under TWS's names."""
        return figures.values(self._floor, self._state.accounts[account], self._state.now)

    def pnl(self, account: str, con_id: int | None = None) -> Pnl:
        """Profit and loss of an account, or of one position of the day (KeyError without one)."""
        held, at = self._state.accounts[account], self._state.now
        if con_id is None:
            return figures.account_pnl(self._floor, held, at)
        return figures.position_pnl(self._floor, held, con_id, at)

    # What outlives the process

    def save(self) -> bytes:
        """All that it remembers."""
        return state.encode(self._state)

    def restore(self, saved: bytes) -> None:
        """Go on where a saved exchange was. Raises ValueError for what is none."""
        self._build(state.decode(saved))

"""The handler: one connection for data, and all that is done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from quanticity.api import Context

from .account import listed
from .allotment import Stream
from .connection import Connection
from .desk import Desk
from .edits import Edits
from .errors import Means, meaning
from .history_pace import HistoryPace
from .hush import Hush
from .instrument import Instrument
from .lanes import Lane, Lanes
from .library import LibraryLine
from .port import Line
from .publisher import Publisher
from .receiver import Receiver
from .resolver import Resolver
from .settings import IbkrParams
from .status import Status
from .subscriber import Subscriber

_STEP = 0.25
_SEND_STEP = 0.05
_LOOK_EVERY = 1.0
# The wall clock may be corrected by less while nobody notices.
_SET_BACK = 2.0
_MOST_PNL = 50
# Errors of one subscription after which nothing of it is known.
_WITHOUT = (Means.RESET_BOOK, Means.AGAIN, Means.REFUSED, Means.READ_ONLY)


class ClockSetBack(Exception):
    """Every moment that the handler knows is of a time that has yet to come."""


class Handler:
    """Runs until cancelled. `line_for` makes a line for a sink."""

    def __init__(
        self, params: IbkrParams, context: Context, line_for: Callable[[Any], Line] = LibraryLine
    ) -> None:
        limits = params.limits
        self.desk = desk = Desk(
            params=params,
            now=context.now,
            log=context.log,
            lanes=Lanes(limits.messages, limits.for_orders),
            history=HistoryPace(limits.open_history),
        )
        desk.settle_instruments()
        self._sleep = context.sleep
        self.receiver = receiver = Receiver(desk)
        self.subscriber = Subscriber(desk)
        self.resolver = Resolver(desk)
        self.publisher = Publisher(desk, context.put, context.put_plain)
        self.connection = connection = Connection(
            desk, receiver, context.sleep, line_for, context.stand_in
        )
        given = (desk, connection, receiver, self.resolver, self.publisher)
        self.status = Status(*given, context.fares)
        connection.begun, connection.lost, connection.back = self._begun, self._lost, self._back
        receiver.on_error = self._error
        receiver.on_batch = self._batch
        receiver.on_details = self._details
        receiver.on_parameters = self.resolver.parameters
        receiver.on_history = self._history
        receiver.on_letters = self._letters
        receiver.on_orders_ended = self._ask_ends
        self.resolver.on_roll = self._rolled
        self._edits = Edits(desk, self.subscriber, self.resolver, self.publisher)
        self._hush = Hush(desk.pings)
        self._waits = asyncio.Event()
        desk.pushed = self._waits.set

    async def run(self) -> None:
        """Go on until cancelled, and say at the end that it is over."""
        self.status.begin()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.connection.keep())
                group.create_task(self._send())
                group.create_task(self._work())
        finally:
            self.desk.line, self.desk.up = None, False
            self.publisher.lost("the handler was stopped")
            self.status.down()

    def revise(self, params: IbkrParams) -> bool:
        """Go on with other lists and figures; False where the line has to be another."""
        return self._edits.follow(params)

    # Tasks

    async def _send(self) -> None:
        """Sends what had to wait."""
        while True:
            await self._waits.wait()
            self._waits.clear()
            while self.desk.lanes.waiting():
                wait = self.desk.drain()
                await self._sleep(min(max(wait, 0.001), _SEND_STEP))

    async def _work(self) -> None:
        """Looks after everything, by the clock."""
        looked = seen = -float("inf")
        while True:
            now = self.desk.now()
            if now < seen - _SET_BACK:
                raise ClockSetBack(f"the clock was set back by {seen - now:,.0f} s")
            seen = now
            if not 0 <= now - looked < _LOOK_EVERY:
                looked = now
                self._look()
                await self._sleep(0)
            self._judge(now)
            for _ in self.publisher.tick(now) if self._is_sure else ():
                # Prints that have come are written between two pieces.
                await self._sleep(0)
                if not self._is_sure:
                    break
            self.status.tick(now)
            await self._sleep(_STEP)

    @property
    def _is_sure(self) -> bool:
        """Whether what is known is live: there is a line, and no doubt of it."""
        return self.desk.up and self._hush.since is None

    def _judge(self, now: float) -> None:
        """After a silence: were answers lost, then whatever is known may be of before it."""
        if self.desk.up and self._hush.skipped(now, self.receiver.heard_at):
            self.desk.ping()
        if self._hush.verdict(now):
            reason = "answers were lost"
            if self._hush.silent:
                reason += f" while nothing came for {self._hush.silent:.0f} s"
            self.desk.log.warning(f"{reason}: all is asked for again")
            self.desk.counts["lost_answers"] += 1
            self.publisher.lost(reason)
            self._anew(tell=True)

    def _look(self) -> None:
        self.resolver.look()
        self.subscriber.look()
        self.subscriber.sync()
        self._ask_orders()
        for name in self.desk.venues.fresh():
            self.desk.log.info(f"a venue that nobody has heard of: {name}")

    # The line

    def _begun(self) -> None:
        desk = self.desk
        names = desk.accounts.names
        chosen = desk.params.account or (names[0] if names else "")
        if chosen not in names:
            said = f"account {chosen} is not one of {listed(names)}"
            desk.log.warning(f"{said}; set ibkr.account")
        desk.ping()
        desk.push(Lane.CONTROL, "account", lambda line: line.account_updates(chosen))
        desk.push(Lane.CONTROL, "positions", lambda line: line.positions())
        # Each is a request of its own: more would keep all else waiting, the time first of all.
        followed = sorted(names, key=lambda name: name != chosen)[:_MOST_PNL]
        for account in followed:
            self._ask_pnl(account)
        if left := len(names) - len(followed):
            desk.log.warning(f"{left} accounts of {len(names)} have no profit and loss here")
        self.status.up(chosen)
        self._look()

    def _ask_pnl(self, account: str) -> None:
        number = self.desk.number()
        self.desk.accounts.ask_pnl(number, account)
        self.desk.push(Lane.CONTROL, "pnl", lambda line: line.pnl(number, account))

    def _ask_orders(self) -> None:
        orders, now = self.desk.accounts.orders, self.desk.now()
        if self.desk.up and orders.is_due(now):
            orders.asked(now)
            self.desk.push(Lane.CONTROL, "orders", lambda line: line.orders())

    def _ask_ends(self) -> None:
        self.desk.push(Lane.CONTROL, "ended orders", lambda line: line.ended_orders())

    def _lost(self, reason: str) -> None:
        """Nothing is known any more: keys say so, and age."""
        desk = self.desk
        self._batch()
        self.publisher.lost(reason)
        desk.forget_line()
        desk.roster.clear()
        desk.full.clear()
        desk.accounts.reset()
        self.resolver.forget()
        self.receiver.forget()
        self._hush.reset()
        desk.chains.lost()
        for instrument in desk.instruments.values():
            instrument.lost()
        self.status.down()

    def _back(self, with_data: bool) -> None:
        self._hush.reset()
        if with_data:
            for one in list(self.desk.roster.by_id.values()):
                # Whether a book missed a change nobody can tell.
                if one.stream is Stream.BOOK:
                    self.subscriber.cancel(one)
        else:
            self._anew(tell=False)
        self.status.up(None)
        self._look()

    def _anew(self, *, tell: bool) -> None:
        """Every subscription begins anew; `tell` the vendor of the old ones where it has them.

        It may have one that was asked for a moment ago: that arrived after it had forgotten all.
        """
        for one in list(self.desk.roster.by_id.values()):
            self.subscriber.cancel(one, tell=tell or not self.desk.lanes.has_arrived(one.message))
        for instrument in self.desk.instruments.values():
            instrument.lost(line=False)
        self.desk.chains.lost()
        self._hush.reset()

    def _batch(self) -> None:
        """A batch of answers was taken in: prints are written at once."""
        if self.receiver.fresh:
            self.publisher.prints(self.receiver.fresh)
        if self._hush.heard(self.desk.now(), self.receiver.data_count) and self.desk.up:
            self.desk.counts["hushes"] += 1
            self.desk.ping()
        if self.connection.degraded_at and self.receiver.data_at > self.connection.degraded_at:
            self.connection.data_came()

    # Answers

    def _details(self, number: int, found: list[Any]) -> None:
        self.resolver.details(number, found)
        self.subscriber.sync()

    def _history(self, number: int, rows: list[dict[str, Any]]) -> None:
        symbol = self.resolver.history(number)
        if symbol and rows:
            self.publisher.past(symbol, rows, self.desk.now())

    def _letters(self, instrument: Instrument, exchange: str) -> None:
        number = self.desk.number()
        self.receiver.asked_letters[number] = exchange
        what = f"venues of {instrument.symbol}"

        def send(line: Line) -> None:
            line.smart_components(number, exchange)

        self.desk.push(Lane.CONTRACTS, what, send, number=number)

    def _rolled(self, instrument: Instrument) -> None:
        """Another month is the front one: its subscriptions begin anew."""
        self.publisher.lost("the front month rolled", instrument.symbol)
        for one in list(self.desk.roster.by_id.values()):
            if one.subject == instrument.symbol:
                self.subscriber.cancel(one)
        instrument.lost()

    def _error(self, number: int, code: int, text: str) -> None:
        self.desk.answered(number)
        found = meaning(code, text)
        means = found.means
        subject = self.subscriber.told(number, code, text, found)
        if not subject:
            unknown = means is Means.UNKNOWN_CONTRACT
            subject = self.resolver.told(number, code, text, unknown=unknown)
            if subject and unknown and self.resolver.asks_otherwise(subject):
                return
        if subject and means in _WITHOUT:
            self.publisher.lost(f"error {code}: {found.said}", subject)
        self.status.error(number, code, text, found, subject)
        if means is Means.READ_ONLY:
            self.desk.accounts.orders.refuse(found.said)
        elif means is Means.LOST and number == -1:
            reason = f"error {code}: {found.said}"
            self.connection.degrade(reason)
            self.publisher.lost(reason)
            self.status.down()
        elif means in (Means.BACK, Means.BACK_WITHOUT_DATA):
            self.connection.restore(with_data=means is Means.BACK)

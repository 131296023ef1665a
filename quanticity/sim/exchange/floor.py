"""What all parts of the exchange share: market, state, timers, events, and draws of its seed."""

from __future__ import annotations

import heapq
from hashlib import blake2b

from quanticity.sim.exchange.events import Event
from quanticity.sim.exchange.model import Contract
from quanticity.sim.exchange.ports import Listing, Markets, Quote
from quanticity.sim.exchange.state import State, Taken

# How long an order or a cancel is on its way, seconds.
LATENCY = 0.03
# How often resting orders are held against the displayed book, and how long what was taken of it
# stays taken, seconds. Moments are multiples of it.
REFRESH = 1.0
_DAY = 86_400.0
_DAYS_BACK = 9
# How often those that are far from the market are: prints reach them anyway. A multiple of REFRESH.
SELDOM = 10.0


class Floor:
    """The market, the state, and how parts leave work and word for each other."""

    def __init__(self, market: Markets, state: State) -> None:
        self.market = market
        self.state = state
        self._listings: dict[int, Listing] = {}

    def emit(self, event: Event) -> None:
        """Tell whoever asks next."""
        self.state.outbox.append(event)

    def count(self) -> int:
        """The next number: of an order, an execution, a timer, a place in the queue."""
        self.state.counter += 1
        return self.state.counter

    def schedule(self, at: float, kind: str, subject: int) -> None:
        """Have something done at a moment, in the order in which it was asked for."""
        heapq.heappush(self.state.timers, (at, self.count(), kind, subject))

    def draw(self, *labels: object) -> float:
        """A number in [0, 1) that belongs to these labels."""
        text = "|".join(str(label) for label in (self.state.seed, *labels)).encode()
        return int.from_bytes(blake2b(text, digest_size=7).digest(), "big") / 2**56

    def listing(self, con_id: int) -> Listing | None:
        """The listing of a contract id, None where there is none (yet)."""
        found = self._listings.get(con_id)
        if found is None:
            found = self.market.by_id(con_id)
            if found is not None:
                self._listings[con_id] = found
        return found

    def known(self, con_id: int) -> Listing:
        """The listing of a contract that was listed before; KeyError where the market lost it."""
        found = self.listing(con_id)
        if found is None:
            raise KeyError(f"the market no longer lists contract {con_id}, which orders are for")
        return found

    def quote(self, contract: Contract, at: float) -> Quote | None:
        """The quote; outside the contract's sessions, where there is none, the last one before.

        None inside a session says that there is no price, and is left so.
        """
        market = self.market
        found = market.quote(contract, at)
        if found is not None and found.mid is not None:
            return found
        try:
            session = market.session(contract, at)
            if session.opens <= at < session.closes:
                return found
            for day in range(_DAYS_BACK):
                before = market.session(contract, at - day * _DAY)
                if before.closes <= at:
                    return market.quote(contract, before.closes - 1)
        except LookupError:
            return found
        return found

    def taken(self, con_id: int, at: float) -> Taken:
        """What our orders took of the book that is displayed now."""
        taken = self.state.taken.get(con_id)
        if taken is None or at >= taken.until:
            taken = Taken(until=next_look(at))
            self.state.taken[con_id] = taken
        return taken


def next_look(at: float) -> float:
    """The first multiple of REFRESH after a moment."""
    return (at // REFRESH + 1) * REFRESH

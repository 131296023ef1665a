"""One line of market data: what a quote screen shows of an instrument, sent as it changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from quanticity.sim.gateway import ticks
from quanticity.sim.gateway.days import Day
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.streams import Watched
from quanticity.sim.gateway.venues import letters
from quanticity.sim.gateway.wire import Value, size

if TYPE_CHECKING:
    from quanticity.sim.gateway.session import Session
    from quanticity.sim.market.books import Quote
    from quanticity.sim.market.prints import Prints

_RT_VOLUME, _RT_TRADE_VOLUME, _TRADE_COUNT = 233, 375, 293
_MARK = (221, 232)
_SHORTABLE = 236


class Line(Watched):
    """Prices, sizes and the day so far. `delayed` is what shows everything 15 minutes late."""

    kind: ClassVar = "line"

    def __init__(
        self,
        session: Session,
        rid: int,
        security: Security,
        generic: frozenset[int],
        *,
        delayed: bool = False,
    ) -> None:
        super().__init__(session, rid, security)
        self._generic = generic
        self.is_delayed = delayed
        self._late = ticks.DELAY if delayed else 0.0
        self.since -= self._late
        self._sent: dict[int, Value] = {}
        self._day = Day()
        self._session = (math.inf, -math.inf)

    def resume(self, now: float) -> None:
        """Go on from now: the day is counted anew, since its trades were not all seen."""
        self.since = now - self._late
        self._session = (math.inf, -math.inf)

    def look(self, now: float) -> None:
        """Send what changed, and each regular trade where they are asked for."""
        at = now - self._late
        prints = self._keep_up(at)
        self._quote(at)
        if self.security.contract.sec_type != "CASH":
            self._trades(prints)
        if self._generic:
            self._special(at)
        self.price(ticks.CLOSE, self.market.close(self.source, at))
        self.generic(ticks.HALTED, float(self.market.halted(self.source, at)))
        self.since = at

    def _keep_up(self, at: float) -> Prints:
        """The trades since the last look, added to the day; with a new day it begins anew."""
        starts, ends = self._session
        if starts <= at < ends:
            prints = self.market.prints(self.source, self.since, at)
            self._day.add(prints)
            return prints
        self._session = (starts, ends) = self.market.session(self.source, at)
        self._day = Day.until(self.market, self.source, starts, at)
        return self.market.prints(self.source, max(self.since, starts), at)

    def _quote(self, at: float) -> None:
        quote: Quote | None = self.market.quote(self.source, at)
        if quote is None:
            # No size at a price of -1 is how TWS says that there is no quote.
            if ticks.BID in self._sent:
                self.price(ticks.BID, -1.0, 0)
                self.price(ticks.ASK, -1.0, 0)
            return
        self.price(ticks.BID, quote.bid, size(quote.bid_size))
        self.price(ticks.ASK, quote.ask, size(quote.ask_size))
        self.string(ticks.BID_EXCHANGE, letters((quote.bid_venue,)))
        self.string(ticks.ASK_EXCHANGE, letters((quote.ask_venue,)))

    def _trades(self, prints: Prints) -> None:
        day = self._day
        if not day.count:
            return
        venues = self.market.venues
        if len(prints.time):
            self.price(ticks.LAST, float(prints.price[-1]), size(prints.size[-1]))
            self.string(ticks.LAST_EXCHANGE, letters((venues[prints.venue[-1]],)))
            self.string(ticks.LAST_TIME, str(int(prints.time[-1])))
        elif ticks.LAST not in self._sent:
            self.price(ticks.LAST, day.last, 0)
        self.price(ticks.OPEN, day.open)
        self.price(ticks.HIGH, day.high)
        self.price(ticks.LOW, day.low)
        if day.volume:
            self.size(ticks.VOLUME, day.volume)
        for wanted, kind in (
            (_RT_VOLUME, ticks.RT_VOLUME),
            (_RT_TRADE_VOLUME, ticks.RT_TRADE_VOLUME),
        ):
            if wanted in self._generic and not self.is_delayed:
                self._each(kind, prints)

    def _each(self, kind: int, prints: Prints) -> None:
        """One string for each regular trade: price;size;ms;volume;VWAP;whether one maker."""
        day, send = self._day, self.session.send
        volume = day.volume - int(prints.size.sum())
        value = day.value - float(np.dot(prints.price, prints.size))
        regular = self.market.regular(prints)
        for index in range(len(prints.time)):
            price, shares = float(prints.price[index]), int(prints.size[index])
            volume += shares
            value += price * shares
            if not regular[index]:
                continue
            stamp = int(prints.time[index] * 1000)
            average = value / volume if volume else price
            said = f"{price!r};{shares};{stamp};{volume};{average:.6f};true"
            send("tick string", 46, 6, self.rid, kind, said)

    def _special(self, at: float) -> None:
        if any(each in self._generic for each in _MARK):
            self.price(ticks.MARK_PRICE, self.market.price(self.source, at))
        if _TRADE_COUNT in self._generic and self._day.count:
            self.generic(ticks.TRADE_COUNT, float(self._day.count))
        if _SHORTABLE in self._generic and self.security.contract.sec_type == "STK":
            self.generic(ticks.SHORTABLE, 3.0)
            self.size(ticks.SHORTABLE_SHARES, 10_000_000)

    # What is sent, where it changed

    def price(self, kind: int, price: float, shares: int | None = None) -> None:
        """A price, with its size where it has one."""
        size_kind = ticks.size_of(kind) if shares is not None else -1
        if self._sent.get(kind) == price:
            if shares is not None and self._sent.get(size_kind) != shares:
                self.size(size_kind, shares)
            return
        self._sent[kind] = price
        if shares is not None:
            self._sent[size_kind] = shares
        self.session.send("tick price", 1, 6, self.rid, self.shown(kind), price, shares or 0, 0)

    def size(self, kind: int, shares: int) -> None:
        """A size alone."""
        if self._sent.get(kind) != shares:
            self._sent[kind] = shares
            self.session.send("tick size", 2, 6, self.rid, self.shown(kind), shares)

    def string(self, kind: int, value: str) -> None:
        """A text."""
        if self._sent.get(kind) != value:
            self._sent[kind] = value
            self.session.send("tick string", 46, 6, self.rid, self.shown(kind), value)

    def generic(self, kind: int, value: float) -> None:
        """Another figure."""
        if self._sent.get(kind) != value:
            self._sent[kind] = value
            self.session.send("tick generic", 45, 6, self.rid, self.shown(kind), value)

    def shown(self, kind: int) -> int:
        """What a kind is called, where the line is delayed."""
        return ticks.DELAYED.get(kind, kind) if self.is_delayed else kind

"""One line of market data: what a quote screen shows of an instrument, sent as it changes."""

from __future__ import annotations

import math
from operator import mul
from typing import ClassVar

from quanticity.sim.gateway import ticks
from quanticity.sim.gateway.days import Day
from quanticity.sim.gateway.reels import Cut, Reel
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.streams import Watched
from quanticity.sim.gateway.venues import letter
from quanticity.sim.gateway.wire import Value, size
from quanticity.sim.market.books import Quote

_EACH = ((233, ticks.RT_VOLUME), (375, ticks.RT_TRADE_VOLUME))
_AUCTION, _TRADE_COUNT = 225, 293
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
        self._is_begun = False
        self._reels = session.gateway.reels
        self._quoted_at = -1.0
        self._each_as = tuple(kind for wanted, kind in _EACH if wanted in generic and not delayed)

    def resume(self, now: float) -> None:
        """Go on from now: the day is counted anew, since its trades were not all seen."""
        self.since = now - self._late
        self._session = (math.inf, -math.inf)

    def look(self, now: float) -> None:
        """Send what changed, and each regular trade where they are asked for."""
        at = now - self._late
        cuts = self._keep_up(at)
        if at < self._session[0]:
            self._closed(at)
            return
        quoted = self._quote(at)
        if self.security.contract.sec_type != "CASH":
            self._trades(cuts)
        if self._generic:
            self._special(at)
        if not quoted or ticks.HALTED not in self._sent:
            self.generic(ticks.HALTED, float(self.market.halted(self.source, at)))
        self.since = at

    def _keep_up(self, at: float) -> list[Cut]:
        """The trades since the last look, added to the day; with a new day it begins anew."""
        if not at < self._session[1]:
            self._session = self.market.session(self.source, at)
            self._is_begun = False
            self.price(ticks.CLOSE, self.market.close(self.source, at))
        starts = self._session[0]
        if at < starts:
            return []
        if not self._is_begun:
            self._is_begun = True
            self._day = Day.until(self.market, self._reels, self.source, starts, at)
            return self._reels.between(self.source, max(self.since, starts), at)
        cuts = self._reels.between(self.source, self.since, at)
        self._day.add(cuts)
        return cuts

    def _closed(self, at: float) -> None:
        """Between sessions: no quote, and the last price of the session before."""
        self._no_quote()
        if ticks.LAST not in self._sent and self.security.contract.sec_type != "CASH":
            last = self.market.last(self.source, at)
            if last is not None:
                when, price, shares = last
                self.price(ticks.LAST, price, size(shares))
                self.string(ticks.LAST_TIME, str(int(when)))
        self.since = at

    def _no_quote(self) -> None:
        # No size at a price of -1 is how TWS says that there is no quote.
        if ticks.BID in self._sent:
            self.price(ticks.BID, -1.0, 0)
            self.price(ticks.ASK, -1.0, 0)

    def _quote(self, at: float) -> bool:
        """Whether there is one."""
        quote: Quote | None = self.market.quote(self.source, at)
        if quote is None:
            self._no_quote()
            return False
        if quote.time != self._quoted_at:
            self._quoted_at = quote.time
            if ticks.HALTED in self._sent:
                self.generic(ticks.HALTED, 0.0)
            self.price(ticks.BID, quote.bid, size(quote.bid_size))
            self.price(ticks.ASK, quote.ask, size(quote.ask_size))
            self.string(ticks.BID_EXCHANGE, letter(quote.bid_venue))
            self.string(ticks.ASK_EXCHANGE, letter(quote.ask_venue))
        return True

    def _trades(self, cuts: list[Cut]) -> None:
        day = self._day
        last: tuple[Reel, int] | None = None
        for reel, start, end in cuts:
            for index in range(end - 1, start - 1, -1):
                if reel.regular[index]:
                    last = reel, index
                    break
        if last is not None:
            reel, index = last
            self.price(ticks.LAST, reel.price[index], size(reel.size[index]))
            self.string(ticks.LAST_EXCHANGE, letter(reel.venue[index]))
            self.string(ticks.LAST_TIME, str(int(reel.time[index])))
        elif ticks.LAST not in self._sent and day.count:
            self.price(ticks.LAST, day.last, 0)
        if not cuts and ticks.OPEN in self._sent:
            return
        if day.count:
            self.price(ticks.OPEN, day.open)
            self.price(ticks.HIGH, day.high)
            self.price(ticks.LOW, day.low)
        if day.volume:
            self.size(ticks.VOLUME, day.volume)
        for kind in self._each_as:
            self._each(kind, cuts)

    def _each(self, kind: int, cuts: list[Cut]) -> None:
        """One string for each regular trade: price;size;ms;volume;VWAP;whether one maker."""
        day, rid, send = self._day, self.rid, self.session.send_plain
        volume = day.volume - sum(sum(reel.size[start:end]) for reel, start, end in cuts)
        value = day.value - sum(
            sum(map(mul, reel.price[start:end], reel.size[start:end])) for reel, start, end in cuts
        )
        for reel, start, end in cuts:
            for at, price, shares, is_regular in zip(
                reel.time[start:end],
                reel.price[start:end],
                reel.size[start:end],
                reel.regular[start:end],
                strict=True,
            ):
                volume += shares
                value += price * shares
                if is_regular:
                    average = value / volume if volume else price
                    said = f"{price};{shares};{int(at * 1000)};{volume};{average:.6f};true"
                    send("tick string", f"46\x006\0{rid}\0{kind}\0{said}\0")

    def _special(self, at: float) -> None:
        if any(each in self._generic for each in _MARK):
            self.price(ticks.MARK_PRICE, self.market.price(self.source, at))
        if _AUCTION in self._generic:
            self._auction(at)
        if _TRADE_COUNT in self._generic and self._day.count:
            self.generic(ticks.TRADE_COUNT, float(self._day.count))
        if _SHORTABLE in self._generic and self.security.contract.sec_type == "STK":
            self.generic(ticks.SHORTABLE, 3.0)
            self.size(ticks.SHORTABLE_SHARES, 10_000_000)

    def _auction(self, at: float) -> None:
        """What is told before a cross: its volume and price so far, and who is left over."""
        told = self.market.imbalance(self.source, at)
        if told is not None:
            self.size(ticks.AUCTION_VOLUME, told.paired)
            self.price(ticks.AUCTION_PRICE, told.near)
            self.size(ticks.AUCTION_IMBALANCE, told.side * told.size)

    # What is sent, where it changed

    def price(self, kind: int, price: float, shares: int | None = None) -> None:
        """A price, with its size where it has one."""
        sent = self._sent
        if shares is None:
            if sent.get(kind) != price:
                sent[kind] = price
                body = f"1\x006\0{self.rid}\0{self.shown(kind)}\0{price}\x000\x000\0"
                self.session.send_plain("tick price", body)
            return
        size_kind = ticks.size_of(kind)
        if sent.get(kind) == price:
            self.size(size_kind, shares)
            return
        sent[kind] = price
        sent[size_kind] = shares
        body = f"1\x006\0{self.rid}\0{self.shown(kind)}\0{price}\0{shares}\x000\0"
        self.session.send_plain("tick price", body)

    def size(self, kind: int, shares: int) -> None:
        """A size alone."""
        if self._sent.get(kind) != shares:
            self._sent[kind] = shares
            body = f"2\x006\0{self.rid}\0{self.shown(kind)}\0{shares}\0"
            self.session.send_plain("tick size", body)

    def string(self, kind: int, value: str) -> None:
        """A text."""
        if self._sent.get(kind) != value:
            self._sent[kind] = value
            body = f"46\x006\0{self.rid}\0{self.shown(kind)}\0{value}\0"
            self.session.send_plain("tick string", body)

    def generic(self, kind: int, value: float) -> None:
        """Another figure."""
        if self._sent.get(kind) != value:
            self._sent[kind] = value
            self.session.send("tick generic", 45, 6, self.rid, self.shown(kind), value)

    def shown(self, kind: int) -> int:
        """What a kind is called, where the line is delayed."""
        return ticks.DELAYED.get(kind, kind) if self.is_delayed else kind

"""The gateway's market from the simulated world."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from quanticity.sim.exchange import ports as exchange
from quanticity.sim.gateway.minute_bars import MINUTE, minute_bars
from quanticity.sim.gateway.option_minutes import OptionMinutes
from quanticity.sim.gateway.ports import Span
from quanticity.sim.market.auctions import Imbalance
from quanticity.sim.market.books import Book, Quote
from quanticity.sim.market.changes import Change
from quanticity.sim.market.kept import Kept
from quanticity.sim.market.ladders import ASK, BID
from quanticity.sim.market.listing import Listed
from quanticity.sim.market.minutes import STEP
from quanticity.sim.market.option_book import OptionQuote
from quanticity.sim.market.options import RIGHTS
from quanticity.sim.market.prints import Bars, Prints
from quanticity.sim.market.universe import UNIVERSE, front, future_months, listed
from quanticity.sim.market.venues import (
    CLOSING,
    CONDITIONS,
    EXTENDED,
    OPENING,
    REGULAR,
    SWEEP,
    VENUES,
)
from quanticity.sim.market.world import World

_WITH_OPTIONS = ("SPX", "NDX", "RUT", "VIX")
_MAKES_LAST = np.isin(np.arange(len(CONDITIONS)), (REGULAR, SWEEP, EXTENDED, OPENING, CLOSING))
_SHARED = 512
_MEGABYTES = 6  # of what several look at, by kind
_NO_MINUTE = (-math.inf, None)
_Tops: TypeAlias = "tuple[array[float], array[float], array[int], array[int], list[str], list[str]]"


class Listings:
    """What trades, when, and for how much: all but books and options.

    Prints and bars that several clients look at are computed once.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.prints = Kept(self._prints, _MEGABYTES)
        self.bars = Kept(self._bars, _MEGABYTES)
        self._close_before = lru_cache(maxsize=_SHARED)(self._close_of)

    @property
    def venues(self) -> Sequence[str]:
        """Venue codes, as prints index them."""
        return VENUES

    @property
    def conditions(self) -> Sequence[str]:
        """Condition texts, as prints index them."""
        return CONDITIONS

    # What there is

    def listed(self, symbol: str) -> Listed | None:
        """What trades under a symbol."""
        return listed(symbol)

    def symbols(self) -> Sequence[str]:
        """The whole universe."""
        return [each.symbol for each in UNIVERSE]

    def future_months(self, symbol: str, at: float) -> Sequence[tuple[str, date, str]]:
        """Months of a future, nearest first."""
        return future_months(symbol, self.world.day(at).day, self.world.calendar)

    def source(self, local: str, at: float) -> str:
        """Whose tape and book a symbol has."""
        found = listed(local)
        if found is None or not found.month:
            return local
        month = front(found.continuous, self.world.day(at).day, self.world.calendar)
        return found.continuous if month is not None and month[2] == local else local

    def expiries(self, symbol: str, at: float) -> Sequence[date]:
        """When options of an underlying expire."""
        if not _has_options(symbol):
            return ()
        return self.world.expiries(symbol, self.world.day(at).day)

    def strikes(self, symbol: str, expiry: date, at: float) -> Sequence[float]:
        """The strikes of one expiry."""
        found: Sequence[float] = self.world.strikes(symbol, expiry, self.world.day(at).day).tolist()
        return found

    # When it trades

    def trading(self, symbol: str, at: float) -> bool:
        """Whether orders can meet."""
        return self.world.trading(symbol, at)

    def halted(self, symbol: str, at: float) -> bool:
        """Whether trading is halted."""
        return self.world.halted(symbol, at)

    def hours(self, symbol: str, day: date) -> tuple[Span | None, Span | None]:
        """When it trades on a date: in all, and in its liquid hours."""
        hours = _known(symbol).hours
        span = self.world.sessions.span(hours, day)
        if span is None:
            return None, None
        whole = (span.start, span.end)
        if hours != "stocks":
            return whole, whole
        trading = self.world.day_of(day)
        return whole, (trading.opens, trading.closes)

    def session(self, symbol: str, at: float) -> Span:
        """The session in progress, or the next one; without one near, a moment that is over."""
        sessions, hours = self.world.sessions, _known(symbol).hours
        span = sessions.at(hours, at)
        if span is None:
            starts = sessions.next_start(hours, at)
            if math.isinf(starts):
                return at, at
            span = sessions.at(hours, starts)
        return (span.start, span.end) if span is not None else (at, at)

    # For how much

    def price(self, symbol: str, at: float) -> float:
        """The mid, or an index's value."""
        return self.world.price(symbol, at)

    def daily(
        self, symbol: str, day: date, until: float
    ) -> tuple[float, float, float, float, int] | None:
        """A date's session, as far as it is gone."""
        span = self.hours(symbol, day)[1]
        if span is None or span[0] >= until:
            return None
        start, end = span[0], min(span[1], until)
        opened, high, low, close = self.world.bar(symbol, start, end)
        if until >= span[1]:
            close = self.world.close(symbol, day)
            high, low = max(high, close), min(low, close)
        return opened, high, low, close, self.world.tape.volume(symbol, start, end)

    def close(self, symbol: str, at: float) -> float:
        """The official close before the session that a moment falls in, or before the next one."""
        return self._close_before(symbol, self.session(symbol, at)[0])

    def imbalance(self, symbol: str, at: float) -> Imbalance | None:
        """The last message before an auction."""
        return self.world.auctions.imbalance(symbol, at)

    def last(self, symbol: str, at: float) -> tuple[float, float, int] | None:
        """The last print at or before a moment."""
        return self.world.tape.last(symbol, at)

    def regular(self, prints: Prints) -> npt.NDArray[np.bool_]:
        """Which prints make the last price."""
        return np.asarray(_MAKES_LAST[prints.condition])

    def _prints(self, symbol: str, since: float, until: float) -> Prints:
        return self.world.tape.prints(symbol, since, until)

    def _bars(self, symbol: str, since: float, until: float, seconds: int) -> Bars:
        if seconds % MINUTE == 0:
            return minute_bars(self.world, _known(symbol), since, until, seconds)
        return self.world.tape.bars(symbol, since, until, seconds)

    def _close_of(self, symbol: str, starts: float) -> float:
        span = self.world.sessions.last(_known(symbol).hours, starts - 1)
        return self.world.close(symbol, span.day)


def _has_options(symbol: str) -> bool:
    found = listed(symbol)
    return found is not None and (found.kind in ("stock", "etf") or symbol in _WITH_OPTIONS)


def _known(symbol: str) -> Listed:
    found = listed(symbol)
    if found is None:
        raise KeyError(symbol)
    return found


class WorldMarket(Listings):
    """All of `gateway.ports.Market`, of one world."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._tops = lru_cache(maxsize=_SHARED)(self._make_tops)
        self._minutes: dict[str, tuple[float, _Tops | None]] = {}
        self._options = OptionMinutes(world)
        self._option_trades = Kept(world.option_tape.trades, _MEGABYTES)

    def quote(self, symbol: str, at: float) -> Quote | None:
        """The best of the book: a whole minute's is made at once, for those who look often."""
        start, tops = self._minutes.get(symbol, _NO_MINUTE)
        if not start <= at < start + MINUTE:
            start = at // MINUTE * MINUTE
            tops = self._tops(symbol, start)
            self._minutes[symbol] = (start, tops)
        if tops is None:
            return None
        bid, ask, bid_size, ask_size, bid_venue, ask_venue = tops
        step = min(int((at - start) / STEP), len(bid) - 1)
        return Quote(
            time=start + STEP * step,
            bid=bid[step],
            ask=ask[step],
            bid_size=bid_size[step],
            ask_size=ask_size[step],
            bid_venue=bid_venue[step],
            ask_venue=ask_venue[step],
        )

    def _make_tops(self, symbol: str, start: float) -> _Tops | None:
        """Best bid, ask, their sizes and venues, at each step of a minute; None without a book."""
        listing = _known(symbol)
        span = self.world.sessions.at(listing.hours, start) if listing.traded else None
        if span is None:
            return None
        rows = self.world.books.minute(symbol, span, round((start - span.start) / MINUTE))
        if rows is None:
            return None
        columns = []
        for side in (BID, ASK):
            price, shares = rows.price[:, side], rows.size[:, side]
            best = np.where(price == price[:, :1], shares, 0).sum(axis=1)
            shown = np.round(price[:, 0] * listing.tick, listing.digits)
            venues = [VENUES[venue] for venue in rows.venue[:, side, 0].tolist()]
            columns.append((array("d", shown.tolist()), array("q", best.tolist()), venues))
        (bid, bid_size, bid_venue), (ask, ask_size, ask_venue) = columns
        return bid, ask, bid_size, ask_size, bid_venue, ask_venue

    def book(self, symbol: str, at: float) -> Book | None:
        """Ten rows a side."""
        return self.world.books.book(symbol, at)

    def changes(self, symbol: str, since: float, until: float) -> Sequence[Change]:
        """What leads from one book to another."""
        return self.world.books.changes(symbol, since, until)

    def option(
        self, symbol: str, expiry: date, strike: float, right: str, at: float
    ) -> OptionQuote | None:
        """One contract of the chain."""
        if not _has_options(symbol):
            return None
        return self._options.quote(symbol, expiry, strike, right, at)

    def option_prints(
        self, symbol: str, expiry: date, strike: float, right: str, since: float, until: float
    ) -> exchange.Prints:
        """Trades of one contract."""
        side = RIGHTS[0] if right == "C" else RIGHTS[1]
        found = self._option_trades(symbol, since, until).of(expiry, strike, side)
        return exchange.Prints(
            time=found.time,
            price=found.price,
            size=found.size.astype(np.float64),
            side=found.side,
            eligible=np.ones(len(found), dtype=np.bool_),
            venue=found.venue,
            venues=VENUES,
        )

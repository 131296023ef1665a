"""A market for tests: what it shows and prints was written down before, or drawn from a seed."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import attrgetter, itemgetter
from random import Random

import numpy as np

from quanticity.sim.exchange import (
    Book,
    Contract,
    Cross,
    Level,
    Listing,
    Markets,
    Prints,
    Quote,
    Session,
)

MARKETS = 32  # drawn ones that are kept
_when = attrgetter("time")

T0 = 1_767_625_200.0  # Monday 2026-01-05 10:00 Eastern
DAY = 86_400.0
OPENS, CLOSES = T0 - 1800, T0 + 6 * 3600
HOURS = Session(OPENS - 5.5 * 3600, OPENS, CLOSES, CLOSES + 4 * 3600)

SPY = Contract(con_id=1, symbol="SPY", primary_exchange="ARCA", local_symbol="SPY")
AAPL = Contract(con_id=2, symbol="AAPL", primary_exchange="NASDAQ", local_symbol="AAPL")
ES = Contract(con_id=3, symbol="ES", sec_type="FUT", expiry="20260320", exchange="CME")
EUR = Contract(con_id=4, symbol="EUR", sec_type="CASH", exchange="IDEALPRO", local_symbol="EUR.USD")
SPX = Contract(con_id=5, symbol="SPX", sec_type="IND", exchange="CBOE")
LISTINGS = {
    1: Listing(SPY),
    2: Listing(AAPL),
    3: Listing(ES, ticks=((0.0, 0.25),), multiplier=50, margin=12_000, maintenance=11_000),
    4: Listing(EUR, ticks=((0.0, 0.00005),)),
    5: Listing(SPX, tradable=False),
}


def option(con_id: int, right: str, strike: float, *, cash: bool = False) -> Listing:
    """An option on SPY that expires at the close of the first day."""
    contract = Contract(
        con_id=con_id,
        symbol="SPY",
        sec_type="OPT",
        expiry="20260105",
        strike=strike,
        right=right,
        multiplier="100",
        local_symbol=f"SPY 260105{right}{strike:g}",
    )
    return Listing(contract, multiplier=100, underlying=SPY, expires=CLOSES, cash_settled=cash)


@dataclass
class Scripted(Markets):
    """Shows the books and prints it is given; the book of a moment is the last one before."""

    listings: dict[int, Listing] = field(default_factory=lambda: dict(LISTINGS))
    books: dict[int, list[Book]] = field(default_factory=dict)
    trades: dict[int, list[tuple[float, float, float, int]]] = field(default_factory=dict)
    dark: set[tuple[int, float]] = field(default_factory=set)
    halts: list[tuple[int, float, float]] = field(default_factory=list)
    hours: Session = HOURS
    period: float = DAY
    crosses: dict[tuple[int, str], Cross] = field(default_factory=dict)
    settlements: dict[int, float] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    ends: float = T0 + 10 * 3600

    def show(self, con_id, at, bids, asks) -> Scripted:
        """Display a book from a moment on: pairs of price and size, best first."""
        levels = [
            tuple(Level(price, size, "ARCA") for price, size in side) for side in (bids, asks)
        ]
        shown = self.books.setdefault(con_id, [])
        bisect.insort(shown, Book(at, *levels), key=_when)
        return self

    def trade(self, con_id, at, price, size, side=0, *, dark=False) -> Scripted:
        """Print a trade."""
        bisect.insort(self.trades.setdefault(con_id, []), (at, price, size, side))
        if dark:
            self.dark.add((con_id, at))
        return self

    def listing(self, contract):
        if contract.con_id in self.listings:
            return self.listings[contract.con_id]
        for each in self.listings.values():
            if (each.contract.symbol, each.contract.sec_type) == (
                contract.symbol,
                contract.sec_type,
            ):
                return each
        return None

    def by_id(self, con_id):
        return self.listings.get(con_id)

    def _book(self, contract, at):
        shown = self.books.get(contract.con_id, [])
        index = bisect.bisect_right(shown, at, key=_when) - 1
        return shown[index] if index >= 0 else None

    def quote(self, contract, at):
        book = self._book(contract, at)
        trades = self.trades.get(contract.con_id, [])
        before = bisect.bisect_right(trades, at, key=itemgetter(0))
        last = trades[before - 1][1] if before else None
        if book is None:
            return Quote(None, None, 0, 0, last) if last else None
        bid, ask = (side[0] if side else None for side in (book.bids, book.asks))
        mid = (bid.price + ask.price) / 2 if bid and ask else None
        return Quote(
            bid.price if bid else None,
            ask.price if ask else None,
            bid.size if bid else 0,
            ask.size if ask else 0,
            last if last is not None else mid,
        )

    def book(self, contract, at):
        session = self.session(contract, at)
        inside = session.extended_opens <= at < session.extended_closes
        return self._book(contract, at) if inside else None

    def prints(self, contract, since, until):
        rows = self.trades.get(contract.con_id, [])
        low = bisect.bisect_left(rows, since, key=itemgetter(0))
        high = bisect.bisect_left(rows, until, key=itemgetter(0))
        found = rows[low:high]
        if not found:
            return Prints()
        time, price, size, side = (np.array(each, dtype=float) for each in zip(*found, strict=True))
        lit = np.array([(contract.con_id, each[0]) not in self.dark for each in found])
        venue = np.zeros(len(found), np.int8)
        return Prints(time, price, size, side.astype(np.int8), lit, venue, ("ARCA",))

    def halted(self, contract, at):
        return any(i == contract.con_id and a <= at < b for i, a, b in self.halts)

    def session(self, contract, at):
        first = self.hours
        shift = 0.0
        while at >= first.extended_closes + shift:
            shift += self.period
        return replace(
            first,
            extended_opens=first.extended_opens + shift,
            opens=first.opens + shift,
            closes=first.closes + shift,
            extended_closes=first.extended_closes + shift,
        )

    def opening(self, contract, session):
        return self.crosses.get((contract.con_id, "open"))

    def closing(self, contract, session):
        return self.crosses.get((contract.con_id, "close"))

    def settlement(self, contract, at):
        return self.settlements.get(contract.con_id)

    def rate(self, currency, base, at):
        return 1.0 if currency == base else self.rates.get(currency)

    def day_ends(self, at):
        end = self.ends
        while end <= at:
            end += self.period
        return end


@lru_cache(maxsize=MARKETS)
def drawn(seed: int, seconds: int = 90) -> Scripted:
    """A lively market of two stocks, a future and two options, some minutes long, from a seed.

    Its regular session ends after two thirds of them, and the next begins at once after a pause.
    """
    random = Random(seed)
    call, other = option(11, "C", 100.0), option(12, "C", 101.0)
    hours = Session(T0 - 5, T0, T0 + seconds * 0.6, T0 + seconds * 0.7)
    expires = T0 + seconds * 0.9
    listings = {
        **LISTINGS,
        11: replace(call, expires=expires),
        12: replace(other, expires=expires, cash_settled=True),
    }
    market = Scripted(
        listings=listings, hours=hours, period=seconds * 0.8, ends=T0 + seconds * 0.75
    )
    market.settlements = {11: 100 + random.random(), 12: 100 + 2 * random.random()}
    market.crosses[1, "close"] = Cross(hours.closes, 100.0, random.randint(0, 900))
    for con_id, level, tick in ((1, 100.0, 0.01), (2, 50.0, 0.01), (3, 6000.0, 0.25)):
        _wander(market, random, con_id, level, tick, seconds)
    _wander(market, random, 11, 1.0, 0.01, seconds)
    _wander(market, random, 12, 0.5, 0.01, seconds)
    return market


def _wander(market, random, con_id, level, tick, seconds):
    steps = round(level / tick)
    at = T0 - 5.0
    while at < T0 + seconds:
        steps = max(steps + random.choice((-2, -1, 0, 0, 1, 2)), 8)
        half = random.choice((1, 1, 2, 3))
        bids = [(round((steps - half - i) * tick, 8), random.randint(1, 9) * 100) for i in range(4)]
        asks = [(round((steps + half + i) * tick, 8), random.randint(1, 9) * 100) for i in range(4)]
        market.show(con_id, at, bids, asks)
        for _ in range(random.randint(0, 3)):
            side = random.choice((-1, 1, 1, -1, 0))
            away = random.choice((half, half, half + 1, 0)) * (side or random.choice((-1, 1)))
            when = round(at + random.random() * 0.5, random.choice((0, 1, 3)))
            if when >= at:
                price = round((steps + away) * tick, 8)
                market.trade(con_id, when, price, random.randint(1, 30) * 10, side)
        at += random.choice((0.25, 0.5, 0.75))

"""A market with the simulated tape and the plainest of books: one step of size a second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from quanticity.clock import MarketCalendar
from quanticity.sim.exchange import ports as exchange
from quanticity.sim.gateway.world_market import Listings
from quanticity.sim.market.books import Book, Level, Quote
from quanticity.sim.market.changes import Change
from quanticity.sim.market.option_book import OptionQuote
from quanticity.sim.market.world import World

CALENDAR = MarketCalendar()
_VENUES = ("NASDAQ", "ARCA", "BATS", "IEX")


class PlainMarket(Listings):
    """Quotes of one tick around the price; sizes that change with each second."""

    def __init__(self, seed: int = 7) -> None:
        super().__init__(World(seed, CALENDAR))

    def quote(self, symbol: str, at: float) -> Quote | None:
        book = self.book(symbol, at)
        if book is None:
            return None
        bid, ask = book.bids[0], book.asks[0]
        return Quote(book.time, bid.price, ask.price, bid.size, ask.size, bid.venue, ask.venue)

    def book(self, symbol: str, at: float) -> Book | None:
        listed = self.listed(symbol)
        if listed is None or not listed.traded or not self.trading(symbol, at):
            return None
        second, tick = int(at), listed.tick
        middle = round(self.price(symbol, second) / tick)
        sides = []
        for sign in (-1, 1):
            prices = [round((middle + sign * (row + 1)) * tick, 8) for row in range(10)]
            sides.append(
                tuple(
                    Level(price, 100 * (1 + (second + row) % 7), _VENUES[row % len(_VENUES)])
                    for row, price in enumerate(prices)
                )
            )
        return Book(float(second), *sides)

    def changes(self, symbol: str, since: float, until: float) -> Sequence[Change]:
        found: list[Change] = []
        before = self.book(symbol, since)
        for second in range(int(since) + 1, int(until) + 1):
            after = self.book(symbol, second)
            for side, old, new in (
                (1, before.bids if before else (), after.bids if after else ()),
                (0, before.asks if before else (), after.asks if after else ()),
            ):
                for row, level in enumerate(new):
                    if row >= len(old) or old[row] != level:
                        step = 0 if row >= len(old) else 1
                        what = (level.price, level.size, level.venue)
                        found.append(Change(float(second), row, step, side, *what))
                found += [
                    Change(float(second), row, 2, side, 0.0, 0, "")
                    for row in range(len(old) - 1, len(new) - 1, -1)
                ]
            before = after
        return found

    def option(
        self, symbol: str, expiry: date, strike: float, right: str, at: float
    ) -> OptionQuote | None:
        if not self.trading(symbol, at) or expiry not in self.expiries(symbol, at):
            return None
        found = self.world.slice(symbol, expiry, at)
        index = int(abs(found.strikes - strike).argmin())
        side = found.call if right == "C" else found.put
        return OptionQuote(
            at,
            float(side.bid[index]),
            float(side.ask[index]),
            12,
            15,
            round(float(side.mid[index]), 2),
            1,
            int(side.volume[index]),
            int(side.oi[index]),
            float(side.iv[index]),
            float(side.delta[index]),
            float(side.gamma[index]),
            float(side.vega[index]),
            float(side.theta[index]),
            found.spot,
        )

    def option_prints(self, *_asked: object) -> exchange.Prints:
        return exchange.Prints()

"""The simulated market as the exchange sees it: by contracts instead of symbols."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from quanticity.clock import EASTERN, Clock
from quanticity.sim.exchange.model import Contract
from quanticity.sim.exchange.ports import Book, Cross, Level, Listing, Prints, Quote, Session
from quanticity.sim.gateway.ports import Market
from quanticity.sim.gateway.rules import steps_of
from quanticity.sim.gateway.securities import Directory, Security
from quanticity.sim.market.venues import CLOSING, DARK, OPENING

_LOOK_AHEAD = 12
_CROSS = 60.0
# What a contract is traded in, where that is not one whole share, contract or unit of money.
_LOTS = {"CRYPTO": 0.0001}
_NEVER = ("IND",)


class SimMarkets:
    """What `exchange.ports.Markets` asks, from the simulated market."""

    def __init__(self, market: Market, directory: Directory, clock: Clock) -> None:
        self._market = market
        self._directory = directory
        self._clock = clock

    # What there is

    def listing(self, contract: Contract) -> Listing | None:
        """The contract that a client means; None where nothing or too much fits."""
        try:
            found = self._directory.one(contract, self._clock.now())
        except LookupError:
            return None
        return None if found is None or found.legs else self._listing(found)

    def by_id(self, con_id: int) -> Listing | None:
        """The contract of an id."""
        found = self._directory.by_id(con_id)
        return None if found is None else self._listing(found)

    def _listing(self, security: Security) -> Listing:
        contract = security.contract
        underlying = None
        expires = None
        cash_settled = True
        if security.is_option:
            of = self._directory.plain(security.market)
            underlying = of.contract if of is not None else None
            cash_settled = of is None or of.contract.sec_type == "IND"
            expires = self._ends(security.market, security.expires, 1)
        elif contract.sec_type == "FUT":
            expires = self._ends(security.market, security.expires, 0)
        return Listing(
            contract=contract,
            ticks=steps_of(security),
            multiplier=float(contract.multiplier or 1),
            lot=_LOTS.get(contract.sec_type, 1.0),
            tradable=contract.sec_type not in _NEVER,
            underlying=underlying,
            expires=expires,
            cash_settled=cash_settled,
        )

    def _ends(self, symbol: str, day: date, which: int) -> float:
        span = self._market.hours(symbol, day)[which]
        if span is None:
            return datetime.combine(day, time(16), EASTERN).timestamp()
        return span[1]

    # What trades

    def quote(self, contract: Contract, at: float) -> Quote | None:
        """The quote at a moment, outside sessions the last price alone."""
        security = self._known(contract)
        if security is None:
            return None
        if security.is_option:
            found = self._market.option(
                security.market, security.expires, contract.strike, contract.right, at
            )
            if found is None:
                return None
            last = (found.bid + found.ask) / 2 if found.last is None else found.last
            return Quote(
                found.bid or None,
                found.ask or None,
                float(found.bid_size),
                float(found.ask_size),
                last,
            )
        source = self._market.source(security.market, at)
        price = self._market.price(source, at)
        quote = self._market.quote(source, at)
        if quote is None:
            return Quote(None, None, 0.0, 0.0, price)
        unit = _LOTS.get(contract.sec_type, 1.0)
        return Quote(
            quote.bid or None,
            quote.ask or None,
            quote.bid_size * unit,
            quote.ask_size * unit,
            price,
        )

    def book(self, contract: Contract, at: float) -> Book | None:
        """The displayed book; of an option its best bid and ask."""
        security = self._known(contract)
        if security is None:
            return None
        if security.is_option:
            if not self._market.trading(security.market, at):
                return None
            quote = self.quote(contract, at)
            if quote is None:
                return None
            return Book(at, _row(quote.bid, quote.bid_size), _row(quote.ask, quote.ask_size))
        found = self._market.book(self._market.source(security.market, at), at)
        if found is None:
            return None
        unit = _LOTS.get(contract.sec_type, 1.0)
        bids, asks = (
            tuple(Level(level.price, level.size * unit, level.venue) for level in side)
            for side in (found.bids, found.asks)
        )
        return Book(at, bids, asks)

    def prints(self, contract: Contract, since: float, until: float) -> Prints:
        """Trades of a span; those away from the exchanges meet no order."""
        security = self._known(contract)
        if security is None or contract.sec_type == "IND":
            return Prints()
        if security.is_option:
            return self._market.option_prints(
                security.market, security.expires, contract.strike, contract.right, since, until
            )
        found = self._market.prints(self._market.source(security.market, since), since, until)
        unit = _LOTS.get(contract.sec_type, 1.0)
        return Prints(
            time=found.time,
            price=found.price,
            size=np.asarray(found.size * unit, np.float64),
            side=found.side,
            eligible=np.asarray(self._market.regular(found) & (found.venue != DARK)),
            venue=found.venue,
            venues=tuple(self._market.venues),
        )

    def halted(self, contract: Contract, at: float) -> bool:
        """Whether trading is halted."""
        security = self._known(contract)
        return security is not None and self._market.halted(security.market, at)

    # When

    def session(self, contract: Contract, at: float) -> Session:
        """The session in progress, or the next to begin."""
        security = self._known(contract)
        symbol = security.market if security is not None else ""
        option = security is not None and security.is_option
        today = datetime.fromtimestamp(at, EASTERN).date()
        for ahead in range(-1, _LOOK_AHEAD):
            whole, liquid = self._market.hours(symbol, today + timedelta(days=ahead))
            if option:
                whole = liquid
            if whole is None or whole[1] <= at:
                continue
            opens, closes = liquid or whole
            return Session(whole[0], opens, closes, whole[1])
        raise LookupError(f"{symbol or contract.symbol} trades on no day of the next {_LOOK_AHEAD}")

    def opening(self, contract: Contract, session: Session) -> Cross | None:
        """The opening auction of a stock."""
        return self._cross(contract, session.opens, OPENING)

    def closing(self, contract: Contract, session: Session) -> Cross | None:
        """The closing auction of a stock."""
        return self._cross(contract, session.closes, CLOSING)

    def _cross(self, contract: Contract, at: float, condition: int) -> Cross | None:
        security = self._known(contract)
        if security is None or contract.sec_type != "STK":
            return None
        prints = self._market.prints(security.market, at, at + _CROSS)
        found = np.flatnonzero(prints.condition == condition)
        if not len(found):
            return None
        first = int(found[0])
        return Cross(
            float(prints.time[first]), float(prints.price[first]), float(prints.size[first])
        )

    def settlement(self, contract: Contract, at: float) -> float | None:
        """What an expiring contract settles to."""
        security = self._known(contract)
        return None if security is None else self._market.price(security.market, at)

    def rate(self, currency: str, base: str, at: float) -> float | None:
        """What one unit of a currency is worth in another; None where no pair is listed."""
        if currency == base:
            return 1.0
        for symbol, inverse in ((f"{currency}.{base}", False), (f"{base}.{currency}", True)):
            if self._market.listed(symbol) is not None:
                price = self._market.price(symbol, at)
                return 1 / price if inverse else price
        return None

    def day_ends(self, at: float) -> float:
        """Midnight, Eastern."""
        tomorrow = datetime.fromtimestamp(at, EASTERN).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), EASTERN).timestamp()

    def _known(self, contract: Contract) -> Security | None:
        return self._directory.by_id(contract.con_id)


def _row(price: float | None, shares: float) -> tuple[Level, ...]:
    return (Level(price, shares),) if price is not None else ()

"""What the exchange asks of the market. Every answer is a function of its arguments alone.

Prices are in the contract's currency, sizes in shares or contracts, times in epoch seconds.
Contracts handed to a market are ones that it filled in itself (`Listing.contract`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from quanticity.sim.exchange.model import Contract


@dataclass(frozen=True, slots=True)
class Listing:
    """What the market knows about a contract.

    `ticks` are pairs of a price and the smallest step from there on; `multiplier` turns a price
    into money; `lot` is the smallest quantity and step of quantities. `margin` and `maintenance`
    are what a future takes for each contract, None for a share of its value. `expires` is when it
    settles, in `cash_settled` money or in its `underlying`.
    """

    contract: Contract
    ticks: tuple[tuple[float, float], ...] = ((0.0, 0.01),)
    multiplier: float = 1.0
    lot: float = 1.0
    tradable: bool = True
    underlying: Contract | None = None
    expires: float | None = None
    cash_settled: bool = True
    margin: float | None = None
    maintenance: float | None = None

    def tick(self, price: float) -> float:
        """The smallest step at a price."""
        found = self.ticks[0][1]
        for start, tick in self.ticks:
            if abs(price) >= start - 1e-9:
                found = tick
        return found


@dataclass(frozen=True, slots=True)
class Quote:
    """The best bid and ask with their sizes, and the last price; None where there is none."""

    bid: float | None
    ask: float | None
    bid_size: float
    ask_size: float
    last: float | None

    @property
    def mid(self) -> float | None:
        """Between bid and ask; the last price where one of them is missing."""
        if self.bid is None or self.ask is None:
            return self.last
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class Level:
    """What is displayed at one price, by one venue or by all together."""

    price: float
    size: float
    venue: str = "SMART"


@dataclass(frozen=True, slots=True)
class Book:
    """The displayed book, best first on both sides. Options have one level or more."""

    time: float
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


def _empty() -> npt.NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True, slots=True)
class Prints:
    """Trades, oldest first: arrays of one length.

    `side` is 1 where the buyer began, -1 the seller, 0 unknown. `eligible` is true for prints
    that an order on a lit book could have met and that make the last price: not dark, not odd in
    condition. `venue` indexes `venues`, which are the same for all prints of a contract.
    """

    time: npt.NDArray[np.float64] = field(default_factory=_empty)
    price: npt.NDArray[np.float64] = field(default_factory=_empty)
    size: npt.NDArray[np.float64] = field(default_factory=_empty)
    side: npt.NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))
    eligible: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    venue: npt.NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))
    venues: tuple[str, ...] = ("SMART",)


@dataclass(frozen=True, slots=True)
class Session:
    """A trading day of one contract: regular hours inside extended ones (the same where none)."""

    extended_opens: float
    opens: float
    closes: float
    extended_closes: float


@dataclass(frozen=True, slots=True)
class Cross:
    """An auction's result: everything trades at one price."""

    time: float
    price: float
    size: float


class Markets(Protocol):
    """The market behind the exchange: listings, books, prints, sessions, currencies."""

    def listing(self, contract: Contract) -> Listing | None:
        """The contract that a client means, filled in; None where nothing or too much fits."""
        ...

    def by_id(self, con_id: int) -> Listing | None:
        """The contract of an id, None where there is none."""
        ...

    def quote(self, contract: Contract, at: float) -> Quote | None:
        """The quote at a moment, outside sessions the last one; None where there never was one."""
        ...

    def book(self, contract: Contract, at: float) -> Book | None:
        """The displayed book; None where there is none: closed, halted, an index."""
        ...

    def prints(self, contract: Contract, since: float, until: float) -> Prints:
        """Trades of [since, until)."""
        ...

    def halted(self, contract: Contract, at: float) -> bool:
        """Whether trading is halted inside a session."""
        ...

    def session(self, contract: Contract, at: float) -> Session:
        """The session in progress (by extended hours), or the next one to begin.

        Raises LookupError where there is none any more.
        """
        ...

    def opening(self, contract: Contract, session: Session) -> Cross | None:
        """The opening auction of a session, at or after `opens`; None without one."""
        ...

    def closing(self, contract: Contract, session: Session) -> Cross | None:
        """The closing auction of a session, at or after `closes`; None without one."""
        ...

    def settlement(self, contract: Contract, at: float) -> float | None:
        """What an expiring contract settles to: an option's underlying, a future's own price."""
        ...

    def rate(self, currency: str, base: str, at: float) -> float | None:
        """What one unit of a currency is worth in another."""
        ...

    def day_ends(self, at: float) -> float:
        """When the broker's day ends, after `at`: daily figures begin anew."""
        ...

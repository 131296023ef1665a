"""What the gateway asks of the simulated market.

Moments and spans are epoch seconds, [since, until); prices are in the instrument's currency. A
market is a function of time: it may be asked for any moment or span, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from quanticity.sim.exchange import ports as exchange
from quanticity.sim.market.auctions import Imbalance
from quanticity.sim.market.books import Book, Quote
from quanticity.sim.market.changes import Change
from quanticity.sim.market.listing import Listed
from quanticity.sim.market.option_book import OptionQuote
from quanticity.sim.market.prints import Bars, Prints

Span = tuple[float, float]


class Market(Protocol):
    """The whole market, by our symbols (`SPY`, `ES`, `EUR.USD`, `DAX`, `TICK`)."""

    @property
    def venues(self) -> Sequence[str]:
        """Venue codes, as prints index them."""
        ...

    @property
    def conditions(self) -> Sequence[str]:
        """Condition texts, as prints index them; the first is that of a regular print."""
        ...

    def listed(self, symbol: str) -> Listed | None:
        """What trades under a symbol, None where nothing does."""
        ...

    def symbols(self) -> Sequence[str]:
        """The whole universe."""
        ...

    def future_months(self, symbol: str, at: float) -> Sequence[tuple[str, date, str]]:
        """Months of a future as (yyyymm, last trading day, local symbol), nearest first."""
        ...

    def expiries(self, symbol: str, at: float) -> Sequence[date]:
        """When options of an underlying expire, nearest first; nothing where it has none."""
        ...

    def strikes(self, symbol: str, expiry: date, at: float) -> Sequence[float]:
        """The strikes of one expiry, ascending."""
        ...

    def source(self, local: str, at: float) -> str:
        """Whose tape and book a symbol has: of the front month of a future the continuous one's."""
        ...

    def trading(self, symbol: str, at: float) -> bool:
        """Whether orders can meet."""
        ...

    def halted(self, symbol: str, at: float) -> bool:
        """Whether trading is halted."""
        ...

    def hours(self, symbol: str, day: date) -> tuple[Span | None, Span | None]:
        """When it trades on a date (in all, and in its liquid hours), None where it does not."""
        ...

    def session(self, symbol: str, at: float) -> tuple[float, float]:
        """When the day of trading that `at` falls in (or the next one) begins and ends."""
        ...

    def price(self, symbol: str, at: float) -> float:
        """The mid, or an index's value; outside its session the last one."""
        ...

    def quote(self, symbol: str, at: float) -> Quote | None:
        """The best of the book; None for an index, and where there is no trading."""
        ...

    def option(
        self, symbol: str, expiry: date, strike: float, right: str, at: float
    ) -> OptionQuote | None:
        """One contract; None where it is not listed or does not trade. `right` is C or P."""
        ...

    def option_prints(
        self, symbol: str, expiry: date, strike: float, right: str, since: float, until: float
    ) -> exchange.Prints:
        """Trades of one contract, as the exchange takes them."""
        ...

    def book(self, symbol: str, at: float) -> Book | None:
        """Ten rows a side; None for an index, and where there is no trading."""
        ...

    def changes(self, symbol: str, since: float, until: float) -> Sequence[Change]:
        """What leads from the book at `since` to that at `until` itself, oldest first."""
        ...

    def imbalance(self, symbol: str, at: float) -> Imbalance | None:
        """The last message before an auction; None outside the minutes in which there are any."""
        ...

    def prints(self, symbol: str, since: float, until: float) -> Prints:
        """Trades of a span; of an index its values, with size 0."""
        ...

    def last(self, symbol: str, at: float) -> tuple[float, float, int] | None:
        """Time, price and size of the last print; None where none is near."""
        ...

    def regular(self, prints: Prints) -> npt.NDArray[np.bool_]:
        """Which of them make the last price: neither odd lots nor priced elsewhere or late."""
        ...

    def bars(self, symbol: str, since: float, until: float, seconds: int) -> Bars:
        """Full bars of a span that hold prints."""
        ...

    def daily(
        self, symbol: str, day: date, until: float
    ) -> tuple[float, float, float, float, int] | None:
        """Open, high, low, close and volume of a date's session, as far as it is gone."""
        ...

    def close(self, symbol: str, at: float) -> float:
        """The official close of the day before the one that `at` falls in."""
        ...

"""One instrument as it stands: contract, hours, quote, prints, book, bars, since it was lost."""

from __future__ import annotations

from collections import deque
from datetime import date
from typing import Any

from .books import DepthBook
from .contracts import Asked, Listing, asked
from .detect import SweepWatch, VolumeWatch
from .futures import front, in_cycle, rolls_on
from .hours import Spans, spans
from .port import Details
from .prints import Print, PrintTape, as_row
from .quotes import Quote
from .venues import Venues

_RECENT_PRINTS = 1000
_RECENT_BARS = 100
_SHOWN = 3


class Instrument:
    """State of one of our symbols."""

    def __init__(self, listing: Listing, venues: Venues) -> None:
        self.listing = listing
        self.symbol = listing.symbol
        self.venues = venues
        self.contract: Asked | None = None
        self.asked_without_exchange = False
        self.hours: Spans = ()
        self.rolls: date | None = None
        self.month = ""
        self.letters = ""
        self.quote = Quote()
        self.tape = PrintTape(venues)
        self.book = DepthBook(venues.code)
        self.sweeps = SweepWatch()
        self.volume = VolumeWatch()
        self.bars: deque[dict[str, Any]] = deque(maxlen=_RECENT_BARS)
        self.prints: list[dict[str, Any]] = []
        self.recent: deque[dict[str, Any]] = deque(maxlen=_RECENT_PRINTS)
        self.found_sweeps: list[dict[str, Any]] = []
        self.by_venue = 0
        self.bars_time = 0.0
        self.prints_time = 0.0

    def lost(self, *, line: bool = True) -> None:
        """Nothing of it is known any more: the `line` is gone, or its streams begin anew on it."""
        self.quote.reset()
        self.book.reset()
        if line:
            self.tape.lost()
        else:
            self.tape.gap()
        self.sweeps.reset()
        self.volume.reset()
        self.bars.clear()
        self.recent.clear()
        self.bars_time = self.prints_time = 0.0

    @property
    def question(self) -> Asked:
        """What to ask for its contract: the second time without its exchange."""
        found = asked(self.listing)
        if not self.asked_without_exchange:
            return found
        return Asked(
            symbol=found.symbol,
            sec_type=found.sec_type,
            exchange="",
            currency=found.currency,
            multiplier=found.multiplier,
            trading_class=found.trading_class,
        )

    def qualify(self, found: list[Details], today: date) -> str:
        """Keep the contract that is meant; why there is none, else an empty text."""
        listing = self.listing
        fitting = [one for one in found if self._fits(one)]
        if not fitting:
            return f"none of {len(found)} contracts fits {listing.name} in {listing.currency}"
        month = ""
        if listing.sec_type == "FUT":
            month = front({one.contract.expiry[:8] for one in fitting}, today, listing.roll) or ""
            if not month:
                return f"no month of {listing.name} trades after {today}"
            fitting = [one for one in fitting if one.contract.expiry[:8] == month]
        fitting = self._meant(fitting)
        if len({one.contract.con_id for one in fitting}) > 1:
            # The first would be another one tomorrow: nobody could tell whose price it is.
            said = ", ".join(_told(one.contract) for one in fitting[:_SHOWN])
            return (
                f"{listing.name} may be any of {len(fitting)}: {said}; say which below "
                f"ibkr.contracts.{listing.symbol}: primary_exchange, trading_class or multiplier"
            )
        chosen = fitting[0]
        if month:
            self.month, self.rolls = month, rolls_on(month, listing.roll)
        self.contract = self._routed(chosen.contract)
        self.hours = spans(chosen.trading_hours, chosen.zone or listing.zone)
        self.letters = ""
        return ""

    def _fits(self, one: Details) -> bool:
        contract, listing = one.contract, self.listing
        if contract.sec_type != listing.sec_type or contract.currency != listing.currency:
            return False
        if listing.sec_type == "FUT":
            if listing.trading_class and contract.trading_class != listing.trading_class:
                return False
            return len(contract.expiry) >= 8 and in_cycle(
                contract.expiry, one.contract_month, listing.months
            )
        return True

    def _meant(self, found: list[Details]) -> list[Details]:
        """Those that are as the listing says in what it need not say, where there are any."""
        listing = self.listing
        for name in ("primary_exchange", "trading_class", "multiplier"):
            wanted = getattr(listing, name)
            if wanted:
                same = [one for one in found if _is(getattr(one.contract, name), wanted)]
                found = same or found
        return found

    def _routed(self, contract: Asked) -> Asked:
        """The contract with the exchange that quotes are wanted of."""
        exchange = self.listing.exchange
        if self.asked_without_exchange or not exchange:
            exchange = contract.exchange
        return Asked(
            symbol=contract.symbol,
            sec_type=contract.sec_type,
            exchange=exchange,
            currency=contract.currency,
            con_id=contract.con_id,
            expiry=contract.expiry,
            multiplier=contract.multiplier,
            primary_exchange=contract.primary_exchange,
            local_symbol=contract.local_symbol,
            trading_class=contract.trading_class,
        )

    def must_roll(self, today: date) -> bool:
        """Whether another month is the front one by now."""
        return self.rolls is not None and today >= self.rolls

    def printed(self, one: Print | None, now: float) -> None:
        """A print: to be written with the next batch."""
        if one is None:
            return
        bid, ask = self.quote.get("bid"), self.quote.get("ask")
        row = as_row(one, self.symbol, bid, ask)
        self.prints.append(row)
        self.recent.append(row)
        self.prints_time = now
        self.by_venue += bool(one.venue)
        sweep = self.sweeps.add(one, bid, ask)
        if sweep is not None:
            self.found_sweeps.append({"symbol": self.symbol, **sweep})

    def bar(self, now: float, time: float, figures: tuple[float, ...]) -> None:
        """Five seconds that are over."""
        open_, high, low, close, volume, average, count = figures
        self.bars_time = now
        if self.bars and self.bars[-1]["time"] >= time:
            return
        self.bars.append(
            {
                "time": time,
                "open": open_,
                "high": high,
                "low": low,
                "close": close,
                "volume": volume,
                "vwap": average if average > 0 else None,
                "trades": int(count),
            }
        )

    @property
    def smart(self) -> bool:
        """Whether its book is of all venues together."""
        return self.listing.route == "smart"


def _is(found: str, wanted: str | float) -> bool:
    """Whether a contract has a word, or a figure, that is wanted."""
    if isinstance(wanted, str):
        return found == wanted
    try:
        return float(found) == wanted
    except ValueError:
        return False


def _told(contract: Asked) -> str:
    """A contract in the words that tell it from others of its symbol."""
    words = (contract.primary_exchange, contract.trading_class, contract.multiplier)
    return f"{' '.join(word for word in words if word)} ({contract.con_id})".strip()

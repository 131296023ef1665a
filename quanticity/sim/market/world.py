"""The world: what is true of a symbol at a moment. Vendors only put it into their own shapes."""

from __future__ import annotations

import bisect
import hashlib
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.clock import EASTERN, Calendar
from quanticity.clock.calendar import TradingDay
from quanticity.sim.market.auctions import Auctions
from quanticity.sim.market.books import Books
from quanticity.sim.market.chains import Chains
from quanticity.sim.market.contracts import CONTRACTS
from quanticity.sim.market.instruments import Instrument, find
from quanticity.sim.market.minutes import STEP, Days
from quanticity.sim.market.option_book import OptionBook
from quanticity.sim.market.option_tape import OptionTape
from quanticity.sim.market.options import Slice
from quanticity.sim.market.paths import Paths, known
from quanticity.sim.market.scenario import Scenario, named
from quanticity.sim.market.sessions import Sessions
from quanticity.sim.market.staged import Staged
from quanticity.sim.market.tape import Tape

Array = npt.NDArray[np.float64]


class World:
    """A pure function of (seed, scenario, symbol, moment), with caches. Moments are epoch seconds.

    `scenario` is a name in `scenarios.yaml`, or one of your own. It is on every trading day, so
    that any day will do, or with `on` on that one alone, after a quiet past. `contracts` bounds how
    many options an underlying lists (None: as many as are in earnest). Raises ConfigError where no
    scenario has that name.
    """

    def __init__(
        self,
        seed: int,
        calendar: Calendar,
        scenario: str | Scenario = "quiet",
        *,
        on: date | None = None,
        contracts: int | None = CONTRACTS,
    ) -> None:
        self.seed = seed
        self.calendar = calendar
        self.sessions = Sessions(calendar)
        self.scenario = Staged(named(scenario) if isinstance(scenario, str) else scenario, on)
        self.paths = Paths(self.dice, calendar, self.sessions, self.scenario)
        self.days = Days(self)
        self.tape = Tape(self)
        self.books = Books(self)
        self.auctions = Auctions(self)
        self.chains = Chains(self, contracts)
        self.option_tape = OptionTape(self)
        self.option_book = OptionBook(self)

    def dice(self, *about: object) -> np.random.Generator:
        """Random numbers that belong to `about` and come the same every time."""
        text = "|".join(str(part) for part in (self.seed, *about))
        return np.random.default_rng(
            int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
        )

    def find(self, symbol: str) -> Instrument | None:
        """The instrument, or None where nothing trades under the symbol."""
        return find(symbol)

    # Days

    def day(self, at: float) -> TradingDay:
        """The day now trading, or the last one that did (from 04:00 Eastern of its day)."""
        return self.day_of(self.calendar.trading_date(at))

    def day_of(self, day: date) -> TradingDay:
        """The boundaries of a trading day; of the last one before it, for any other date."""
        days = self.paths.days(day)
        return days[bisect.bisect_right(days, day, key=lambda each: each.day) - 1]

    def before(self, day: date, back: int = 1) -> date:
        """The trading day `back` days before `day`."""
        found = day
        for _ in range(back):
            found = self.day_of(found - timedelta(days=1)).day
        return found

    def trading_days(self, last: date, count: int) -> list[date]:
        """The `count` trading days up to `last`, oldest first."""
        first = last - timedelta(days=int(count * 1.5) + 10)
        return [each.day for each in self.calendar.trading_days(first, last)][-count:]

    # Prices and volume

    def price(self, symbol: str, at: float) -> float:
        """The mid at a moment; outside the sessions of what is asked, the last one before."""
        return self.paths.at(symbol, at)

    def prices_at(self, symbol: str, at: Array) -> Array:
        """The same at several moments, in order."""
        return self.paths.at_all(symbol, at)

    def close(self, symbol: str, day: date) -> float:
        """The official close of a trading day; elsewhere than in New York, of its own session."""
        return self.paths.close(symbol, day)

    def trading(self, symbol: str, at: float) -> bool:
        """Whether a listing trades at a moment."""
        span = self.sessions.at(known(symbol).hours, at)
        return span is not None and not self.scenario.halted(symbol, span.day, at)

    def halted(self, symbol: str, at: float) -> bool:
        """Whether trading stands still within a session, by order of an exchange."""
        span = self.sessions.at(known(symbol).hours, at)
        return span is not None and self.scenario.halted(symbol, span.day, at)

    def bar(self, symbol: str, start: float, end: float) -> tuple[float, float, float, float]:
        """Open, high, low and close between two moments of one session, as the tape has them.

        Where nothing traded all four are the last mid before the end.
        """
        last = max(start, end - STEP)
        return self.tape.bar(symbol, start, end) or (self.price(symbol, last),) * 4

    def daily(self, symbol: str, day: date) -> tuple[float, float, float, float]:
        """Open, high, low and close: of the regular session in New York, else of the whole one.

        ValueError where it has no session on that date.
        """
        span = self.sessions.span(known(symbol).hours, day)
        if span is None:
            raise ValueError(f"{symbol} does not trade on {day}")
        start, end = span.start, span.end
        if known(symbol).hours == "stocks":
            hours = self.day_of(day)
            start, end = hours.opens, hours.closes
        opened, high, low, _ = self.bar(symbol, start, end)
        close = self.close(symbol, day)
        return opened, max(high, close), min(low, close), close

    def progress(self, at: float, day: TradingDay | None = None) -> float:
        """Share of a regular session's volume that is usually done at a moment: 0 to 1, in a U."""
        return self.chains.contracts.done(at, day or self.day(at))

    def volume(self, symbol: str, at: float) -> int:
        """What the session now trading, or the last one, has traded up to a moment."""
        return self.tape.done(symbol, self.sessions.last(known(symbol).hours, at), at)

    def volumes_at(self, symbol: str, at: Array) -> npt.NDArray[np.int64]:
        """The same at several moments of one session that begin minutes."""
        minutes = self.days.minutes(symbol, self.sessions.last(known(symbol).hours, float(at[-1])))
        where = np.clip((at - minutes.span.start) // 60, 0, len(minutes.volume))
        return np.asarray(minutes.total[where.astype(np.int64)])

    def day_volume(self, symbol: str, day: date) -> int:
        """What the session of a date trades as a whole; 0 where the date has none."""
        span = self.sessions.span(known(symbol).hours, day)
        return 0 if span is None else self.days.volume(symbol, span)

    # Options

    def expiries(self, symbol: str, day: date) -> tuple[date, ...]:
        """When options expire that are listed on a trading day, nearest first."""
        return self.chains.contracts.expiries(symbol, day)

    def strikes(self, symbol: str, expiry: date, day: date) -> Array:
        """The strikes of an expiry on a trading day, ascending."""
        return self.chains.contracts.strikes(symbol, expiry, day)

    def chain(self, symbol: str, at: float) -> list[Slice]:
        """Every expiry at a moment, nearest first; the same object within a minute."""
        return self.chains.chain(symbol, at)

    def slice(self, symbol: str, expiry: date, at: float) -> Slice:
        """All strikes of one expiry; the same object within a minute."""
        return self.chains.slice(symbol, expiry, at)

    def atm_vol(self, symbol: str, years: float, day: date, at: float | None = None) -> float:
        """At-the-money volatility (yearly, a fraction) for a time to expiry.

        At a moment, or as a trading day's session ends.
        """
        moment = self.day_of(day).closes if at is None else at
        return float(self.chains.surface.at_the_money(symbol, years, moment))

    def exposure_sums(self, symbol: str, at: float, spot: float) -> dict[str, float]:
        """Gamma, charm and vanna of all open interest with the underlying at `spot`.

        In USD for a move of 1 %, calls added and puts taken away.
        """
        return self.chains.exposure_sums(symbol, at, spot)


@lru_cache(maxsize=8192)
def iso(at: float, digits: int = 6) -> str:
    """`2026-09-11T14:59:58.000000Z`; with 0 digits no fraction."""
    text = datetime.fromtimestamp(at, UTC).isoformat(
        timespec="microseconds" if digits else "seconds"
    )
    return text.replace("+00:00", "Z")


def eastern(at: float) -> str:
    """`2026-09-11T09:30:00-04:00`."""
    return datetime.fromtimestamp(at, EASTERN).isoformat(timespec="seconds")

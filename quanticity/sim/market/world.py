"""The world: what is true of a symbol at a moment. Vendors only put it into their own shapes."""

from __future__ import annotations

import bisect
import hashlib
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.clock import EASTERN, Calendar
from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import expiries as listing
from quanticity.sim.market import options
from quanticity.sim.market.books import Books
from quanticity.sim.market.instruments import Instrument, find
from quanticity.sim.market.minutes import Days
from quanticity.sim.market.options import Side, Slice
from quanticity.sim.market.paths import Paths, known
from quanticity.sim.market.scenario import Scenario, named
from quanticity.sim.market.sessions import Sessions
from quanticity.sim.market.staged import Staged
from quanticity.sim.market.tape import Tape

Array = npt.NDArray[np.float64]

_LEAST_YEARS = 5 / (365 * 24 * 60)


class World:
    """A pure function of (seed, scenario, symbol, moment), with caches. Moments are epoch seconds.

    `scenario` is a name in `scenarios.yaml`, or one of your own; it is on every trading day, or on
    that of `on` alone. Raises ConfigError where no scenario has that name.
    """

    def __init__(
        self,
        seed: int,
        calendar: Calendar,
        scenario: str | Scenario = "quiet",
        *,
        on: date | None = None,
    ) -> None:
        self.seed = seed
        self.calendar = calendar
        self.sessions = Sessions(calendar)
        self.scenario = Staged(named(scenario) if isinstance(scenario, str) else scenario, on)
        self.paths = Paths(self.dice, calendar, self.sessions, self.scenario)
        self.days = Days(self)
        self.tape = Tape(self)
        self.books = Books(self)
        self._flat = lru_cache(maxsize=32)(self._make_flat)
        self._slices = lru_cache(maxsize=1024)(self._make_slice)
        self.expiries = lru_cache(maxsize=128)(self._make_expiries)
        self.strikes = lru_cache(maxsize=2048)(self._make_strikes)

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

        Where nothing traded all four are the mid at the end.
        """
        return self.tape.bar(symbol, start, end) or (self.price(symbol, end),) * 4

    def daily(self, symbol: str, day: date) -> tuple[float, float, float, float]:
        """Open, high, low and official close of a regular session."""
        hours = self.day_of(day)
        opened, high, low, _ = self.bar(symbol, hours.opens, hours.closes)
        close = self.close(symbol, day)
        return opened, max(high, close), min(low, close), close

    def progress(self, at: float, day: TradingDay | None = None) -> float:
        """Share of a regular session's volume that is usually done at a moment: 0 to 1, in a U."""
        day = day or self.day(at)
        x = min(max((at - day.opens) / (day.closes - day.opens), 0.0), 1.0)
        return 0.55 * x + 0.45 * ((2 * x - 1) ** 3 + 1) / 2

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

    def chain(self, symbol: str, at: float) -> list[Slice]:
        """Every expiry at a moment, nearest first; the same object within a minute."""
        day = self.day(at).day
        return [self.slice(symbol, expiry, at) for expiry in self.expiries(symbol, day)]

    def slice(self, symbol: str, expiry: date, at: float) -> Slice:
        """All strikes of one expiry; the same object within a minute."""
        return self._slices(symbol, expiry, int(at // 60))

    def atm_vol(self, symbol: str, years: float, day: date) -> float:
        """At-the-money volatility (yearly, a fraction) for a time to expiry, on a day."""
        instrument = self._instrument(symbol)
        mood = self.dice("mood", symbol, day.toordinal() // 5).standard_normal()
        level = instrument.vol * np.exp(0.18 * mood)
        return float(instrument.vol + (level - instrument.vol) * np.exp(-years * 3))

    def exposure_sums(self, symbol: str, at: float, spot: float) -> dict[str, float]:
        """Gamma, charm and vanna of all open interest with the underlying at `spot`.

        In USD for a move of 1 %, calls added and puts taken away.
        """
        total = dict.fromkeys(("gamma", "charm", "vanna"), 0.0)
        strikes, years, iv, held = self._flat(symbol, int(at // 60))
        for right, sign in (("call", 1.0), ("put", -1.0)):
            found = options.greeks(spot, strikes, years, iv, right)
            shares = held[right] * 100 * sign
            total["gamma"] += float((found["gamma"] * shares).sum()) * spot * spot * 0.01
            total["charm"] += float((found["charm"] * shares).sum()) * spot
            total["vanna"] += float((found["vanna"] * shares).sum()) * spot
        return total

    def _instrument(self, symbol: str) -> Instrument:
        found = find(symbol)
        if found is None:
            raise KeyError(symbol)
        return found

    def _make_flat(
        self, symbol: str, minute: int
    ) -> tuple[Array, Array, Array, dict[str, npt.NDArray[np.int64]]]:
        """Strikes, years, volatilities and open interest of all expiries, one after the other."""
        chain = self.chain(symbol, minute * 60.0)
        return (
            np.concatenate([each.strikes for each in chain]),
            np.concatenate([np.full(len(each.strikes), each.years) for each in chain]),
            np.concatenate([each.call.iv for each in chain]),
            {
                "call": np.concatenate([each.call.oi for each in chain]),
                "put": np.concatenate([each.put.oi for each in chain]),
            },
        )

    def _make_expiries(self, symbol: str, day: date) -> tuple[date, ...]:
        return tuple(listing.expiries(self._instrument(symbol), day, self.calendar))

    def _make_strikes(self, symbol: str, expiry: date, day: date) -> Array:
        """Strikes around the close before `day`: dense near it, and wide for monthly expiries."""
        instrument = self._instrument(symbol)
        step = instrument.step
        centre = self.close(symbol, self.before(day))
        dte = max((expiry - day).days, 1)
        reach = min(0.35, max(0.04, 2.5 * instrument.vol * np.sqrt(dte / 365)))
        if listing.is_monthly(expiry):
            reach = max(reach, 0.22)
        low = max(step, np.floor(centre * (1 - reach) / step) * step)
        high = np.ceil(centre * (1 + reach) / step) * step
        every = np.arange(low, high + step / 2, step)
        near = np.abs(every - centre) <= 25 * step
        if symbol == "SPX" and listing.is_monthly(expiry) and dte < 45:
            return every
        return np.asarray(every[near | (np.round(every / step) % 5 == 0)])

    def _make_slice(self, symbol: str, expiry: date, minute: int) -> Slice:
        at = minute * 60.0
        day = self.day(at)
        instrument = self._instrument(symbol)
        strikes = self.strikes(symbol, expiry, day.day)
        spot = self.price(symbol, at)
        years = max((self.day_of(expiry).closes - at) / (365 * 86_400), _LEAST_YEARS)
        dte = (expiry - day.day).days
        iv = options.smile(self.atm_vol(symbol, years, day.day), strikes, spot, years)
        dice = self.dice("contracts", symbol, expiry, len(strikes))
        centre = self.close(symbol, self.before(day.day))
        size = instrument.contracts * (1.6 if listing.is_monthly(expiry) else 0.8 / (1 + dte / 20))
        done = self.progress(at, day)
        sides: list[Side] = []
        for right, tilt, weight in (("call", 0.02, 1.0), ("put", -0.03, 1.12)):
            found: dict[str, Any] = options.greeks(spot, strikes, years, iv, right)
            bid, ask = options.quotes(found["mid"])
            away = (np.log(strikes / centre) - tilt) / 0.07
            round_number = np.where(np.round(strikes / instrument.step) % 5 == 0, 2.2, 1.0)
            luck = np.exp(0.5 * dice.standard_normal(len(strikes)))
            oi = weight * size * np.exp(-np.abs(away)) * round_number * luck
            busy = np.exp(-np.abs(np.log(strikes / spot)) / 0.025) * 1.5 / (1 + dte / 4)
            luck = np.exp(0.6 * dice.standard_normal(len(strikes)))
            sides.append(
                Side(
                    right=right,
                    bid=bid,
                    ask=ask,
                    iv=iv,
                    oi=oi.astype(np.int64),
                    volume=(oi * busy * luck * done).astype(np.int64),
                    ask_share=np.clip(0.47 + 0.1 * dice.standard_normal(len(strikes)), 0.1, 0.85),
                    **found,
                )
            )
        return Slice(symbol, expiry, dte, years, spot, strikes, sides[0], sides[1])


def iso(at: float, digits: int = 6) -> str:
    """`2026-09-11T14:59:58.000000Z`; with 0 digits no fraction."""
    text = datetime.fromtimestamp(at, UTC).isoformat(
        timespec="microseconds" if digits else "seconds"
    )
    return text.replace("+00:00", "Z")


def eastern(at: float) -> str:
    """`2026-09-11T09:30:00-04:00`."""
    return datetime.fromtimestamp(at, EASTERN).isoformat(timespec="seconds")

"""Option contracts of a day: strikes, open interest, and what each of them trades.

Volume comes where the spot is: each part of the session has its own spread over strikes, known
from its beginning. What a contract has traded by a moment is a function of that moment, so that
a chain's volume and the prints of the option tape are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from quanticity.clock import Calendar
from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import expiries as listing
from quanticity.sim.market.bursts import Burst, bursts_of
from quanticity.sim.market.instruments import Instrument, find
from quanticity.sim.market.kept import Kept
from quanticity.sim.market.ports import Ground

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CONTRACTS = 2_000
"""So many options an underlying lists at most, unless another bound is asked for."""

_PARTS = 26  # of a session, each with its own spread of volume over strikes
_LUMP = 4.0  # a usual trade
# Where a chain is bounded an expiry within so many days has so many times the strikes of others.
_NEAR, _OF_NEAR = 14, 3
CALL, PUT = 0, 1
# Whoever holds an index at a strike hedges options there: those of a day that is pinned, in units
# of a usual strike's calls and puts, for expiries of that week.
_PINNED, _HELD, _WEEK = ("SPX", "SPY"), np.array([12.0, 5.0]), 7
_SIDES = ((0.02, 1.0), (-0.03, 1.12))  # tilt and weight of calls, of puts


@dataclass(frozen=True)
class Contracts:
    """All contracts of one expiry on one day; arrays are 2 (calls, puts) x strikes.

    `open_interest` holds for the day; `ask_share` is the part of the volume that buyers begin;
    `edges` (parts + 1 x 2 x strikes) is what has been traded, bursts apart, at each part's begin;
    it comes in lumps of `lump`, the first of them `phase` of the way to one.
    """

    expiry: date
    dte: int
    expires: float
    strikes: Array
    open_interest: Ints
    ask_share: Array
    edges: Array
    lump: Ints
    phase: Array
    bursts: tuple[Burst, ...]

    def base(self, past: float) -> Ints:
        """Volume of each contract, bursts apart, when `past` of a session's time is past."""
        return volume_at(past, self.edges, self.lump, self.phase)

    def traded(self, past: float, at: float) -> Ints:
        """Volume of each contract at a moment, when `past` of a session's time is past."""
        volume = self.base(past)
        for burst in self.bursts:
            if burst.time < at:
                volume[burst.side, burst.strike] += int(burst.sizes[burst.times < at].sum())
        return volume

    def traded_all(self, past: Array, at: Array, side: int, strike: int) -> Ints:
        """Volume of one contract at several moments."""
        where = np.clip(past, 0.0, 1.0) * _PARTS
        part = np.minimum(where.astype(np.int64), _PARTS - 1)
        edges = self.edges[:, side, strike]
        low, high = edges[part], edges[part + 1]
        lump, phase = self.lump[side, strike], self.phase[side, strike]
        volume = _lumps(low + (high - low) * (where - part), lump, phase)
        for burst in self.bursts:
            if (burst.side, burst.strike) == (side, strike):
                total = np.concatenate([[0], np.cumsum(burst.sizes)])
                volume += total[np.searchsorted(burst.times, at)]
        return volume


class Listings(Ground, Protocol):
    """What contracts are made from."""

    @property
    def calendar(self) -> Calendar:
        """Trading days."""
        ...

    def before(self, day: date, back: int = 1) -> date:
        """The trading day `back` days before `day`."""
        ...

    def close(self, symbol: str, day: date) -> float:
        """The official close of a trading day."""
        ...


class ContractDays:
    """The contracts of every underlying, by day and expiry."""

    def __init__(self, world: Listings, most: int | None = None) -> None:
        """`most` contracts of an underlying are listed; None: as many as are in earnest."""
        self._world, self._most = world, most
        self.expiries = lru_cache(maxsize=128)(self._make_expiries)
        self.strikes = lru_cache(maxsize=2048)(self._make_strikes)
        self.of = Kept(self._make, 12)
        self.bursts = lru_cache(maxsize=128)(self._make_bursts)

    def done(self, at: float, day: TradingDay) -> float:
        """The share of a session's option volume that is usually done at a moment, in a U."""
        x = min(max((at - day.opens) / (day.closes - day.opens), 0.0), 1.0)
        return 0.55 * x + 0.45 * ((2 * x - 1) ** 3 + 1) / 2

    def past(self, symbol: str, at: float, day: TradingDay) -> float:
        """The share of a session's time that is past at a moment, its halts left out: 0 to 1."""
        whole, gone = day.closes - day.opens, min(max(at, day.opens), day.closes) - day.opens
        for begins, ends in self._world.scenario.halts(symbol, day.day):
            begin = max(begins, day.opens)
            length = max(min(ends, day.closes) - begin, 0.0)
            whole -= length
            gone -= min(max(at - begin, 0.0), length)
        return gone / whole

    def _make_expiries(self, symbol: str, day: date) -> tuple[date, ...]:
        return tuple(listing.expiries(_instrument(symbol), day, self._world.calendar))

    def _make_strikes(self, symbol: str, expiry: date, day: date) -> Array:
        """Strikes around the close before `day`, so many that all expiries have their part."""
        centre = self._world.close(symbol, self._world.before(day))
        every = self._every_strike(symbol, expiry, day, centre)
        if self._most is None:
            return every
        near = [(each - day).days <= _NEAR for each in self.expiries(symbol, day)]
        parts = _OF_NEAR * sum(near) + len(near) - sum(near)
        mine = _OF_NEAR if (expiry - day).days <= _NEAR else 1
        return _thinned(every, centre, self._most * mine // (2 * parts))

    def _every_strike(self, symbol: str, expiry: date, day: date, centre: float) -> Array:
        """Dense near the `centre`, and wide for monthly expiries."""
        instrument = _instrument(symbol)
        step = instrument.step
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

    def _make_bursts(self, symbol: str, day: date) -> tuple[tuple[date, Burst], ...]:
        instrument = _instrument(symbol)
        listed = self.expiries(symbol, day)
        return bursts_of(
            self._world, instrument, day, listed, lambda expiry: self.strikes(symbol, expiry, day)
        )

    def _make(self, symbol: str, expiry: date, day: date) -> Contracts:
        instrument = _instrument(symbol)
        world = self._world
        strikes = self.strikes(symbol, expiry, day)
        count = len(strikes)
        hours = world.day_of(day)
        dte = (expiry - day).days
        dice = world.dice("contracts", symbol, expiry, count)
        centre = world.close(symbol, world.before(day))
        size = instrument.contracts * (1.6 if listing.is_monthly(expiry) else 0.8 / (1 + dte / 20))
        flow = world.scenario.of(day).flow
        starts = hours.opens + (hours.closes - hours.opens) * np.arange(_PARTS) / _PARTS
        spots = world.prices_at(symbol, starts)
        weight = np.diff([self.done(float(at), hours) for at in (*starts, hours.closes)])
        near = np.exp(-np.abs(np.log(strikes / spots[:, None])) / 0.025) * weight[:, None]
        held, asked = np.empty((2, count), dtype=np.int64), np.empty((2, count))
        edges = np.zeros((_PARTS + 1, 2, count))
        round_number = np.where(np.round(strikes / instrument.step) % 5 == 0, 2.2, 1.0)
        for side, (tilt, heavy) in enumerate(_SIDES):
            away = (np.log(strikes / centre) - tilt) / 0.07
            luck = np.exp(0.5 * dice.standard_normal(count))
            held[side] = heavy * size * np.exp(-np.abs(away)) * round_number * luck
            luck = np.exp(0.6 * dice.standard_normal(count))
            rate = held[side] * luck * 1.5 / (1 + dte / 4) * (flow.puts if side else flow.calls)
            edges[1:, side] = np.cumsum(near * rate, axis=0)
            asked[side] = 0.47 + 0.1 * dice.standard_normal(count)
        if world.scenario.of(day).pin is not None and symbol in _PINNED and dte < _WEEK:
            held_at = world.price(symbol, hours.closes - 600)
            nearest = int(np.argmin(np.abs(strikes - held_at)))
            held[:, nearest] = held[:, nearest] * _HELD
        lean = 0.12 * flow.buyers
        lump = 1 + (_LUMP * np.exp(dice.standard_normal((2, count)))).astype(np.int64)
        phase = dice.random((2, count))
        asked = np.clip(asked + np.array([[lean], [-lean]]), 0.1, 0.85)
        own = tuple(burst for of, burst in self.bursts(symbol, day) if of == expiry)
        expires = world.day_of(expiry).closes
        return Contracts(expiry, dte, expires, strikes, held, asked, edges, lump, phase, own)


def _thinned(strikes: Array, centre: float, most: int) -> Array:
    """The nearest ones, as half of what is left, and of those further away one in so many."""
    if len(strikes) <= most:
        return strikes
    near = np.abs(strikes - centre) <= np.sort(np.abs(strikes - centre))[most // 2]
    far = np.flatnonzero(~near)
    each = -(-len(far) // max(1, most - int(near.sum())))
    return np.asarray(strikes[np.sort(np.concatenate([np.flatnonzero(near), far[::each]]))])


def volume_at(past: float, edges: Array, lump: Ints, phase: Array) -> Ints:
    """Volume of contracts when `past` of a session's time is past; see `Contracts`."""
    where = min(max(past, 0.0), 1.0) * _PARTS
    part = min(int(where), _PARTS - 1)
    low, high = edges[part], edges[part + 1]
    return _lumps(low + (high - low) * (where - part), lump, phase)


def _lumps(volume: Array, lump: Ints, phase: Array) -> Ints:
    """Volume in whole lumps: most contracts trade now and then, and then more than one."""
    found: Ints = np.floor(volume / lump + phase).astype(np.int64) * lump
    return found


def _instrument(symbol: str) -> Instrument:
    found = find(symbol)
    if found is None:
        raise KeyError(symbol)
    return found

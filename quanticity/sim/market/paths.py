"""Prices: what each listing is worth at any moment, from the factors that move it."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.clock import EASTERN, Calendar
from quanticity.clock.calendar import TradingDay
from quanticity.sim.market.factors import FACTORS, Block, Dice, Factors
from quanticity.sim.market.kept import Kept
from quanticity.sim.market.sessions import Sessions
from quanticity.sim.market.staged import Staged, carried
from quanticity.sim.market.universe import Listed, expiry_of, front, listed

Array = npt.NDArray[np.float64]

_CLOCKS = {
    "stocks": "us", "index": "us", "internals": "us", "futures": "day", "fx": "day",
    "crypto": "flat", "tokyo": "asia", "hong kong": "asia", "sydney": "asia", "seoul": "asia",
    "frankfurt": "europe", "london": "europe",
}  # fmt: skip
_SPAN = timedelta(days=400)
_YEAR = 365.0 * 86_400
_TICKS, _BREADTH = 900.0, 2400.0  # how far the internals usually reach


class Paths:
    """Every listing's price at every moment from 2018 to 2032, from one seed."""

    def __init__(self, dice: Dice, calendar: Calendar, sessions: Sessions, staged: Staged) -> None:
        self.factors = Factors(dice, staged.volatility)
        self._staged = staged
        self._calendar = calendar
        self._sessions = sessions
        self._days: Sequence[TradingDay] = ()
        self._block: Block | None = None
        self.path = Kept(self._make_path, 8)
        self._factor = Kept(self._make_factor, 2)
        self._pushed = lru_cache(maxsize=256)(self._make_pushed)

    # Days

    def days(self, day: date) -> Sequence[TradingDay]:
        """Trading days around a date, more than a year to both sides."""
        if not self._days or not self._days[1].day < day < self._days[-2].day:
            self._days = list(self._calendar.trading_days(day - _SPAN, day + _SPAN))
        return self._days

    def block(self, at: float) -> Block:
        """The time between two closes that a moment lies in; a close is the end of its own."""
        last = self._block
        if last is not None and last.start < at <= last.end:
            return last
        days = self.days(datetime.fromtimestamp(at, EASTERN).date())
        index = bisect.bisect_left(days, at, key=lambda each: each.closes)
        before, day = days[index - 1], days[index]
        self._block = Block(before.day, day, before.closes)
        return self._block

    def block_of(self, day: date) -> Block:
        """The block that ends with a trading day's close."""
        days = self.days(day)
        index = bisect.bisect_right(days, day, key=lambda each: each.day) - 1
        return self.block(days[index].closes)

    # Prices

    def close(self, symbol: str, day: date) -> float:
        """The close of a day in New York, and for what trades elsewhere its own session's."""
        each = known(symbol)
        if each.hours not in ("stocks", "index"):
            return _ticked(each, self.at(symbol, self._ended(each.hours, day)))
        level = sum(
            load * self.factors.levels.at(name, FACTORS[name][0], day) for name, load in each.loads
        )
        if each.own:
            level += self.factors.levels.at(symbol, each.own, day)
        if self._staged.applies(day):
            level += sum(load * self._pushed(name, self.block_of(day)) for name, load in each.loads)
        return _ticked(each, float(each.price * np.exp(level)))

    def _ended(self, hours: str, day: date) -> float:
        """When the last session up to a date ended."""
        span = None
        while span is None:
            span, day = self._sessions.span(hours, day), day - timedelta(days=1)
        return span.end

    def at(self, symbol: str, at: float) -> float:
        """The mid at a moment; outside its sessions the last one of the session before."""
        each = known(symbol)
        span = self._sessions.last(each.hours, at)
        moment = self._staged.frozen(symbol, span.day, np.array([min(at, span.end)]))
        block = self.block(float(moment[0]))
        return float(block.value(self.path(symbol, block), moment)[0])

    def at_all(self, symbol: str, at: Array) -> Array:
        """Mids at moments in order, not far apart: within one session this is fast."""
        each = known(symbol)
        span = self._sessions.last(each.hours, float(at[-1]))
        if at[0] < span.start:
            inside = at >= span.start
            before = [self.at(symbol, moment) for moment in at[~inside].tolist()]
            return np.concatenate([before, self.at_all(symbol, at[inside])])
        at = self._staged.frozen(symbol, span.day, np.minimum(at, span.end))
        block = self.block(float(at[-1]))
        if at[0] > block.start:
            return block.value(self.path(symbol, block), at)
        earlier = at <= block.start
        return np.concatenate([self.at_all(symbol, at[earlier]), self.at_all(symbol, at[~earlier])])

    def _make_path(self, symbol: str, block: Block) -> Array:
        """Mids at a block's knots, sessions not looked at."""
        each = known(symbol)
        if each.kind == "internal":
            return self._internal(each, block)
        clock = _CLOCKS.get(each.hours, "us")
        path = np.zeros(block.coarse + block.fine + 1)
        for name, load in each.loads:
            path += load * self._factor(name, block)
        name = each.continuous or symbol
        if each.own:
            path += self.factors.path(name, each.own, clock, block)
        if each.noise:
            path += self.factors.path(f"{name} noise", each.noise, "flat", block, False)
        if each.carry:
            path += each.carry * (self._expires(each, block) - block.times()) / _YEAR
        return np.asarray(each.price * np.exp(path))

    def _make_factor(self, name: str, block: Block) -> Array:
        """A factor with what the scenario does to it, and did the day before."""
        path = self.factors.path(name, *FACTORS[name], block)
        if self._staged.touches(name, block.day.day):
            path = path + self._staged.pushed(name, block, path)
        if self._staged.touches(name, block.before):
            path = path + carried(self._pushed(name, self.block(block.start)), block)
        return path

    def _make_pushed(self, name: str, block: Block) -> float:
        """Where the scenario has a factor at a block's end."""
        if not self._staged.touches(name, block.day.day):
            return 0.0
        path = self.factors.path(name, *FACTORS[name], block)
        return float(self._staged.pushed(name, block, path)[-1])

    def _expires(self, each: Listed, block: Block) -> float:
        """When the contract month ends that a listing is, or is for now."""
        day = block.day.day
        if each.month:
            ends = expiry_of(each.symbol, day, self._calendar)
        else:
            found = front(each.symbol, day, self._calendar)
            ends = day if found is None else found[1]
        return block.end + (ends - day).days * 86_400.0

    def _internal(self, each: Listed, block: Block) -> Array:
        """Ticks follow the last minute's move of the market, breadth the day's."""
        market = self._factor("market", block)
        noise = self.factors.path(f"{each.symbol} noise", 1.0, "us", block, False)
        if each.symbol == "ADD":
            moved = (market - market[0]) / 0.006 + 6 * noise
            return np.asarray(np.round(_BREADTH * np.tanh(moved)))
        lag = 12
        moved = np.zeros(len(market))
        moved[lag:] = (market[lag:] - market[:-lag]) / 0.0009
        moved[lag:] += (noise[lag:] - noise[:-lag]) / 0.006
        return np.asarray(np.round(_TICKS * np.tanh(moved / 2) + 180 * moved / (1 + np.abs(moved))))


def _ticked(each: Listed, price: float) -> float:
    return round(round(price / each.tick) * each.tick, each.digits)


def known(symbol: str) -> Listed:
    """The listing under a symbol; KeyError where there is none."""
    found = listed(symbol)
    if found is None:
        raise KeyError(symbol)
    return found

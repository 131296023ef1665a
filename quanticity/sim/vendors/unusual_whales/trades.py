"""The option tape's trades, one by one, as the websocket sends them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.sim.market import World, osi
from quanticity.sim.market.chains import LEAST_YEARS, YEAR
from quanticity.sim.market.option_tape import NO_TRADES, OptionPrints
from quanticity.sim.market.options import RIGHTS, greeks
from quanticity.sim.market.venues import VENUES
from quanticity.sim.vendors.contract_day import ContractDays
from quanticity.sim.vendors.unusual_whales.written import dec

Row = dict[str, Any]
Array = npt.NDArray[Any]

_GREEKS = ("gamma", "theta", "vega", "rho", "mid")
_MARKETS = {
    "CBOE": "XCBO", "AMEX": "XASE", "BOX": "XBOX", "CBOE2": "C2OX", "EDGX": "EDGO",
    "EMERALD": "EMLD", "GEMINI": "GMNI", "ISE": "XISX", "MERCURY": "MCRY", "MIAX": "XMIO",
    "NASDAQOM": "XNDQ", "PEARL": "MPRL", "PHLX": "XPHL", "PSE": "ARCO",
}  # fmt: skip
_TAGS = {1: "ask_side", -1: "bid_side", 0: "mid_side"}


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute's trades with what each row says beside: Greeks, open interest, volumes so far.

    `bought`, `sold` and `between` count the day's contracts by side, the trade itself among them.
    """

    prints: OptionPrints
    greeks: dict[str, Array]
    oi: Array
    bought: Array
    sold: Array
    between: Array


class Trades:
    """Every option trade of a symbol."""

    def __init__(self, world: World, days: ContractDays) -> None:
        self._world = world
        self._days = days
        self._minute = lru_cache(maxsize=48)(self._make_minute)

    def rows(self, symbol: str, since: float, now: float) -> list[Row]:
        """Trades after `since` and up to `now`, oldest first."""
        rows: list[Row] = []
        for number in range(int(since // 60), int(now // 60) + 1):
            minute = self._minute(symbol, number)
            low, high = np.searchsorted(minute.prints.time, [since, now], side="right")
            rows += [self._row(symbol, number, minute, index) for index in range(low, high)]
        return rows

    def _row(self, symbol: str, number: int, minute: Minute, index: int) -> Row:
        prints = minute.prints
        expiry = date.fromordinal(int(prints.expiry[index]))
        right = RIGHTS[0 if prints.is_call[index] else 1]
        strike, price = float(prints.strike[index]), float(prints.price[index])
        size, side = int(prints.size[index]), int(prints.side[index])
        bid, ask = dec(prints.bid[index]), dec(prints.ask[index])
        moment = int(prints.time[index] * 1000)
        bought, sold, between = (
            int(column[index]) for column in (minute.bought, minute.sold, minute.between)
        )
        found = {name: column[index] for name, column in minute.greeks.items()}
        tags = [_TAGS[side]]
        if side:
            tags.append("bullish" if (side > 0) == (right == "call") else "bearish")
        return {
            "id": _identity(symbol, number, index),
            "underlying_symbol": symbol,
            "option_symbol": osi(symbol, expiry, right, strike),
            "executed_at": moment,
            "created_at": moment + 40,
            "expiry": expiry.isoformat(),
            "option_type": right,
            "strike": dec(strike, 10),
            "price": dec(price),
            "size": size,
            "premium": dec(price * size * 100),
            "nbbo_bid": bid,
            "nbbo_ask": ask,
            "ewma_nbbo_bid": bid,
            "ewma_nbbo_ask": ask,
            "underlying_price": "" if symbol == "SPX" else dec(prints.spot[index], 4),
            "open_interest": int(minute.oi[index]),
            "volume": bought + sold + between,
            "implied_volatility": dec(prints.iv[index], 14),
            "delta": dec(prints.delta[index], 16),
            "gamma": dec(found["gamma"], 16),
            "theta": dec(found["theta"], 16),
            "vega": dec(found["vega"], 16),
            "rho": dec(found["rho"], 16),
            "theo": dec(found["mid"]),
            "trade_code": "isoi" if prints.burst[index] else "auto",
            "exchange": _MARKETS[VENUES[int(prints.venue[index])]],
            "report_flags": [],
            "tags": tags,
            "ask_vol": bought,
            "bid_vol": sold,
            "no_side_vol": 0,
            "mid_vol": between,
            "multi_vol": 0,
            "stock_multi_vol": 0,
        }

    def _make_minute(self, symbol: str, number: int) -> Minute:
        start = number * 60.0
        day = self._world.day(start)
        prints = NO_TRADES
        if day.opens <= start < day.closes:
            prints = self._world.option_tape.trades(symbol, start, start + 60)
        count = len(prints)
        columns = {name: np.empty(count) for name in _GREEKS}
        oi, before = np.empty(count, np.int64), np.empty((3, count))
        for ordinal in np.unique(prints.expiry).tolist():
            expiry = date.fromordinal(ordinal)
            mine = np.flatnonzero(prints.expiry == ordinal)
            self._fill_expiry(symbol, expiry, start, prints, mine, columns, oi, before)
        _, contract = np.unique(contract_key(prints), return_inverse=True)
        sides = [
            before[which] + _running(prints.size * (prints.side == side), contract)
            for which, side in enumerate((1, -1, 0))
        ]
        return Minute(prints, columns, oi, *sides)

    def _fill_expiry(
        self, symbol: str, expiry: date, start: float, prints: OptionPrints, mine: Array,
        columns: dict[str, Array], oi: Array, before: Array,
    ) -> None:  # fmt: skip
        """What one expiry's trades say beside, put where they stand in the minute."""
        world, day = self._world, self._world.day(start)
        found = world.slice(symbol, expiry, start)
        traded = self._days.at(symbol, expiry, day, start)
        closes = world.day_of(expiry).closes
        for side, right in enumerate(RIGHTS):
            at = mine[prints.is_call[mine] == (side == 0)]
            strike = prints.strike[at]
            years = np.maximum((closes - prints.time[at]) / YEAR, LEAST_YEARS)
            made = greeks(prints.spot[at], strike, years, prints.iv[at], right)
            for name in _GREEKS:
                columns[name][at] = made[name]
            index = np.searchsorted(found.strikes, strike - 1e-9)
            oi[at] = found.sides[side].oi[index]
            for which, column in enumerate((traded.ask, traded.bid, traded.mid)):
                before[which, at] = column[side, index]


def contract_key(prints: OptionPrints) -> Array:
    """A number for each contract."""
    strike = np.round(prints.strike * 1000).astype(np.int64)
    return np.asarray((prints.expiry * 10**9 + strike) * 2 + prints.is_call)


def _running(size: Array, contract: Array) -> Array:
    """Sums within each contract, each row's own among them."""
    order = np.argsort(contract, kind="stable")
    total = np.cumsum(size[order])
    first = np.flatnonzero(np.diff(contract[order], prepend=-1))
    lengths = np.diff(np.append(first, len(order)))
    before = np.repeat((total - size[order])[first], lengths) if len(first) else total
    running = np.empty(len(size))
    running[order] = total - before
    return running


def _identity(symbol: str, number: int, index: int) -> str:
    """An identifier in the usual form, the same each time."""
    head = sum(ord(letter) << (8 * place) for place, letter in enumerate(symbol[:4]))
    return f"{head:08x}-0000-4000-8000-{number * 100_000 + index:012x}"

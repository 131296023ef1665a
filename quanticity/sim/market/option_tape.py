"""Option trades: what every contract of a chain trades in a minute, cut into prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.sim.market.chains import LEAST_YEARS, YEAR, Chains
from quanticity.sim.market.columns import Columns, joined
from quanticity.sim.market.contracts import CALL
from quanticity.sim.market.kept import Kept
from quanticity.sim.market.listed import Listed, listed
from quanticity.sim.market.minutes import STEP
from quanticity.sim.market.options import RIGHTS, greeks, quotes
from quanticity.sim.market.ports import Ground
from quanticity.sim.market.venues import OPTIONS, REGULAR, SWEEP, VENUES

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

_AT_MID = 0.1  # share of prints that neither side began
_CBOE = VENUES.index("CBOE")
_CBOE_ALONE = ("SPX", "VIX")
_MOST = 6  # prints that a contract's minute is cut into


@dataclass(frozen=True, slots=True)
class OptionPrints(Columns):
    """Trades of one underlying's options, oldest first, an entry for each.

    `expiry` is the ordinal of a date (`date.fromordinal`), `is_call` false for a put, `size` in
    contracts of 100, `venue` and `condition` numbers in VENUES and CONDITIONS, `side` 1 where the
    buyer began it, -1 the seller, 0 where neither can be told; `bid` and `ask` are the contract's
    when it traded, `spot` the underlying's mid, `iv` the volatility of the mid, `delta` its delta.
    `burst` marks prints of one buyer or seller that belong together.
    """

    time: Array
    expiry: Ints
    strike: Array
    is_call: Flags
    price: Array
    size: Ints
    venue: Bytes
    condition: Bytes
    side: Bytes
    bid: Array
    ask: Array
    spot: Array
    iv: Array
    delta: Array
    burst: Flags

    def of(self, expiry: date, strike: float, right: str) -> OptionPrints:
        """Those of one contract; `right` is `call` or `put`."""
        same = (self.expiry == expiry.toordinal()) & (self.strike == strike)
        return self.where(same & (self.is_call == (right == RIGHTS[CALL])))


_FLOATS, _INTS, _BYTES = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int8)
_FLAGS = np.zeros(0, np.bool_)
NO_TRADES = OptionPrints(
    _FLOATS, _INTS, _FLOATS, _FLAGS, _FLOATS, _INTS, _BYTES, _BYTES, _BYTES, _FLOATS, _FLOATS,
    _FLOATS, _FLOATS, _FLOATS, _FLAGS,
)  # fmt: skip


class Chained(Ground, Protocol):
    """What option trades are made from."""

    @property
    def chains(self) -> Chains:
        """The contracts."""
        ...


@dataclass(frozen=True, slots=True)
class _Lots:
    """Trades before they are priced."""

    time: Array
    expiry: Ints
    expires: Array
    strike: Array
    is_call: Flags
    size: Ints
    ask_share: Array
    burst: Flags
    buys: Flags


class OptionTape:
    """Option trades of every underlying, minute by minute; a pure function of the world.

    What a contract's prints add up to before a minute is the volume that its chain shows at it.
    """

    def __init__(self, world: Chained) -> None:
        self._world = world
        self.minute = Kept(self._make_minute, 7)
        self._listed = Kept(self._make_listed, 16)

    def trades(self, symbol: str, since: float, until: float) -> OptionPrints:
        """The trades from `since` on and before `until`; they are in regular sessions only."""
        parts = []
        day = self._world.day(since)
        while day.opens < until:
            first = max(int(since // 60), int(day.opens // 60))
            last = min(int(np.ceil(until / 60)), int(day.closes // 60))
            parts += [self.minute(symbol, day, number) for number in range(first, last)]
            following = self._world.sessions.next_start("index", day.opens)
            if following >= until:
                break
            day = self._world.day(following)
        return joined(parts, NO_TRADES).between(since, until)

    def _make_minute(self, symbol: str, day: TradingDay, number: int) -> OptionPrints:
        """The trades of a minute (of the epoch)."""
        start = number * 60.0
        if self._world.scenario.halted(symbol, day.day, start):
            return NO_TRADES
        dice = self._world.dice("option prints", symbol, number)
        parts = self._regular(symbol, day, start, dice) + self._bursts(symbol, day, start)
        if not parts:
            return NO_TRADES
        lots = _Lots(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in _Lots.__slots__)
        )
        order = np.argsort(lots.time, kind="stable")
        return self._priced(symbol, day, start, lots, order, dice)

    def _regular(
        self, symbol: str, day: TradingDay, start: float, dice: np.random.Generator
    ) -> list[_Lots]:
        """What a minute adds to the volume of each contract, bursts apart."""
        contracts = self._world.chains.contracts
        begun = (
            contracts.past(symbol, start, day),
            contracts.past(symbol, start + 60, day),
        )
        every = self._listed(symbol, day.day)
        gained = every.base(begun[1]) - every.base(begun[0])
        traded = np.flatnonzero(gained)
        if not len(traded):
            return []
        sizes = gained[traded]
        pieces = np.minimum(1 + np.log2(sizes / 6 + 1).astype(np.int64), _MOST)
        which = np.repeat(traded, pieces)
        size = _split(sizes, pieces, dice)
        which, size = which[size > 0], size[size > 0]
        count, none = len(size), np.zeros(len(size), np.bool_)
        time = start + np.round(dice.random(count) * 59.99, 6)
        return [
            _Lots(
                time, every.expiry[which], every.expires[which], every.strike[which],
                every.side[which] == CALL, size, every.ask_share[which], none, none,
            )
        ]  # fmt: skip

    def _make_listed(self, symbol: str, day: date) -> Listed:
        contracts = self._world.chains.contracts
        return listed([contracts.of(symbol, each, day) for each in contracts.expiries(symbol, day)])

    def _bursts(self, symbol: str, day: TradingDay, start: float) -> list[_Lots]:
        """The prints of informed bursts in a minute."""
        contracts = self._world.chains.contracts
        parts = []
        for expiry, burst in contracts.bursts(symbol, day.day):
            inside = (burst.times >= start) & (burst.times < start + 60)
            count = int(inside.sum())
            if not count:
                continue
            of_expiry = contracts.of(symbol, expiry, day.day)
            parts.append(
                _Lots(
                    burst.times[inside],
                    np.full(count, expiry.toordinal()),
                    np.full(count, of_expiry.expires),
                    np.full(count, of_expiry.strikes[burst.strike]),
                    np.full(count, burst.side == CALL),
                    burst.sizes[inside],
                    np.zeros(count),
                    np.ones(count, np.bool_),
                    np.full(count, burst.buys),
                )
            )
        return parts

    def _priced(
        self, symbol: str, day: TradingDay, start: float, lots: _Lots, order: Ints,
        dice: np.random.Generator,
    ) -> OptionPrints:  # fmt: skip
        chains = self._world.chains
        time, strike, is_call = lots.time[order], lots.strike[order], lots.is_call[order]
        burst, buys = lots.burst[order], lots.buys[order]
        seen = np.floor(time / STEP) * STEP
        spot = self._world.prices_at(symbol, seen)
        years = np.maximum((lots.expires[order] - seen) / YEAR, LEAST_YEARS)
        iv = chains.surface.smile(symbol, strike, spot, years, start)
        mid, delta = np.empty(len(time)), np.empty(len(time))
        for right in RIGHTS:
            mine = is_call == (right == RIGHTS[CALL])
            found = greeks(spot[mine], strike[mine], years[mine], iv[mine], right)
            mid[mine], delta[mine] = found["mid"], found["delta"]
        bid, ask = quotes(mid, chains.wide(day.day))
        luck = dice.random(len(time))
        share = lots.ask_share[order]
        side = np.where(luck < share, 1, np.where(luck > share + _AT_MID, -1, 0))
        side = np.where(burst, np.where(buys, 1, -1), side)
        side = np.where((side < 0) & (bid <= 0), 1, side)  # nobody bids: nothing is sold
        middle = np.round((bid + ask) / 2, 2)
        price = np.where(side > 0, ask, np.where(side < 0, bid, middle))
        if symbol in _CBOE_ALONE:
            venue = np.full(len(time), _CBOE, dtype=np.int8)
        else:
            venue = np.array((_CBOE, *OPTIONS), dtype=np.int8)[
                dice.integers(0, len(OPTIONS) + 1, len(time))
            ]
        return OptionPrints(
            time, lots.expiry[order], strike, is_call, price, lots.size[order], venue,
            np.where(burst, SWEEP, REGULAR).astype(np.int8), side.astype(np.int8), bid, ask, spot,
            iv, delta, burst,
        )  # fmt: skip


def _split(totals: Ints, pieces: Ints, dice: np.random.Generator) -> Ints:
    """Each total cut into so many parts, some of which may be 0, one group after the other."""
    weight = np.exp(dice.standard_normal(int(pieces.sum())))
    first = np.cumsum(pieces) - pieces
    running = np.cumsum(weight)
    before = np.repeat(running[first] - weight[first], pieces)
    whole = np.repeat(np.add.reduceat(weight, first), pieces)
    edges = np.floor((running - before) / whole * np.repeat(totals, pieces) + 1e-9)
    edges[first + pieces - 1] = totals
    edges = edges.astype(np.int64)
    parts = np.diff(edges, prepend=0)
    parts[first] = edges[first]
    return np.asarray(parts)

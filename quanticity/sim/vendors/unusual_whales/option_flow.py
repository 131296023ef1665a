"""What the option tape adds up to, minute by minute: contracts, premium and Greeks by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.clock.calendar import TradingDay
from quanticity.quant.quick_greeks import pdf
from quanticity.sim.market import World
from quanticity.sim.market.chains import LEAST_YEARS, YEAR
from quanticity.sim.market.option_tape import OptionPrints

Array = npt.NDArray[Any]  # figures, some of them whole
Flags = npt.NDArray[np.bool_]

CALL, PUT = 0, 1
BID, MID, ASK = 0, 1, 2
_SIDES = 3
_GROUPS = 2 * _SIDES
SHARES = 100.0
_BUSIEST = 8
_PASTS = 64  # sessions of symbols that are kept in one piece


@dataclass(frozen=True, slots=True)
class Flow:
    """Sums over trades; with a first axis for minutes where there are several.

    `volume` (contracts), `premium` (USD) and `trades` by right (0 calls) and by side (0 at the
    bid, 1 between, 2 at the ask). `delta` and `vega` are those of all trades in shares and USD a
    volatility point: bought less sold, and all added up, first of all and then of those out of the
    money. `otm` is the premium, like `premium`, of what is out of the money, `otm_net` its
    contracts at the ask less those at the bid, by right.
    """

    volume: Array
    premium: Array
    trades: Array
    delta: Array
    vega: Array
    otm: Array
    otm_net: Array

    def net(self, right: int) -> Array:
        """Contracts at the ask less those at the bid."""
        return np.asarray(self.volume[..., right, ASK] - self.volume[..., right, BID])

    def net_premium(self, right: int) -> Array:
        """USD paid at the ask less those taken at the bid."""
        return np.asarray(self.premium[..., right, ASK] - self.premium[..., right, BID])

    def total(self) -> Flow:
        """All minutes together."""
        return Flow(*(getattr(self, name).sum(axis=0) for name in _FIELDS))

    def up_to(self, count: int) -> Flow:
        """The first so many minutes."""
        return Flow(*(getattr(self, name)[:count] for name in _FIELDS))


_FIELDS = tuple(Flow.__slots__)


@dataclass(frozen=True, slots=True)
class StrikeFlow:
    """The busiest strikes of a minute: figures by strike, right and side."""

    strikes: Array
    volume: Array
    premium: Array
    trades: Array


class OptionFlow:
    """Sums of the option tape by minute: whole ones are kept, of the one under way made anew."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._whole = lru_cache(maxsize=6_000)(self._make_whole)
        self._expiry = lru_cache(maxsize=6_000)(self._make_expiry)
        self._past: dict[tuple[str, date, date | None], tuple[int, Flow]] = {}

    def minutes(self, symbol: str, day: TradingDay, at: float, expiry: date | None = None) -> Flow:
        """Every minute of a session that has begun by `at`; the last one up to `at`.

        Of one expiry where one is named.
        """
        end = min(at, day.closes)
        whole = max(0, int((end - day.opens) // 60))
        past = self._up_to(symbol, day, whole, expiry)
        begun = day.opens + 60.0 * whole
        if end <= begun:
            return past
        now = self._sum(self._world.option_tape.trades(symbol, begun, end), expiry)
        return _joined(past, [now])

    def _up_to(self, symbol: str, day: TradingDay, whole: int, expiry: date | None) -> Flow:
        """The first minutes of a session: those that were asked for before, and what came since."""
        mark = (symbol, day.day, expiry)
        done, past = self._past.pop(mark, (0, _none(0)))
        if done > whole:
            done, past = 0, _none(0)
        if done < whole:
            starts = [day.opens + 60.0 * index for index in range(done, whole)]
            if expiry is None:
                parts = [self._whole(symbol, start)[0] for start in starts]
            else:
                parts = [self._expiry(symbol, start, expiry) for start in starts]
            past = _joined(past, parts)
        while len(self._past) >= _PASTS:
            del self._past[next(iter(self._past))]
        self._past[mark] = whole, past
        return past

    def strikes(self, symbol: str, start: float, at: float) -> StrikeFlow:
        """The busiest strikes of the minute that begins at `start`, up to `at`."""
        if at >= start + 60:
            return self._whole(symbol, start)[1]
        return _by_strike(self._world.option_tape.trades(symbol, start, at))

    def _make_whole(self, symbol: str, start: float) -> tuple[Flow, StrikeFlow]:
        # Both at once: to make a minute of the tape costs more than either.
        prints = self._world.option_tape.trades(symbol, start, start + 60)
        return self._sum(prints, None), _by_strike(prints)

    def _make_expiry(self, symbol: str, start: float, expiry: date) -> Flow:
        return self._sum(self._world.option_tape.trades(symbol, start, start + 60), expiry)

    def _sum(self, prints: OptionPrints, expiry: date | None) -> Flow:
        if expiry is not None:
            prints = prints.where(prints.expiry == expiry.toordinal())
        if not len(prints):
            return _none(None)
        group = _group(prints)
        premium = prints.price * prints.size * SHARES
        otm = np.where(prints.is_call, prints.strike > prints.spot, prints.strike < prints.spot)
        shares = prints.size * SHARES
        signed = shares * prints.side
        vega = self._vega(prints)
        outside = np.bincount(group[otm], prints.size[otm], _GROUPS).reshape(2, _SIDES)
        return Flow(
            volume=np.bincount(group, prints.size, _GROUPS).reshape(2, _SIDES),
            premium=np.bincount(group, premium, _GROUPS).reshape(2, _SIDES),
            trades=np.bincount(group, minlength=_GROUPS).reshape(2, _SIDES).astype(np.float64),
            delta=_four(prints.delta, signed, shares, otm),
            vega=_four(vega, signed, shares, otm),
            otm=np.bincount(group[otm], premium[otm], _GROUPS).reshape(2, _SIDES),
            otm_net=outside[:, ASK] - outside[:, BID],
        )

    def _vega(self, prints: OptionPrints) -> Array:
        """Of each trade, per share and volatility point (Black-Scholes-Merton)."""
        kinds, which = np.unique(prints.expiry, return_inverse=True)
        ends = np.array([self._world.day_of(date.fromordinal(int(one))).closes for one in kinds])
        root = np.sqrt(np.maximum((ends[which] - prints.time) / YEAR, LEAST_YEARS))
        d1 = np.log(prints.spot / prints.strike) / (prints.iv * root) + prints.iv * root / 2
        return np.asarray(prints.spot * pdf(d1) * root / 100)


def _group(prints: OptionPrints) -> npt.NDArray[np.int64]:
    """The number of right and side of each trade."""
    return np.asarray(
        np.where(prints.is_call, CALL, PUT) * _SIDES + prints.side.astype(np.int64) + 1
    )


def _four(greek: Array, signed: Array, shares: Array, otm: Flags) -> Array:
    """Bought less sold, and all; then both of what is out of the money."""
    way, whole = greek * signed, greek * shares
    return np.array([way.sum(), whole.sum(), way[otm].sum(), whole[otm].sum()])


def _joined(past: Flow, parts: list[Flow]) -> Flow:
    """Several minutes, and single ones after them, as one."""
    return Flow(
        *(
            np.concatenate([getattr(past, name), *(getattr(part, name)[None] for part in parts)])
            for name in _FIELDS
        )
    )


def _none(minutes: int | None) -> Flow:
    """No trades: in no minutes, or in one (None)."""
    head = () if minutes is None else (minutes,)
    square = np.zeros((*head, 2, _SIDES))
    return Flow(
        square, square, square, np.zeros((*head, 4)), np.zeros((*head, 4)), square,
        np.zeros((*head, 2)),
    )  # fmt: skip


def _by_strike(prints: OptionPrints) -> StrikeFlow:
    strikes, which = np.unique(prints.strike, return_inverse=True)
    group = which * _GROUPS + _group(prints)
    size = len(strikes) * _GROUPS
    shape = (len(strikes), 2, _SIDES)
    volume = np.bincount(group, prints.size, size).reshape(shape)
    premium = np.bincount(group, prints.price * prints.size * SHARES, size).reshape(shape)
    trades = np.bincount(group, minlength=size).reshape(shape)
    busiest = np.argsort(-volume.sum(axis=(1, 2)), kind="stable")[:_BUSIEST]
    chosen = np.sort(busiest)
    return StrikeFlow(strikes[chosen], volume[chosen], premium[chosen], trades[chosen])

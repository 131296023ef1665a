"""A day before it is cut into trades: what every minute of a session traded, and at what prices.

The day's volume is drawn first, then shared out over its minutes; the tape then shares each
minute's volume out over its prints, and puts prints where the minute's open, high, low and close
are. So bars of any length, the tape and the day's total agree, and none of them needs the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.kept import Kept
from quanticity.sim.market.listing import Listed
from quanticity.sim.market.paths import known
from quanticity.sim.market.ports import Ground
from quanticity.sim.market.sessions import Span

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEP = 0.25
"""Seconds between two states of a book; a mid is looked at once in each."""

_LAST = 60.0 - STEP
SEEN = np.array([*range(0, 60, 5), _LAST])
"""Moments of a minute, one of which has its highest mid and one its lowest."""

_INDEX_SEEN = np.array([*range(0, 60, 5), 59.0])
_OPENING, _CLOSING = 0.012, 0.06  # shares of a day's volume in the two crosses
_ALWAYS = 60  # how often an index is told in a minute
# Weight of a minute in each hour of the Eastern day, one of the regular session being about 1.
_HOURLY: dict[str, tuple[float, ...]] = {
    "stocks": (0.0,) * 4 + (.005,) * 3 + (.01, .03, .06) + (1.0,) * 6 + (.05, .02, .01, .01)
    + (0.0,) * 4,
    "futures": (.06,) * 3 + (.16,) * 5 + (.25, .5) + (1.0,) * 6 + (.15, .02) + (.05,) * 6,
    "fx": (.5,) * 3 + (.9,) * 5 + (1.2,) * 4 + (.7,) * 5 + (.2,) * 2 + (.5,) * 5,
    "crypto": (.6,) * 8 + (1.1,) * 9 + (.8,) * 7,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of one session, an entry for each. Prices are of prints, in ticks.

    `spread` is the ticks between bid and ask; `mid` the mids at 13 moments of each minute, in
    ticks; `open_side` and `close_side` who began the first and the last print (1 the buyer).
    `cross` is the part of the minute's volume that is an auction's, its first print.
    """

    span: Span
    volume: Ints
    count: Ints
    cross: Ints
    spread: Ints
    open_side: Ints
    close_side: Ints
    mid: Array
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    total: Ints

    def index(self, at: float) -> int:
        """The minute that a moment lies in; one past the last for any later one."""
        return min(max(int((at - self.span.start) // 60), 0), len(self.volume))


def bid_of(mid: Array, spread: Ints) -> Ints:
    """The best bid for mids, all in ticks; the ask is `spread` above. Never falls as mids rise."""
    return np.floor(mid - spread / 2 + 0.5).astype(np.int64)


class Days:
    """The minutes of every session of every listing."""

    def __init__(self, world: Ground) -> None:
        self._world = world
        self.minutes = Kept(self._make, 16)
        self.volume = lru_cache(maxsize=8192)(self._volume)

    def _volume(self, symbol: str, span: Span) -> int:
        """What a whole session trades, in the listing's units of size."""
        usual = known(symbol).volume
        luck = self._world.dice("day volume", symbol, span.day).standard_normal()
        share = self._world.scenario.volume_of(symbol, span.day)
        return int(usual * np.exp(0.25 * luck) * share)

    def _make(self, symbol: str, span: Span) -> Minutes:
        each = known(symbol)
        count = round((span.end - span.start) / 60)
        starts = span.start + 60.0 * np.arange(count, dtype=np.float64)
        seen = SEEN if each.traded else _INDEX_SEEN
        at = (starts[:, None] + seen).ravel()
        mid = (self._world.prices_at(symbol, at) / each.tick).reshape(count, len(seen))
        if not each.traded:
            return _index(span, mid)
        dice = self._world.dice("minutes", symbol, span.day)
        cross, total = self._share_out(each, span, starts, dice)
        volume = np.diff(total)
        prints = self._prints(each, volume - cross, dice) + (cross > 0)
        spread = self._spread(each, span, starts, dice)
        sides = 2 * dice.integers(0, 2, (2, count)) - 1
        bid = bid_of(mid, spread[:, None])
        opened = bid[:, 0] + np.where(sides[0] > 0, spread, 0)
        opened = np.where(cross > 0, np.rint(mid[:, 0]).astype(np.int64), opened)
        closed = bid[:, -1] + np.where(sides[1] > 0, spread, 0)
        closed = np.where(prints < 2, opened, closed)
        high, low = np.maximum(opened, closed), np.minimum(opened, closed)
        high = np.where(prints >= 3, np.maximum(high, bid.max(axis=1) + spread), high)
        low = np.where(prints >= 4, np.minimum(low, bid.min(axis=1)), low)
        return Minutes(
            span, volume, prints, cross, spread, sides[0], sides[1], mid,
            opened, high, low, closed, total,
        )  # fmt: skip

    def _share_out(
        self, each: Listed, span: Span, starts: Array, dice: np.random.Generator
    ) -> tuple[Ints, Ints]:
        """What each minute's auction trades, and the running total before each minute."""
        count = len(starts)
        day = self._world.day_of(span.day)
        noise = dice.standard_normal(count)
        noise[1:] = 0.7 * noise[1:] + 0.4 * noise[:-1]
        weight = self._shape(each, starts) * np.exp(0.35 * noise)
        weight *= self._world.scenario.busy(each.symbol, span.day, starts)
        whole = self.volume(each.symbol, span)
        cross = np.zeros(count, dtype=np.int64)
        if each.hours == "stocks":
            for share, at in ((_OPENING, day.opens), (_CLOSING, day.closes)):
                luck = np.exp(0.3 * dice.standard_normal())
                cross[round((at - span.start) / 60)] = int(whole * share * luck)
        done = np.concatenate([np.zeros(1), np.cumsum(weight)])
        rest = np.floor((whole - cross.sum()) * (done / done[-1]) + 1e-9).astype(np.int64)
        return cross, rest + np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(cross)])

    def _shape(self, each: Listed, starts: Array) -> Array:
        """How busy minutes usually are: a U in the regular session."""
        day = self._world.day(float(starts[len(starts) // 2]))
        hour = ((starts - day.opens) / 3600 + 9.5) % 24
        weight = np.array(_HOURLY[each.hours])[hour.astype(np.int64)]
        if each.hours == "stocks":
            weight = np.where(starts < day.opens, np.minimum(weight, 0.06), weight)
            weight = np.where(starts >= day.closes, np.minimum(weight, 0.05), weight)
        if each.hours in ("stocks", "futures"):
            x = (starts - day.opens) / (day.closes - day.opens)
            bell = 0.75 + 5 * (x - 0.5) ** 2
            weight = np.where((x >= 0) & (x < 1), bell, weight)
        return np.asarray(weight)

    def _prints(self, each: Listed, volume: Ints, dice: np.random.Generator) -> Ints:
        """How many trades each minute's volume is made of."""
        middle = max(float(np.median(volume[volume.argsort()[-240:]])), 1.0)
        wanted = dice.poisson(each.prints * np.minimum(volume / middle, 6.0) ** 0.8)
        wanted = np.minimum(np.maximum(wanted, volume > 0), volume)
        return np.asarray(np.minimum(wanted, 6 * each.prints), dtype=np.int64)

    def _spread(self, each: Listed, span: Span, starts: Array, dice: np.random.Generator) -> Ints:
        """Ticks between bid and ask: wider where little trades, and as the session opens."""
        day = self._world.day_of(span.day)
        busy = self._shape(each, starts)
        wide = np.where(busy < 0.1, 2.5, np.where(busy < 0.4, 1.4, 1.0))
        wide = np.where((starts >= day.opens) & (starts < day.opens + 300), 1.6, wide)
        wide = wide * self._world.scenario.spread(each.symbol, span.day, starts)
        luck = np.exp(0.25 * dice.standard_normal(len(starts)))
        return np.asarray(np.maximum(1, np.rint(each.spread * wide * luck)), dtype=np.int64)


def _index(span: Span, mid: Array) -> Minutes:
    """An index is told once a second, and trades nothing."""
    value = np.rint(mid).astype(np.int64)
    none = np.zeros(len(mid), dtype=np.int64)
    return Minutes(
        span, none, none + _ALWAYS, none, none, none, none, mid, value[:, 0], value.max(axis=1),
        value.min(axis=1), value[:, -1], np.zeros(len(mid) + 1, dtype=np.int64),
    )  # fmt: skip

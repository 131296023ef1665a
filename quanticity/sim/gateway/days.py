"""A trading day so far: its open, high, low, volume and average price, kept up with the tape."""

from __future__ import annotations

from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING

from quanticity.sim.gateway.reels import Cut, Reels

if TYPE_CHECKING:
    from quanticity.sim.gateway.ports import Market

_MINUTE = 60


@dataclass
class Day:
    """The day of one symbol. Prices are 0 until there is a trade; `count` is how many there are."""

    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    last: float = 0.0
    volume: int = 0
    count: int = 0
    value: float = 0.0

    @property
    def average(self) -> float:
        """The volume-weighted average price."""
        return self.value / self.volume if self.volume else self.last

    @classmethod
    def until(cls, market: Market, reels: Reels, symbol: str, start: float, at: float) -> Day:
        """From the session's start to a moment."""
        day = cls()
        bars = market.bars(symbol, start, at, _MINUTE)
        if len(bars.time):
            day.open, day.last = float(bars.open[0]), float(bars.close[-1])
            day.high, day.low = float(bars.high.max()), float(bars.low.min())
            day.volume, day.count = int(bars.volume.sum()), int(bars.count.sum())
            day.value = float((bars.volume * bars.wap).sum())
        # The minute that is not over.
        day.add(reels.between(symbol, max(start, at // _MINUTE * _MINUTE), at))
        return day

    def add(self, cuts: list[Cut]) -> None:
        """Go on with what was traded."""
        for reel, start, end in cuts:
            prices, sizes = reel.price[start:end], reel.size[start:end]
            if not self.count:
                self.open = self.high = self.low = prices[0]
            self.high = max(self.high, *prices)
            self.low = min(self.low, *prices)
            self.last = prices[-1]
            self.volume += sum(sizes)
            self.count += end - start
            self.value += sum(map(mul, prices, sizes))

"""Minutes of the tape as plain lists, made once for all that watch a symbol."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import compress
from typing import NamedTuple

import numpy as np

from quanticity.sim.gateway.ports import Market
from quanticity.sim.market.kept import Kept

_MINUTE = 60
_MEGABYTES = 8


class Reel(NamedTuple):
    """The prints of a minute, oldest first; `regular` are those that make the last price."""

    time: list[float]
    price: list[float]
    size: list[int]
    venue: list[str]
    condition: list[str]
    regular: list[bool]


class Cut(NamedTuple):
    """Some prints in a row of one minute: from `start` on and before `end`."""

    reel: Reel
    start: int
    end: int


class Reels:
    """The minutes of a market's tape, by symbol."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._minute = Kept(self._make, _MEGABYTES)

    def between(self, symbol: str, since: float, until: float) -> list[Cut]:
        """The prints from `since` on and before `until`, minute by minute."""
        found = []
        first, last = int(since // _MINUTE), int(until // _MINUTE)
        for number in range(first, last + 1):
            reel = self._minute(symbol, number)
            times = reel.time
            start = bisect_left(times, since) if number == first else 0
            end = bisect_left(times, until, start) if number == last else len(times)
            if start < end:
                found.append(Cut(reel, start, end))
        return found

    def _make(self, symbol: str, number: int) -> Reel:
        at = float(number * _MINUTE)
        prints = self._market.prints(symbol, at, at + _MINUTE)
        venues, conditions = self._market.venues, self._market.conditions
        return Reel(
            time=prints.time.tolist(),
            price=prints.price.tolist(),
            size=prints.size.tolist(),
            venue=[venues[index] for index in prints.venue.tolist()],
            condition=[conditions[index] for index in prints.condition.tolist()],
            regular=np.asarray(self._market.regular(prints)).tolist(),
        )


def regular_of(cuts: list[Cut]) -> Iterator[tuple[Reel, int]]:
    """The regular prints of some cuts, oldest first, as minute and place."""
    for reel, start, end in cuts:
        for index in compress(range(start, end), reel.regular[start:end]):
            yield reel, index

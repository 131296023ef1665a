"""Prints: tick-by-tick where there is a stream, else tick 233, never both of one trade."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

from .venues import Venues, conditions

TICKS, RT_VOLUME = "tick_by_tick", "rt_volume"
_HALF = 0.5
# Of so many seconds it is known which trades each source told.
_SECONDS = 30


class Print(NamedTuple):
    """One trade. `venue` is a market identifier code, empty where nobody says.

    `time` is the vendor's, in epoch seconds: whole ones of tick-by-tick.
    """

    time: float
    price: float
    size: float
    venue: str
    conditions: tuple[str, ...]
    source: str


class RtVolume(NamedTuple):
    """What tick 233 tells: `volume` and `vwap` are the day's; `single` is one market maker's."""

    price: float
    size: float
    time: float
    volume: float
    vwap: float
    single: bool


def rt_volume(text: str) -> RtVolume | None:
    """Read `price;size;time;volume;vwap;flag`; None for anything else.

    Without a price it is the day's volume alone, which is no print.
    """
    parts = text.split(";")
    if len(parts) != 6:
        return None
    try:
        price, size, stamp, volume, vwap = (float(part or "nan") for part in parts[:5])
    except ValueError:
        return None
    if not (price > 0 and size > 0 and 0 < stamp < 1e14):
        return None
    if not all(map(math.isfinite, (price, size, stamp))):
        return None
    return RtVolume(price, size, stamp / 1000, volume, vwap, parts[5] == "true")


class _Told:
    """The trades that one source told of the last few seconds: the other's are the same ones."""

    def __init__(self) -> None:
        self._seconds: dict[float, Counter[tuple[float, float]]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._seconds.clear()

    def add(self, second: float, price: float, size: float) -> None:
        """It told this one."""
        found = self._seconds.get(second)
        if found is None:
            if len(self._seconds) >= _SECONDS:
                del self._seconds[next(iter(self._seconds))]
            found = self._seconds[second] = Counter()
        found[price, size] += 1

    def take(self, second: float, price: float, size: float) -> bool:
        """Whether it told such a one; each counts once."""
        found = self._seconds.get(second)
        if found is None or found[price, size] <= 0:
            return False
        found[price, size] -= 1
        return True


class PrintTape:
    """The prints of one instrument since its last subscription, from the better of two sources.

    Both tell the second of a trade. So tick-by-tick takes over with a whole second. Of the second
    in which it begins, and of those around its end, what either tells is held against what the
    other told: at no change is a trade lost, or told twice. Odd lots are in tick-by-tick alone.
    """

    def __init__(self, venues: Venues) -> None:
        self._venues = venues
        self._last_venue = ""
        self._volume = math.nan
        # The first second that is tick-by-tick's; the newest ones that it and tick 233 told.
        self._from = math.inf
        self._newest = -math.inf
        self._ticks, self._volumes = _Told(), _Told()
        # What tick 233 had of tick-by-tick's seconds before that told it: those trades are done.
        self._early = _Told()
        self._told = -math.inf
        self._passed = False
        # Prints told, and those that the other source told.
        self.count = self.skipped = 0
        # Of the day's volume, what neither told: odd lots and others that tick 233 leaves out.
        self.untold = 0.0

    @property
    def source(self) -> str:
        """Where its prints come from now."""
        return RT_VOLUME if self._from == math.inf else TICKS

    def lost(self) -> None:
        """The line went, or the subscription: whatever comes next is after a gap."""
        self.stream_lost()
        self._newest = -math.inf
        self._ticks.clear()
        self._volumes.clear()
        self._early.clear()
        self._last_venue = ""
        self._volume = math.nan
        self._told = -math.inf

    def gap(self) -> None:
        """The streams begin anew on the same line: what was told may be told again."""
        self.stream_lost()
        self._volume = math.nan

    def stream_lost(self) -> None:
        """Tick-by-tick is gone, tick 233 goes on."""
        self._from = math.inf

    def venue(self, letters: str, name: str = "") -> None:
        """Tick 84: where the last trade was, in letters. Of several no one can be told.

        `name` is what the vendor's table says of them; without it they are those of the tape.
        """
        known = name or (letters if len(letters.strip()) == 1 else "")
        self._last_venue = self._venues.code(known)

    def tick(self, time: float, price: float, size: float, venue: str, codes: str) -> Print | None:
        """One of tick-by-tick; None where tick 233 told it, or where it is none."""
        if not (price > 0 and size > 0):
            return None
        if self._from == math.inf:
            # A batch may hold several seconds: tick 233 may have told some beyond this one.
            self._from = max(time, self._told) + 1
            self._passed = False
        # Only until it is reached: stamps may go back, and then nobody else tells the trade.
        self._passed |= time >= self._from
        if not self._passed and self._volumes.take(time, price, size):
            self.skipped += 1
            return None
        self._newest = time
        if not self._early.take(time, price, size):
            self._ticks.add(time, price, size)
        self.count += 1
        return Print(time, price, size, self._venues.code(venue), conditions(codes), TICKS)

    def volume(self, text: str) -> Print | None:
        """One of tick 233; None where tick-by-tick tells its second, or where it is none."""
        read = rt_volume(text)
        if read is None:
            return None
        if math.isfinite(read.volume) and math.isfinite(self._volume):
            gap = read.volume - self._volume - read.size
            if gap > _HALF and read.volume > self._volume:
                self.untold += gap
        if math.isfinite(read.volume):
            self._volume = read.volume
        second = math.floor(read.time)
        known = second >= self._from or second <= self._newest - _SECONDS
        same = self._ticks.take(second, read.price, read.size)
        if known or same:
            if not same:
                self._early.add(second, read.price, read.size)
            self.skipped += 1
            return None
        self._told = max(self._told, second)
        self._volumes.add(second, read.price, read.size)
        self.count += 1
        return Print(read.time, read.price, read.size, self._last_venue, (), RT_VOLUME)


def as_row(one: Print, symbol: str, bid: float | None, ask: float | None) -> dict[str, Any]:
    """A print as it is written: with the quote that stood when it came."""
    return {
        "symbol": symbol,
        "time": one.time,
        "price": one.price,
        "size": one.size,
        "bid": bid,
        "ask": ask,
        "venue": one.venue,
        "conditions": list(one.conditions),
        "from": one.source,
    }

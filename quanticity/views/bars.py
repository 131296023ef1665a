"""Bars: open, high, low, close and volume of each span of time, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, time
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from quanticity.clock import closing_time, eastern
from quanticity.parse import moment, number
from quanticity.views.base import NOTHING, Stored
from quanticity.views.rows import Rows
from quanticity.views.sealed import Bools, Floats, Sealed, still

_TIMES = ("time", "start_time", "start", "timestamp")
_PRICES = ("open", "high", "low", "close")
_OPENS = time(9, 30)


class Bars(Sealed):
    """Bars, oldest first; arrays of one length, for reading only.

    `times` are when each begins (epoch seconds), `opens`, `highs`, `lows` and `closes` in USD,
    `volumes` in shares (NaN where not given). Reads rows of `time`, `open`, `high`, `low`,
    `close` and `volume`, as our transforms and sources write them, and Unusual Whales' candles.
    Bars without a time or with a price that is not above zero, and those whose range does not
    hold their open and close, are left out and counted in `bad` by reason. Of several of one
    time the last counts. The newest is usually not over yet: see `complete`.
    """

    times: Floats
    opens: Floats
    highs: Floats
    lows: Floats
    closes: Floats
    volumes: Floats
    bad: Mapping[str, int]

    @classmethod
    def of(cls, one: Stored) -> Self:
        """The bars of a latest value. ValueError where there is no list of rows."""
        return cls._of(one, Rows.of(one))

    @classmethod
    def of_events(cls, events: Sequence[Stored]) -> Self:
        """The bars of new events; there may be none."""
        return cls._of(events[-1] if events else NOTHING, Rows.of_events(events))

    @classmethod
    def _of(cls, newest: Stored, rows: Rows) -> Self:
        view, bad = cls(newest), Counter[str]()
        bad["not a bar"] = rows.given - len(rows)
        kept: dict[float, list[float]] = {}
        for row in rows:
            at, figures, why = _read(row)
            if why:
                bad[why] += 1
                continue
            bad["repeated"] += at in kept
            kept[at] = figures
        times = sorted(kept)
        table = np.array([kept[at] for at in times], dtype=np.float64).reshape(len(times), 5)
        view.times = still(np.array(times, dtype=np.float64))
        columns = [still(np.ascontiguousarray(table[:, at])) for at in range(5)]
        view.opens, view.highs, view.lows, view.closes, view.volumes = columns
        view.bad = MappingProxyType({why: bad[why] for why in sorted(bad) if bad[why]})
        view._seal()
        return view

    def __len__(self) -> int:
        return len(self.times)

    def complete(self, now: float, seconds: float = 60.0) -> Bools:
        """Which bars, `seconds` long, were over at `now`; one of tomorrow is none."""
        return np.asarray(self.times + seconds <= now)

    def session(self, now: float, seconds: float = 60.0) -> npt.NDArray[np.int64]:
        """Where the complete bars of the newest regular session stand.

        From 09:30 to 16:00 Eastern, on a half day to 13:00.
        """
        which = np.flatnonzero(self.complete(now, seconds))
        days = [_session_day(at) for at in self.times[which].tolist()]
        newest = max((day for day in days if day is not None), default=None)
        return which[[day is not None and day == newest for day in days]]


def _session_day(at: float) -> date | None:
    """The day whose regular session a moment lies in."""
    local = eastern(at)
    day = local.date()
    return day if _OPENS <= local.time() < closing_time(day) else None


def _read(row: Mapping[str, Any]) -> tuple[float, list[float], str]:
    """When it begins, its figures, and why it counts for nothing."""
    at = next((moment(row[name]) for name in _TIMES if row.get(name) is not None), None)
    if at is None:
        return 0.0, [], "bar without a time"
    prices = [number(row.get(name)) for name in _PRICES]
    known = [price for price in prices if price is not None and price > 0]
    if len(known) < len(prices):
        return at, [], "price missing or not above zero"
    first, high, low, last = known
    if not low <= min(first, last) <= max(first, last) <= high:
        return at, [], "range that does not hold its open and close"
    volume = number(row.get("volume"))
    return at, [*known, np.nan if volume is None or volume < 0 else volume], ""

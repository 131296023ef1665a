"""Net premium of the whole market's options: where it stands, and how it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    eastern,
    field,
    moment,
    number,
    quant,
)

_MINUTE = 60.0
_MOST = 1e15
_SIDES = ("net_call_premium", "net_put_premium")


class MarketTideParams(Spec):
    """Over which spans."""

    windows: tuple[int, ...] = field(
        (5, 15, 60), help="spans of change", unit="minutes", min_length=1, example=[5, 15, 60]
    )


class MarketTide(Analytic):
    """Net call premium less net put premium of all symbols, today so far, with its momentum.

    The vendor's figures are running totals of the session. The minute that has not ended is left
    out. The direction is that of the total; that of a window is the sign of its change.
    """

    name = "market_tide"
    Params = MarketTideParams
    reads = {"tide": Key("raw:uw:market_tide", 300, view=Rows)}
    writes = {"tide": Key("analytics:market_tide", ttl=300)}
    trigger = OnChange("tide", at_most_every=50.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The total and its change."""
        sides = _whole_minutes(inputs.tide, now)
        ends = np.array(sorted(sides))
        totals = np.array([calls - puts for calls, puts in (sides[at] for at in ends.tolist())])
        told: dict[str, Any] = {
            "net": float(totals[-1]) if len(ends) else None,
            "calls": sides[float(ends[-1])][0] if len(ends) else None,
            "puts": sides[float(ends[-1])][1] if len(ends) else None,
            "direction": _way(float(totals[-1])) if len(ends) else None,
            "as_of": float(ends[-1]) if len(ends) else None,
            "minutes": len(ends),
            "windows": {},
            "unit": "USD; windows in minutes",
            "convention": "bought at the ask less sold at the bid; puts count against calls",
            "method": "first and second difference of the running total over whole minutes",
            "reason": None if len(ends) else "no whole minute of this session yet",
        }
        for minutes in self.params.windows if len(ends) else ():
            start = float(ends[0]) - _MINUTE
            one = quant.momentum.momentum(ends, totals, start, minutes * _MINUTE)
            short = f"less than {minutes if one.change is None else 2 * minutes} minutes so far"
            complete = one.change is not None and one.acceleration is not None
            told["windows"][str(minutes)] = {**one._asdict(), "reason": None if complete else short}
        return {"tide": told}, state


def _whole_minutes(rows: Rows, now: float) -> dict[float, tuple[float, float]]:
    """Calls and puts by the end of the minute, of the newest day in the body."""
    found: dict[float, tuple[float, float]] = {}
    for row in rows:
        at = moment(row.get("timestamp"), "America/New_York")
        calls, puts = (number(row.get(name)) for name in _SIDES)
        if at is None or calls is None or puts is None or at + _MINUTE > now:
            continue
        if abs(calls) < _MOST and abs(puts) < _MOST:
            found[at + _MINUTE] = (calls, puts)
    today = max((eastern(at - _MINUTE).date() for at in found), default=None)
    return {at: each for at, each in found.items() if eastern(at - _MINUTE).date() == today}


def _way(total: float) -> str:
    return "up" if total > 0 else "down" if total < 0 else "flat"

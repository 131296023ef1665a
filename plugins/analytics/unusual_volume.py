"""Whether a stock trades more than usual right now."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Bars, Every, Inputs, Key, Spec, field

_MINUTE, _FIVE_SECONDS = 60.0, 5.0


class UnusualVolumeParams(Spec):
    """What is usual, and what is not."""

    minutes: int = field(20, help="minutes whose mean is the usual", unit="minutes", ge=2)
    least: int = field(5, help="minutes without which nothing is usual", unit="minutes", ge=2)
    times: float = field(3.0, help="how many times the usual is unusual", gt=1)


class UnusualVolume(Analytic):
    """The last minute's volume against the mean of the minutes before it.

    From the first bar on a minute without one is empty, and counts. What is usual at that time of
    day is not in it: the minutes before are.
    """

    name = "unusual_volume"
    Params = UnusualVolumeParams
    reads = {
        "bars": Key("market:{symbol}:bars", 30, view=Bars),
        "minutes": Key("market:{symbol}:bars:1min", 300, view=Bars),
    }
    writes = {"volume": Key("market:{symbol}:unusual_volume", ttl=60)}
    trigger = Every(10, sessions=("pre_market", "market_hours", "after_hours"))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The ratio, and whether it is unusual."""
        params = self.params
        end = now // _FIVE_SECONDS * _FIVE_SECONDS
        last = _between(inputs.bars, end - _MINUTE, end)
        start = end - _MINUTE * (1 + params.minutes)
        known = inputs.minutes.times[inputs.minutes.times >= start]
        # What was before its first bar is not known; after it, a minute without one is empty.
        begin = float(known[0]) if len(known) else end
        count = int((end - _MINUTE - begin) // _MINUTE)
        usual = reason = ratio = None
        if count < params.least:
            reason = f"{max(0, count)} of at least {params.least} minutes to compare with"
        else:
            usual = _between(inputs.minutes, begin, begin + count * _MINUTE) / count
            ratio = last / usual if usual > 0 else None
            reason = None if usual > 0 else "nothing traded in the minutes before"
        found = {
            "active": None if ratio is None else ratio >= params.times,
            "ratio": ratio,
            "volume": last,
            "usual": usual,
            "minutes": max(0, count),
            "limit": params.times,
            "unit": "shares in a minute; ratio of the usual",
            "method": f"last 60 s against the mean of up to {params.minutes} minutes before",
            "reason": reason,
        }
        return {"volume": found}, state


def _between(bars: Bars, start: float, end: float) -> float:
    """Shares of bars that begin in the span; not above what can be."""
    which = (bars.times >= start) & (bars.times < end) & (bars.volumes < 1e12)
    return float(np.sum(bars.volumes[which]))

"""Bars of a stock's prints: five seconds, one, five and fifteen minutes."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import Analytic, Every, Inputs, Key, Kind, Tape, quant

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_bars, _tape = quant.bars, quant.tape
_AHEAD = 5.0
# Length in seconds, its name, and how many are kept: of the long ones a whole session.
_LENGTHS = ((5, "bars", 100), (60, "minute", 120), (300, "five", 78), (900, "fifteen", 26))
_OPEN_HOURS = ("pre_market", "market_hours", "after_hours")


class Kept(msgspec.Struct):
    """The columns of `quant.bars.Bars` by name of the length, the open one too.

    `newest` is the epoch second of the newest print, `told` when the long ones were told last.
    """

    bars: dict[str, list[list[float]]] = msgspec.field(default_factory=dict)
    newest: float = 0.0
    told: float = 0.0
    left_out: int = 0


class TickBars(Analytic):
    """Open, high, low, close, volume and average price of each span of time that is over.

    A span in which nothing traded has no bar. Prints that come late are put where they belong,
    as long as that bar is kept. The long ones are told once a minute.
    """

    name = "tick_bars"
    State = Kept
    reads = {"trades": Key("market:{symbol}:trades", kind=Kind.EVENTS, view=Tape)}
    writes = {
        "bars": Key("market:{symbol}:bars", ttl=30),
        "minute": Key("market:{symbol}:bars:1min", ttl=300),
        "five": Key("market:{symbol}:bars:5min", ttl=300),
        "fifteen": Key("market:{symbol}:bars:15min", ttl=300),
    }
    trigger = Every(5, sessions=_OPEN_HOURS)

    def compute(self, inputs: Inputs, state: Kept, now: float) -> tuple[Mapping[str, Any], Kept]:
        """Those of five seconds, and once a minute the longer ones."""
        tape: Tape = inputs.trades
        if state.newest > now + _AHEAD:
            state = Kept()
        fit = _tape.usable(tape.times, tape.prices, tape.sizes, 0.0, now + _AHEAD)
        state.left_out += len(fit) - int(fit.sum()) + sum(tape.bad.values())
        if fit.any():
            state.newest = max(state.newest, float(tape.times[fit][-1]))
        new = _bars.of_prints(tape.times[fit], tape.prices[fit], tape.sizes[fit], 5)
        long = now // 60 != state.told // 60
        found: dict[str, Any] = {}
        for seconds, name, count in _LENGTHS:
            bars = _columns(state.bars.get(name))
            if len(new.starts):
                together = (np.concatenate(pair) for pair in zip(bars, new, strict=True))
                bars = _bars.regrouped(_bars.Bars(*together), seconds).last(count + 1)
                state.bars[name] = [column.tolist() for column in bars]
            if name == "bars" or long:
                found[name] = _told(bars, seconds, count, state, now)
        if long and state.newest:
            state.told = now
        return found, state


def _columns(given: list[list[float]] | None) -> Any:
    if given is None:
        return _bars.none()
    return _bars.Bars(*(np.array(column, dtype=np.float64) for column in given))


def _told(bars: Any, seconds: int, count: int, state: Kept, now: float) -> dict[str, Any]:
    over = bars.starts + seconds <= now
    whole, open_ = bars.where(over).last(count), bars.where(~over)
    reason = None
    if not len(whole.starts):
        reason = "no print yet" if not state.newest else "no bar is over yet"
    return {
        "seconds": seconds,
        "count": len(whole.starts),
        "data": _rows(whole),
        "forming": next(iter(_rows(open_.last(1))), None),
        "newest_print": state.newest or None,
        "left_out": state.left_out,
        "unit": "USD, shares; time is the start, in epoch seconds",
        "convention": "oldest first; no bar where nothing traded",
        "reason": reason,
    }


def _rows(bars: Any) -> list[dict[str, Any]]:
    names = ("time", "open", "high", "low", "close", "volume", "vwap", "trades")
    prices = (bars.opens, bars.highs, bars.lows, bars.closes)
    columns = (bars.starts, *prices, bars.volumes, bars.vwaps, bars.counts)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]

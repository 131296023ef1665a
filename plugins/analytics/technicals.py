"""RSI, MACD, Bollinger's bands and average true range of a symbol, from its minutes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quanticity.api import (
    Analytic,
    Bars,
    Every,
    Inputs,
    Key,
    Rows,
    Spec,
    eastern,
    field,
    number,
    quant,
)

# Here, so that its library is loaded when this file is, and not in a run.
_bars, _indicators = quant.bars, quant.indicators
_MINUTE, _FIVE = 60.0, 300.0
_OWN, _AV, _UW = "own prints", "Alpha Vantage's minutes", "Unusual Whales' minutes"
_IB = "the broker's minutes"


class TechnicalsParams(Spec):
    """Periods, in bars."""

    rsi: int = field(14, help="period of the RSI", unit="bars", ge=2)
    fast: int = field(12, help="the fast average of the MACD", unit="bars", ge=2)
    slow: int = field(26, help="its slow average", unit="bars", ge=2)
    signal: int = field(9, help="the average of their difference", unit="bars", ge=1)
    bands: int = field(20, help="period of the bands", unit="bars", ge=2)
    width: float = field(2.0, help="their width, in deviations", gt=0)
    atr: int = field(14, help="period of the average true range", unit="bars", ge=2)


class Technicals(Analytic):
    """Indicators of one-minute bars, and the true range of five-minute bars too.

    Bars of its own prints count where there are any; the minutes before them are a vendor's, for
    an average needs a past. Where even so there are too few, the vendor's own indicator stands in.
    Extended hours are in it, as in the vendors' figures.
    """

    name = "technicals"
    Params = TechnicalsParams
    reads = {
        "own": Key("market:{symbol}:bars:1min", 180, view=Bars, optional=True),
        "alpha_vantage": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True),
        "unusual_whales": Key("raw:uw:candles:{symbol}", 300, view=Bars, optional=True),
        "broker": Key("raw:ibkr:history:{symbol}", 300, view=Bars, optional=True),
        "rsi": Key("feed:av:rsi:{symbol}", 900, view=Rows, optional=True),
        "macd": Key("feed:av:macd:{symbol}", 900, view=Rows, optional=True),
        "bbands": Key("feed:av:bbands:{symbol}", 900, view=Rows, optional=True),
        "atr": Key("feed:av:atr:{symbol}", 900, view=Rows, optional=True),
    }
    writes = {
        "rsi": Key("technicals:{symbol}:rsi", ttl=60),
        "macd": Key("technicals:{symbol}:macd", ttl=60),
        "bbands": Key("technicals:{symbol}:bbands", ttl=60),
        "atr": Key("technicals:{symbol}:atr", ttl=60),
    }
    trigger = Every(20, sessions=("pre_market", "market_hours", "after_hours"))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """All four, each with its reason where a figure is null."""
        bars, source = _minutes(inputs, now)
        params = self.params
        closes = bars.closes
        five = _whole_fives(bars)
        macd = _indicators.macd(closes, params.fast, params.slow, params.signal)
        bands = _indicators.bands(closes, params.bands, params.width)
        columns = (bars.highs, bars.lows, closes)
        common = {
            "bars": len(closes),
            "last_bar": float(bars.starts[-1]) if len(closes) else None,
            "bar_seconds": _MINUTE,
            "source": source,
            "method": "TA-Lib",
        }
        rsi = {"rsi": _indicators.rsi(closes, params.rsi), "period": params.rsi, "unit": "0 to 100"}
        atr = {
            "atr": _indicators.atr(*columns, params.atr),
            "atr_5min": _indicators.atr(five.highs, five.lows, five.closes, params.atr),
            "period": params.atr,
            "bars_5min": len(five.starts),
            "close": float(closes[-1]) if len(closes) else None,
            "unit": "USD",
        }
        found = {
            "rsi": common | rsi | {"convention": "Wilder's smoothing"},
            "macd": common
            | macd._asdict()
            | {"periods": [params.fast, params.slow, params.signal]}
            | {"unit": "USD", "convention": "line is fast less slow; exponential averages"},
            "bbands": common
            | bands._asdict()
            | {"period": params.bands, "width": params.width}
            | {"unit": "USD; percent 0 (lower) to 1", "convention": "population deviation"},
            "atr": common | atr | {"convention": "Wilder's smoothing"},
        }
        vendor = {
            "rsi": {"rsi": "rsi"},
            "macd": {"line": "macd", "signal": "macd_signal", "histogram": "macd_hist"},
            "bbands": {
                "upper": "real_upper_band",
                "middle": "real_middle_band",
                "lower": "real_lower_band",
            },
            "atr": {"atr": "atr"},
        }
        return {name: _told(found[name], vendor[name], inputs[name], now) for name in found}, state


def _minutes(inputs: Inputs, now: float) -> tuple[Any, str | None]:
    """Complete minutes, oldest first, and where they are from."""
    own = _taken(inputs.own, now)
    vendors = (
        (_AV, inputs.alpha_vantage),
        (_UW, inputs.unusual_whales),
        (_IB, inputs.broker),
    )
    found = [(name, _taken(view, now)) for name, view in vendors]
    # Who reaches further on, and then further back: one may stand still.
    name, before = max(found, key=lambda one: _reach(one[1]))
    if not len(own.starts):
        return before, name if len(before.starts) else None
    both = _bars.joined(before, own)
    since = f"{eastern(float(own.starts[0])):%H:%M}"
    source = _OWN if len(both.starts) == len(own.starts) else f"{_OWN} since {since}, {name} before"
    return both, source


def _reach(bars: Any) -> tuple[float, int]:
    return (float(bars.starts[-1]) // _FIVE if len(bars.starts) else 0.0, len(bars.starts))


def _taken(view: Bars | None, now: float) -> Any:
    if view is None:
        return _bars.none()
    over = view.complete(now, _MINUTE) & (view.closes < 1e7)
    prices = (view.opens[over], view.highs[over], view.lows[over], view.closes[over])
    nothing = np.zeros(int(over.sum()))
    return _bars.Bars(view.times[over], *prices, nothing, nothing, nothing)


def _whole_fives(bars: Any) -> Any:
    """Five-minute bars, without one that is not over or of which the beginning is not there."""
    five = _bars.regrouped(bars, _FIVE)
    if not len(five.starts):
        return five
    whole = (five.starts >= bars.starts[0]) & (five.starts + _FIVE <= bars.starts[-1] + _MINUTE)
    return five.where(whole)


def _told(
    found: dict[str, Any], names: Mapping[str, str], rows: Rows | None, now: float
) -> dict[str, Any]:
    """With the vendor's own figure beside it, or in its place; NaN becomes null with a reason."""
    at, last = _last(rows, tuple(names.values()), now) or (None, None)
    vendor = None if last is None else {ours: last[theirs] for ours, theirs in names.items()}
    short = [name for name in names if math.isnan(found[name])]
    missing = [name for name, value in found.items() if isinstance(value, float)
               and math.isnan(value)]  # fmt: skip
    found |= dict.fromkeys(missing)
    # It is asked for every few minutes only: of which minute it is tells why it may differ.
    found["alpha_vantage"] = None if vendor is None else vendor | {"time": at}
    found["alpha_vantage_reason"] = None if vendor else "no fresh indicator of Alpha Vantage's"
    reason = None
    if short and vendor is not None:
        found |= vendor | {"source": "Alpha Vantage's own indicator", "method": "Alpha Vantage"}
    elif short:
        reason = f"{found['bars']} minutes are too few" if found["bars"] else "no minutes"
    elif missing:
        reason = f"too few bars, or a price that did not move, for {', '.join(missing)}"
    return found | {"reason": reason}


def _last(
    rows: Rows | None, names: Sequence[str], now: float
) -> tuple[float, dict[str, float]] | None:
    """The newest row in which every figure is there, and its time (epoch seconds)."""
    best: tuple[float, dict[str, float]] | None = None
    for row in rows or ():
        at = number(row.get("time"))
        figures = {name: number(row.get(name)) for name in names}
        known = {name: value for name, value in figures.items() if value is not None}
        if at is not None and at <= now and len(known) == len(figures):
            best = max(best or (at, known), (at, known), key=lambda one: one[0])
    return best

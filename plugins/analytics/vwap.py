"""The session's average price by volume, and which way the last price leans from it."""

from collections.abc import Mapping
from typing import Any

from quanticity.api import (
    Analytic,
    Bars,
    Every,
    Inputs,
    Key,
    Spec,
    Value,
    eastern,
    field,
    number,
)

_OPENS = 9 * 3600 + 30 * 60
_OWN = "every print of the session"
_TYPICAL = "typical prices (high + low + close) / 3 of {name} minutes by volume"


class VwapParams(Spec):
    """When the tape counts as whole."""

    grace: float = field(
        120.0, help="how long after the open a session's first price may be", unit="seconds", ge=0
    )


class Vwap(Analytic):
    """Volume-weighted average price since the open (Berkowitz, Logue and Noser, 1988).

    Of the prints themselves where the tape was there from the open; else of a vendor's minutes,
    where those reach back to it; else of what prints there are, since when is said. Where there is
    none, `mode` is `obi_only`: what decides by both then decides by the book's imbalance alone.
    """

    name = "vwap"
    Params = VwapParams
    reads = {
        "ticker": Key("market:{symbol}:ticker", 60, view=Value, optional=True),
        "alpha_vantage": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True),
        "unusual_whales": Key("raw:uw:candles:{symbol}", 300, view=Bars, optional=True),
        "imbalance": Key("analytics:book_imbalance:{symbol}", 30, view=Value, optional=True),
    }
    writes = {"vwap": Key("analytics:vwap:{symbol}", ttl=60)}
    trigger = Every(10, sessions=("market_hours",))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """VWAP and bias, with what they are from."""
        local = eastern(now)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        opens = midnight + _OPENS
        grace = self.params.grace
        found = own = _of_prints(inputs.ticker, opens, grace)
        if own is None or own["since"] > opens + grace:
            vendors = (("Alpha Vantage's", inputs.alpha_vantage),
                       ("Unusual Whales'", inputs.unusual_whales))  # fmt: skip
            whole = (self._of_minutes(name, bars, opens, now) for name, bars in vendors)
            found = next((one for one in whole if one is not None), own)
        lean, why = _figure(inputs.imbalance, "imbalance")
        last = found["last"] if found is not None else None
        vwap = found["vwap"] if found is not None else None
        return {
            "vwap": {
                "vwap": vwap,
                "last": last,
                "bias_bps": (last / vwap - 1) * 1e4 if last is not None and vwap else None,
                "imbalance": lean,
                "imbalance_reason": why,
                "mode": "vwap_and_obi" if vwap is not None else "obi_only",
                "since": found["since"] if found is not None else None,
                "volume": found["volume"] if found is not None else None,
                "unit": "USD; bias in bps of the VWAP; imbalance -1 to 1",
                "method": found["method"] if found is not None else "order-book imbalance alone",
                "convention": "the regular session from 09:30 Eastern",
                "reason": None if found is not None else _why_not(inputs, opens, now),
            }
        }, state

    def _of_minutes(
        self, name: str, bars: Bars | None, opens: float, now: float
    ) -> dict[str, Any] | None:
        """Of a vendor's minutes, where they reach back to the open."""
        if bars is None:
            return None
        which = (bars.times >= opens) & (bars.times <= now) & (bars.volumes > 0)
        if not which.any() or bars.times[which][0] > opens + self.params.grace:
            return None
        typical = (bars.highs[which] + bars.lows[which] + bars.closes[which]) / 3
        volumes = bars.volumes[which]
        total = float(volumes.sum())
        if not total < 1e15 or not typical.max() < 1e7:
            return None
        return {
            "vwap": float((typical * volumes).sum()) / total,
            "last": float(bars.closes[which][-1]),
            "since": float(bars.times[which][0]),
            "volume": total,
            "method": _TYPICAL.format(name=name),
        }


def _why_not(inputs: Inputs, opens: float, now: float) -> str:
    for bars in (inputs.alpha_vantage, inputs.unusual_whales):
        if bars is not None:
            of_session = (bars.times >= opens) & (bars.times <= now)
            if of_session.any() and not (bars.volumes[of_session] > 0).any():
                return "its minutes have no volume: an index has none"
    return "neither prints nor minutes of the session"


def _of_prints(ticker: Value | None, opens: float, grace: float) -> dict[str, Any] | None:
    names = {"vwap": "vwap", "last": "last", "vwap_since": "since", "vwap_volume": "volume"}
    found = {ours: _figure(ticker, name)[0] for name, ours in names.items()}
    known = {name: value for name, value in found.items() if value is not None and value > 0}
    if len(known) < len(names):
        return None
    method = _OWN if known["since"] <= opens + grace else "prints since they were first seen"
    return {**known, "method": method}


def _figure(given: Value | None, name: str) -> tuple[float | None, str | None]:
    data = given.data if given is not None and isinstance(given.data, Mapping) else None
    if data is None:
        return None, f"no {name} that is fresh"
    found = number(data.get(name))
    if found is None or abs(found) > 1e15:
        said = data.get("reason")
        return None, said if isinstance(said, str) else f"no {name}"
    return found, None

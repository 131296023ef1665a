"""At which strikes options are bought and sold today, in premium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    Value,
    closing_time,
    eastern,
    field,
    number,
    quant,
)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_LATE = 14
_MOST = 1e12
_BULL = ("call_premium_ask_side", "put_premium_bid_side")
_BEAR = ("call_premium_bid_side", "put_premium_ask_side")


class StrikeFlowParams(Spec):
    """How much is listed."""

    most: int = field(10, help="strikes that are listed, those with most premium", ge=1, le=200)


class StrikeFlow(Analytic):
    """Bullish less bearish premium by strike, over the session and since 14:00.

    Bullish are calls at the ask and puts at the bid. `support` is the strike at or below spot that
    bullish premium leads at most, `resistance` the one at or above it that bearish premium does: a
    way of speaking of those who watch flow, and no level that a price must heed.
    """

    name = "strike_flow"
    Params = StrikeFlowParams
    reads = {
        "strikes": Key("raw:uw:flow_intraday:{symbol}", 600, view=Rows),
        "gex": Key("options:{symbol}:gex", 600, view=Value, optional=True),
    }
    writes = {"flow": Key("analytics:strike_flow:{symbol}", ttl=600)}
    trigger = OnChange("strikes", at_most_every=50.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """By strike, and in total."""
        rows = inputs.strikes
        times, strikes = rows.moments("timestamp", "America/New_York"), rows.numbers("strike")
        bull, bear = _side(rows, _BULL), _side(rows, _BEAR)
        sane = np.isfinite(times) & (strikes > 0) & np.isfinite(bull) & np.isfinite(bear)
        midnight = eastern(now).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight.timestamp()
        kept = sane & (times >= start) & (times <= now)
        late = midnight.replace(hour=_LATE).timestamp()
        levels, which = np.unique(strikes[kept], return_inverse=True)
        net, gross = np.zeros(len(levels)), np.zeros(len(levels))
        np.add.at(net, which, (bull - bear)[kept])
        np.add.at(gross, which, (bull + bear)[kept])
        spot = _spot(inputs.gex)
        flow = {
            "symbol": self.values["symbol"],
            "day": _sums(bull, bear, kept),
            "late": _late(bull, bear, kept & (times >= late), now),
            "strikes": self._listed(levels, net, gross),
            **_around(levels, net, spot),
            "spot": spot,
            "n": len(levels),
            "left_out": rows.given - int(kept.sum()),
            "unit": "USD of premium",
            "convention": "calls at the ask and puts at the bid count +, the others -",
            "method": "premium of the taker's side; what traded between the quotes has none",
            "reason": None if len(levels) else "nothing has traded in this session yet",
        }
        return {"flow": flow}, state

    def _listed(self, levels: Floats, net: Floats, gross: Floats) -> list[dict[str, float]]:
        chosen = np.sort(np.argsort(-gross, kind="stable")[: self.params.most])
        return [
            {"strike": strike, "net": leaning, "gross": traded}
            for strike, leaning, traded in zip(
                levels[chosen].tolist(), net[chosen].tolist(), gross[chosen].tolist(), strict=True
            )
        ]


def _side(rows: Rows, names: Sequence[str]) -> Floats:
    """Premium of one side; NaN where a part of it is missing or none."""
    parts = [rows.numbers(name) for name in names]
    total: Floats = np.sum(parts, axis=0)
    total[np.any([(part < 0) | (part > _MOST) for part in parts], axis=0)] = np.nan
    return total


def _sums(bull: Floats, bear: Floats, kept: Bools) -> dict[str, Any]:
    if not kept.any():
        return dict.fromkeys(("bullish", "bearish", "net", "balance", "one_sided"))
    sides = np.array([bull[kept].sum(), -bear[kept].sum()])
    return {
        "bullish": float(sides[0]),
        "bearish": float(-sides[1]),
        "net": float(sides.sum()),
        "balance": quant.evidence.balance(sides),
        "one_sided": quant.evidence.one_sided(sides),
    }


def _late(bull: Floats, bear: Floats, kept: Bools, now: float) -> dict[str, Any]:
    reason, local = None, eastern(now)
    closes = closing_time(local.date())
    if not kept.any():
        reason = "nothing since 14:00" if local.hour >= _LATE else "before 14:00"
        if closes.hour < _LATE:
            reason = f"the exchange closes at {closes:%H:%M} today: nothing from 14:00 on"
    return _sums(bull, bear, kept) | {"reason": reason}


def _around(levels: Floats, net: Floats, spot: float | None) -> dict[str, Any]:
    """The strikes that flow leans on, on either side of the price."""
    told: dict[str, Any] = {"support": None, "resistance": None, "levels_reason": None}
    if spot is None or not len(levels):
        return told | {"levels_reason": "no price of the underlying" if len(levels) else "no flow"}
    below, above = (levels <= spot) & (net > 0), (levels >= spot) & (net < 0)
    if below.any():
        told["support"] = float(levels[below][np.argmax(net[below])])
    if above.any():
        told["resistance"] = float(levels[above][np.argmin(net[above])])
    if not (below.any() and above.any()):
        told["levels_reason"] = "on one side of the price no flow leans that way"
    return told


def _spot(gex: Value | None) -> float | None:
    body = gex.data if gex is not None else None
    spot = number(body.get("spot")) if isinstance(body, Mapping) else None
    return spot if spot is not None and spot > 0 else None

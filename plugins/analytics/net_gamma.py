"""Shares that dealers would trade at each strike for a move of $1: net gamma."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Inputs, Key, OnChange, Value, number, quant

_GAMMA = quant.exposure.GammaUnit
# USD: no price is lower, and less would divide by nothing.
_LEAST = 1e-4
_FIGURES = ("total", "strikes", "net", "long", "short", "largest", "largest_net")


class NetGamma(Analytic):
    """Open interest x gamma x 100 at each strike, what dealers hold long less what they are short.

    The same positions as `options:{symbol}:gex`, in shares per $1 instead of USD per 1%: a figure
    for a hedge, and another number under a name of its own so that the two are never mixed. Long
    are calls and short are puts, by the usual convention; net may well be below zero.
    """

    name = "net_gamma"
    reads = {"gex": Key("options:{symbol}:gex", 600, view=Value)}
    writes = {"net": Key("analytics:net_gamma:{symbol}", ttl=600)}
    trigger = OnChange("gex", at_most_every=15.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Net gamma by strike, null with the reason that the exposure has or why it has no use."""
        gex = inputs.gex.data if isinstance(inputs.gex.data, Mapping) else {}
        found: dict[str, Any] = {
            "symbol": self.values["symbol"],
            "chain": gex.get("chain"),
            "unit": _GAMMA.SHARES.value,
            "convention": "longs less shorts: calls +, puts -",
            "method": "open interest x gamma x 100, from options:{symbol}:gex",
            "reason": None,
            **dict.fromkeys(_FIGURES),
        }
        spot = number(gex.get("spot"))
        columns = [_column(gex.get(name)) for name in ("strikes", "call_gex", "put_gex")]
        strikes, calls, puts = columns
        known = len(strikes) == len(calls) == len(puts) and len(strikes) > 0
        if (
            spot is None
            or spot < _LEAST
            or not known
            or not all(np.isfinite(c).all() for c in columns)
        ):
            found["reason"] = gex.get("reason") or "the gamma exposure has no strikes"
            return {"net": found}, state
        shares = 1 / _GAMMA.PERCENT.scale(spot)
        net = (calls + puts) * shares
        at = int(np.argmax(np.abs(net)))
        return {
            "net": found
            | {
                "total": float(net.sum()),
                "strikes": strikes,
                "net": net,
                "long": calls * shares,
                "short": -puts * shares,
                "largest": float(strikes[at]),
                "largest_net": float(net[at]),
            }
        }, state


def _column(given: Any) -> Any:
    """A column of figures, NaN where one is none; empty where it is no list."""
    rows = given if isinstance(given, tuple) else ()
    return np.array([number(one) for one in rows], dtype=np.float64)

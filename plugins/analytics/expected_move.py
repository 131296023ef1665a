"""How far the market expects a price to move by each of the next expiries."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Chain, Inputs, Key, OnChange, Rows, Spec, field, number, quant

# No price of anything that trades is higher.
_MOST_USD = 1e7
_FIGURES = ("move", "percent", "nearest", "expiries")


class ExpectedMoveParams(Spec):
    """How far ahead to look."""

    expiries: int = field(8, help="how many of the next expiries are told", ge=1, le=60)


class ExpectedMove(Analytic):
    """One standard deviation by volatility, and what the straddle at the money says.

    `one_deviation` is S x vol x sqrt(T) with the vendor's volatility at the money; a straddle
    times .85 covers half of all moves, times 1.25 covers 68%, which is one deviation. The two
    differ where quotes are wide or volatility is not what the quotes say. Unusual Whales
    publishes the straddle times .85 and calls it the implied move.
    """

    name = "expected_move"
    Params = ExpectedMoveParams
    reads = {
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "unusual_whales": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
        "vendor": Key("raw:uw:iv_term:{symbol}", 2700, view=Rows, optional=True),
    }
    writes = {"move": Key("analytics:expected_move:{symbol}", ttl=600)}
    trigger = OnChange("alpha_vantage", "unusual_whales", at_most_every=30.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The next expiries, each with its reason where something is null."""
        chain = Chain.first(inputs.alpha_vantage, inputs.unusual_whales)
        found: dict[str, Any] = {
            "symbol": self.values["symbol"],
            "chain": None if chain is None else chain.source,
            "spot": None,
            "spot_from": "nowhere",
            "unit": "USD of the underlying",
            "convention": "up or down, by the close of the expiry",
            "method": "straddle x 1.25, else S x vol x sqrt(T)",
            "reason": None,
            **dict.fromkeys(_FIGURES),
        }
        if chain is None or not len(chain):
            found["reason"] = "no fresh option chain" if chain is None else "the chain is empty"
            return {"move": found}, state
        alive = chain.alive(now)
        if not alive.any():
            found["reason"] = "no contract has time left"
            return {"move": found}, state
        spot, found["spot_from"] = chain.price(now)
        if spot is None:
            found["reason"] = "no price of the underlying, and no two-sided quotes to imply it"
            return {"move": found}, state
        told = _told_by_vendor(inputs.vendor)
        moments = np.unique(chain.expires[alive])[: self.params.expiries].tolist()
        expiries = [
            _expiry(chain, alive & (chain.expires == at), spot, now, told) for at in moments
        ]
        best = next((one for one in expiries if one["move"] is not None), None)
        found |= {"spot": spot, "expiries": expiries}
        if best is None:
            found["reason"] = "no near expiry has quotes or volatility at the money"
        else:
            found |= {
                "nearest": best["expiry"],
                "move": best["move"],
                "percent": 100 * best["move"] / spot,
            }
        return {"move": found}, state


def _expiry(
    chain: Chain, mine: Any, spot: float, now: float, told: Mapping[str, float]
) -> dict[str, Any]:
    which = np.flatnonzero(mine)
    strikes, is_call = chain.strike[which], chain.is_call[which]
    years = float(chain.expires[which[0]] - now) / (365 * 86_400)
    vol = quant.smile.at_the_money(strikes, chain.iv[which], spot)
    straddle = quant.expected_move.straddle(strikes, is_call, chain.mid[which], spot)
    deviation = None
    if vol is not None:
        deviation = quant.expected_move.one_deviation(spot, vol, years)
    expiry = str(chain.expiry[which[0]])
    vendor = told.get(expiry)
    half = None if straddle is None else straddle.half
    missing = [
        name
        for name, figure in (("volatility", vol), ("two-sided quotes", straddle))
        if figure is None
    ]
    return {
        "expiry": expiry,
        "hours": years * 365 * 24,
        "move": deviation if straddle is None else straddle.two_thirds,
        "vol": vol,
        "one_deviation": deviation,
        "straddle": None if straddle is None else straddle.price,
        "straddle_strike": None if straddle is None else straddle.strike,
        "covers_half": half,
        "covers_two_thirds": None if straddle is None else straddle.two_thirds,
        "vendor_implied_move": vendor,
        "vendor_ratio": vendor / half if vendor is not None and half else None,
        "vendor_reason": None if vendor is not None else "the vendor has none for this expiry",
        "reason": f"at the money there is no {' and no '.join(missing)}" if missing else None,
    }


def _told_by_vendor(rows: Rows | None) -> dict[str, float]:
    """Unusual Whales' implied move (USD) by expiry."""
    told: dict[str, float] = {}
    for row in rows or ():
        move = number(row.get("implied_move"))
        if move is not None and 0 < move < _MOST_USD and isinstance(row.get("expiry"), str):
            told[row["expiry"]] = move
    return told

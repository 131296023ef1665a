"""What option dealers would have to hedge as volatility moves and time passes."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Chain, Inputs, Key, OnChange, Spec, field, quant

# Asked for as the file is loaded: a compiled module is not to be imported in the midst of a run.
_GREEKS = quant.greeks
_UNITS = {"vanna": "USD of delta per volatility point", "charm": "USD of delta per calendar day"}


class VannaCharmParams(Spec):
    """How the Greeks are repriced."""

    rate: float = field(0.0, help="yearly interest rate, a fraction", ge=-0.1, le=1, example=0.04)
    dividend: float = field(0.0, help="yearly dividend, a fraction", ge=-0.1, le=1, example=0.012)


class VannaCharm(Analytic):
    """Vanna and charm exposure of one symbol, by strike and in total.

    Greeks are repriced by Black-Scholes-Merton with each contract's own volatility, the time left
    to the second: few vendors send vanna and charm, and those in units of their own. `total` is
    the holders' view, each Greek with its own sign; `dealers_total` counts calls + and puts -.
    On expiry day charm is what a whole day would be at the present rate, and grows without bound
    near the money.
    """

    name = "vanna_charm"
    Params = VannaCharmParams
    reads = {
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "unusual_whales": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
    }
    writes = {
        "vanna": Key("options:{symbol}:vanna", ttl=600),
        "charm": Key("options:{symbol}:charm", ttl=600),
    }
    trigger = OnChange("alpha_vantage", "unusual_whales", at_most_every=15.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Both exposures; null at once, with one reason, where there is nothing to reprice."""
        chain = Chain.first(inputs.alpha_vantage, inputs.unusual_whales)
        spot, spot_from = (None, "nowhere") if chain is None else chain.price(now)
        held = usable = np.zeros(0, dtype=np.bool_)
        if chain is not None:
            held = chain.alive(now) & (chain.open_interest > 0)
            usable = held & (chain.iv > 0) & (chain.iv < quant.smile.MOST_VOL)
        reason = _why(chain, held, usable, spot)
        about = {
            "symbol": self.values["symbol"],
            "chain": None if chain is None else chain.source,
            "spot": spot,
            "spot_from": spot_from,
            "contracts": int(np.count_nonzero(usable)),
            "vol_missing": int(np.count_nonzero(held & ~usable)),
            "convention": "total: holders' view; dealers_total: calls +, puts -",
            "method": (
                f"repriced by BSM, r {self.params.rate:g}, q {self.params.dividend:g}, "
                "the vendor's volatility"
            ),
            "reason": reason,
        }
        if reason is not None or chain is None or spot is None:
            nothing = dict.fromkeys(
                ("total", "dealers_total", "calls", "puts", "strikes", "call", "put")
            )
            return {name: about | {"unit": unit} | nothing for name, unit in _UNITS.items()}, state
        which = np.flatnonzero(usable)
        strike, interest = chain.strike[which], chain.open_interest[which]
        is_call = chain.is_call[which]
        found = _GREEKS.higher_order(
            spot,
            strike,
            chain.years(now)[which],
            chain.iv[which],
            is_call,
            rate=self.params.rate,
            dividend=self.params.dividend,
        )
        each = {
            "vanna": quant.exposure.vanna_exposure(found.vanna, interest, spot),
            "charm": quant.exposure.charm_exposure(found.charm, interest, spot),
        }
        return {
            name: about | {"unit": unit} | _by_side(strike, is_call, each[name])
            for name, unit in _UNITS.items()
        }, state


def _why(chain: Chain | None, held: Any, usable: Any, spot: float | None) -> str | None:
    if chain is None:
        return "no fresh option chain"
    if not len(chain):
        return "the chain is empty"
    if not held.any():
        return "no contract has open interest and time left"
    if spot is None:
        return "no price of the underlying: the chain has none, and no two-sided quotes to imply it"
    if not usable.any():
        return "no contract with open interest has implied volatility"
    # One side alone would pass for the whole.
    for name, side in (("call", chain.is_call), ("put", ~chain.is_call)):
        if (held & side).any() and not (usable & side).any():
            return f"no {name} with open interest has implied volatility"
    return None


def _by_side(strike: Any, is_call: Any, each: Any) -> dict[str, Any]:
    """Totals, and calls and puts at each strike."""
    strikes, calls, puts = quant.exposure.by_strike(
        strike, np.where(is_call, each, 0.0), np.where(is_call, 0.0, each)
    )
    call, put = float(calls.sum()), float(puts.sum())
    return {
        "total": float(each.sum()),
        "dealers_total": call - put,
        "calls": call,
        "puts": put,
        "strikes": strikes,
        "call": calls,
        "put": puts,
    }

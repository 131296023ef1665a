"""How many contracts of a chain are traded well enough to be believed, and why others are not."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Chain, Inputs, Key, OnChange, Spec, field, quant

# Asked for as the file is loaded: a compiled module is not to be imported in the midst of a run.
_GREEKS = quant.greeks
_DEFAULT = quant.chain_filter.DEFAULT
_FIGURES = ("contracts", "passing", "share", "failing", "failing_only", "expiries")


class ChainQualityParams(Spec):
    """What a contract has to reach."""

    max_spread: float = field(_DEFAULT.max_spread, help="ask - bid", unit="USD", ge=0)
    min_open_interest: float = field(_DEFAULT.min_open_interest, help="contracts", ge=0)
    min_volume: float = field(_DEFAULT.min_volume, help="contracts traded today", ge=0)
    max_vol_spread: float = field(
        _DEFAULT.max_vol_spread, help="volatility of ask less that of bid, a fraction", gt=0
    )
    expiries: int = field(8, help="how many of the next expiries are told", ge=1, le=60)


class ChainQuality(Analytic):
    """Counts the contracts that pass all thresholds, in all and by expiry.

    `failing` counts every contract under each reason that it fails by, `failing_only` those that
    fail by this reason alone: what loosening that one threshold would bring.
    """

    name = "chain_quality"
    Params = ChainQualityParams
    reads = {
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "unusual_whales": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
    }
    writes = {"quality": Key("analytics:chain_quality:{symbol}", ttl=600)}
    trigger = OnChange("alpha_vantage", "unusual_whales", at_most_every=60.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The counts, with the thresholds that gave them."""
        asked = self.params
        chain = Chain.first(inputs.alpha_vantage, inputs.unusual_whales)
        thresholds = quant.chain_filter.Thresholds(
            asked.max_spread, asked.min_open_interest, asked.min_volume, asked.max_vol_spread
        )
        found: dict[str, Any] = {
            "symbol": self.values["symbol"],
            "chain": None if chain is None else chain.source,
            "unit": "contracts",
            "convention": "plain contracts with time left; what is not given fails",
            "method": "volatility spread to first order: (ask - bid) / vega, repriced by BSM",
            "thresholds": {
                "max_spread_usd": asked.max_spread,
                "min_open_interest": asked.min_open_interest,
                "min_volume": asked.min_volume,
                "max_vol_spread": asked.max_vol_spread,
            },
            "bad_rows": {} if chain is None else dict(chain.bad),
            "reason": None,
            **dict.fromkeys(_FIGURES),
        }
        if chain is None or not len(chain):
            found["reason"] = "no fresh option chain" if chain is None else "the chain is empty"
            return {"quality": found}, state
        alive = chain.alive(now)
        if not alive.any():
            found["reason"] = "no contract has time left"
            return {"quality": found}, state
        vega = _vega(chain, alive, now)
        return {"quality": found | _counted(chain, alive, vega, thresholds, asked.expiries)}, state


def _vega(chain: Chain, alive: Any, now: float) -> Any:
    """USD a share and volatility point: repriced, or the vendor's where that is not possible."""
    told, spot = chain.vega[alive], chain.price(now)[0]
    if spot is None:
        return told
    repriced = _GREEKS.vega(
        spot, chain.strike[alive], chain.years(now)[alive], chain.iv[alive], chain.is_call[alive]
    )
    return np.where(np.isfinite(repriced), repriced, told)


def _counted(chain: Chain, alive: Any, vega: Any, thresholds: Any, most: int) -> dict[str, Any]:
    failed = quant.chain_filter.failures(
        chain.bid[alive],
        chain.ask[alive],
        chain.open_interest[alive],
        chain.volume[alive],
        vega,
        thresholds,
    )
    passing = quant.chain_filter.passing(failed)
    many = np.sum(np.stack(list(failed.values())), axis=0)
    days = chain.expiry[alive]
    expiries = []
    for day in np.unique(days)[:most]:
        here = days == day
        expiries.append(
            {
                "expiry": str(day),
                "contracts": int(np.count_nonzero(here)),
                "passing": int(np.count_nonzero(here & passing)),
            }
        )
    counts = {why: int(np.count_nonzero(which)) for why, which in failed.items()}
    alone = {why: int(np.count_nonzero(which & (many == 1))) for why, which in failed.items()}
    return {
        "contracts": len(passing),
        "passing": int(np.count_nonzero(passing)),
        "share": float(np.mean(passing)),
        "failing": counts,
        "failing_only": alone,
        "expiries": expiries,
    }

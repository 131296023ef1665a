"""How likely the price ends at the next expiry's max pain, held there by hedges of options."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Chain, Inputs, Key, OnChange, Spec, field, quant

_FIGURES = (
    "level", "probability", "diffusion", "lift", "gamma_share", "max_pain", "distance_percent",
    "distance_deviations", "most_likely", "net_gex", "dealers", "expiry", "hours", "strikes",
    "probabilities",
)  # fmt: skip
# Asked for as the file is loaded: a compiled module is not to be imported in the midst of a run.
_PINNING, _PROFILE = quant.pinning, quant.gamma_profile
# Beyond so many standard deviations no strike has a chance worth a number.
_REACH = 6.0


class PinRiskParams(Spec):
    """When the risk is high: directional trades are then avoided."""

    high: float = field(0.30, help="probability from which it is high", gt=0, le=1)
    medium: float = field(0.15, help="probability from which it is medium", gt=0, le=1)
    rate: float = field(0.0, help="yearly interest rate, a fraction", ge=-0.1, le=1, example=0.04)
    dividend: float = field(0.0, help="yearly dividend, a fraction", ge=-0.1, le=1, example=0.012)


class PinRisk(Analytic):
    """The probability that max pain is the strike nearest the close of the next expiry.

    The chance that diffusion alone gives each strike is weighted with the gamma that would be
    held there (`quant.pinning`); `lift` is how much gamma adds. Gamma is repriced at each strike
    with each contract's own volatility. Hedgers that are short gamma push a price away: `dealers`
    says which they would be at max pain by the usual convention, calls long and puts short.
    """

    name = "pin_risk"
    Params = PinRiskParams
    reads = {
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "unusual_whales": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
    }
    writes = {"pin": Key("analytics:pin_risk:{symbol}", ttl=600)}
    trigger = OnChange("alpha_vantage", "unusual_whales", at_most_every=30.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The figures of the next expiry, null with their reason where they cannot be had."""
        chain = Chain.first(inputs.alpha_vantage, inputs.unusual_whales)
        spot, spot_from = (None, "nowhere") if chain is None else chain.price(now)
        found: dict[str, Any] = {
            "symbol": self.values["symbol"],
            "chain": None if chain is None else chain.source,
            "spot": spot,
            "spot_from": spot_from,
            "unit": "probability",
            "convention": "max pain is the strike nearest the close",
            "method": "lognormal without drift x gross gamma repriced at each strike",
            "levels": {"high": self.params.high, "medium": self.params.medium},
            **dict.fromkeys(_FIGURES),
            "reason": None,
        }
        if chain is None or not len(chain):
            found["reason"] = "no fresh option chain" if chain is None else "the chain is empty"
            return {"pin": found}, state
        held = chain.alive(now) & (chain.open_interest > 0)
        if not held.any():
            found["reason"] = "no contract has open interest and time left"
        elif spot is None:
            found["reason"] = "no price of the underlying, and no two-sided quotes to imply it"
        else:
            next_one = held & (chain.expires == chain.expires[held].min())
            found |= self._pin(chain, np.flatnonzero(next_one), spot, now)
        return {"pin": found}, state

    def _pin(self, chain: Chain, which: Any, spot: float, now: float) -> dict[str, Any]:
        strike, interest = chain.strike[which], chain.open_interest[which]
        is_call, iv = chain.is_call[which], chain.iv[which]
        years = float(chain.expires[which[0]] - now) / (365 * 86_400)
        pain = quant.exposure.max_pain(strike, interest, is_call).strike
        found = {
            "expiry": str(chain.expiry[which[0]]),
            "hours": years * 365 * 24,
            "max_pain": pain,
        }
        vol = quant.smile.at_the_money(strike, iv, spot)
        if vol is None or pain is None:
            return found | {"reason": "the next expiry has no volatility at the money"}
        width = quant.expected_move.one_deviation(spot, vol, years)
        found["distance_percent"] = 100 * (pain / spot - 1)
        found["distance_deviations"] = (pain - spot) / width
        levels = np.unique(strike)
        levels = levels[(np.abs(levels - spot) <= _REACH * width) | (levels == pain)]
        usable = (iv > 0) & (iv < quant.smile.MOST_VOL)
        gross, net = (
            _PROFILE.GammaProfile(
                strike[usable],
                np.full(np.count_nonzero(usable), years),
                iv[usable],
                interest[usable],
                side,
                rate=self.params.rate,
                dividend=self.params.dividend,
            )
            for side in (np.ones(np.count_nonzero(usable), dtype=np.bool_), is_call[usable])
        )
        diffusion = _PINNING.nearest_strike(levels, spot, vol, years)
        gamma = gross.over(levels)
        chances = _PINNING.weighted(diffusion, gamma)
        if chances is None:
            return found | {"reason": "nobody holds gamma within reach"}
        at = int(np.flatnonzero(levels == pain)[0])
        probability, alone, there = float(chances[at]), float(diffusion[at]), net.at(pain)
        return found | {
            "probability": probability,
            "level": self._level(probability),
            "diffusion": alone,
            "lift": probability / alone if alone > 1e-12 else None,
            "gamma_share": float(gamma[at] / gamma.sum()),
            "most_likely": float(levels[int(np.argmax(chances))]),
            "net_gex": there,
            "dealers": "long gamma" if there > 0 else "short gamma",
            "strikes": levels,
            "probabilities": chances,
        }

    def _level(self, probability: float) -> str:
        if probability >= self.params.high:
            return "high"
        return "medium" if probability >= self.params.medium else "low"

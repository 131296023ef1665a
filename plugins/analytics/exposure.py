"""What option dealers would have to hedge: gamma and delta exposure, flips, walls, max pain."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quanticity.api import Analytic, Chain, Inputs, Key, OnChange, Spec, field, quant

CONVENTION = "dealers long calls, short puts: calls +, puts -"
_GAMMA = quant.exposure.GammaUnit
# Asked for as the file is loaded: a compiled module is not to be imported in the midst of a run.
_PROFILE = quant.gamma_profile
# The figures of each output, null all at once where there is no chain.
_FIGURES = {
    "gex": ("total", "calls", "puts", "total_in", "strikes", "call_gex", "put_gex", "expiries"),
    "dex": ("total", "calls", "puts", "strikes", "call_dex", "put_dex"),
    "flip": ("flip", "roots", "gex_repriced", "cumulative_strike_flip"),
    "walls": ("call_wall", "put_wall", "largest", "call_gex", "put_gex", "largest_gex"),
    "max_pain": ("nearest", "expiries"),
}


class ExposureParams(Spec):
    """Which chain is believed, and how gamma is repriced."""

    prefer: tuple[str, ...] = field(
        (),
        help="chains in the order they are believed; the first that is fresh and has rows counts",
        example=["unusual_whales", "alpha_vantage"],
    )
    rate: float = field(0.0, help="yearly interest rate, a fraction", ge=-0.1, le=1, example=0.04)
    dividend: float = field(0.0, help="yearly dividend, a fraction", ge=-0.1, le=1, example=0.012)


@dataclass(frozen=True, slots=True)
class Held:
    """The contracts that count: alive, plain, with open interest; and how many do not, by why."""

    chain: Chain
    counts: Any
    left_out: dict[str, int]
    spot: float | None
    spot_from: str


class Exposure(Analytic):
    """Exposure of one symbol by strike and in total, from the best chain there is.

    GEX is from the vendor's gamma; the flips are from gamma repriced by Black-Scholes-Merton at
    other spots with each contract's own volatility. The two differ, and each says which it is.
    """

    name = "exposure"
    Params = ExposureParams
    reads = {
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        # What is written is as old as the oldest chain that is fresh, whichever is believed: so
        # that one vendor's outage does not age what the other one's chain gives.
        "unusual_whales": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
    }
    writes = {
        "gex": Key("options:{symbol}:gex", ttl=600),
        "dex": Key("options:{symbol}:dex", ttl=600),
        "flip": Key("analytics:gamma_flip:{symbol}", ttl=600),
        "walls": Key("analytics:gamma_walls:{symbol}", ttl=600),
        "max_pain": Key("analytics:max_pain:{symbol}", ttl=600),
    }
    trigger = OnChange("alpha_vantage", "unusual_whales")

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """All outputs, each with its unit, its convention and its reason where it is null."""
        prefer = self.params.prefer or tuple(self.reads)
        there = [name for name in prefer if inputs[name] is not None]
        source = next((name for name in there if len(inputs[name])), there[0] if there else None)
        if source is None:
            nothing = {"symbol": self.values.get("symbol"), "reason": "no fresh option chain"}
            return {name: nothing | dict.fromkeys(of) for name, of in _FIGURES.items()}, state
        held = _held(inputs[source], now)
        about = {
            "symbol": self.values.get("symbol"),
            "chain": source,
            "spot": held.spot,
            "spot_from": held.spot_from,
            "contracts": int(np.count_nonzero(held.counts)),
            "left_out": held.left_out,
        }
        return {
            "gex": about | _gex(held),
            "dex": about | _dex(held),
            "flip": about | self._flip(held, now),
            "walls": about | _walls(held),
            "max_pain": about | _max_pain(held),
        }, state

    def _flip(self, held: Held, now: float) -> dict[str, Any]:
        chain = held.chain
        usable = held.counts & np.isfinite(chain.iv)
        rate, dividend = self.params.rate, self.params.dividend
        found: dict[str, Any] = {
            "unit": "USD, price of the underlying",
            "convention": CONVENTION,
            "method": f"gamma repriced by BSM, r {rate:g}, q {dividend:g}, volatility held",
            "gex_unit": _GAMMA.PERCENT.value,
            **dict.fromkeys(_FIGURES["flip"]),
            "cumulative_strike_flip_reason": None,
            "reason": _why(held, usable, "implied volatility", chain.iv),
        }
        spot = held.spot
        if found["reason"] is not None or spot is None:
            return found
        profile = _PROFILE.GammaProfile(
            chain.strike[usable],
            chain.years(now)[usable],
            chain.iv[usable],
            chain.open_interest[usable],
            chain.is_call[usable],
            rate=rate,
            dividend=dividend,
        )
        roots = profile.roots(_PROFILE.spot_grid(spot))
        found["flip"] = _PROFILE.nearest(roots, spot)
        found["roots"] = roots
        found["gex_repriced"] = profile.at(spot)
        if not roots:
            found["reason"] = "gamma has one sign from half the spot to twice the spot"
        with_gamma = held.counts & np.isfinite(chain.gamma)
        found["cumulative_strike_flip"] = quant.exposure.cumulative_flip(
            chain.strike[with_gamma], _contract_gex(chain, with_gamma, spot)
        )
        if found["cumulative_strike_flip"] is None:
            said = "gamma summed up over strikes keeps its sign"
            found["cumulative_strike_flip_reason"] = said if with_gamma.any() else "no gamma"
        return found


class DelayedExposure(Exposure):
    """Exposure from Cboe's chains, fifteen minutes late: under keys of its own, never mixed in."""

    name = "exposure_delayed"
    reads = {
        "cboe": Key("raw:cboe:chain:{symbol}", 7200, view=Chain, optional=True),
        "cboe_index": Key("raw:cboe:chain:_{symbol}", 7200, view=Chain, optional=True),
    }
    writes = {name: Key(f"{key.name}:delayed", ttl=7200) for name, key in Exposure.writes.items()}
    trigger = OnChange("cboe", "cboe_index")


def _held(chain: Chain, now: float) -> Held:
    interest = chain.open_interest
    alive, plain, known = chain.expires > now, ~chain.adjusted, np.isfinite(interest)
    counts = alive & plain & known & (interest > 0)
    left_out = Counter(chain.bad)
    left_out["expired"] = int(np.count_nonzero(~alive))
    left_out["adjusted"] = int(np.count_nonzero(alive & ~plain))
    left_out["open interest not given"] = int(np.count_nonzero(alive & plain & ~known))
    spot, spot_from = chain.price(now)
    return Held(
        chain, counts, {why: number for why, number in sorted(left_out.items()) if number},
        spot, spot_from,
    )  # fmt: skip


def _why(held: Held, usable: Any, needed: str, figures: Any) -> str | None:
    """Why a figure cannot be had; None where it can."""
    if not len(held.chain):
        return "the chain is empty"
    if not held.counts.any():
        return "no contract has open interest and time left"
    if held.spot is None:
        return "no price of the underlying: the chain has none, and no two-sided quotes to imply it"
    if not usable.any():
        return f"no contract with open interest has {needed}"
    # One side alone would pass for the whole.
    for name, side in (("call", held.chain.is_call), ("put", ~held.chain.is_call)):
        if (held.counts & side).any() and not (usable & side).any():
            return f"no {name} with open interest has {needed}"
    # What vendors send when they have computed nothing; summed up it would pass for balanced.
    return None if figures[usable].any() else f"the vendor gives 0 for every {needed}"


def _contract_gex(chain: Chain, usable: Any, spot: float) -> Any:
    """USD per 1% move of each contract, from the vendor's gamma."""
    return quant.exposure.gamma_exposure(
        chain.gamma[usable], chain.open_interest[usable], chain.is_call[usable], spot
    )


def _gex(held: Held) -> dict[str, Any]:
    chain = held.chain
    usable = held.counts & np.isfinite(chain.gamma)
    reason = _why(held, usable, "gamma", chain.gamma)
    found: dict[str, Any] = {
        "unit": _GAMMA.PERCENT.value,
        "convention": CONVENTION,
        "method": "the vendor's gamma",
        "reason": reason,
        **dict.fromkeys(_FIGURES["gex"]),
        "gamma_missing": int(np.count_nonzero(held.counts & ~usable)),
    }
    if reason is not None or held.spot is None:
        return found
    each = _contract_gex(chain, usable, held.spot)
    sides = _by_side(chain, usable, each, "gex")
    per_share = sides["total"] / _GAMMA.PERCENT.scale(held.spot)
    total_in = {unit.value: per_share * unit.scale(held.spot) for unit in _GAMMA}
    days, place = np.unique(chain.expiry[usable], return_inverse=True)
    totals = np.bincount(place, weights=each).tolist()
    expiries = [
        {"expiry": str(day), "total": total} for day, total in zip(days, totals, strict=True)
    ]
    return found | sides | {"total_in": total_in, "expiries": expiries}


def _dex(held: Held) -> dict[str, Any]:
    chain = held.chain
    usable = held.counts & np.isfinite(chain.delta)
    reason = _why(held, usable, "delta", chain.delta)
    found: dict[str, Any] = {
        "unit": "USD",
        "convention": "holders' view, signed delta",
        "method": "the vendor's delta",
        "reason": reason,
        **dict.fromkeys(_FIGURES["dex"]),
        "delta_missing": int(np.count_nonzero(held.counts & ~usable)),
    }
    if reason is not None or held.spot is None:
        return found
    each = quant.exposure.delta_exposure(
        chain.delta[usable], chain.open_interest[usable], held.spot
    )
    return found | _by_side(chain, usable, each, "dex")


def _by_side(chain: Chain, usable: Any, each: Any, name: str) -> dict[str, Any]:
    """Totals, and calls and puts at each strike."""
    of_calls = np.where(chain.is_call[usable], each, 0.0)
    strikes, calls, puts = quant.exposure.by_strike(chain.strike[usable], of_calls, each - of_calls)
    return {
        "total": float(each.sum()),
        "calls": float(calls.sum()),
        "puts": float(puts.sum()),
        "strikes": strikes,
        f"call_{name}": calls,
        f"put_{name}": puts,
    }


def _walls(held: Held) -> dict[str, Any]:
    chain = held.chain
    usable = held.counts & np.isfinite(chain.gamma)
    reason = _why(held, usable, "gamma", chain.gamma)
    found: dict[str, Any] = {
        "unit": "USD, strike",
        "gex_unit": _GAMMA.PERCENT.value,
        "convention": CONVENTION,
        "method": "the vendor's gamma, all expiries",
        "min_open_interest": quant.exposure.MIN_OPEN_INTEREST,
        "reason": reason,
        **dict.fromkeys(_FIGURES["walls"]),
    }
    if reason is not None or held.spot is None:
        return found
    walls = quant.exposure.walls(
        chain.strike[usable],
        _contract_gex(chain, usable, held.spot),
        chain.is_call[usable],
        chain.open_interest[usable],
    )
    if walls.largest is None:
        found["reason"] = "no strike has the least open interest that makes a wall"
    figures = (walls.call, walls.put, walls.largest)
    amounts = (walls.call_gex, walls.put_gex, walls.largest_gex)
    return found | dict(zip(_FIGURES["walls"], figures + amounts, strict=True))


def _max_pain(held: Held) -> dict[str, Any]:
    """Of each moment of expiry: an index's options of the morning are paid by another price."""
    chain = held.chain
    found: dict[str, Any] = {
        "unit": "USD, strike",
        "convention": "the strike that minimises what all holders get at expiry",
        **dict.fromkeys(_FIGURES["max_pain"]),
        "reason": None if held.counts.any() else "no contract has open interest and time left",
    }
    if found["reason"] is not None:
        return found
    strike, interest, is_call = chain.strike, chain.open_interest, chain.is_call
    which, expiries = np.flatnonzero(held.counts), []
    moments, place = np.unique(chain.expires[which], return_inverse=True)
    for number, ends in enumerate(moments.tolist()):
        mine = which[place == number]
        pain = quant.exposure.max_pain(strike[mine], interest[mine], is_call[mine])
        payoff = float(pain.payoffs.min()) * quant.exposure.SHARES
        told = {"expiry": str(chain.expiry[mine[0]]), "expires": ends}
        expiries.append(told | {"strike": pain.strike, "payoff_usd": payoff})
    return found | {"nearest": expiries[0], "expiries": expiries}

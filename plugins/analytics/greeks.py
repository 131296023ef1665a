"""Volatility and Greeks of every contract from its own quotes, and their sums over what is held."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from quanticity.api import Analytic, Chain, Inputs, Key, OnChange, Spec, field, option_symbol, quant

# Cash-settled index options, which nobody can exercise early. All others are American.
_EUROPEAN = frozenset(
    {"SPX", "SPXW", "XSP", "NDX", "NDXP", "XND", "RUT", "RUTW", "MRUT", "DJX", "VIX", "VIXW"}
)
# A carry that quotes imply is one over the time: a spot a second late is then read as a dividend.
_CARRY_FROM = 30 / 365
_MOST_CARRY = 0.25
_OTHER_SIDE, _VENDOR = 10, 11
_CODES = {
    str(int(code)): code.text or "volatility of its own quotes" for code in quant.implied_vol.NoVol
} | {
    str(_OTHER_SIDE): "volatility of the other side's quotes at its strike",
    str(_VENDOR): "the vendor's volatility: no quotes at its strike imply one",
}
_FIRST = ("price", "delta", "gamma", "vega", "theta", "rho")
_HIGHER = ("vanna", "charm")
_BY_STRIKE = ("delta", "gamma", "theta")
_UNITS = {
    "vol": "yearly fraction", "price": "USD a share, of the model", "delta": "shares",
    "gamma": "shares per $1", "vega": "USD a share per volatility point",
    "theta": "USD a share per calendar day", "rho": "USD a share per point of the rate",
    "vanna": "delta per 1.00 of volatility", "charm": "delta per year that passes",
}  # fmt: skip
_SUM_UNITS = {
    "delta": "shares", "gamma": "shares per $1", "vega": "USD per volatility point",
    "theta": "USD per calendar day", "rho": "USD per point of the rate",
    "vanna": "shares per 1.00 of volatility", "charm": "shares per year that passes",
}  # fmt: skip
_NAMES = ("symbols", "expiry", "strike", "right")


class GreeksParams(Spec):
    """What prices do not say."""

    rate: float = field(
        0.04, help="yearly interest rate, continuous, a fraction", ge=-0.1, le=1, example=0.043
    )
    dividend: float = field(
        0.0,
        help="yearly dividend yield of expiries within a month; later ones imply theirs",
        ge=-0.1,
        le=1,
        example=0.012,
    )


@dataclass(frozen=True, slots=True)
class Model:
    """What the contracts are valued by: arrays, one element for each that is alive."""

    which: Any
    years: Any
    spot: Any
    dividend: Any
    from_parity: Any
    vol: Any
    codes: Any
    figures: dict[str, Any]


class Greeks(Analytic):
    """Own implied volatility and Greeks of the best chain there is, whatever the vendor says.

    Volatility is implied by the mid of a contract's own two-sided quotes, around the forward that
    put-call parity gives its expiry. Where it has none (nobody bids, or in the money the bid holds
    no time value, and the mid is noise) that of the other side of its strike serves, which parity
    says is the same, then the vendor's; `codes` says so. Without any the figures are null. Options
    on shares and funds can be exercised early; they are valued as if not, which `exercise` says.
    """

    name = "greeks"
    Params = GreeksParams
    reads = {
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "unusual_whales": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
    }
    writes = {
        "chain": Key("options:{symbol}:chain", ttl=360),
        "greeks": Key("options:{symbol}:greeks", ttl=360),
        "sums": Key("analytics:greeks:{symbol}", ttl=360),
    }
    trigger = OnChange("alpha_vantage", "unusual_whales", at_most_every=10.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The contracts, their Greeks, and the sums; null with a reason where there are none."""
        chain = Chain.first(inputs.alpha_vantage, inputs.unusual_whales)
        spot, spot_from = (None, "nowhere") if chain is None else chain.price(now)
        about: dict[str, Any] = {
            "symbol": self.values["symbol"],
            "chain": None if chain is None else chain.source,
            "spot": spot,
            "spot_from": spot_from,
        }
        which = np.array([], dtype=np.int64) if chain is None else np.flatnonzero(chain.alive(now))
        reason = None
        if chain is None:
            reason = "no fresh option chain"
        elif not len(chain):
            reason = "the chain is empty"
        elif not len(which):
            reason = "no contract has time left"
        contracts = about | _contracts(chain, which, now) | {"reason": reason}
        if reason is None and spot is None:
            reason = "no price of the underlying, and no two-sided quotes to imply it"
        if reason is not None or chain is None or spot is None:
            greeks, sums = _no_greeks(reason), _no_sums(reason)
        else:
            model = self._model(chain, which, spot, now)
            greeks, sums = _told(chain, model), _summed(chain, model)
        rates = {"rate": self.params.rate, "dividend": self.params.dividend}
        exercise = {"exercise": _exercise(chain, which)}
        return {
            "chain": contracts,
            "greeks": about | rates | exercise | greeks,
            "sums": about | rates | exercise | sums,
        }, state

    def _model(self, chain: Chain, which: Any, spot: float, now: float) -> Model:
        rate, years = self.params.rate, chain.years(now)[which]
        strike, is_call = chain.strike[which], chain.is_call[which]
        forward = quant.parity.implied_forwards(
            chain.expires[which], years, strike, is_call, chain.bid[which], chain.ask[which], rate
        )
        known = np.isfinite(forward)
        # Far out the carry is what forward and spot imply; near, the spot is what they imply.
        carry = rate - np.log(np.where(known, forward, spot) / spot) / years
        is_far = known & (years >= _CARRY_FROM) & (np.abs(carry) <= _MOST_CARRY)
        dividend = np.where(is_far, carry, self.params.dividend)
        own_spot = np.where(known, forward * np.exp((dividend - rate) * years), spot)
        # Half of what is asked, where nobody bids, is nobody's price.
        two_sided = np.where(chain.bid > 0, chain.mid, np.nan)
        found = quant.implied_vol.implied_vol(
            two_sided[which], own_spot, strike, years, is_call, rate=rate, dividend=dividend
        )
        worth = own_spot * np.exp(-dividend * years) - strike * np.exp(-rate * years)
        is_noise = np.isfinite(found.vol) & (chain.bid[which] <= np.where(is_call, worth, -worth))
        vol = np.where(is_noise, np.nan, found.vol)
        codes = np.where(is_noise, int(quant.implied_vol.NoVol.AT_INTRINSIC), found.code)
        other = quant.parity.other_side(vol, strike, chain.expires[which], is_call)
        is_lent = np.isnan(vol) & np.isfinite(other)
        vol, codes = np.where(is_lent, other, vol), np.where(is_lent, _OTHER_SIDE, codes)
        is_vendors = np.isnan(vol) & (chain.iv[which] > 0)
        vol = np.where(is_vendors, chain.iv[which], vol)
        codes = np.where(is_vendors, _VENDOR, codes)
        market = (own_spot, strike, years, vol, is_call)
        first = quant.greeks.first_order(*market, rate=rate, dividend=dividend)
        higher = quant.greeks.higher_order(*market, rate=rate, dividend=dividend)
        figures = {name: getattr(first, name) for name in _FIRST}
        figures |= {name: getattr(higher, name) for name in _HIGHER}
        return Model(which, years, own_spot, dividend, known, vol, codes, figures)


def _exercise(chain: Chain | None, which: Any) -> str | None:
    if chain is None or not len(which):
        return None
    named = option_symbol(chain.symbols[int(which[0])])
    is_european = named is not None and named.root in _EUROPEAN
    return "European" if is_european else "American, valued as European"


def _contracts(chain: Chain | None, which: Any, now: float) -> dict[str, Any]:
    figures = ("bid", "ask", "mid", "open_interest", "volume", "vendor_vol")
    found: dict[str, Any] = {
        "unit": "USD a share; contracts; volatility a yearly fraction; years of 365 days",
        "convention": "plain contracts with time left; null where the vendor gives nothing",
        "method": "as the vendor sent it, mid of bid and ask where both are there and not crossed",
        "left_out": {} if chain is None else dict(chain.bad),
        "contracts": len(which),
        **dict.fromkeys((*_NAMES, "years", *figures)),
    }
    if chain is None or not len(which):
        return found
    found["left_out"]["expired or adjusted"] = len(chain) - len(which)
    columns = (chain.bid, chain.ask, chain.mid, chain.open_interest, chain.volume, chain.iv)
    shown = {name: _nulls(each[which]) for name, each in zip(figures, columns, strict=True)}
    return found | _names(chain, which) | {"years": chain.years(now)[which]} | shown


def _names(chain: Chain, which: Any) -> dict[str, Any]:
    return {
        "symbols": [chain.symbols[at] for at in which.tolist()],
        "expiry": np.datetime_as_string(chain.expiry[which]).tolist(),
        "strike": chain.strike[which],
        "right": ["C" if call else "P" for call in chain.is_call[which].tolist()],
    }


def _told(chain: Chain, model: Model) -> dict[str, Any]:
    which, known = model.which, np.isfinite(model.vol)
    names = _names(chain, which)
    return _no_greeks(None if known.any() else "no contract has quotes that imply a volatility") | {
        "contracts": len(which),
        "known": int(np.count_nonzero(known)),
        "lent": int(np.count_nonzero(model.codes == _OTHER_SIDE)),
        "without": _counts(model.codes[~known]),
        "expiries": _expiries(names["expiry"], model),
        **names,
        "years": model.years,
        "vol": _nulls(model.vol),
        "codes": model.codes,
        **{name: _nulls(figure) for name, figure in model.figures.items()},
    }


def _no_greeks(reason: str | None) -> dict[str, Any]:
    return {
        "unit": _UNITS,
        "convention": "of one share, holders' view; null where the code says why",
        "method": "Black-Scholes-Merton, volatility of the mid around each expiry's parity forward",
        "code_of": _CODES,
        "reason": reason,
        **dict.fromkeys(("contracts", "known", "lent", "without", "expiries", *_NAMES)),
        **dict.fromkeys(("years", "vol", "codes", *_FIRST, *_HIGHER)),
    }


def _expiries(days: list[str], model: Model) -> list[dict[str, Any]]:
    """What the contracts of each expiry are valued around; soonest first."""
    firsts = np.unique(model.years, return_index=True)[1]
    return [
        {
            "expiry": days[at],
            "years": float(model.years[at]),
            "spot": float(model.spot[at]),
            "dividend": float(model.dividend[at]),
            "spot_from": "parity" if model.from_parity[at] else "chain",
        }
        for at in firsts.tolist()
    ]


def _counts(codes: Any) -> dict[str, int]:
    kinds, numbers = np.unique(codes, return_counts=True)
    return {
        _CODES[str(kind)]: number
        for kind, number in zip(kinds.tolist(), numbers.tolist(), strict=True)
    }


def _summed(chain: Chain, model: Model) -> dict[str, Any]:
    """Each Greek times open interest times 100 shares."""
    held = chain.open_interest[model.which]
    is_held = held > 0
    counts = is_held & np.isfinite(model.vol)
    without = is_held & ~counts
    found = _no_sums(None) | {
        "contracts": int(np.count_nonzero(counts)),
        "left_out": int(np.count_nonzero(without)),
        "open_interest": float(held[counts].sum()),
        "open_interest_left_out": float(held[without].sum()),
    }
    if not is_held.any():
        return found | {"reason": "no contract has open interest and time left"}
    if not counts.any():
        return found | {"reason": "no contract with open interest has a volatility"}
    is_call = chain.is_call[model.which][counts]
    shares = held[counts] * quant.exposure.SHARES
    amounts = {name: model.figures[name][counts] * shares for name in _SUM_UNITS}
    strikes, *by_strike = quant.exposure.by_strike(
        chain.strike[model.which][counts], *(amounts[name] for name in _BY_STRIKE)
    )
    return found | {
        "total": {name: float(each.sum()) for name, each in amounts.items()},
        "calls": {name: float(each[is_call].sum()) for name, each in amounts.items()},
        "puts": {name: float(each[~is_call].sum()) for name, each in amounts.items()},
        "strikes": strikes,
        **{f"strike_{name}": each for name, each in zip(_BY_STRIKE, by_strike, strict=True)},
    }


def _no_sums(reason: str | None) -> dict[str, Any]:
    figures = ("contracts", "left_out", "open_interest", "open_interest_left_out")
    sums = ("total", "calls", "puts", "strikes", *(f"strike_{name}" for name in _BY_STRIKE))
    return {
        "unit": _SUM_UNITS,
        "convention": "Greek x open interest x 100 shares, signed, holders' view of every contract",
        "method": "own Greeks, volatility of the mid around each expiry's parity forward",
        "reason": reason,
        **dict.fromkeys((*figures, *sums)),
    }


def _nulls(array: Any) -> Any:
    """The same column with None for what is no number."""
    if not np.isnan(array).any():
        return array
    return [None if isnan(one) else one for one in array.tolist()]

"""What kind of market a symbol is in: by rules, by a blend of measures, and by volatility alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import (
    Analytic,
    Bars,
    Every,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    Value,
    field,
    number,
    quant,
)

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_regime, _volatility, _ranks = quant.regime, quant.volatility, quant.ranks
_DAY = 86_400.0
# How sure a liquidity makes one of what prices say: of a book of grade D nothing follows.
_LIQUIDITY = {"A": 1.0, "B": 0.8, "C": 0.6, "D": 0.5}


class RegimeParams(Spec):
    """Where each rule and each measure has its edge."""

    iv_rank: float = field(80.0, help="IV rank above which it is volatile", ge=0, le=100)
    gex_share: float = field(
        0.2, help="net gamma over gross gamma that is large", ge=0, le=1, example=0.2
    )
    distance: float = field(
        0.005, help="distance from max pain that is far, as a fraction of spot", ge=0
    )
    inversion: float = field(
        1.02, help="near over far volatility that is an inverted term structure", ge=1
    )
    percentile: float = field(
        80.0, help="percentile of realised volatility above which it is volatile", gt=0, le=99
    )
    slope: float = field(1.0, help="slope that is a trend, in standard deviations", gt=0)
    window: int = field(10, help="bars of the moving average", unit="bars", ge=3)
    edges: tuple[float, float, float] = field(
        _regime.EDGES,
        help="yearly volatility where NORMAL, HIGH and EXTREME begin",
        example=[0.1, 0.15, 0.25],
    )
    proxies: tuple[str, ...] = field(
        ("SPY",), help="whose liquidity stands in for an index, which has no book", min_length=1
    )


class Regime(Analytic):
    """State by rules, confidence by the blend, label by the class of volatility.

    Rules, the first that holds: `volatile` where the term structure of volatility is inverted or
    IV rank is high; `reversion` where dealers' gamma is large, and long, with spot far from max
    pain (hedging of long gamma pushes prices back: Barbon and Buraschi, "Gamma Fragility", 2021);
    `trend` where skew moves as the price does; `range` where none holds. Where the rules cannot
    decide, the state is the blend's, and `method` says so.

    The blend: `volatile` at a high percentile of realised volatility, else `trend` where the
    moving average is steeper than chance makes it, else `range`. Each part is .5 to 1 sure, .5
    being the toss of a coin; confidence is the least sure part's. Absent parts are named.
    """

    name = "regime"
    Params = RegimeParams
    reads = {
        "bars": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True),
        "vol": Key("analytics:realised_vol:{symbol}", 900, view=Value, optional=True),
        "gex": Key("options:{symbol}:gex", 600, view=Value, optional=True),
        "pain": Key("analytics:max_pain:{symbol}", 600, view=Value, optional=True),
        "term": Key("raw:uw:iv_term:{symbol}", 2700, view=Rows, optional=True),
        "move": Key("analytics:expected_move:{symbol}", 600, view=Value, optional=True),
        "days": Key("raw:uw:iv_rank:{symbol}", 5 * _DAY, view=Rows, optional=True),
        "skew": Key("analytics:skew:{symbol}", 900, view=Value, optional=True),
        "liquidity": Key("analytics:liquidity:{symbol}", 60, view=Value, optional=True),
        "proxy": Key("analytics:liquidity:{proxy}", 60, view=Value, optional=True, over="proxies"),
    }
    writes = {"regime": Key("analytics:regime:{symbol}", ttl=900)}
    # Not on a change of `days`: the regime would be as old as the last day is.
    trigger = (OnChange("vol", "term", "skew", at_most_every=60), Every(300))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """All three forms, and what follows from them."""
        closes = np.empty(0)
        if inputs.bars is not None:
            closes = inputs.bars.closes[inputs.bars.session(now)]
        days = _days(inputs.days)
        rules = self._rules(inputs, closes, days)
        blend, label = self._blend(inputs, closes, days), self._label(inputs.vol)
        decided = rules if rules["state"] is not None else blend
        method = None if decided["state"] is None else "rules" if decided is rules else "blend"
        found = {
            "symbol": self.values["symbol"],
            "state": decided["state"],
            "direction": decided["direction"],
            "confidence": blend["confidence"],
            "label": label["label"],
            "unit": "confidence .5 (a coin) to 1",
            "convention": "volatile before reversion before trend, else range",
            "method": method,
            "rules": rules,
            "blend": blend,
            "volatility": label,
            "reason": None if method else f"rules: {rules['reason']}; blend: {blend['reason']}",
        }
        return {"regime": found}, state

    def _rules(self, inputs: Inputs, closes: Any, days: Mapping[str, Any]) -> dict[str, Any]:
        term, rank = _inversion(inputs.term, inputs.move, self.params.inversion), days["iv_rank"]
        high = None if rank is None else rank > self.params.iv_rank
        rules = {
            "volatile": {
                "held": _either(term["inverted"], high),
                "iv_rank": rank,
                **term,
                "reason": None
                if _either(term["inverted"], high) is not None
                else f"{term['term_reason'] or 'the term structure is not inverted'}; "
                f"{'no IV rank' if rank is None else 'IV rank is not high'}",
            },
            "reversion": self._reversion(inputs.gex, inputs.pain),
            "trend": self._skew_as_price(inputs.skew, closes),
        }
        held = [name for name, rule in rules.items() if rule["held"]]
        unknown = [name for name, rule in rules.items() if rule["held"] is None]
        # A rule that cannot be judged might come before the one that holds.
        first = next((name for name in rules if name in held or name in unknown), "range")
        state = None if first in unknown else first
        up = rules["trend"].get("move")
        return {
            "state": state,
            "direction": ("up" if up > 0 else "down") if state == "trend" and up else None,
            **rules,
            "reason": None if state else f"{first} cannot be judged: {rules[first]['reason']}",
        }

    def _reversion(self, gex: Value | None, pain: Value | None) -> dict[str, Any]:
        given, around = _mapping(gex), _mapping(pain)
        total, calls, puts = (number(given.get(name)) for name in ("total", "calls", "puts"))
        nearest, spot = around.get("nearest"), number(around.get("spot"))
        strike = number(nearest.get("strike")) if isinstance(nearest, Mapping) else None
        gross = None if calls is None or puts is None else abs(calls) + abs(puts)
        share = None if total is None or not gross else total / gross
        distance = None if strike is None or not spot or spot <= 0 else strike / spot - 1
        large = None if share is None else share > self.params.gex_share
        far = None if distance is None else abs(distance) > self.params.distance
        held = False if large is False or far is False else None if None in (large, far) else True
        missing = "no gamma exposure" if share is None else "no max pain or spot"
        return {
            "held": held,
            "gex_share": share,
            "max_pain_distance": distance,
            "reason": missing if held is None else None,
        }

    def _skew_as_price(self, skew: Value | None, closes: Any) -> dict[str, Any]:
        """The risk reversal against its usual one, and the price since the open.

        Puts nearly always cost more than calls: the sign of skew itself says the same every day.
        """
        found: dict[str, Any] = {"held": None, "skew_change": None, "move": None, "reason": None}
        if len(closes) >= 2:
            found["move"] = float(closes[-1] / closes[0] - 1)
        usual = _mapping(skew).get("statistics")
        usual = usual if isinstance(usual, Mapping) else {}
        current, mean = number(usual.get("current")), number(usual.get("mean"))
        if current is None or mean is None:
            why = usual.get("reason") or "nothing that it is compared with"
            return found | {"reason": f"no usual skew: {why}"}
        found["skew_change"] = current - mean
        if found["move"] is None:
            return found | {"reason": "no bars of this session"}
        return found | {"held": found["skew_change"] * found["move"] > 0}

    def _blend(self, inputs: Inputs, closes: Any, days: Mapping[str, Any]) -> dict[str, Any]:
        slope = _regime.trend_score(closes, self.params.window)
        percentile, grade = days["percentile"], self._grade(inputs)
        sure = _regime.sureness
        edge, steep = self.params.percentile, self.params.slope
        parts = {
            "volatility": None if percentile is None else sure(percentile, edge, 100.0),
            "slope": None if slope is None else sure(abs(slope), steep, 3 * steep),
            "liquidity": _LIQUIDITY.get(str(grade)),
        }
        known = {name: value for name, value in parts.items() if value is not None}
        weakest = min(known, key=lambda name: (known[name], name), default=None)
        state = None
        if percentile is not None and percentile > edge:
            state = "volatile"
        elif slope is not None:
            state = "trend" if abs(slope) > steep else "range"
        up = state == "trend" and slope is not None
        return {
            "state": state,
            "direction": ("up" if slope > 0 else "down") if up and slope else None,
            "confidence": known[weakest] if weakest and state else None,
            "weakest": weakest,
            "parts": parts,
            "absent": [name for name, value in parts.items() if value is None],
            "percentile": percentile,
            "slope": slope,
            "grade": grade,
            "reason": None if state else f"no slope of {2 * self.params.window} bars",
        }

    def _grade(self, inputs: Inputs) -> str | None:
        own = _mapping(inputs.liquidity).get("grade")
        others = (_mapping(inputs.proxy[one]).get("grade") for one in self.params.proxies)
        grade = own if own is not None else next((one for one in others if one), None)
        return grade if isinstance(grade, str) and grade in _LIQUIDITY else None

    def _label(self, vol: Value | None) -> dict[str, Any]:
        given = _mapping(vol)
        level = number(given.get("volatility"))
        if level is None or level < 0:
            reason = str(given.get("reason") or "no realised volatility")
            return {"label": None, "volatility": None, "of": None, "reason": reason}
        label = _regime.vol_class(level, self.params.edges).value
        return {"label": label, "volatility": level, "of": given.get("method"), "reason": None}


def _mapping(value: Value | None) -> Mapping[str, Any]:
    return value.data if value is not None and isinstance(value.data, Mapping) else {}


def _either(one: bool | None, other: bool | None) -> bool | None:
    """Whether one of the two holds; unknown where neither is known to, and one is not known."""
    return True if one or other else None if one is None or other is None else False


def _days(rows: Rows | None) -> dict[str, Any]:
    """IV rank of the last day, and the percentile of a month's volatility in its year."""
    found: dict[str, Any] = {"iv_rank": None, "percentile": None}
    if rows is None:
        return found
    _, (closes, ranks) = rows.by_day("close", "iv_rank_1y")
    if len(ranks) and 0 <= ranks[-1] <= 100:
        found["iv_rank"] = float(ranks[-1])
    returns = _volatility.log_returns(closes)
    rolled = _volatility.rolling(returns[np.isfinite(returns)], 20, _volatility.TRADING_DAYS)
    # Fewer than a quarter of a year of windows is no history to be high in.
    if len(rolled) >= 63:
        found["percentile"] = _ranks.percentile(float(rolled[-1]), rolled[:-1])
    return found


def _is_vol(vol: float | None) -> bool:
    """Whether it can be a yearly volatility: above 500% is a mistake of whoever sends it."""
    return vol is not None and 0 < vol < 5


def _inversion(term: Rows | None, move: Value | None, ratio: float) -> dict[str, Any]:
    """Whether near volatility is above far volatility, by the vendor's term, else the chain's."""
    points: list[tuple[float, Any]] = []
    for row in term or ():
        days, vol = number(row.get("dte")), number(row.get("volatility"))
        points += [(days, vol)] if days is not None and _is_vol(vol) else []
    expiries = _mapping(move).get("expiries")
    if len(points) < 2 and isinstance(expiries, tuple):
        given = [one for one in expiries if isinstance(one, Mapping)]
        pairs = [(number(one.get("hours")), number(one.get("vol"))) for one in given]
        points = [(hours / 24, vol) for hours, vol in pairs if hours is not None and _is_vol(vol)]
    # What expires today or tomorrow prices an hour, not a term.
    points = sorted(point for point in points if point[0] >= 2)
    found: dict[str, Any] = {"inverted": None, "near": None, "far": None, "term_reason": None}
    if len(points) < 2:
        return found | {"term_reason": "no term structure of two expiries"}
    near = points[0]
    far = min(points[1:], key=lambda point: (abs(point[0] - 30 - near[0]), point[0]))
    return found | {
        "inverted": near[1] > ratio * far[1],
        "near": {"days": near[0], "vol": near[1]},
        "far": {"days": far[0], "vol": far[1]},
    }

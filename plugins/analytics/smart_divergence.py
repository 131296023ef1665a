"""Where those who must file trade against the small orders in options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import Analytic, Inputs, Key, OnChange, Spec, Value, field, number, quant


class SmartDivergenceParams(Spec):
    """When it tells, and what it needs."""

    limit: float = field(2.0, help="divergence that tells", unit="standard deviations", gt=0)
    orders: int = field(
        10, help="retail orders below which all alerts stand for them", ge=1, example=10
    )


class SmartDivergence(Analytic):
    """Score of Congress and insiders less the score of retail flow, in standard deviations.

    Each score is of signs against fair coins, so both have the same scale, need no history, and
    their difference over the root of 2 has a deviation of 1. Above `limit` people with knowledge
    buy what small orders sell (`bullish`), below -`limit` the reverse. Filings are weeks old when
    they come and flow is of today: `lag_days` and `newest_trade` say how far apart they are.
    Funds and indexes have next to no filings; the figure is then null.
    """

    name = "smart_divergence"
    Params = SmartDivergenceParams
    reads = {
        "flow": Key("analytics:flow_classification:{symbol}", 300, view=Value),
        "congress": Key("analytics:congress:{symbol}", 14_400, view=Value, optional=True),
        "insiders": Key("analytics:insiders:{symbol}", 14_400, view=Value, optional=True),
    }
    writes = {"divergence": Key("analytics:smart_divergence:{symbol}", ttl=900)}
    trigger = OnChange("flow", "congress", "insiders", at_most_every=50.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The divergence, and what it is made of."""
        parts = {name: _data(inputs[name]) for name in ("congress", "insiders")}
        scores = {name: number(part.get("score")) for name, part in parts.items()}
        known = [score for score in scores.values() if score is not None]
        smart = quant.evidence.together(known)
        retail, orders, method = self._retail(_data(inputs.flow))
        reason = _smart_missing(parts) if smart is None else None
        if retail is None:
            reason = reason or "no option order to compare with"
        score = direction = alert = None
        if smart is not None and retail is not None:
            score = quant.evidence.divergence(smart, retail)
            alert = abs(score) > self.params.limit
            direction = ("bullish" if score > 0 else "bearish") if alert else "none"
        divergence = {
            "symbol": self.values["symbol"],
            "score": score,
            "direction": direction,
            "alert": alert,
            "limit": self.params.limit,
            "smart": {
                "score": smart,
                **{
                    name: {"score": scores[name], "n": part.get("n"), "direction": _way(part)}
                    for name, part in parts.items()
                },
                "lag_days": parts["congress"].get("lag_days"),
                "newest_trade": parts["congress"].get("newest_trade"),
                "newest_filing": parts["insiders"].get("newest_filing"),
            },
            "retail": {"score": retail, "n": orders, "method": method},
            "unit": "standard deviations",
            "convention": "those who file less retail: above 0 they buy what small orders sell",
            "method": "signs against fair coins; both groups of filings as one (Stouffer)",
            "reason": reason,
        }
        return {"divergence": divergence}, state

    def _retail(self, flow: Mapping[str, Any]) -> tuple[float | None, float | None, str]:
        small, whole = _data(flow.get("who")).get("retail"), flow.get("all")
        orders = number(_data(small).get("n"))
        if orders is not None and orders >= self.params.orders:
            return number(_data(small).get("score")), orders, "small orders among flow alerts"
        told = f"all flow alerts: fewer than {self.params.orders} small orders among them"
        return number(_data(whole).get("score")), number(_data(whole).get("n")), told


def _data(given: Any) -> Mapping[str, Any]:
    data = given.data if isinstance(given, Value) else given
    return data if isinstance(data, Mapping) else {}


def _way(part: Mapping[str, Any]) -> str | None:
    way = part.get("direction")
    return way if isinstance(way, str) else None


def _smart_missing(parts: Mapping[str, Mapping[str, Any]]) -> str:
    whys = [
        str(part.get("reason") or "no score") if part else f"no fresh filings ({name})"
        for name, part in parts.items()
    ]
    return "; ".join(whys)

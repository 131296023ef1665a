"""Where those who must file, or trade large, go against the small orders in options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    Kind,
    OnChange,
    Spec,
    Value,
    eastern,
    field,
    number,
    quant,
)

_DAY = 86_400.0
_SMALL = "small orders among flow alerts"


class SmartDivergenceParams(Spec):
    """When it tells, and what it needs."""

    limit: float = field(2.0, help="divergence that tells", unit="standard deviations", gt=0)
    orders: int = field(
        10, help="retail orders below which all alerts stand for them", ge=1, example=10
    )
    funds: tuple[str, ...] = field(
        ("SPX", "SPY", "NDX", "QQQ", "RUT", "IWM"),
        help="funds and indexes, which have no insiders: where Congress filed nothing either, "
        "those who trade large stand for filers",
        example=["SPX", "SPY"],
    )


class Told(msgspec.Struct):
    """Which ways people were told of, on which day (Eastern)."""

    day: str = ""
    ways: list[str] = msgspec.field(default_factory=list)


class SmartDivergence(Analytic):
    """Score of Congress and insiders less the score of retail flow, in standard deviations.

    Each score is of signs against fair coins, so both have the same scale, need no history, and
    their difference over the root of 2 has a deviation of 1. Above `limit` people with knowledge
    buy what small orders sell (`bullish`), below -`limit` the reverse. Filings are weeks old when
    they come and flow is of today: `lag_days` and `newest_trade` say how far apart they are.
    On funds and indexes next to nobody files. Where Congress has filed nothing on one, those who
    trade large stand for them: dark prints, which an index has none of, and large option orders;
    `smart.of` says which it is. People are told once a day of each direction.
    """

    name = "smart_divergence"
    Params = SmartDivergenceParams
    State = Told
    reads = {
        "flow": Key("analytics:flow_classification:{symbol}", 900, view=Value),
        "congress": Key("analytics:congress:{symbol}", 14_400, view=Value, optional=True),
        "insiders": Key("analytics:insiders:{symbol}", 14_400, view=Value, optional=True),
        "dark": Key("analytics:darkpool:{symbol}", 1800, view=Value, optional=True),
    }
    writes = {
        "divergence": Key("analytics:smart_divergence:{symbol}", ttl=1800),
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * _DAY, cap=5000),
    }
    trigger = OnChange("flow", "congress", "insiders", at_most_every=50.0)

    def compute(self, inputs: Inputs, state: Told, now: float) -> tuple[Mapping[str, Any], Told]:
        """The divergence, and what it is made of; an event where it is beyond the limit."""
        flow = _data(inputs.flow)
        parts = {name: _data(inputs[name]) for name in ("congress", "insiders")}
        filings = {name: _part(part, f"no fresh filings ({name})") for name, part in parts.items()}
        retail, orders, method = self._retail(flow)
        traders = {}
        if self.values["symbol"] in self.params.funds and number(parts["congress"].get("n")) == 0:
            dark = _part(_data(inputs.dark), "no fresh dark prints")
            traders = {"dark_prints": dark, "large_orders": _large(flow, method)}
        whose = "those who trade large" if traders else "those who file"
        known = [one["score"] for one in (traders or filings).values() if one["score"] is not None]
        smart = quant.evidence.together(known)
        missing = [one["reason"] for one in {**filings, **traders}.values() if one["reason"]]
        reason = "; ".join(missing) if smart is None else None
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
                "of": whose,
                **filings,
                **traders,
                "lag_days": parts["congress"].get("lag_days"),
                "newest_trade": parts["congress"].get("newest_trade"),
                "newest_filing": parts["insiders"].get("newest_filing"),
            },
            "retail": {"score": retail, "n": orders, "method": method},
            "unit": "standard deviations",
            "convention": f"{whose} less retail: above 0 they buy what small orders sell",
            "method": "signs against fair coins; both groups as one (Stouffer)",
            "reason": reason,
        }
        day = eastern(now).date().isoformat()
        ways = state.ways if state.day == day else []
        alerts = []
        if alert and score is not None and direction not in ways:
            ways = [*ways, str(direction)]
            alerts = [self._alert(score, str(direction))]
        return {"divergence": divergence, "alerts": alerts}, Told(day, ways)

    def _alert(self, score: float, direction: str) -> dict[str, Any]:
        symbol, limit = self.values["symbol"], self.params.limit
        return {
            "kind": "anomaly",
            "component": f"smart_divergence:{symbol}",
            "message": f"{symbol}: smart divergence {score:+.2f}, limit {limit:g}: {direction}",
            "flag": "smart_divergence",
        }

    def _retail(self, flow: Mapping[str, Any]) -> tuple[float | None, float | None, str]:
        small, whole = _data(flow.get("who")).get("retail"), flow.get("all")
        orders = number(_data(small).get("n"))
        if orders is not None and orders >= self.params.orders:
            return number(_data(small).get("score")), orders, _SMALL
        told = f"all flow alerts: fewer than {self.params.orders} small orders among them"
        return number(_data(whole).get("score")), number(_data(whole).get("n")), told


def _data(given: Any) -> Mapping[str, Any]:
    data = given.data if isinstance(given, Value) else given
    return data if isinstance(data, Mapping) else {}


def _way(part: Mapping[str, Any]) -> str | None:
    way = part.get("direction")
    return way if isinstance(way, str) else None


def _part(part: Mapping[str, Any], absent: str) -> dict[str, Any]:
    """Score, number and direction of a group, and why there is no score."""
    score = number(part.get("score"))
    why = str(part.get("reason") or "no score") if part else absent
    return {
        "score": score,
        "n": part.get("n"),
        "direction": _way(part),
        "reason": why if score is None else None,
    }


def _large(flow: Mapping[str, Any], retail: str) -> dict[str, Any]:
    """Of large option orders what `_part` tells of filings.

    Where all alerts stand for the small orders, large ones are among these and stand for nobody.
    """
    if retail != _SMALL:
        return _part({"reason": "large orders are among those that stand for small ones"}, "")
    part = _data(_data(flow.get("who")).get("institutional"))
    score = number(part.get("score"))
    way = "buy" if score and score > 0 else "sell" if score and score < 0 else None
    told = {"score": score, "n": part.get("n"), "direction": way}
    return _part(told | {"reason": "no large order among flow alerts"}, "")

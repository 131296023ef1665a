"""What puts cost against calls, in volatility, and whether that is out of the ordinary."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import (
    Analytic,
    Chain,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    eastern,
    field,
    quant,
)

_FIGURES = ("risk_reversal", "butterfly", "at_the_money", "from", "expiries")
_STATISTICS = ("current", "mean", "deviation", "z", "days")
_MONTH = 30.0
# Of a vendor's history: no difference of two volatilities is larger.
_MOST = 5.0


class SkewParams(Spec):
    """Which delta, how far ahead, and what it is compared with."""

    delta: float = field(0.25, help="absolute delta of call and put", gt=0, le=0.45)
    maturity: float = field(_MONTH, help="days to expiry that are read off", unit="days", gt=0)
    window: int = field(20, help="trading days that mean and deviation are of", ge=2, le=250)
    max_spread: float = field(
        5.0, help="contracts with a wider quote are not looked at", unit="USD", gt=0
    )
    vendor_is_put_minus_call: bool = field(
        True, help="the vendor's history is IV(put) - IV(call), and its sign is turned"
    )


class Days(msgspec.Struct):
    """The last risk reversal of each day that was seen (`YYYY-MM-DD`), oldest first."""

    seen: dict[str, float] = msgspec.field(default_factory=dict)


class Skew(Analytic):
    """Risk reversal and butterfly of a symbol, and how they stand against the last 20 days.

    Risk reversal is IV(call) - IV(put) at 25 delta, a fraction, read off at 30 days from the
    chain's own volatilities and deltas. Below zero puts are dearer. The statistics are of Unusual
    Whales' daily history where there is one (it is of the farthest expiry, so that its newest day
    and not our figure is compared), else of what was seen here, once that is 20 days.
    """

    name = "skew"
    Params = SkewParams
    State = Days
    reads = {
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "unusual_whales": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
        "history": Key("raw:uw:skew:{symbol}", 2700, view=Rows, optional=True),
    }
    writes = {"skew": Key("analytics:skew:{symbol}", ttl=600)}
    trigger = OnChange("alpha_vantage", "unusual_whales", "history", at_most_every=60.0)

    def compute(self, inputs: Inputs, state: Days, now: float) -> tuple[Mapping[str, Any], Days]:
        """The skew of now, and both statistics with the reason where one is missing."""
        # Of a month ahead: the chain that reaches farther, whose age matters less here.
        chain = Chain.first(inputs.unusual_whales, inputs.alpha_vantage)
        mine = self._now(chain, now)
        today = eastern(now).date().isoformat()
        past = {when: one for when, one in state.seen.items() if when < today}
        own = self._own(mine["risk_reversal"], past)
        vendor = self._vendor(inputs.history)
        best = vendor if vendor["z"] is not None or own["z"] is None else own
        kept = dict(sorted(past.items())[-self.params.window :])
        if mine["risk_reversal"] is not None:
            kept[today] = mine["risk_reversal"]
        elif today in state.seen:
            kept[today] = state.seen[today]
        return {
            "skew": {
                "symbol": self.values["symbol"],
                "chain": None if chain is None else chain.source,
                "unit": "volatility, a fraction (0.01 is a point)",
                "convention": "IV(call) - IV(put): below zero puts are dearer",
                "method": f"{self.params.delta:g} delta at {self.params.maturity:g} days",
                **mine,
                "statistics": best,
                "vendor": vendor,
                "own": own,
            }
        }, Days(kept)

    def _now(self, chain: Chain | None, now: float) -> dict[str, Any]:
        found: dict[str, Any] = {**dict.fromkeys(_FIGURES), "reason": None}
        if chain is None or not len(chain):
            why = "no fresh option chain" if chain is None else "the chain is empty"
            return found | {"reason": why}
        alive = chain.alive(now)
        spot = chain.price(now)[0]
        if not alive.any() or spot is None:
            why = "no price of the underlying" if alive.any() else "no contract has time left"
            return found | {"reason": why}
        wide = quant.chain_filter.Thresholds(max_spread=self.params.max_spread)
        firm = alive & quant.chain_filter.firm(chain.bid, chain.ask, wide)
        # A vendor without quotes still has volatilities.
        used = firm if firm.any() else alive
        rows = [self._expiry(chain, used, at, spot, now) for at in np.unique(chain.expires[used])]
        days = np.array([row["days"] for row in rows])
        for name in ("risk_reversal", "butterfly", "at_the_money"):
            figures = np.array([row[name] for row in rows], dtype=np.float64)
            found[name] = quant.smile.at_maturity(days, figures, self.params.maturity)
        told = [row for row in rows if row["risk_reversal"] is not None]
        if found["risk_reversal"] is not None:
            found["from"] = f"between expiries, at {self.params.maturity:g} days"
        elif told:
            nearest = min(told, key=lambda row: abs(row["days"] - self.params.maturity))
            for name in ("risk_reversal", "butterfly", "at_the_money"):
                found[name] = nearest[name]
            found["from"] = f"the expiry {nearest['expiry']}, of those there are the nearest"
        else:
            found["reason"] = "no expiry has both volatilities at that delta"
        return found | {"expiries": rows}

    def _expiry(
        self, chain: Chain, used: Any, expires: float, spot: float, now: float
    ) -> dict[str, Any]:
        which = np.flatnonzero(used & (chain.expires == expires))
        one = quant.smile.skew(
            chain.strike[which],
            chain.delta[which],
            chain.iv[which],
            chain.is_call[which],
            spot,
            self.params.delta,
        )
        return {
            "expiry": str(chain.expiry[which[0]]),
            "days": float(expires - now) / 86_400,
            "call": one.call,
            "put": one.put,
            "at_the_money": one.at_the_money,
            "risk_reversal": one.risk_reversal,
            "butterfly": one.butterfly,
            "reason": self._missing(one),
        }

    def _missing(self, one: Any) -> str | None:
        delta = f"at {self.params.delta:g} delta"
        sides = (
            (f"call {delta}", one.call),
            (f"put {delta}", one.put),
            ("strikes around spot", one.at_the_money),
        )
        names = [name for name, vol in sides if vol is None]
        return f"no volatility of {' or '.join(names)}" if names else None

    def _own(self, current: float | None, past: Mapping[str, float]) -> dict[str, Any]:
        """What was seen here at the end of each day, against the figure of now."""
        last = [past[when] for when in sorted(past)][-self.params.window :]
        source = "risk reversals seen here, the last of each day"
        if current is None:
            return _nothing(source, "no risk reversal now")
        return self._against(current, last, source)

    def _vendor(self, history: Rows | None) -> dict[str, Any]:
        """The vendor's newest day against the 20 before it, in our sign."""
        source = "unusual_whales, its farthest expiry"
        sign = -1.0 if self.params.vendor_is_put_minus_call else 1.0
        if history is None:
            return _nothing(source, "no history")
        days, (values,) = history.by_day("risk_reversal")
        known = np.flatnonzero(np.abs(values) < _MOST)
        if not len(known):
            return _nothing(source, "no history")
        ordered = (sign * values[known]).tolist()
        found = self._against(ordered[-1], ordered[:-1][-self.params.window :], source)
        return found | {"newest": days[known[-1]]}

    def _against(self, current: float, past: list[float], source: str) -> dict[str, Any]:
        if len(past) < self.params.window:
            why = f"{len(past)} of {self.params.window} days are known"
            return _nothing(source, why) | {"current": current, "days": len(past)}
        found = quant.smile.against(current, np.array(past))
        if found is None:
            return _nothing(source, "too few days")
        return {
            "source": source,
            "current": current,
            "mean": found.mean,
            "deviation": found.deviation,
            "z": found.z,
            "days": len(past),
            "reason": "it never moved" if found.z is None else None,
        }


def _nothing(source: str, reason: str) -> dict[str, Any]:
    return {"source": source, **dict.fromkeys(_STATISTICS), "reason": reason}

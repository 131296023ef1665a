"""What prices did today, as a volatility of a year: from one-minute bars, and from daily closes."""

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
    field,
    quant,
)

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_VOL, _risk = quant.volatility, quant.risk


class RealisedVolParams(Spec):
    """How much of the past counts."""

    least_bars: int = field(
        20, help="complete one-minute bars of the session that are needed", unit="bars", ge=4
    )
    days: int = field(20, help="daily returns that daily volatility looks at", unit="days", ge=2)
    risk_days: int = field(
        50, help="daily returns that value at risk looks at", unit="days", ge=20, example=50
    )
    decay: float = field(_VOL.DECAY, help="decay of the daily EWMA variance", ge=0.5, le=0.999)
    level: float = field(0.95, help="level of value at risk", ge=0.5, le=0.999)


class RealisedVol(Analytic):
    """Realised volatility by several estimators, and what a day may cost.

    Intraday figures are of the session's own bars, 09:30 to 16:00 Eastern: before and after it
    little trades, and a night is no minute. A year of them has 252 x 390 minutes. The headline is
    the sum of squared minute returns (Andersen and Bollerslev, "Answering the Skeptics", 1998):
    estimators of ranges need a bar full of prints, and are too low where there are few. Daily
    figures are of the closes that Unusual Whales sends beside implied volatility.
    """

    name = "realised_vol"
    Params = RealisedVolParams
    reads = {
        "bars": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True),
        # Written once a day, and over a long weekend not at all.
        "daily": Key("raw:uw:iv_rank:{symbol}", 5 * 86_400.0, view=Rows, optional=True),
    }
    writes = {"vol": Key("analytics:realised_vol:{symbol}", ttl=900)}
    # Not on a change of `daily`: what it makes would be as old as the last day is.
    trigger = (OnChange("bars", at_most_every=60), Every(300))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """All figures; `volatility` is the first of them that is there."""
        intraday, daily = self._intraday(inputs.bars, now), self._daily(inputs.daily)
        found: dict[str, Any] = {
            "volatility": None,
            "method": None,
            "unit": "fraction of the price, a year",
            "convention": "log returns, their mean taken for zero; 252 days of 390 minutes",
            "intraday": intraday,
            "daily": daily,
            "reason": None,
        }
        if intraday["close_to_close"] is not None:
            method = "intraday close to close"
            found |= {"volatility": intraday["close_to_close"], "method": method}
        elif daily["close_to_close"] is not None:
            found |= {"volatility": daily["close_to_close"], "method": "daily close to close"}
        else:
            found["reason"] = f"intraday: {intraday['reason']}; daily: {daily['reason']}"
        return {"vol": found}, state

    def _intraday(self, bars: Bars | None, now: float) -> dict[str, Any]:
        names = ("close_to_close", "parkinson", "garman_klass", "rogers_satchell", "yang_zhang")
        found: dict[str, Any] = {
            **dict.fromkeys(names),
            "bars": 0,
            "from": None,
            "to": None,
            "left_out": {},
        }
        if bars is None:
            return found | {"reason": "no fresh bars"}
        which = bars.session(now)
        found |= {"bars": len(which), "left_out": dict(bars.bad)}
        if len(which) < self.params.least_bars:
            said = f"{len(which)} bars of this session, {self.params.least_bars} are needed"
            return found | {"reason": said}
        o, h, low, c = (each[which] for each in (bars.opens, bars.highs, bars.lows, bars.closes))
        year = _VOL.YEAR_OF_MINUTES
        figures = {
            "close_to_close": _VOL.close_to_close(_VOL.log_returns(c), year),
            "parkinson": _VOL.parkinson(h, low, year),
            "garman_klass": _VOL.garman_klass(o, h, low, c, year),
            "rogers_satchell": _VOL.rogers_satchell(o, h, low, c, year),
            "yang_zhang": _VOL.yang_zhang(o, h, low, c, year),
        }
        if not any(value > 0 for value in figures.values()):
            return found | {"reason": "the price did not move: halted, or not traded"}
        known = {name: _known(value) for name, value in figures.items()}
        first, last = bars.times[which[[0, -1]]].tolist()
        span = {"from": first, "to": last + 60}
        return found | known | span | {"reason": None}

    def _daily(self, rows: Rows | None) -> dict[str, Any]:
        names = ("close_to_close", "ewma", "ewma_variance", "value_at_risk", "expected_shortfall")
        found: dict[str, Any] = {
            **dict.fromkeys(names),
            "last": None,
            "days": self.params.days,
            "risk": f"fraction lost in a day at {self.params.level:g}, historical, inverted CDF",
            "risk_days": 0,
        }
        if rows is None:
            return found | {"reason": "no daily closes"}
        days, (closes,) = rows.by_day("close")
        returns = _VOL.log_returns(closes)
        returns = returns[np.isfinite(returns)]
        if len(returns) < self.params.days:
            said = f"{len(returns)} daily returns, {self.params.days} are needed"
            return found | {"reason": said}
        variance = _VOL.ewma_variance(returns, decay=self.params.decay)
        lately = np.expm1(returns[-self.params.risk_days :])
        return found | {
            "close_to_close": _known(
                _VOL.close_to_close(returns[-self.params.days :], _VOL.TRADING_DAYS)
            ),
            "ewma": float(np.sqrt(variance * _VOL.TRADING_DAYS)),
            "ewma_variance": variance,
            "value_at_risk": _risk.value_at_risk(lately, self.params.level),
            "expected_shortfall": _risk.expected_shortfall(lately, self.params.level),
            "risk_days": len(lately),
            "last": days[-1],
            "reason": None,
        }


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None

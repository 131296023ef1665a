"""How likely a price comes back to its mean within the next half hour."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Bars, Every, Inputs, Key, OnChange, Spec, field, quant

# Here, so that it is loaded when this file is, and not in a run.
_reversion = quant.mean_reversion
_FIGURES = (
    "probability", "mean", "price", "direction", "z", "half_life_minutes", "statistic",
    "critical", "is_significant", "bars", "last_bar",
)  # fmt: skip
# Of a vendor whose minutes are a quarter of an hour late the newest is as old as half of this.
_OLD = 1800.0


class MeanReversionParams(Spec):
    """How far back and ahead it looks."""

    minutes: float = field(30.0, help="within how long it may come back", unit="minutes", gt=0)
    least_bars: int = field(20, help="complete bars of the session that are needed", ge=12)
    most_bars: int = field(120, help="the newest bars that count", unit="bars", ge=12)


class MeanReversion(Analytic):
    """An Ornstein-Uhlenbeck process fitted to the logarithms of the session's minute closes.

    `probability` is that of touching the mean in time. Where no pull is found it is a random
    walk's to the mean of the window, and `method` says so; whether a pull is more than chance is
    in `is_significant` (Dickey and Fuller, 5%), which with half an hour of bars it rarely is.
    """

    name = "mean_reversion"
    Params = MeanReversionParams
    reads = {"bars": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True)}
    writes = {"reversion": Key("analytics:mean_reversion:{symbol}", ttl=900)}
    trigger = (OnChange("bars", at_most_every=60), Every(300))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The probability, and all that it is made of."""
        found: dict[str, Any] = {
            "symbol": self.values["symbol"],
            **dict.fromkeys(_FIGURES),
            "pull_reason": None,
            "minutes": self.params.minutes,
            "unit": "probability 0 to 1; prices in USD; z in stationary deviations",
            "convention": "of touching the mean at least once, from the last complete close",
            "method": None,
            "reason": None,
        }
        closes = np.empty(0)
        if inputs.bars is not None:
            within = inputs.bars.session(now)
            closes = inputs.bars.closes[within][-self.params.most_bars :]
            if len(closes):
                found["last_bar"] = float(inputs.bars.times[within][-1])
        found["bars"] = len(closes)
        if len(closes) < self.params.least_bars:
            said = f"{len(closes)} bars of this session, {self.params.least_bars} are needed"
            return {"reversion": found | {"reason": said}}, state
        silent = now - found["last_bar"] - 60
        if silent > _OLD:
            said = f"no minute for {silent:,.0f} s: halted, closed, or the vendor is behind"
            return {"reversion": found | {"reason": said}}, state
        logs = np.log(closes)
        fit = _reversion.fit(logs)
        if fit is None:
            return {"reversion": found | {"reason": "the price did not move"}}, state
        last = float(logs[-1])
        away = last - fit.mean
        return {
            "reversion": found
            | {
                "probability": _reversion.return_probability(fit, last, self.params.minutes),
                "mean": math.exp(fit.mean),
                "price": float(closes[-1]),
                "direction": "down" if away > 0 else "up" if away < 0 else None,
                "z": away / fit.deviation if fit.deviation is not None else None,
                "half_life_minutes": fit.half_life,
                "pull_reason": None
                if fit.pull > 0
                else "no pull was found: no way back to halve, no deviation to count z in",
                "statistic": fit.statistic,
                "critical": fit.critical,
                "is_significant": fit.is_significant,
                "method": "Ornstein-Uhlenbeck, first passage to its mean"
                if fit.pull > 0
                else "random walk, first passage to the mean of the window: no pull was found",
            }
        }, state

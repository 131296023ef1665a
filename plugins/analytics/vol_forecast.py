"""What volatility the next month will see, as far as implied volatility and its past say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import numpy as np

from quanticity.api import Analytic, Every, Inputs, Key, OnChange, Rows, Spec, eastern, field, quant

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_FORECAST, _volatility, _smile = quant.vol_forecast, quant.volatility, quant.smile
_DAY = 86_400.0
_LOGGED = 60
# A yearly volatility above 500% is a mistake of whoever sends it.
_MOST = 5.0


class VolForecastParams(Spec):
    """How far ahead, and how often the decay is fitted anew."""

    days: int = field(21, help="trading days ahead", unit="days", ge=2, le=63)
    tenor: float = field(
        30.0, help="calendar days of the implied volatility that is used", unit="days", gt=0
    )
    refit_days: int = field(7, help="calendar days between two fits of the decay", ge=1)
    least: int = field(20, help="past forecasts that a fit needs", ge=5)


class Made(msgspec.Struct):
    """A forecast as it was made on a day; `realised` once its days are over."""

    day: str
    forecast: float
    implied: float
    decay: float
    realised: float | None = None


class Remembered(msgspec.Struct):
    """The decay, the day it was fitted, and the forecasts that were made, oldest first."""

    decay: float | None = None
    fitted: str = ""
    made: list[Made] = msgspec.field(default_factory=list)


class VolForecast(Analytic):
    """Implied volatility less what it has lately been too high by, see `quant.vol_forecast`.

    The past is walked through day by day with nothing of what came after: that error log judges
    the forecast, and once a week chooses the decay that would have been off by least. Forecasts
    made since are logged as they were made, and held against what followed.
    """

    name = "vol_forecast"
    Params = VolForecastParams
    State = Remembered
    reads = {
        "days": Key("raw:uw:iv_rank:{symbol}", 5 * _DAY, view=Rows, optional=True),
        "term": Key("raw:uw:iv_term:{symbol}", 2700, view=Rows, optional=True),
    }
    writes = {"forecast": Key("analytics:vol_forecast:{symbol}", ttl=2700)}
    # Not on a change of `days`: the forecast would be as old as the last day is.
    trigger = (OnChange("term", at_most_every=60), Every(120))

    def compute(
        self, inputs: Inputs, state: Remembered, now: float
    ) -> tuple[Mapping[str, Any], Remembered]:
        """The forecast, and how good those before were."""
        days: tuple[str, ...] = ()
        closes = implied = np.empty(0)
        if inputs.days is not None:
            days, (closes, implied) = inputs.days.by_day("close", "volatility")
        implied = np.where((implied > 0) & (implied < _MOST), implied, np.nan)
        after = _FORECAST.realised_after(closes, self.params.days)
        today = f"{eastern(now):%Y-%m-%d}"
        state = self._fitted(state, implied, after, today)
        forecast = self._forecast(inputs.term, state, days, implied, after, today)
        metrics = self._judged(state, implied, after)
        state.made = self._logged(state.made, forecast, days, after, today)
        metrics["log"] = [msgspec.to_builtins(one) for one in state.made[-20:]]
        return {"forecast": forecast | {"metrics": metrics}}, state

    def _fitted(self, state: Remembered, implied: Any, after: Any, today: str) -> Remembered:
        """With a decay of this week, where the past allows one."""
        kept = Remembered(state.decay, state.fitted, state.made)
        age = _days_between(state.fitted, today)
        # A clock that went back, as the demo's does at each start, makes it due.
        if state.decay is not None and age is not None and 0 <= age < self.params.refit_days:
            return kept
        days = self.params.days
        judged = _FORECAST.errors(implied, after, days, _volatility.DECAY)
        if judged is not None and judged.count >= self.params.least:
            kept.decay, kept.fitted = _FORECAST.best_decay(implied, after, days), today
        return kept

    def _forecast(
        self,
        term: Rows | None,
        state: Remembered,
        days: tuple[str, ...],
        implied: Any,
        after: Any,
        today: str,
    ) -> dict[str, Any]:
        found: dict[str, Any] = {
            "symbol": self.values["symbol"],
            "forecast": None,
            "implied": None,
            "implied_from": None,
            "premium": None,
            "decay": _volatility.DECAY if state.decay is None else state.decay,
            "decay_fitted": state.fitted or None,
            "day": today,
            "last_day": days[-1] if days else None,
            "unit": "fraction of the price, a year",
            "convention": f"realised volatility of the next {self.params.days} trading days",
            "method": "implied volatility less an EWMA of implied less realised",
            "reason": None,
        }
        level, came_from = self._implied(term, implied)
        if level is None:
            return found | {"reason": "no implied volatility"}
        found |= {"implied": level, "implied_from": came_from}
        # One day further: today's premium of `days` ago is known at the last close.
        premium = _FORECAST.premiums(implied, after, self.params.days, found["decay"])
        if not len(premium) or not np.isfinite(premium[-1]):
            said = f"{len(days)} days of history, more than {self.params.days} are needed"
            return found | {"reason": said}
        forecast = level - float(premium[-1])
        found["premium"] = float(premium[-1])
        if forecast <= 0:
            return found | {"reason": "the premium is larger than implied volatility"}
        return found | {"forecast": forecast}

    def _implied(self, term: Rows | None, implied: Any) -> tuple[float | None, str | None]:
        """Today's at the tenor, else the last day's."""
        if term is not None:
            days, vol = term.numbers("dte"), term.numbers("volatility")
            order = np.argsort(days, kind="stable")
            known = np.isfinite(days) & (vol > 0) & (vol < _MOST)
            vol = np.where(known, vol, np.nan)[order]
            found = _smile.at_maturity(days[order], vol, self.params.tenor)
            if found is not None:
                return found, f"term structure at {self.params.tenor:g} days"
        known = implied[np.isfinite(implied)]
        return (float(known[-1]), "the last day's") if len(known) else (None, None)

    def _judged(self, state: Remembered, implied: Any, after: Any) -> dict[str, Any]:
        decay = _volatility.DECAY if state.decay is None else state.decay
        judged = _FORECAST.errors(implied, after, self.params.days, decay)
        names = ("count", "bias", "mae", "rmse", "implied_rmse")
        return {
            **{name: None if judged is None else getattr(judged, name) for name in names},
            "decay": decay,
            "fitted": state.fitted or None,
            "unit": "fraction a year; error is forecast less realised",
            "method": "walked through day by day, with nothing of what came after",
            "reason": "no past forecast can be judged yet" if judged is None else None,
        }

    def _logged(
        self,
        made: list[Made],
        forecast: Mapping[str, Any],
        days: tuple[str, ...],
        after: Any,
        today: str,
    ) -> list[Made]:
        """The day's last forecast beside those before, with what followed where it is known."""
        # A forecast of a day counts from that day's close on.
        known = dict(zip(days, after.tolist(), strict=True))
        kept = [one for one in made if one.day < today]
        for one in kept:
            realised = known.get(one.day)
            if realised is not None and np.isfinite(realised):
                one.realised = realised
        if forecast["forecast"] is not None:
            figures = (forecast["forecast"], forecast["implied"], forecast["decay"])
            kept.append(Made(today, *figures))
        return kept[-_LOGGED:]


def _days_between(one: str, other: str) -> int | None:
    try:
        return (date.fromisoformat(other) - date.fromisoformat(one)).days
    except ValueError:
        return None

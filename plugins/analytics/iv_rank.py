"""Where a symbol's implied volatility stands within its own past year."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Every, Inputs, Key, OnChange, Rows, Spec, field, number, quant

_FIGURES = ("rank", "percentile", "volatility", "lowest", "highest", "days")


class IvRankParams(Spec):
    """How long a past counts."""

    days: int = field(252, help="trading days that a year is", unit="days", ge=2)
    least: int = field(60, help="days without which there is no rank", unit="days", ge=2)


class IvRank(Analytic):
    """Rank and percentile of the newest daily volatility within a year, beside the vendor's rank.

    Rank is (x - min) / (max - min), percentile the share of days strictly below x; both 0 to 100.
    A single spike keeps ranks low for a year and does not touch percentiles.
    """

    name = "iv_rank"
    Params = IvRankParams
    reads = {"history": Key("raw:uw:iv_rank:{symbol}", 432_000, view=Rows)}
    writes = {"rank": Key("analytics:iv_rank:{symbol}", ttl=14_400)}
    trigger = (OnChange("history", at_most_every=60.0), Every(3600))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Both figures, null with their reason where days are too few."""
        days, (volatility, told) = inputs.history.by_day("volatility", "iv_rank_1y")
        known = np.flatnonzero((volatility > 0) & (volatility < quant.smile.MOST_VOL))
        found: dict[str, Any] = {
            "symbol": self.values["symbol"],
            "unit": "0 to 100; volatility a yearly fraction",
            "convention": "rank (x - min) / (max - min); percentile the share strictly below",
            "method": f"the newest of at most {self.params.days} daily volatilities",
            "newest": None,
            **dict.fromkeys(_FIGURES),
            "vendor_rank": None,
            "vendor_reason": None,
            "reason": None,
        }
        year = known[-self.params.days :]
        if len(year) < self.params.least:
            found["reason"] = f"{len(year)} days with a volatility, of {self.params.least} at least"
            return {"rank": found}, state
        past = volatility[year]
        newest = float(past[-1])
        rank = quant.ranks.rank(newest, past)
        theirs = number(float(told[year[-1]]))
        return {
            "rank": found
            | {
                "newest": days[year[-1]],
                "rank": rank,
                "percentile": quant.ranks.percentile(newest, past),
                "volatility": newest,
                "lowest": float(past.min()),
                "highest": float(past.max()),
                "days": len(year),
                "vendor_rank": theirs,
                "vendor_reason": None if theirs is not None else "the vendor gives none",
                "reason": "volatility never moved" if rank is None else None,
            }
        }, state

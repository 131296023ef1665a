"""Nasdaq's earnings calendar: text made for a page becomes figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, day, number, rows, transform

_TIMES = {"time-pre-market": "pre_market", "time-after-hours": "after_hours"}


@transform
def nasdaq_earnings(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """`rows` with EPS in USD a share (`($0.10)` is negative), market value in USD, `time` in words.

    Null is what was not supplied (`N/A`, `NA`, empty), as is `time` more often than not. Days to
    come carry last year's figures, days past the actual ones and the surprise in percent. A
    weekend has no rows.
    """
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, dict):
        raise ValueError("the body has no object 'data'")
    value = {"as_of": data.get("asOf"), "rows": [_company(row) for row in rows(data, "rows")]}
    return value, None


def _company(row: Mapping[str, Any]) -> dict[str, Any]:
    estimates = number(row.get("noOfEsts"))
    return {
        "symbol": row.get("symbol"),
        "name": row.get("name"),
        "time": _TIMES.get(str(row.get("time"))),
        "market_cap": number(row.get("marketCap")),
        "fiscal_quarter_ending": row.get("fiscalQuarterEnding") or None,
        "eps_forecast": number(row.get("epsForecast")),
        "estimates": None if estimates is None else int(estimates),
        "eps": number(row.get("eps")),
        "surprise_percent": number(row.get("surprise")),
        "last_year_eps": number(row.get("lastYearEPS")),
        "last_year_date": day(row.get("lastYearRptDt")),
    }

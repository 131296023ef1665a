"""FINRA's daily short volume: lines of a pipe-delimited file become figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, day, number, rows, transform


@transform
def finra_short_volume(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """`date` and `rows`: shares sold short, exempt and in all, and `short_ratio` (0 to 1).

    Off-exchange volume reported to FINRA only, with fractions of shares. Short volume is not
    short interest. Lines that are no row (the trailing count) are left out.
    """
    found = []
    dates = set()
    for row in rows(payload):
        total, on = number(row.get("TotalVolume")), day(row.get("Date"))
        if total is None or on is None or not row.get("Symbol"):
            continue
        short = number(row.get("ShortVolume"))
        dates.add(on)
        found.append(
            {
                "symbol": row["Symbol"],
                "short": short,
                "short_exempt": number(row.get("ShortExemptVolume")),
                "total": total,
                "short_ratio": short / total if short is not None and total > 0 else None,
                "markets": [name for name in str(row.get("Market") or "").split(",") if name],
            }
        )
    return {"date": max(dates, default=None), "rows": found}, None

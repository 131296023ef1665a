"""Unusual Whales spot exposures: the session's minutes become the latest totals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, moment, number, rows, transform

_GREEKS = ("gamma", "charm", "vanna")
_SOURCES = ("oi", "vol", "dir")


@transform
def parse_gex(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """The last minute: price, and gamma, charm and vanna in USD per 1 % move.

    Each Greek comes from open interest (`oi`), from the day's volume (`vol`) and by the taker's
    side (`dir`). `total_gamma` is the one from open interest. Every body holds the whole session,
    so nothing is remembered. There is no flip level here: see the feed gex_levels.
    """
    minutes = [row for row in rows(payload) if moment(row.get("time")) is not None]
    context = config["context"]
    if not minutes:
        return {"symbol": context.values.get("symbol"), "time": None, "minutes": 0}, None
    last = max(minutes, key=lambda row: moment(row["time"]) or 0.0)
    value: dict[str, Any] = {
        "symbol": last.get("ticker") or context.values.get("symbol"),
        "time": last["time"],
        "minutes": len(minutes),
        "price": number(last.get("price")),
    }
    for greek in _GREEKS:
        value[greek] = {
            source: number(last.get(f"{greek}_per_one_percent_move_{source}"))
            for source in _SOURCES
        }
    value["total_gamma"] = value["gamma"]["oi"]
    return value, None

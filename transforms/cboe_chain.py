"""Cboe's delayed chains: two clocks made one, and missing volatility told from none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, moment, number, option_symbol, rows, transform

_EASTERN = "America/New_York"


@transform
def cboe_chain(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """The chain in the shape that all chains share, with the underlying's quote.

    `written` is the body's own time (UTC, though it does not say so), `time` the underlying's
    last trade (Eastern, likewise), both in epoch seconds; quotes are 15 minutes late. Prices are
    in USD, `iv` and `iv30` fractions. An iv of zero means that none was computed, and is null.
    """
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, dict):
        raise ValueError("the body has no object 'data'")
    given = rows(data, "options")
    contracts = [contract for row in given if (contract := _contract(row)) is not None]
    iv30 = number(data.get("iv30"))
    value = {
        "symbol": str(data.get("symbol") or payload.get("symbol") or "").lstrip("_^"),
        "written": moment(payload.get("timestamp"), "UTC"),
        "time": moment(data.get("last_trade_time"), _EASTERN),
        "price": number(data.get("current_price")),
        "bid": number(data.get("bid")),
        "ask": number(data.get("ask")),
        "previous_close": number(data.get("prev_day_close")),
        "volume": number(data.get("volume")),
        "iv30": None if not iv30 else iv30 / 100,
        "rejected": len(given) - len(contracts),
        "contracts": contracts,
    }
    return value, None


def _contract(row: Mapping[str, Any]) -> dict[str, Any] | None:
    named = option_symbol(row.get("option"))
    if named is None:
        return None
    return {
        "option_symbol": named.compact,
        "underlying": named.underlying,
        "expiry": named.expiry,
        "strike": named.strike,
        "right": named.right,
        "bid": number(row.get("bid")),
        "ask": number(row.get("ask")),
        "bid_size": number(row.get("bid_size")),
        "ask_size": number(row.get("ask_size")),
        "last": number(row.get("last_trade_price")),
        "theo": number(row.get("theo")),
        "volume": number(row.get("volume")),
        "open_interest": number(row.get("open_interest")),
        "iv": number(row.get("iv")) or None,
        "delta": number(row.get("delta")),
        "gamma": number(row.get("gamma")),
        "theta": number(row.get("theta")),
        "vega": number(row.get("vega")),
        "rho": number(row.get("rho")),
        "time": moment(row.get("last_trade_time"), _EASTERN),
    }

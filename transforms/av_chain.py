"""Alpha Vantage option chains: everything is text there, and sample data looks like success."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, day, number, option_symbol, rows, transform


@transform
def av_chain(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """The chain in the shape that all chains share: `contracts`, one row each.

    Prices are in USD a share, `iv` is a fraction, `right` is C or P, null is what was not given.
    ValueError for the artificial chain (symbol XXYYZZ, expiration 2099-99-99) that plans without
    realtime options are sent with status 200. `rejected` counts single rows that name no contract
    or no day that exists.
    """
    message = payload.get("message") if isinstance(payload, dict) else None
    if message not in (None, "", "success"):
        raise ValueError(f"no chain but a message: {str(message)[:80]}")
    given = rows(payload)
    contracts = [contract for row in given if (contract := _contract(row)) is not None]
    if given and not contracts:
        raise ValueError("none of the rows is a contract; the vendor sent sample data")
    days = [contract["date"] for contract in contracts if contract["date"] is not None]
    value = {
        "symbol": config["context"].values.get("symbol"),
        "date": max(days, default=None),
        "rejected": len(given) - len(contracts),
        "contracts": contracts,
    }
    return value, None


def _contract(row: Mapping[str, Any]) -> dict[str, Any] | None:
    named = option_symbol(row.get("contractID"))
    expiry, strike = day(row.get("expiration")), number(row.get("strike"))
    if named is None or expiry is None or strike is None:
        return None
    return {
        "option_symbol": named.compact,
        "underlying": named.underlying,
        "expiry": expiry,
        "strike": strike,
        "right": named.right,
        "bid": number(row.get("bid")),
        "ask": number(row.get("ask")),
        "bid_size": number(row.get("bid_size")),
        "ask_size": number(row.get("ask_size")),
        "last": number(row.get("last")),
        "mark": number(row.get("mark")),
        "volume": number(row.get("volume")),
        "open_interest": number(row.get("open_interest")),
        "iv": number(row.get("implied_volatility")),
        "delta": number(row.get("delta")),
        "gamma": number(row.get("gamma")),
        "theta": number(row.get("theta")),
        "vega": number(row.get("vega")),
        "rho": number(row.get("rho")),
        "date": day(row.get("date")),
    }

"""Unusual Whales option chains: decimal strings become one typed row for each contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, day, moment, number, option_symbol, transform


@transform
def uw_chain(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """The chain in the shape that all chains share: `contracts`, one row each.

    Prices are in USD a share, `iv` is a fraction, `right` is C or P, times are epoch seconds, and
    null is what the vendor did not give. Asked without `greeks=true` the vendor lists names only:
    then a row holds what the name says. `rejected` counts rows that name no contract.
    """
    found = payload.get("data") if isinstance(payload, dict) else payload
    if not isinstance(found, list):
        raise ValueError("the body has no list 'data'")
    contracts = [contract for item in found if (contract := _contract(item)) is not None]
    times = [contract["time"] for contract in contracts if contract["time"] is not None]
    value = {
        "symbol": config["context"].values.get("symbol"),
        "time": max(times, default=None),
        "rejected": len(found) - len(contracts),
        "contracts": contracts,
    }
    return value, None


def _contract(item: Any) -> dict[str, Any] | None:
    row = {"option_symbol": item} if isinstance(item, str) else item
    if not isinstance(row, dict):
        return None
    named = option_symbol(row.get("option_symbol"))
    if named is None:
        return None
    strike = number(row.get("strike"))
    return {
        "option_symbol": named.compact,
        "underlying": named.underlying,
        "expiry": day(row.get("expires")) or named.expiry,
        "strike": named.strike if strike is None else strike,
        "right": named.right,
        "bid": number(row.get("nbbo_bid")),
        "ask": number(row.get("nbbo_ask")),
        "volume": number(row.get("volume")),
        "open_interest": number(row.get("open_interest")),
        "iv": number(row.get("implied_volatility")),
        "delta": number(row.get("delta")),
        "gamma": number(row.get("gamma")),
        "theta": number(row.get("theta")),
        "vega": number(row.get("vega")),
        "rho": number(row.get("rho")),
        "time": moment(row.get("last_tape_time")),
    }

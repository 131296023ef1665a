"""Trades of members of Congress: ranges become bounds, and each filing gets a key of its own."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from quanticity.api import State, day, number, rows, transform

_MONEY = re.compile(r"\$ *([0-9][0-9,]*(?:\.[0-9]+)?)")


@transform
def congress_trades(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """The vendor's rows with `amount_low` and `amount_high` in USD, `side`, `partial` and `key`.

    A range without an upper bound (`Over $50,000,000`) has a null `amount_high`. `lag_days` is
    how long after the trade it was filed: days to weeks, so it says nothing about now. `key` is
    a hash of the row, which has no id. `issuer` is who traded (spouse, joint), not the company.
    """
    return {"rows": [_trade(row) for row in rows(payload)]}, None


def _trade(row: Mapping[str, Any]) -> dict[str, Any]:
    low, high = _range(str(row.get("amounts") or ""))
    kind = str(row.get("txn_type") or "").lower()
    traded, filed = day(row.get("transaction_date")), day(row.get("filed_at_date"))
    return {
        **row,
        "key": _key(row),
        "side": _side(kind),
        "partial": "partial" in kind,
        "amount_low": low,
        "amount_high": high,
        "lag_days": _days(traded, filed) if traded and filed else None,
    }


def _range(text: str) -> tuple[float | None, float | None]:
    bounds = [number(found) for found in _MONEY.findall(text)]
    if not bounds:
        return None, None
    words = text.lower()
    if len(bounds) > 1:
        return bounds[0], bounds[1]
    if "under" in words or "less" in words:
        return 0.0, bounds[0]
    if "over" in words or "more" in words or "+" in words:
        return bounds[0], None
    return bounds[0], bounds[0]


def _side(kind: str) -> str | None:
    if kind.startswith(("buy", "purchase")):
        return "buy"
    if kind.startswith(("sell", "sale")):
        return "sell"
    return "exchange" if kind.startswith("exchange") else None


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _key(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

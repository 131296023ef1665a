"""The filters of flow alerts: the parameters, and what each lets through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from quanticity.sim.vendors.vendor import Param

Row = dict[str, Any]


def _dte(row: Row) -> int:
    made = date.fromisoformat(row["created_at"][:10])
    return (date.fromisoformat(row["expiry"]) - made).days


def _days_to_earnings(row: Row) -> float:
    """Days from expiry to the next report; no number at all where none is known."""
    reports = row["next_earnings_date"]
    if reports is None:
        return float("nan")
    return (date.fromisoformat(reports) - date.fromisoformat(row["expiry"])).days


def _bullish(row: Row) -> float:
    asked = float(row["total_ask_side_prem"]) / float(row["total_premium"])
    return asked if row["type"] == "call" else 1 - asked


YES = (
    "all_opening",
    "is_floor",
    "is_sweep",
    "is_call",
    "is_put",
    "is_ask_side",
    "is_bid_side",
)
MAYBE = ("unusual", "is_otm", "is_multi_leg", "size_greater_oi", "vol_greater_oi")
_RANGES: Mapping[str, Callable[[Row], float]] = {
    "premium": lambda row: float(row["total_premium"]),
    "size": lambda row: row["total_size"],
    "volume": lambda row: row["volume"],
    "open_interest": lambda row: row["open_interest"],
    "volume_oi_ratio": lambda row: float(row["volume_oi_ratio"]),
    "dte": _dte,
    "ask_perc": lambda row: float(row["total_ask_side_prem"]) / float(row["total_premium"]),
    "bid_perc": lambda row: float(row["total_bid_side_prem"]) / float(row["total_premium"]),
    "bull_perc": _bullish,
    "bear_perc": lambda row: 1 - _bullish(row),
    "skew": lambda row: max(_bullish(row), 1 - _bullish(row)),
    "price": lambda row: float(row["price"]),
    "iv_change": lambda row: float(row["iv_end"]) - float(row["iv_start"]),
    "size_vol_ratio": lambda row: row["total_size"] / max(1, row["volume"]),
    "spread": lambda row: 1 - float(row["bid"]) / float(row["ask"]),
    "marketcap": lambda row: float(row["marketcap"] or 0),
    "diff": lambda row: float(row["strike"]) / float(row["underlying_price"]) - 1,
    "days_between_expiry_and_earnings": _days_to_earnings,
}
_WHOLE = ("premium", "size", "volume", "open_interest", "dte", "days_between_expiry_and_earnings")
_UP_TO_ONE = ("ask_perc", "bid_perc", "bull_perc", "bear_perc", "skew")
_ANY_SIGN = ("iv_change", "diff", "days_between_expiry_and_earnings")


def ranges() -> Iterator[Param]:
    """The parameters `min_...` and `max_...`."""
    for name in _RANGES:
        for end in ("min", "max"):
            yield Param(
                f"{end}_{name}",
                "int" if name in _WHOLE else "number",
                minimum=None if name in _ANY_SIGN else 0,
                maximum=1 if name in _UP_TO_ONE else None,
            )


def passes(row: Row, values: Mapping[str, Any]) -> bool:
    """Whether an alert passes every filter of a request."""
    return _of_the_kind(row, values) and _said_so(row, values) and _within(row, values)


def _of_the_kind(row: Row, values: Mapping[str, Any]) -> bool:
    wanted = [word.strip().upper() for word in (values["ticker_symbol"] or "").split(",") if word]
    without = {word[1:] for word in wanted if word.startswith("-")}
    only = {word for word in wanted if not word.startswith("-")}
    ticker = row["ticker"]
    if ticker in without or (only and ticker not in only):
        return False
    rules, issues = values["rule_name[]"], values["issue_types[]"]
    if (rules and row["alert_rule"] not in rules) or (issues and row["issue_type"] not in issues):
        return False
    asked = float(row["total_ask_side_prem"]) * 2 >= float(row["total_premium"])
    kinds = {
        "is_call": row["type"] == "call",
        "is_put": row["type"] == "put",
        "is_ask_side": asked,
        "is_bid_side": not asked,
        "is_sweep": row["has_sweep"],
        "is_floor": row["has_floor"],
        "all_opening": row["all_opening_trades"],
    }
    return not any(is_it and not values[name] for name, is_it in kinds.items())


def _said_so(row: Row, values: Mapping[str, Any]) -> bool:
    above = float(row["strike"]) > float(row["underlying_price"])
    truth = {
        "is_otm": above == (row["type"] == "call"),
        "is_multi_leg": row["has_multileg"],
        "size_greater_oi": row["total_size"] > row["open_interest"],
        "vol_greater_oi": row["volume"] > row["open_interest"],
        "unusual": row["volume"] > row["open_interest"],
    }
    return all(values[name] in (None, is_it) for name, is_it in truth.items())


def _within(row: Row, values: Mapping[str, Any]) -> bool:
    for name, figure in _RANGES.items():
        low, high = values[f"min_{name}"], values[f"max_{name}"]
        if low is None and high is None:
            continue
        value = figure(row)
        if not (low is None or value >= low) or not (high is None or value <= high):
            return False
    return True

"""Unusual Whales net premium ticks: increments of each minute become running totals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from quanticity.api import State, moment, rows, transform

_FIELDS = (
    "net_call_premium",
    "net_put_premium",
    "net_delta",
    "net_call_volume",
    "net_put_volume",
    "call_volume",
    "put_volume",
    "call_volume_ask_side",
    "call_volume_bid_side",
    "put_volume_ask_side",
    "put_volume_bid_side",
)


@transform
def cumulate_ticks(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """Totals since the start of the session, and the same minute by minute, oldest first.

    Premiums are in USD, ask side less bid side; `net_premium` is calls less puts, and `direction`
    its sign in words. A minute that comes twice counts once, in its later form. Every body holds
    the whole session, so nothing is remembered, and no restart or lost poll makes it wrong.
    """
    minutes: dict[float, dict[str, Any]] = {}
    for row in rows(payload):
        at = moment(row.get("tape_time"))
        if at is not None:
            minutes[at] = row
    totals = {name: Decimal(0) for name in _FIELDS}
    series = []
    for at, row in sorted(minutes.items()):
        for name in _FIELDS:
            totals[name] += _decimal(row.get(name))
        series.append({"time": at, **_figures(totals)})
    last = series[-1] if series else {"time": None, **_figures(totals)}
    net = totals["net_call_premium"] - totals["net_put_premium"]
    value = {
        "symbol": config["context"].values.get("symbol"),
        **last,
        "direction": "bullish" if net > 0 else "bearish" if net < 0 else "neutral",
        "rows": series,
    }
    return value, None


def _figures(totals: Mapping[str, Decimal]) -> dict[str, float]:
    figures = {name: float(total) for name, total in totals.items()}
    figures["net_premium"] = float(totals["net_call_premium"] - totals["net_put_premium"])
    return figures


def _decimal(given: Any) -> Decimal:
    """Decimals add up exactly, whatever their order; what is missing adds nothing."""
    try:
        figure = Decimal(str(given))
    except InvalidOperation:
        return Decimal(0)
    return figure if figure.is_finite() else Decimal(0)

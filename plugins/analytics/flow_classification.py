"""Whose option orders trade, and whether they open positions, as far as prints can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    field,
    moment,
    number,
    quant,
)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Row = Mapping[str, Any]

_WHO = ("institutional", "retail", "unclear")
_HOW = ("opening", "opening_likely", "closing_possible", "unclear")
_MOST = 1e12
_NEWEST = 5


class FlowClassificationParams(Spec):
    """What counts as large, and as sold."""

    sweep: float = field(1e6, help="premium from which a sweep is large", unit="USD", gt=0)
    sold: float = field(
        0.6, help="share of the bid side from which the taker sold", gt=0.5, le=1, example=0.6
    )


class FlowClassification(Analytic):
    """The flow alerts of one symbol by who seems to trade and whether it opens; large sweeps.

    The alerts are the newest of all symbols, so `since` says how far back they go. They are what
    the vendor finds unusual: no picture of all flow. Net is the vendor's own reading: calls at
    the ask and puts at the bid are bullish, calls at the bid and puts at the ask bearish.
    """

    name = "flow_classification"
    Params = FlowClassificationParams
    reads = {"alerts": Key("raw:uw:flow_alerts", 900, view=Rows)}
    writes = {"flow": Key("analytics:flow_classification:{symbol}", ttl=900)}
    trigger = OnChange("alerts", at_most_every=30.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Premium and net of each class."""
        symbol = self.values["symbol"]
        mine = {
            str(row.get("id") or at): row
            for at, row in enumerate(inputs.alerts)
            if str(row.get("ticker") or "").upper() == symbol
        }
        rows = [row for row in mine.values() if _is_whole(row)]
        times = [at for row in inputs.alerts if (at := moment(row.get("created_at"))) is not None]
        flow = {
            "symbol": symbol,
            **self._classes(rows),
            "n": len(rows),
            "left_out": len(mine) - len(rows),
            "since": min(times, default=None),
            "unit": "USD of premium; score in standard deviations",
            "convention": "calls at the ask and puts at the bid count +, the others -",
            "method": "size of the order; open interest of this morning",
            "reason": None if rows else f"no alert on {symbol} among the newest {len(times)}",
        }
        return {"flow": flow}, state

    def _classes(self, rows: Sequence[Row]) -> dict[str, Any]:
        sizes, trades = _numbers(rows, "total_size"), _numbers(rows, "trade_count")
        premium, net = _numbers(rows, "total_premium"), _net(rows)
        sweeps = _flags(rows, "has_sweep")
        orders = quant.option_orders.order_sizes(sizes, np.nan_to_num(trades, nan=1.0), sweeps)
        who = quant.option_orders.by_size(
            orders,
            premium * orders / sizes,
            sweeps,
            _flags(rows, "has_floor"),
            _flags(rows, "has_multileg"),
        )
        volumes, open_before = _numbers(rows, "volume"), _numbers(rows, "open_interest")
        open_before[open_before < 0] = np.nan
        how = quant.option_orders.by_opening(
            orders,
            volumes,
            open_before,
            _flags(rows, "all_opening_trades"),
            _numbers(rows, "total_bid_side_prem") >= self.params.sold * premium,
        )
        least = _least_opened(rows, volumes, open_before)
        return {
            "who": {name: _class(premium, net, who == name) for name in _WHO},
            "how": {name: _class(premium, net, how == name) for name in _HOW},
            "all": _class(premium, net, np.ones(len(rows), dtype=bool)),
            "least_opened": least,
            "least_opened_reason": "no alert with volume and open interest"
            if least is None
            else None,
            "large_sweeps": self._large(rows, premium, net, sweeps),
        }

    def _large(
        self, rows: Sequence[Row], premium: Floats, net: Floats, sweeps: Bools
    ) -> dict[str, Any]:
        chosen = sweeps & (premium >= self.params.sweep)
        newest = sorted(
            (rows[at] for at in np.flatnonzero(chosen).tolist()),
            key=lambda row: moment(row.get("created_at")) or 0.0,
        )[-_NEWEST:]
        return {
            "limit": self.params.sweep,
            **_class(premium, net, chosen),
            "newest": [
                {
                    "option": str(row.get("option_chain")),
                    "premium": number(row.get("total_premium")),
                    "at": moment(row.get("created_at")),
                }
                for row in newest
            ],
        }


def _is_whole(row: Row) -> bool:
    size, premium = number(row.get("total_size")), number(row.get("total_premium"))
    asked, bid = number(row.get("total_ask_side_prem")), number(row.get("total_bid_side_prem"))
    if size is None or premium is None or asked is None or bid is None:
        return False
    fits = 0 < size < _MOST and 0 < premium < _MOST and 0 <= asked < _MOST and 0 <= bid < _MOST
    return fits and row.get("type") in ("call", "put")


def _net(rows: Sequence[Row]) -> Floats:
    side = np.array([1.0 if row["type"] == "call" else -1.0 for row in rows])
    taken = _numbers(rows, "total_ask_side_prem") - _numbers(rows, "total_bid_side_prem")
    found: Floats = side * taken
    return found


def _class(premium: Floats, net: Floats, chosen: Bools) -> dict[str, Any]:
    signed = net[chosen]
    score = quant.evidence.score(signed)
    return {
        "n": int(chosen.sum()),
        "premium": float(premium[chosen].sum()),
        "net": float(signed.sum()),
        # Nothing traded leans nowhere.
        "balance": quant.evidence.balance(signed),
        "score": score,
        "reason": f"of {len(signed)} alerts none leans either way" if score is None else None,
    }


def _least_opened(rows: Sequence[Row], volumes: Floats, open_before: Floats) -> float | None:
    """Contracts, over all options that had an alert: of each the latest count of the day."""
    found: dict[str, float] = {}
    least = quant.option_orders.least_opened(volumes, open_before)
    for row, contracts in zip(rows, least.tolist(), strict=True):
        if contracts == contracts:  # noqa: PLR0124 NaN is not itself
            name = str(row.get("option_chain"))
            found[name] = max(found.get(name, 0.0), contracts)
    return sum(found.values()) if found else None


def _numbers(rows: Sequence[Row], name: str) -> Floats:
    return np.array([number(row.get(name)) for row in rows], dtype=np.float64)


def _flags(rows: Sequence[Row], name: str) -> Bools:
    return np.array([row.get(name) is True for row in rows], dtype=np.bool_)

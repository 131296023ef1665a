"""What members of Congress have filed on a symbol: ranges, and late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    OnChange,
    Spec,
    Value,
    day,
    eastern,
    field,
    number,
    quant,
)

_MOST = 1e12


class CongressFilingsParams(Spec):
    """Which filings count, and how much."""

    days: int = field(
        90, help="how many days ago a trade may have been", unit="days", ge=1, example=90
    )
    half_life: float = field(
        30.0, help="days after which a trade counts half in the score", unit="days", gt=0
    )


class Trade(NamedTuple):
    """One trade. `high` (USD) is NaN where the range has no upper bound."""

    person: str
    bought: bool
    low: float
    high: float
    ago: int
    traded: str
    filed: str


class CongressFilings(Analytic):
    """Purchases and sales of the last months, net of each other, as bounds and as a score.

    A filing comes up to 45 days after the trade (STOCK Act of 2012, section 6) and gives a range
    instead of an amount: `net` is from the least to the most that the ranges allow, and
    `direction` is named only where both ends agree. Funds and indexes are hardly ever filed.
    Nothing filed is not "nobody opposed": `direction` is then null, with its reason.
    """

    name = "congress_filings"
    Params = CongressFilingsParams
    reads = {"trades": Key("feed:uw:congress", 7200, view=Value)}
    writes = {"congress": Key("analytics:congress:{symbol}", ttl=14_400)}
    trigger = OnChange("trades")

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The filings of this symbol."""
        today = eastern(now).date()
        mine = [
            row
            for row in _rows(inputs.trades.data)
            if str(row.get("ticker") or "").upper() == self.values["symbol"]
        ]
        told = {str(row.get("key") or number_): row for number_, row in enumerate(mine)}
        read = [_trade(row, today) for row in told.values()]
        trades = [one for one in read if one is not None and one.ago <= self.params.days]
        congress = {
            "symbol": self.values["symbol"],
            **self._figures(trades),
            "n": len(trades),
            "days": self.params.days,
            "left_out": {
                "repeated": len(mine) - len(told),
                "unreadable": sum(one is None for one in read),
                "too old": sum(one is not None for one in read) - len(trades),
            },
            "newest_trade": max((one.traded for one in trades), default=None),
            "newest_filing": max((one.filed for one in trades), default=None),
            "lag_days": _lag(trades),
            "unit": "USD; score in standard deviations",
            "convention": "purchases count +, sales -",
            "method": "ranges as bounds; score of each member's net, middle of the range, aged",
            "reason": None if trades else self._none(),
        }
        return {"congress": congress}, state

    def _figures(self, trades: Sequence[Trade]) -> dict[str, Any]:
        nothing = {"least": None, "most": None}
        if not trades:
            return {"net": nothing, "score": None, "direction": None} | _sides(trades)
        bought = np.array([one.bought for one in trades])
        low, high = np.array([one.low for one in trades]), np.array([one.high for one in trades])
        least, most = quant.filings.net_range(bought, low, high)
        weights = quant.filings.aged(
            np.array([float(one.ago) for one in trades]), self.params.half_life
        )
        signed = np.where(bought, 1.0, -1.0) * quant.filings.middle(low, high) * weights
        people = quant.filings.by_person([one.person for one in trades], signed)
        return {
            "net": {"least": least, "most": most},
            "score": quant.evidence.score(people),
            "direction": _direction(least, most),
            **_sides(trades),
        }

    def _none(self) -> str:
        symbol, days = self.values["symbol"], self.params.days
        return (
            f"no filing on {symbol} in {days} days, as is usual for funds and indexes; "
            "that is not to say that nobody is against it"
        )


def _rows(body: Any) -> Iterator[Mapping[str, Any]]:
    rows = body.get("rows") if isinstance(body, Mapping) else None
    if isinstance(rows, Sequence) and not isinstance(rows, str):
        yield from (row for row in rows if isinstance(row, Mapping))


def _trade(row: Mapping[str, Any], today: date) -> Trade | None:
    traded, filed = day(row.get("transaction_date")), day(row.get("filed_at_date"))
    low, high = number(row.get("amount_low")), number(row.get("amount_high"))
    side = row.get("side")
    if traded is None or low is None or side not in ("buy", "sell"):
        return None
    ago = (today - date.fromisoformat(traded)).days
    if ago < 0 or not 0 <= low <= _MOST or (high is not None and not low <= high <= _MOST):
        return None
    top = float("nan") if high is None else high
    return Trade(str(row.get("name")), side == "buy", low, top, ago, traded, filed or traded)


def _sides(trades: Sequence[Trade]) -> dict[str, Any]:
    return {
        name: {
            "least": sum(one.low for one in side) if trades else None,
            "n": len(side),
            "people": len({one.person for one in side}),
        }
        for name, side in (
            ("bought", [one for one in trades if one.bought]),
            ("sold", [one for one in trades if not one.bought]),
        )
    }


def _direction(least: float | None, most: float | None) -> str:
    if least is not None and least > 0:
        return "buy"
    return "sell" if most is not None and most < 0 else "unclear"


def _lag(trades: Sequence[Trade]) -> float | None:
    """Median days from trade to filing."""
    lags = [(date.fromisoformat(one.filed) - date.fromisoformat(one.traded)).days for one in trades]
    return float(np.median(lags)) if lags else None

"""What the whole portfolio gains and loses by: its Greeks, summed over positions."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import (
    Analytic,
    Chain,
    Every,
    Inputs,
    Key,
    Kind,
    OnChange,
    Spec,
    Value,
    day,
    field,
    number,
    trading,
)

_DAY = 86_400.0
_UNREADABLE = "the positions cannot be read"
_GREEKS = ("delta", "gamma", "theta", "vega")
_UNITS = {
    "delta": "shares",
    "gamma": "shares per $1",
    "theta": "USD a day",
    "vega": "USD per volatility point",
    "delta_usd": "USD",
    "gamma_usd": "USD of delta per 1% move",
}


class PortfolioGreeksParams(Spec):
    """Where positions' Greeks are looked up, and how much of each is too much."""

    symbols: tuple[str, ...] = field(
        ("SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"),
        help="underlyings whose chains are read",
        example=["SPX", "SPY"],
        min_length=1,
    )
    delta: float = field(2000.0, help="the most delta, either way", unit="shares", gt=0)
    gamma: float = field(500.0, help="the most gamma, either way", unit="shares per $1", gt=0)
    theta: float = field(
        400.0, help="the most that a day may cost; what it earns is unbounded", unit="USD", gt=0
    )
    vega: float | None = field(
        None, help="the most vega, either way; unbounded by default", unit="USD per point", gt=0
    )


class Over(msgspec.Struct):
    """The limits that are exceeded."""

    up: list[str] = msgspec.field(default_factory=list)


class PortfolioGreeks(Analytic):
    """Runs when positions change, and every half minute, for Greeks change under them.

    A sum is null while a position lacks the figure: what is left of it would look safer than what
    is held. `known` has the sum of the rest. No positions are no Greeks, and that is a real zero;
    positions that nobody tells of are waited for.
    """

    name = "portfolio_greeks"
    Params = PortfolioGreeksParams
    State = Over
    reads = {
        "positions": trading.POSITIONS,
        "alpha_vantage": Key(
            "raw:av:options:{symbol}", 60, view=Chain, optional=True, over="symbols"
        ),
        "unusual_whales": Key(
            "raw:uw:chains:{symbol}", 300, view=Chain, optional=True, over="symbols"
        ),
    }
    writes = {
        "greeks": Key("analytics:portfolio_greeks", ttl=120),
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * _DAY, cap=5000),
    }
    trigger = (OnChange("positions"), Every(30))

    def compute(self, inputs: Inputs, state: Over, now: float) -> tuple[Mapping[str, Any], Over]:
        """Sums, each position, and an event for each limit that was passed or kept again."""
        given = _positions(inputs.positions)
        if given is None:
            return {"greeks": _told([], _UNREADABLE, self._limits(), state.up)}, state
        rows = [self._row(one, inputs, now) for one in given]
        lacking = [f"{row['position']}: {row['reason']}" for row in rows if row["reason"]]
        told = _told(rows, "; ".join(lacking) or None, self._limits(), state.up)
        alerts = [_alert(name, "anomaly", told) for name in told["over"] if name not in state.up]
        over = [name for name in state.up if name not in told["over"]]
        alerts += [_alert(name, "recovered", told) for name in over]
        return {"greeks": told, "alerts": alerts}, Over(told["over"])

    def _limits(self) -> dict[str, float | None]:
        params = self.params
        return {name: getattr(params, name) for name in _GREEKS}

    def _row(self, position: Any, inputs: Inputs, now: float) -> dict[str, Any]:
        """One position: its figures as held, or why there are none."""
        row: dict[str, Any] = {
            "position": _name(position),
            "contract": None,
            **dict.fromkeys(_UNITS),
            "reason": None,
        }
        held = _held(position)
        if held is None:
            return row | {"reason": "it cannot be read"}
        symbol, quantity, strike, expiry, right, multiplier = held
        given = (inputs.alpha_vantage.get(symbol), inputs.unusual_whales.get(symbol))
        chain = Chain.first(*given)
        spot = None if chain is None else chain.price(now)[0]
        if not right:
            per_share = {"delta": 1.0, "gamma": 0.0, "theta": 0.0, "vega": 0.0}
            multiplier = 1.0
        else:
            if chain is None:
                return row | {"reason": f"no fresh option chain of {symbol}"}
            found = _contract(given, strike, expiry, right)
            if found is None:
                return row | {"reason": "its contract is not in the chain"}
            chain, at = found
            if chain.expires[at] <= now:
                return row | {"reason": "its contract has expired"}
            row["contract"] = chain.symbols[at]
            per_share = {name: float(getattr(chain, name)[at]) for name in _GREEKS}
        absent = [name for name, value in per_share.items() if not np.isfinite(value)]
        scale = quantity * multiplier
        row |= {name: per_share[name] * scale for name in _GREEKS if name not in absent}
        if spot is not None and not absent:
            row["delta_usd"] = row["delta"] * spot
            row["gamma_usd"] = row["gamma"] * spot * spot * 0.01
        reason = f"the chain has no {', '.join(absent)} of it" if absent else None
        if spot is None:
            reason = reason or f"no price of {symbol}: its dollars are not known"
        return row | {"quantity": quantity, "multiplier": multiplier, "reason": reason}


def _contract(
    chains: Iterable[Chain | None], strike: float | None, expiry: str, right: str
) -> tuple[Chain, int] | None:
    """The first chain that has the contract, for one may not reach so far, and where in it."""
    for chain in chains:
        if chain is None:
            continue
        which = np.flatnonzero(
            (chain.strike == strike)
            & (chain.is_call == (right == "C"))
            & (chain.expiry == np.datetime64(expiry))
            & ~chain.adjusted
        )
        if len(which):
            # Of an index two may end that day, in the morning and at the close: no position says
            # which, and the later one is what is traded by the day.
            return chain, int(which[np.argmax(chain.expires[which])])
    return None


def _positions(value: Value) -> list[Any] | None:
    data = value.data
    listed = data.get("positions") if isinstance(data, Mapping) else None
    return list(listed) if isinstance(listed, tuple) else None


Held = tuple[str, float, float | None, str, str, float]


def _held(position: Any) -> Held | None:
    """Symbol, quantity, strike, expiry, right, multiplier; None where it is no position."""
    one = position.get("instrument") if isinstance(position, Mapping) else None
    quantity = number(position.get("quantity")) if isinstance(position, Mapping) else None
    if not isinstance(one, Mapping) or quantity is None or not isinstance(one.get("symbol"), str):
        return None
    right, strike = one.get("right") or "", number(one.get("strike"))
    expiry, multiplier = day(one.get("expiry")), number(one.get("multiplier", 100))
    if right not in ("", "C", "P") or multiplier is None or multiplier <= 0:
        return None
    if right and (strike is None or expiry is None):
        return None
    return one["symbol"], quantity, strike, expiry or "", right, multiplier


def _name(position: Any) -> str:
    """`SPY 2026-01-16 500 C`, as people say it."""
    one = position.get("instrument") if isinstance(position, Mapping) else None
    if not isinstance(one, Mapping):
        return "a position without an instrument"
    parts = (one.get(name) for name in ("symbol", "expiry", "strike", "right"))
    return " ".join(str(part) for part in parts if part not in (None, ""))


def _told(
    rows: list[dict[str, Any]],
    reason: str | None,
    limits: Mapping[str, float | None],
    before: list[str],
) -> dict[str, Any]:
    known = {name: sum(row[name] for row in rows if row[name] is not None) * 1.0 for name in _UNITS}
    readable = reason != _UNREADABLE
    complete = {
        name: value if readable and all(row[name] is not None for row in rows) else None
        for name, value in known.items()
    }
    over = [name for name, limit in limits.items() if _is_over(name, complete[name], limit)]
    # What cannot be summed up any more is not over.
    over += [name for name in before if complete[name] is None]
    return {
        **complete,
        "known": known,
        "positions": rows,
        "over": over,
        "limits": dict(limits),
        "unit": _UNITS,
        "convention": "as held: long above 0; theta is what a day earns",
        "method": "the vendor's Greeks, each times quantity and multiplier",
        "reason": reason,
    }


def _is_over(name: str, value: float | None, limit: float | None) -> bool:
    if value is None or limit is None:
        return False
    # Theta may earn as much as it likes.
    return -value > limit if name == "theta" else abs(value) > limit


def _alert(name: str, kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
    said = f"portfolio {name} is {told[name]:,.6g} {_UNITS[name]}, limit {told['limits'][name]:,g}"
    if kind == "recovered":
        said = f"portfolio {name} is within its limit again"
    return {"kind": kind, "component": "portfolio_greeks", "message": said, "flag": name}

"""Option trades of a symbol by who seems to trade and whether it opens, added up by session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from quanticity.api import Analytic, Inputs, Key, Kind, OnChange, Rows, eastern, quant

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_WHO = ("institutional", "retail", "small", "unclear")
_HOW = ("opening", "opening_likely", "closing_possible", "unclear")
_MOST = 1e12


class Sums(msgspec.Struct):
    """Of a class: trades, USD of premium, net of it, and squares of each trade's."""

    n: int = 0
    premium: float = 0.0
    net: float = 0.0
    squares: float = 0.0


class Session(msgspec.Struct):
    """Today so far, by class. `delta` is in shares, `since` and `until` in epoch seconds.

    `with_delta` trades said what their option's delta is.
    """

    day: str = ""
    who: dict[str, Sums] = msgspec.field(default_factory=dict)
    how: dict[str, Sums] = msgspec.field(default_factory=dict)
    delta: float = 0.0
    with_delta: int = 0
    unsigned: int = 0
    left_out: int = 0
    since: float | None = None
    until: float | None = None


class OptionTrades(Analytic):
    """Classes of trades as they stream in, which `flow_classification` has of alerts only.

    A trade above the middle of its quote was bought, below it sold; at it, it counts for no side.
    Bought calls and sold puts are bullish. Retail is what came through a price-improvement
    auction. The stream needs the dearer plan, and is on for symbols with options of every day.
    """

    name = "option_trades"
    State = Session
    reads = {
        "trades": Key("raw:uw:stream:option_trades:{symbol}", kind=Kind.EVENTS, view=Rows),
    }
    writes = {"trades": Key("analytics:option_trades:{symbol}", ttl=300)}
    trigger = OnChange("trades", at_most_every=15.0)

    def compute(
        self, inputs: Inputs, state: Session, now: float
    ) -> tuple[Mapping[str, Any], Session]:
        """The session's classes so far, with the new trades in them."""
        day = eastern(now).date().isoformat()
        state = _copy(state) if state.day == day else Session(day=day)
        _add(state, inputs.trades, now)
        n = sum(sums.n for sums in state.who.values())
        trades = {
            "symbol": self.values["symbol"],
            "who": {name: _told(state.who.get(name, Sums())) for name in _WHO},
            "how": {name: _told(state.how.get(name, Sums())) for name in _HOW},
            "net_delta": state.delta if state.with_delta else None,
            "net_delta_reason": None if state.with_delta else "no trade with a delta",
            "without_delta": n - state.with_delta,
            "n": n,
            "unsigned": state.unsigned,
            "left_out": state.left_out,
            "since": state.since,
            "until": state.until,
            "unit": "USD of premium; net_delta in shares; score in standard deviations",
            "convention": "bought calls and sold puts count +, the others -",
            "method": "quote rule; auction code, size, and open interest of this morning",
            "reason": None if n else "no trade in this session yet",
        }
        return {"trades": trades}, state


def _copy(state: Session) -> Session:
    return msgspec.convert(msgspec.to_builtins(state), Session)


def _add(state: Session, rows: Rows, now: float) -> None:
    size, premium, price = (rows.numbers(name) for name in ("size", "premium", "price"))
    times = rows.moments("executed_at")
    rights, codes = rows.texts("option_type"), rows.texts("trade_code")
    calls = np.array([right == "call" for right in rights], dtype=np.bool_)
    known = np.array([right in ("call", "put") for right in rights], dtype=np.bool_)
    void = [str(code).lower() in quant.option_orders.CANCELLED for code in codes]
    today = np.array([_is_of(state.day, at) for at in times.tolist()], dtype=np.bool_)
    sane = (size > 0) & (premium > 0) & (price > 0) & (size < _MOST) & (premium < _MOST)
    kept = sane & known & today & (times <= now + 60) & ~np.array(void, dtype=np.bool_)
    state.left_out += rows.given - int(kept.sum())
    if not kept.any():
        return
    bought = _bought(price, rows.numbers("nbbo_bid"), rows.numbers("nbbo_ask"))
    side = bought * np.where(calls, 1.0, -1.0)
    given = rows.numbers("open_interest")
    open_before: Floats = np.where(given >= 0, given, np.nan)
    who = quant.option_orders.by_code(size, premium, [str(code) for code in codes])
    flagged = np.zeros(len(size), dtype=np.bool_)
    how = quant.option_orders.by_opening(
        size, rows.numbers("volume"), open_before, flagged, bought < 0
    )
    for name in _WHO:
        _sum(state.who, name, premium, side, kept & (who == name))
    for name in _HOW:
        _sum(state.how, name, premium, side, kept & (how == name))
    delta = rows.numbers("delta")
    sure = kept & (np.abs(delta) <= 1)
    state.with_delta += int(sure.sum())
    state.delta += float(np.sum((bought * delta * size * 100)[sure]))
    state.unsigned += int((kept & (bought == 0)).sum())
    first, last = float(times[kept].min()), float(times[kept].max())
    state.since = first if state.since is None else min(state.since, first)
    state.until = last if state.until is None else max(state.until, last)


def _is_of(day: str, at: float) -> bool:
    return bool(np.isfinite(at)) and eastern(at).date().isoformat() == day


def _bought(price: Floats, bid: Floats, ask: Floats) -> Floats:
    """1 bought, -1 sold, 0 where the quote does not tell."""
    quoted = (bid >= 0) & (ask > 0) & (ask >= bid)
    middle = (bid + ask) / 2
    found: Floats = np.where(quoted, np.sign(price - np.where(quoted, middle, price)), 0.0)
    return found


def _sum(classes: dict[str, Sums], name: str, premium: Floats, side: Floats, of: Bools) -> None:
    if not of.any():
        return
    sums = classes.setdefault(name, Sums())
    signed = (side * premium)[of]
    sums.n += int(of.sum())
    sums.premium += float(premium[of].sum())
    sums.net += float(signed.sum())
    sums.squares += float(np.sum(signed**2))


def _told(sums: Sums) -> dict[str, Any]:
    return {
        "n": sums.n,
        "premium": sums.premium,
        "net": sums.net,
        # Nothing traded leans nowhere.
        "score": sums.net / sums.squares**0.5 if sums.squares > 0 else None,
        "reason": None if sums.squares > 0 else f"of {sums.n} trades none has a side",
    }

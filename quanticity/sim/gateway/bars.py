"""Bars of trades, quotes or mids over any span of the simulated market."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quanticity.sim.gateway.ports import Market

TRADES, MIDPOINT, BID, ASK, BID_ASK = "TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK"
_QUOTED = (TRADES, MIDPOINT, BID, ASK, BID_ASK)
# What there is of each type of contract.
SHOWN = {
    "STK": _QUOTED,
    "FUT": _QUOTED,
    "CRYPTO": _QUOTED,
    "CASH": (MIDPOINT, BID, ASK, BID_ASK),
    "IND": (TRADES,),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `time` is when it begins. Without trades `volume` and `count` are 0 (or -1)."""

    time: float
    open: float
    high: float
    low: float
    close: float
    volume: int
    wap: float
    count: int


def bars_of(
    market: Market, source: str, what: str, since: float, until: float, seconds: int
) -> Sequence[Bar]:
    """Full bars of a span, oldest first. Those of quotes have neither volume nor count (-1)."""
    if what != TRADES:
        return _of_quotes(market, source, what, since, until, seconds)
    found = market.bars(source, since, until, seconds)
    return [
        Bar(at, opened, high, low, close, volume, wap, count)
        for at, opened, high, low, close, volume, wap, count in zip(
            found.time.tolist(),
            found.open.tolist(),
            found.high.tolist(),
            found.low.tolist(),
            found.close.tolist(),
            found.volume.tolist(),
            found.wap.tolist(),
            found.count.tolist(),
            strict=True,
        )
    ]


def _of_quotes(
    market: Market, source: str, what: str, since: float, until: float, seconds: int
) -> Sequence[Bar]:
    """From the quotes that stood when trades happened."""
    prints = market.prints(source, since, until)
    if not len(prints.time):
        return []
    bid, ask = prints.bid, prints.ask
    value = {MIDPOINT: (bid + ask) / 2, BID: bid, ASK: ask, BID_ASK: bid}[what]
    top = ask if what == BID_ASK else value
    slots = np.floor((prints.time - since) / seconds).astype(np.int64)
    starts = np.flatnonzero(np.diff(slots, prepend=slots[0] - 1))
    ends = np.append(starts[1:], len(slots))
    bars = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        at = since + int(slots[start]) * seconds
        if at + seconds > until + 1e-9:
            continue
        part = value[start:end]
        # Of bids and asks together: the average bid, the highest ask, the lowest bid, the average
        # ask, as IBKR has it.
        if what == BID_ASK:
            opened, close = float(part.mean()), float(ask[start:end].mean())
        else:
            opened, close = float(part[0]), float(part[-1])
        high, low = float(top[start:end].max()), float(part.min())
        bars.append(Bar(at, opened, high, low, close, -1, -1.0, -1))
    return bars

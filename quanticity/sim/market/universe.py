"""Everything that the simulated market lists, single options apart."""

from __future__ import annotations

from functools import lru_cache

from quanticity.sim.market.cash import CASH, from_instrument, primary
from quanticity.sim.market.futures import (
    FUTURES,
    expiry_of,
    front,
    future_months,
    one_month,
)
from quanticity.sim.market.instruments import find
from quanticity.sim.market.listing import Kind, Listed

__all__ = [
    "UNIVERSE",
    "Kind",
    "Listed",
    "expiry_of",
    "front",
    "future_months",
    "listed",
    "primary",
]

UNIVERSE = (*CASH, *FUTURES)
"""What is watched: indices, funds, stocks, futures (the front month), pairs, coins, internals."""

_KNOWN = {each.symbol: each for each in UNIVERSE}


@lru_cache(maxsize=4096)
def listed(symbol: str) -> Listed | None:
    """The listing under a symbol of ours, or None where there is none.

    Beside `UNIVERSE` these are single contract months by their local symbol (`ESH6`), and a
    plausible stock for any other ticker.
    """
    if symbol in _KNOWN:
        return _KNOWN[symbol]
    month = one_month(symbol) if len(symbol) > 3 else None
    if month is not None:
        return month
    instrument = find(symbol)
    return None if instrument is None else from_instrument(instrument)

"""IBKR's adaptive algo: a limit that begins at the near side and works towards the far side.

One tick each 2 (Urgent), 5 (Normal) or 15 (Patient) seconds, never beyond the order's own limit.
"""

from __future__ import annotations

from quanticity.sim.exchange.ports import Quote
from quanticity.sim.exchange.state import Working

_PACE = {"Urgent": 2.0, "Normal": 5.0, "Patient": 15.0}


def step(order: Working, quote: Quote, tick: float, at: float) -> bool:
    """Move the order's working limit where it is time. True where it has changed."""
    near, far = (quote.bid, quote.ask) if order.sign > 0 else (quote.ask, quote.bid)
    if near is None or far is None:
        return False
    pace = _PACE.get(dict(order.order.algo_params).get("adaptivePriority", ""), _PACE["Normal"])
    if order.stepped == 0.0:
        wanted = near
    elif at - order.stepped >= pace and order.limit is not None:
        wanted = order.limit + order.sign * tick
        if order.sign * (near - wanted) > 0:  # the market has gone away: follow it
            wanted = near
        if order.sign * (wanted - far) > 0:
            wanted = far
    else:
        return False
    cap = order.order.lmt_price if order.order.order_type == "LMT" else None
    if cap is not None and order.sign * (wanted - cap) > 0:
        wanted = cap
    order.stepped = at
    changed = order.limit != round(wanted, 8)
    order.limit = round(wanted, 8)
    return changed

"""Historical ticks: request 96, and those that come before a tick-by-tick stream."""

from __future__ import annotations

import numpy as np

from quanticity.sim.gateway import codes
from quanticity.sim.gateway.contract_fields import read_contract
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.stamps import BadTime, read_time
from quanticity.sim.gateway.streams import security_of
from quanticity.sim.gateway.wire import Fields, Value, size

_MOST = 1000
_UNREPORTED = 2
# How far is looked for them, in spans that grow.
_SPANS = (60.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0)
_SHOWN = {"TRADES": "AllLast", "BID_ASK": "BidAsk", "MIDPOINT": "MidPoint"}


def request(session: Session, fields: Fields) -> None:
    """Message 96: up to 1000 ticks from a moment on, or before one."""
    rid = fields.integer()
    contract = read_contract(fields)
    fields.skip(1)
    begins, ends = fields.string(), fields.string()
    count, which = fields.integer(), fields.string()
    now = session.gateway.clock.now()
    if which not in _SHOWN or not 0 < count <= _MOST or bool(begins) == bool(ends):
        session.error(
            rid, codes.INVALID, why="Invalid what-to-show, count or times of historical ticks"
        )
        return
    security = security_of(session, rid, contract)
    if security is None:
        return
    try:
        at = read_time(begins or ends)
    except BadTime as error:
        session.error(rid, codes.INVALID, why=error)
        return
    source = session.gateway.market.source(security.market, at)
    if begins:
        send_past(session, rid, source, _SHOWN[which], now, count, since=at)
    else:
        send_past(session, rid, source, _SHOWN[which], min(at, now), count)


def send_past(
    session: Session,
    rid: int,
    source: str,
    which: str,
    until: float,
    count: int,
    since: float | None = None,
) -> None:
    """The last `count` ticks before `until`, or the first from `since` on."""
    market = session.gateway.market
    for span in _SPANS:
        if since is None:
            prints = market.prints(source, until - span, until)
        else:
            prints = market.prints(source, since, min(since + span, until))
        if len(prints.time) >= count:
            break
    wanted = np.arange(len(prints.time))
    if which == "Last":
        wanted = wanted[market.regular(prints)]
    chosen = wanted[:count] if since is not None else wanted[-count:]
    rows: list[Value] = []
    for index in chosen.tolist():
        at = int(prints.time[index])
        bid, ask = float(prints.bid[index]), float(prints.ask[index])
        shares = size(float(prints.size[index]))
        if which == "BidAsk":
            rows += [at, 0, bid, ask, shares, shares]
        elif which == "MidPoint":
            rows += [at, 0, (bid + ask) / 2, 0]
        else:
            regular = bool(market.regular(prints)[index])
            rows += [at, 0 if regular else _UNREPORTED, float(prints.price[index]), shares]
            rows += [market.venues[prints.venue[index]], market.conditions[prints.condition[index]]]
    message = {"BidAsk": 97, "MidPoint": 96}.get(which, 98)
    session.send("past ticks", message, rid, len(chosen), *rows, True)

"""What clients can ask: the number of each request, what it is called, and who answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from quanticity.sim.gateway import (
    accounts,
    codes,
    depth,
    details,
    history,
    live_bars,
    market_data,
    orders,
    past_ticks,
    tick_by_tick,
)
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.wire import Fields


class Request(NamedTuple):
    """One kind of request."""

    name: str
    answer: Callable[[Session, Fields], None]


def current_time(session: Session, _fields: Fields) -> None:
    """Message 49: what time it is."""
    session.send("current time", 49, 1, int(session.gateway.clock.now()))


def next_id(session: Session, _fields: Fields) -> None:
    """Message 8: the next order id that can be used."""
    session.send("next id", 9, 1, session.gateway.next_order_id(session.client_id or 0))


def managed_accounts(session: Session, _fields: Fields) -> None:
    """Message 17: the accounts."""
    session.send("accounts", 15, 1, ",".join(session.gateway.accounts))


def log_level(_session: Session, fields: Fields) -> None:
    """Message 14: how much the gateway logs; it logs as it was started."""
    fields.skip(2)


def not_offered(place: int) -> Callable[[Session, Fields], None]:
    """An answer to a request that exists, but that this gateway does not serve.

    `place` is how many fields come before the request's own id, -1 where it has none.
    """

    def answer(session: Session, fields: Fields) -> None:
        rid = -1
        if place >= 0:
            fields.skip(place)
            rid = fields.integer(-1)
        session.error(rid, codes.INVALID, why="The simulated gateway does not offer this request")

    return answer


# What a read-only gateway refuses: everything of orders, the lists of them as well.
PLACE = 3
OF_ORDERS = frozenset({PLACE, 4, 5, 15, 16, 58, 99})
REQUESTS: dict[int, Request] = {
    1: Request("market data", market_data.request),
    2: Request("cancel market data", market_data.cancel),
    3: Request("place", orders.place),
    4: Request("cancel", orders.cancel),
    5: Request("open orders", orders.own),
    6: Request("account updates", accounts.updates),
    7: Request("executions", orders.executions),
    8: Request("next id", next_id),
    9: Request("contract details", details.request),
    10: Request("depth", depth.request),
    11: Request("cancel depth", depth.cancel),
    14: Request("log level", log_level),
    15: Request("bind orders", orders.bind),
    16: Request("all open orders", orders.everybodys),
    17: Request("accounts", managed_accounts),
    20: Request("history", history.request),
    25: Request("cancel history", history.cancel),
    49: Request("current time", current_time),
    50: Request("live bars", live_bars.request),
    51: Request("cancel live bars", live_bars.cancel),
    58: Request("cancel all", orders.cancel_all),
    59: Request("market data type", market_data.choose),
    61: Request("positions", accounts.positions),
    62: Request("summary", accounts.summary),
    63: Request("cancel summary", accounts.cancel_summary),
    64: Request("cancel positions", accounts.cancel_positions),
    74: Request("positions of account", accounts.positions_multi),
    75: Request("cancel positions of account", accounts.cancel_positions_multi),
    76: Request("account figures", accounts.updates_multi),
    77: Request("cancel account figures", accounts.cancel_multi),
    78: Request("option parameters", details.option_parameters),
    81: Request("matching symbols", details.matching),
    82: Request("depth exchanges", depth.exchanges),
    83: Request("smart components", market_data.smart_components),
    87: Request("head timestamp", history.head),
    90: Request("cancel head timestamp", history.cancel_head),
    91: Request("market rule", details.market_rule),
    92: Request("profit", accounts.profit),
    93: Request("cancel profit", accounts.cancel_profit),
    94: Request("position profit", accounts.position_profit),
    95: Request("cancel position profit", accounts.cancel_profit),
    96: Request("past ticks", past_ticks.request),
    97: Request("tick by tick", tick_by_tick.request),
    98: Request("cancel tick by tick", tick_by_tick.cancel),
    99: Request("completed orders", orders.completed),
    # News, scanners, fundamentals, advisors, display groups and the like.
    **{
        number: Request("not offered", not_offered(place))
        for number, place in (
            *((12, -1), (13, -1), (18, -1), (19, -1), (21, 1), (22, 0), (23, 1), (24, -1)),
            *((52, 1), (53, 1), (54, 1), (55, 1), (56, 1), (57, 1), (65, -1), (66, -1)),
            *((67, 1), (68, 1), (69, 1), (70, 1), (72, -1), (73, -1), (79, 0), (80, -1)),
            *((84, 0), (85, -1), (86, 0), (88, 0), (89, 0), (100, 0), (101, 0), (102, 0)),
            *((103, 0), (104, 0)),
        )
    },
}

"""Accounts: figures (6, 62, 76), positions (61, 74), profit and loss (92, 94), and their ends."""

from __future__ import annotations

from typing import ClassVar

from quanticity.sim.exchange.events import PositionChanged
from quanticity.sim.gateway import codes
from quanticity.sim.gateway.contract_fields import eleven
from quanticity.sim.gateway.followed import Figures, Portfolio, Profit
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.told import tell_position
from quanticity.sim.gateway.wire import Fields

_LEDGER = "$LEDGER"


class Summary(Figures):
    """Request 62."""

    kind: ClassVar = "summary"


def _account(session: Session, rid: int, name: str) -> str | None:
    """The account that is meant: the first where none is named. None was told to be unknown."""
    accounts = session.gateway.accounts
    if not name or name == "All":
        return accounts[0]
    if name in accounts:
        return name
    session.error(rid, codes.INVALID, why=f"Invalid account code '{name}'.")
    return None


def updates(session: Session, fields: Fields) -> None:
    """Message 6: follow an account's figures and positions, or no longer."""
    fields.skip(1)
    follow = fields.boolean()
    account = _account(session, -1, fields.string())
    if account is None:
        return
    session.streams.pop((Portfolio.kind, 0), None)
    if follow:
        stream = Portfolio(session, account)
        session.streams[stream.kind, 0] = stream
        stream.look(stream.since)
        session.send("account end", 54, 1, account)


def updates_multi(session: Session, fields: Fields) -> None:
    """Message 76: follow an account's figures under an id."""
    fields.skip(1)
    rid = fields.integer()
    account = _account(session, rid, fields.string())
    model = fields.string()
    if account is None:
        return

    def tell(key: str, value: str, currency: str) -> None:
        session.send("account figure", 73, 1, rid, account, model, key, value, currency)

    stream = Figures(session, rid, account, tell)
    session.streams[stream.kind, rid] = stream
    stream.look(stream.since)
    session.send("account figures end", 74, 1, rid)


def cancel_multi(session: Session, fields: Fields) -> None:
    """Message 77."""
    fields.skip(1)
    session.streams.pop((Figures.kind, fields.integer()), None)


def summary(session: Session, fields: Fields) -> None:
    """Message 62: follow some figures of all accounts."""
    fields.skip(1)
    rid = fields.integer()
    account = _account(session, rid, fields.string())
    wanted = {tag.strip() for tag in fields.string().split(",")}
    if account is None:
        return
    ledger = any(tag.startswith(_LEDGER) for tag in wanted)

    def tell(key: str, value: str, currency: str) -> None:
        if key in wanted or (ledger and key in ("CashBalance", "RealizedPnL", "ExchangeRate")):
            session.send("summary", 63, 1, rid, account, key, value, currency)

    stream = Summary(session, rid, account, tell)
    session.streams[stream.kind, rid] = stream
    stream.look(stream.since)
    session.send("summary end", 64, 1, rid)


def cancel_summary(session: Session, fields: Fields) -> None:
    """Message 63."""
    fields.skip(1)
    session.streams.pop((Summary.kind, fields.integer()), None)


def positions(session: Session, _fields: Fields) -> None:
    """Message 61: follow the positions of all accounts."""
    gateway = session.gateway
    now = gateway.clock.now()
    for account in gateway.accounts:
        for each in gateway.desk.exchange.positions(account):
            quantity, cost = each.quantity, each.average_cost
            tell_position(session, PositionChanged(now, account, each.contract, quantity, cost))
    session.send("positions end", 62, 1)
    session.follows.add("positions")


def cancel_positions(session: Session, _fields: Fields) -> None:
    """Message 64."""
    session.follows.discard("positions")


def positions_multi(session: Session, fields: Fields) -> None:
    """Message 74: the positions of one account."""
    fields.skip(1)
    rid = fields.integer()
    account = _account(session, rid, fields.string())
    model = fields.string()
    if account is None:
        return
    for each in session.gateway.desk.exchange.positions(account):
        row = (*eleven(each.contract), each.quantity, each.average_cost, model)
        session.send("position of account", 71, 1, rid, account, *row)
    session.send("positions of account end", 72, 1, rid)


def cancel_positions_multi(_session: Session, fields: Fields) -> None:
    """Message 75: they were told at once."""
    fields.skip(2)


def profit(session: Session, fields: Fields) -> None:
    """Message 92: follow an account's profit and loss."""
    rid = fields.integer()
    account = _account(session, rid, fields.string())
    if account is not None:
        _follow(session, Profit(session, rid, account, None))


def position_profit(session: Session, fields: Fields) -> None:
    """Message 94: follow a position's profit and loss."""
    rid = fields.integer()
    account = _account(session, rid, fields.string())
    fields.skip(1)
    con_id = fields.integer()
    if account is not None:
        _follow(session, Profit(session, rid, account, con_id))


def cancel_profit(session: Session, fields: Fields) -> None:
    """Messages 93 and 95."""
    session.streams.pop((Profit.kind, fields.integer()), None)


def _follow(session: Session, stream: Profit) -> None:
    session.streams[stream.kind, stream.rid] = stream
    stream.look(stream.since)

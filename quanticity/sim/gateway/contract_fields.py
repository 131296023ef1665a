"""Contracts as requests and answers carry them."""

from __future__ import annotations

from quanticity.sim.exchange.model import ComboLeg, Contract
from quanticity.sim.gateway.wire import Fields, Value

_LEGS = 32


def read_contract(fields: Fields) -> Contract:
    """Twelve fields: what a client leaves open is empty or zero."""
    con_id = fields.integer()
    symbol, sec_type, expiry = (fields.string().strip() for _ in range(3))
    strike = fields.number(0.0)
    right, multiplier, exchange, primary, currency, local, trading_class = (
        fields.string().strip() for _ in range(7)
    )
    return Contract(
        con_id=con_id,
        symbol=symbol,
        sec_type="IND" if sec_type == "INDEX" else sec_type,
        # A time may follow the day.
        expiry=expiry.split(" ")[0].split("-")[0],
        strike=strike if 0 < strike < 1e12 else 0.0,
        right=right[:1].upper() if right not in ("0", "?") else "",
        multiplier=multiplier,
        exchange=exchange,
        primary_exchange=primary,
        currency=currency,
        local_symbol=local,
        trading_class=trading_class,
    )


def read_legs(fields: Fields) -> tuple[ComboLeg, ...]:
    """The legs of a combination that is watched, four fields each."""
    return tuple(
        ComboLeg(fields.integer(), fields.integer(), fields.string(), fields.string())
        for _ in range(fields.count(_LEGS))
    )


def read_order_legs(fields: Fields) -> tuple[ComboLeg, ...]:
    """The legs of a combination that is traded, eight fields each."""
    legs = []
    for _ in range(fields.count(_LEGS)):
        con_id, ratio = fields.integer(), fields.integer()
        action, exchange, open_close = fields.string(), fields.string(), fields.integer()
        legs.append(ComboLeg(con_id, ratio, action, exchange, open_close))
        fields.skip(3)
    return tuple(legs)


def eleven(contract: Contract) -> tuple[Value, ...]:
    """A contract without its primary exchange, as orders, positions and executions carry it."""
    return (*identity(contract), contract.exchange, *_names(contract))


def identity(contract: Contract) -> tuple[Value, ...]:
    """Its id and what it is: seven fields."""
    return (
        contract.con_id,
        contract.symbol,
        contract.sec_type,
        contract.expiry,
        contract.strike,
        contract.right,
        contract.multiplier,
    )


def _names(contract: Contract) -> tuple[Value, ...]:
    return (contract.currency, contract.local_symbol, contract.trading_class)


def held(contract: Contract) -> tuple[Value, ...]:
    """As a portfolio carries it: with the primary exchange in the exchange's place."""
    return (
        *identity(contract),
        contract.primary_exchange or contract.exchange,
        *_names(contract),
    )

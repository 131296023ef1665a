"""An order as request 3 carries it at version 157."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from quanticity.sim.exchange.model import Contract, Order
from quanticity.sim.gateway.codes import ETRADE_ONLY, FIRM_QUOTE_ONLY, INVALID, Code
from quanticity.sim.gateway.contract_fields import read_contract, read_order_legs
from quanticity.sim.gateway.wire import UNSET_DOUBLE, BadField, Fields

_PARAMS = 64
_CONDITIONS = 32
# How many fields follow the type of each condition: price, time, margin, execution, volume, change.
_CONDITION_FIELDS = {1: 6, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5}
_PEGGED = ("PEG BENCH", "PEGBENCH")

Refused = tuple[Code, dict[str, str]]
Params = tuple[tuple[str, str], ...]


class Placed(NamedTuple):
    """What a client sent; `refused` says what of it this gateway, or IBKR, does not take."""

    order_id: int
    contract: Contract
    order: Order
    refused: Refused | None


def read_order(fields: Fields) -> Placed:
    """Read request 3. BadField where it is cut off or a field is not what it should be."""
    order_id = fields.integer()
    contract = read_contract(fields)
    fields.skip(2)
    order = Order(
        action=fields.string(),
        total_quantity=fields.number(0.0),
        order_type=fields.string(),
        lmt_price=_price(fields),
        aux_price=_price(fields),
        tif=fields.string(),
        oca_group=fields.string(),
        account=fields.string(),
    )
    fields.skip(2)  # open or close, origin
    order = replace(
        order, order_ref=fields.string(), transmit=fields.boolean(), parent_id=fields.integer()
    )
    fields.skip(4)  # block order, sweep to fill, display size, trigger method
    order = replace(order, outside_rth=fields.boolean())
    fields.skip(1)  # hidden
    if contract.sec_type == "BAG":
        contract = replace(contract, combo_legs=read_order_legs(fields))
        prices = tuple(_price(fields) for _ in range(fields.count(_PARAMS)))
        order = replace(order, leg_prices=prices, smart_combo_routing=_params(fields))
    # Allocation, discretion, good after and till, advisors' groups and profile, model, short sale.
    fields.skip(12)
    order = replace(order, oca_type=fields.integer())
    fields.skip(2)  # rule 80A, settling firm
    order = replace(order, all_or_none=fields.boolean())
    fields.skip(2)  # least quantity, percent offset
    etrade_only, firm_quote_only = fields.boolean(), fields.boolean()
    # Price cap, auction strategy, starting and reference price, delta, range, override.
    fields.skip(8)
    fields.skip(2)  # volatility and its type
    if fields.string():  # delta neutral order type
        fields.skip(8)
    fields.skip(3)  # its price, continuous update, reference price type
    order = replace(order, trail_stop_price=_price(fields), trailing_percent=_price(fields))
    scaled = _scale(fields)
    if fields.string():  # hedge type
        fields.skip(1)
    fields.skip(4)  # routing and clearing
    if fields.boolean():  # delta neutral contract
        fields.skip(3)
    order = replace(order, algo_strategy=fields.string())
    if order.algo_strategy:
        order = replace(order, algo_params=_params(fields))
    fields.skip(1)
    order = replace(order, what_if=fields.boolean())
    fields.skip(4)  # miscellaneous options, solicited, random size and price
    if order.order_type in _PEGGED:
        fields.skip(5)
    conditions = _conditions(fields)
    fields.skip(2)  # adjusted order type, trigger price
    order = replace(order, lmt_price_offset=_price(fields))
    # Adjusted prices, operator, soft dollars, cash, MiFID, and four switches.
    fields.skip(16)
    refused = _refused(etrade_only, firm_quote_only, bool(conditions or scaled))
    return Placed(order_id, contract, order, refused)


def _refused(etrade: bool, firm: bool, unknown: bool) -> Refused | None:
    if etrade:
        return ETRADE_ONLY, {}
    if firm:
        return FIRM_QUOTE_ONLY, {}
    if unknown:
        return INVALID, {"why": "Neither conditional nor scale orders are offered"}
    return None


def _price(fields: Fields) -> float | None:
    value = fields.number()
    return None if value >= UNSET_DOUBLE else value


def _params(fields: Fields) -> Params:
    return tuple((fields.string(), fields.string()) for _ in range(fields.count(_PARAMS)))


def _scale(fields: Fields) -> bool:
    """Whether it is a scale order."""
    fields.skip(2)
    step = fields.number()
    scaled = 0 < step < UNSET_DOUBLE
    if scaled:
        fields.skip(7)
    fields.skip(3)  # table, active start and stop
    return scaled


def _conditions(fields: Fields) -> int:
    count = fields.count(_CONDITIONS)
    for _ in range(count):
        kind = fields.integer()
        if kind not in _CONDITION_FIELDS:
            raise BadField(f"there is no condition of type {kind}")
        fields.skip(_CONDITION_FIELDS[kind])
    if count:
        fields.skip(2)
    return count

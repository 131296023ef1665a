"""Orders as answers carry them: at work (5), and done (101), every field of version 157."""

from __future__ import annotations

from quanticity.clock import eastern
from quanticity.sim.exchange.events import Opened
from quanticity.sim.exchange.model import Contract, Order
from quanticity.sim.gateway.contract_fields import eleven
from quanticity.sim.gateway.wire import UNSET_DOUBLE, Value

_BLANK: tuple[Value, ...] = ("",)


def open_order(told: Opened) -> tuple[Value, ...]:
    """What follows the 5: it ends with `usePriceMgmtAlgo`."""
    order, state = told.order, told.state
    return (
        told.order_id,
        *eleven(told.contract),
        *_terms(order),
        told.client,
        told.perm_id,
        order.outside_rth,
        False,  # hidden
        0.0,  # discretionary amount
        "",  # good after
        "",  # shares allocation
        *_BLANK * 3,  # advisors' group, method, percentage
        "",  # advisors' profile
        "",  # model
        "",  # good till
        "",  # rule 80A
        "",  # percent offset
        "",  # settling firm
        0,  # short sale slot
        "",  # designated location
        -1,  # exempt code
        0,  # auction strategy
        *_BLANK * 5,  # starting and reference price, delta, range
        "",  # display size
        False,  # block order
        False,  # sweep to fill
        order.all_or_none,
        "",  # least quantity
        order.oca_type,
        False,  # electronic trade only
        False,  # firm quote only
        "",  # price cap
        order.parent_id,
        0,  # trigger method
        "",  # volatility
        0,  # its type
        # Blank: with a delta neutral order type eight more fields would follow.
        "",
        "",
        0,  # continuous update
        0,  # reference price type
        order.trail_stop_price,
        order.trailing_percent,
        "",  # basis points
        "",  # their type
        *_combination(told.contract, order),
        *_BLANK * 3,  # scale
        "",  # hedge type
        False,  # opts out of smart routing
        "",  # clearing account
        "",  # clearing intent
        False,  # not held
        False,  # delta neutral contract
        *_algorithm(order),
        False,  # solicited
        order.what_if,
        state.status,
        *_margins(told),
        _unset(state.commission),
        *(UNSET_DOUBLE, UNSET_DOUBLE),  # least and most commission
        state.commission_currency,
        state.warning_text,
        False,  # random size
        False,  # random price
        0,  # conditions
        "None",  # adjusted order type
        "",  # trigger price
        order.trail_stop_price,
        _unset(order.lmt_price_offset),
        *_BLANK * 3,  # adjusted prices
        0,  # adjusted trailing unit
        *_BLANK * 3,  # soft dollar tier
        "",  # cash quantity
        False,  # no automatic price for the hedge
        False,  # omnibus container
        False,  # discretionary up to the limit
        False,  # price management
    )


def completed_order(told: Opened, filled: float) -> tuple[Value, ...]:
    """What follows the 101."""
    order, state = told.order, told.state
    done = "" if state.completed_time is None else _stamp(state.completed_time)
    return (
        *eleven(told.contract),
        *_terms(order),
        told.perm_id,
        order.outside_rth,
        False,  # hidden
        0.0,  # discretionary amount
        "",  # good after
        *_BLANK * 3,  # advisors' group, method, percentage
        "",  # advisors' profile
        "",  # model
        "",  # good till
        "",  # rule 80A
        "",  # percent offset
        "",  # settling firm
        0,  # short sale slot
        "",  # designated location
        -1,  # exempt code
        *_BLANK * 5,  # starting and reference price, delta, range
        "",  # display size
        False,  # sweep to fill
        order.all_or_none,
        "",  # least quantity
        order.oca_type,
        0,  # trigger method
        "",  # volatility
        0,  # its type
        "",  # delta neutral order type
        "",
        0,  # continuous update
        0,  # reference price type
        order.trail_stop_price,
        order.trailing_percent,
        *_combination(told.contract, order),
        *_BLANK * 3,  # scale
        "",  # hedge type
        "",  # clearing account
        "",  # clearing intent
        False,  # not held
        False,  # delta neutral contract
        *_algorithm(order),
        False,  # solicited
        state.status,
        False,  # random size
        False,  # random price
        0,  # conditions
        order.trail_stop_price,
        _unset(order.lmt_price_offset),
        "",  # cash quantity
        False,  # no automatic price for the hedge
        False,  # omnibus container
        "",  # automatic cancel date
        filled,
        0,  # reference future
        False,  # cancels its parent
        "",  # shareholder
        False,  # imbalance only
        False,  # routes marketable to the best
        0,  # parent's permanent id
        done,
        state.completed_status or f"Filled Size: {filled:g}",
    )


def _terms(order: Order) -> tuple[Value, ...]:
    return (
        order.action,
        order.total_quantity,
        order.order_type,
        order.lmt_price or 0.0,
        order.aux_price or 0.0,
        order.tif,
        order.oca_group,
        order.account,
        "",  # open or close
        0,  # origin
        order.order_ref,
    )


def _combination(contract: Contract, order: Order) -> tuple[Value, ...]:
    """Description, legs, prices of legs, routing of a combination; empty ones for all else."""
    fields: list[Value] = [
        ",".join(
            f"{leg.con_id}|{leg.ratio if leg.action == 'BUY' else -leg.ratio}"
            for leg in contract.combo_legs
        ),
        len(contract.combo_legs),
    ]
    for leg in contract.combo_legs:
        fields += [leg.con_id, leg.ratio, leg.action, leg.exchange, leg.open_close, 0, "", -1]
    fields.append(len(order.leg_prices))
    fields += order.leg_prices
    fields.append(len(order.smart_combo_routing))
    fields += [part for pair in order.smart_combo_routing for part in pair]
    return tuple(fields)


def _algorithm(order: Order) -> tuple[Value, ...]:
    if not order.algo_strategy:
        return ("",)
    flat = [part for pair in order.algo_params for part in pair]
    return (order.algo_strategy, len(order.algo_params), *flat)


def _margins(told: Opened) -> tuple[Value, ...]:
    """Initial and maintenance margin and equity with loan: before, change, after."""
    state = told.state
    before = (
        state.init_margin_before,
        state.maint_margin_before,
        state.equity_with_loan_before,
    )
    after = (state.init_margin_after, state.maint_margin_after, state.equity_with_loan_after)
    change = [
        None if old is None or new is None else new - old
        for old, new in zip(before, after, strict=True)
    ]
    return tuple(_unset(figure) for figure in (*before, *change, *after))


def _unset(figure: float | None) -> float:
    return UNSET_DOUBLE if figure is None else round(figure, 6)


def _stamp(at: float) -> str:
    return eastern(at).strftime("%Y%m%d-%H:%M:%S")

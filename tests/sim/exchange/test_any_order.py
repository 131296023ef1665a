"""Whatever a client sends is taken or refused: nothing that it writes can break the exchange."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.exchange import ComboLeg, Contract, Error, Exchange, Opened, Order
from quanticity.sim.exchange.model import ORDER_TYPES, TIFS
from tests.sim.exchange.scripted import LISTINGS, T0, drawn

PRICES = st.none() | st.floats() | st.integers(9_900, 10_100).map(lambda cents: cents / 100)
WORDS = st.text(max_size=4)
ORDERS = st.builds(
    Order,
    action=st.sampled_from(("BUY", "SELL")) | WORDS,
    total_quantity=st.floats() | st.integers(-2, 500),
    order_type=st.sampled_from(ORDER_TYPES) | WORDS,
    lmt_price=PRICES,
    aux_price=PRICES,
    tif=st.sampled_from((*TIFS, "")) | WORDS,
    account=st.just("") | WORDS,
    trailing_percent=PRICES,
    trail_stop_price=PRICES,
    lmt_price_offset=PRICES,
    parent_id=st.integers(-1, 4),
    transmit=st.booleans(),
    oca_group=st.just("") | WORDS,
    oca_type=st.integers(-1, 5),
    outside_rth=st.booleans(),
    all_or_none=st.booleans(),
    algo_strategy=st.sampled_from(("", "", "Adaptive")) | WORDS,
    algo_params=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
    smart_combo_routing=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
    leg_prices=st.lists(PRICES, max_size=3).map(tuple),
    what_if=st.booleans(),
)
LEGS = st.builds(
    ComboLeg,
    con_id=st.sampled_from((1, 2, 5, 11, 12, 99)),
    ratio=st.integers(-1, 3),
    action=st.sampled_from(("BUY", "SELL")) | WORDS,
)
CONTRACTS = (
    st.sampled_from([each.contract for each in LISTINGS.values()])
    | st.builds(Contract, con_id=st.integers(0, 13), sec_type=st.sampled_from(("STK", "OPT")))
    | st.builds(Contract, sec_type=st.just("BAG"), combo_legs=st.lists(LEGS, max_size=4).map(tuple))
)


@given(
    script=st.lists(
        st.tuples(st.integers(0, 4), CONTRACTS, ORDERS, st.booleans()), min_size=1, max_size=8
    ),
    seed=st.integers(0, 50),
)
def test_any_order_is_taken_or_refused(script, seed):
    exchange = Exchange(drawn(seed), T0, seed=seed)
    at = T0
    for order_id, contract, order, cancels in script:
        at += 0.7
        exchange.place(7, order_id, contract, order, at)
        told = exchange.advance(at)
        assert (
            order.what_if
            or not order.transmit
            or any(isinstance(each, Opened | Error) and each.order_id == order_id for each in told)
        )
        if cancels:
            exchange.cancel(7, order_id, at + 0.1)
    exchange.cancel_all(at + 10)
    exchange.advance(at + 11)
    assert exchange.open_orders() == []
    Exchange(drawn(seed), T0).restore(exchange.save())

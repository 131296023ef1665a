"""The pure rules: how a print is shared, and how displayed levels are taken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.exchange import Level, Order
from quanticity.sim.exchange.matching import available, bounds, displayed, share, take
from quanticity.sim.exchange.state import Working
from tests.sim.exchange.scripted import SPY

CENTS = st.integers(9_990, 10_010)
SIZES = st.integers(1, 40).map(float)


@st.composite
def resting(draw):
    """Orders that rest, in the order in which they came."""
    found = []
    for rank in range(draw(st.integers(1, 7))):
        order = Order(draw(st.sampled_from(("BUY", "SELL"))), draw(SIZES))
        found.append(
            Working(
                perm_id=rank,
                client=1,
                order_id=rank,
                contract=SPY,
                order=order,
                account="A",
                quantity=order.total_quantity,
                placed=0.0,
                rank=rank,
                limit=draw(CENTS) / 100,
                ahead=draw(st.none() | st.integers(0, 60).map(float)),
            )
        )
    return found


@given(orders=resting(), size=SIZES, cents=CENTS, side=st.sampled_from((-1, 0, 1)))
def test_a_print_is_shared_within_its_size_by_price_and_time_behind_the_queue(
    orders, size, cents, side
):
    price = cents / 100
    before = {each.perm_id: each.ahead for each in orders}
    got = {each.perm_id: quantity for each, quantity in share(size, price, side, orders)}
    assert sum(got.values()) <= size
    for each in orders:
        quantity, ahead = got.get(each.perm_id, 0.0), before[each.perm_id]
        assert quantity <= each.remaining
        edge = each.sign * ((each.limit or 0.0) - price)
        if quantity:
            assert edge >= 0, "a print never fills a limit that it did not reach"
            if edge == 0:
                assert side != each.sign
                assert ahead is not None
                assert quantity <= size - ahead
        for other in orders:
            better = each.sign * ((other.limit or 0.0) - (each.limit or 0.0))
            first = better > 0 or (better == 0 and other.rank < each.rank)
            if quantity and other.sign == each.sign and first and edge > 0:
                assert got.get(other.perm_id, 0.0) == other.remaining
        if each.ahead is not None:
            assert 0 <= each.ahead <= (ahead or 0.0)


@given(orders=resting(), size=SIZES, cents=CENTS, side=st.sampled_from((-1, 0, 1)))
def test_a_print_that_nobody_waits_for_fills_nobody(orders, size, cents, side):
    low, high = bounds(orders)
    if low < cents / 100 < high:
        assert share(size, cents / 100, side, orders) == []


LEVELS = st.lists(st.tuples(st.integers(0, 6), SIZES), min_size=1, max_size=8).map(
    lambda rows: [Level(100 + row[0] / 100, row[1], "ARCA") for row in sorted(rows)]
)


@given(levels=LEVELS, wanted=st.lists(SIZES, min_size=1, max_size=5), steps=st.integers(-1, 7))
def test_several_orders_take_no_more_than_is_displayed_up_to_their_limit(levels, wanted, steps):
    limit = 100 + steps / 100
    taken: dict[float, float] = {}
    free = available(levels, limit, 1, taken)
    got = [each for size in wanted for each in take(levels, size, limit, 1, taken)]
    assert sum(each.quantity for each in got) == min(sum(wanted), free)
    assert [each.price for each in got] == sorted(each.price for each in got)
    for price in {each.price for each in levels}:
        shown = sum(each.size for each in levels if each.price == price)
        assert sum(each.quantity for each in got if each.price == price) <= shown
        assert price <= limit or all(each.price != price for each in got)
    assert available(levels, limit, 1, taken) == free - sum(each.quantity for each in got)


def test_what_is_displayed_at_a_price_is_known_as_far_as_the_book_reaches():
    bids = (Level(99.99, 300), Level(99.99, 50), Level(99.97, 500))
    assert displayed(bids, 99.99, 1) == 350
    assert displayed(bids, 100.0, 1) == 0
    assert displayed(bids, 99.98, 1) == 0
    assert displayed(bids, 99.96, 1) is None
    assert displayed((), 99.96, 1) is None

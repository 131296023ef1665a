"""Combos: a net price, and one execution for each leg beside the combo's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.exchange import (
    ComboLeg,
    Contract,
    Error,
    Exchange,
    Executed,
    Fate,
    Order,
    PositionChanged,
)
from tests.sim.exchange.asking import codes, limit, market, place, started, statuses
from tests.sim.exchange.scripted import LISTINGS, T0, option

LONG, SHORT = option(11, "C", 100.0), option(12, "C", 105.0)


def bag(*legs):
    return Contract(symbol="SPY", sec_type="BAG", combo_legs=tuple(ComboLeg(*leg) for leg in legs))


VERTICAL = bag((11, 1, "BUY"), (12, 1, "SELL"))


def chain(long=((1.00, 10), (1.10, 20)), short=((0.40, 30), (0.50, 40))):
    """A long call at 1.00 bid 1.10 asked, a short one at 0.40 bid 0.50 asked."""
    shown = market()
    shown.listings = {**LISTINGS, 11: LONG, 12: SHORT}
    for con_id, (bid, ask) in ((11, long), (12, short)):
        shown.show(con_id, T0 - 10, [bid], [ask])
    return shown


def executed(events):
    return [
        (each.contract.sec_type, each.execution.side, each.execution.shares, each.execution.price)
        for each in events
        if isinstance(each, Executed)
    ]


def test_a_combo_at_its_far_side_fills_each_leg_at_its_displayed_price():
    exchange = started(chain(), limit("BUY", 3, 0.70), contract=VERTICAL)
    events = exchange.advance(T0 + 0.5)
    assert executed(events) == [
        ("BAG", "BOT", 3, 0.7),
        ("OPT", "BOT", 3, 1.1),
        ("OPT", "SLD", 3, 0.4),
    ]
    ids = [each.execution.exec_id for each in events if isinstance(each, Executed)]
    assert [each.split(".")[2:] for each in ids] == [["01", "01"], ["02", "01"], ["03", "01"]]
    assert len({each.rsplit(".", 2)[0] for each in ids}) == 1
    assert statuses(events)[-1] == "Filled"


def test_a_combo_takes_no_more_than_its_thinnest_leg_shows():
    exchange = started(chain(), limit("BUY", 50, 0.70), contract=VERTICAL)
    assert executed(exchange.advance(T0 + 0.5))[0] == ("BAG", "BOT", 20, 0.7)
    assert executed(exchange.advance(T0 + 1))[0] == ("BAG", "BOT", 20, 0.7)


def test_ratios_count_for_price_and_size():
    ratio = bag((11, 1, "SELL"), (12, 2, "BUY"))
    exchange = started(chain(), limit("BUY", 30, 0.0), contract=ratio)
    assert executed(exchange.advance(T0 + 0.5)) == [
        ("BAG", "BOT", 10, 0.0),
        ("OPT", "SLD", 10, 1.0),
        ("OPT", "BOT", 20, 0.5),
    ]


def test_a_credit_is_a_price_below_zero():
    exchange = started(chain(), limit("SELL", 1, 0.50), contract=VERTICAL)
    assert executed(exchange.advance(T0 + 0.5))[0] == ("BAG", "SLD", 1, 0.5)
    turned = bag((11, 1, "SELL"), (12, 1, "BUY"))
    exchange = started(chain(), limit("BUY", 1, -0.50), contract=turned)
    assert executed(exchange.advance(T0 + 0.5))[0] == ("BAG", "BOT", 1, -0.5)


@given(cents=st.integers(60, 69), seed=st.integers(0, 1000))
def test_inside_the_spread_a_combo_fills_at_its_limit_sooner_or_later(cents, seed):
    price = cents / 100
    exchange = started(chain(), limit("BUY", 2, price), contract=VERTICAL, seed=seed)
    events = exchange.advance(T0 + 600)
    told = executed(events)
    assert told[0] == ("BAG", "BOT", 2, pytest.approx(price))
    assert told[1][3] - told[2][3] == pytest.approx(price)
    assert 1.0 <= told[1][3] <= 1.1
    assert 0.4 <= told[2][3] <= 0.5


def test_better_than_the_middle_nobody_meets_it():
    exchange = started(chain(), limit("BUY", 2, 0.59), contract=VERTICAL)
    assert executed(exchange.advance(T0 + 600)) == []


def test_positions_are_the_legs_and_never_the_combo():
    exchange = started(chain(), limit("BUY", 3, 0.70), contract=VERTICAL)
    events = exchange.advance(T0 + 1)
    held = exchange.positions(exchange.accounts[0])
    assert [(each.contract.con_id, each.quantity) for each in held] == [(11, 3), (12, -3)]
    assert {each.contract.sec_type for each in events if isinstance(each, PositionChanged)} == {
        "OPT"
    }


def test_prices_for_each_leg_only_for_two_legs_that_are_not_guaranteed():
    order = limit("BUY", 1, 0.70, leg_prices=(1.1, 0.4))
    exchange = started(chain(), order, contract=VERTICAL)
    (told,) = [each for each in exchange.advance(T0 + 1) if isinstance(each, Error)]
    assert told.code == 10058
    assert "non-guaranteed smart combos with two legs" in told.text
    order = limit(
        "BUY", 1, 0.70, leg_prices=(1.1, 0.4), smart_combo_routing=(("NonGuaranteed", "1"),)
    )
    exchange = started(chain(), order, contract=VERTICAL)
    assert codes(exchange.advance(T0 + 1)) == []


@pytest.mark.parametrize(
    ("contract", "order", "code"),
    [
        (bag((11, 1, "BUY")), limit("BUY", 1, 1.0), 200),
        (bag((11, 1, "BUY"), (99, 1, "SELL")), limit("BUY", 1, 1.0), 200),
        (bag((11, 1, "BUY"), (12, 0, "SELL")), limit("BUY", 1, 1.0), 321),
        (VERTICAL, limit("BUY", 1, 0.705), 110),
        (VERTICAL, Order("BUY", 1, "STP", aux_price=1.0), 387),
        (VERTICAL, limit("BUY", 1, None), 321),
    ],
)
def test_a_combo_that_cannot_be_is_refused(contract, order, code):
    exchange = started(chain(), order, contract=contract)
    assert codes(exchange.advance(T0 + 1)) == [code]


def test_one_leg_only_leaves_one_leg_only():
    exchange = started(chain())
    place(exchange, limit("BUY", 3, 0.70), contract=VERTICAL, fate=Fate(legs=(0,)))
    events = exchange.advance(T0 + 1)
    assert [each[0] for each in executed(events)] == ["BAG", "OPT"]
    held = exchange.positions(exchange.accounts[0])
    assert [(each.contract.con_id, each.quantity) for each in held] == [(11, 3)]


def test_a_combo_that_was_changed_or_saved_since_filled_all_its_legs_though_one_was_to():
    exchange = started(chain())
    place(exchange, limit("BUY", 3, 0.10), contract=VERTICAL, fate=Fate(legs=(1,)))
    exchange.advance(T0 + 1)
    again = Exchange(chain(), T0)
    again.restore(exchange.save())
    place(again, limit("BUY", 3, 0.70), contract=VERTICAL, now=T0 + 2)
    again.advance(T0 + 3)
    held = again.positions(again.accounts[0])
    assert [(each.contract.con_id, each.quantity) for each in held] == [(12, -3)]


def test_a_market_combo_pays_the_far_side():
    exchange = started(chain(), Order("BUY", 3, "MKT"), contract=VERTICAL)
    assert executed(exchange.advance(T0 + 1))[0] == ("BAG", "BOT", 3, 0.7)


def test_fok_of_a_combo_is_all_or_nothing():
    exchange = started(chain(), limit("BUY", 25, 0.70, tif="FOK"), contract=VERTICAL)
    events = exchange.advance(T0 + 1)
    assert executed(events) == []
    assert statuses(events)[-1] == "Cancelled"


def test_a_leg_that_was_not_listed_before_is_found_once_it_is():
    shown = chain()
    late = shown.listings.pop(12)
    exchange = started(shown, limit("BUY", 1, 0.70), contract=VERTICAL)
    assert codes(exchange.advance(T0 + 1)) == [200]
    shown.listings[12] = late
    exchange.place(7, 2, VERTICAL, limit("BUY", 1, 0.70), T0 + 1)
    assert statuses(exchange.advance(T0 + 2), 2)[-1] == "Filled"

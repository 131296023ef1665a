"""Single orders against a market that is written down: queues, levels, stops, sessions."""

from __future__ import annotations

import pytest

from quanticity.sim.exchange import (
    Contract,
    Cross,
    Exchange,
    Executed,
    Opened,
    Order,
    StatusChanged,
)
from tests.sim.exchange.asking import ASKS, errors, fills, limit, market, place, started, statuses
from tests.sim.exchange.scripted import AAPL, CLOSES, DAY, OPENS, SPX, T0, Scripted


def test_a_market_order_takes_displayed_sizes_level_by_level():
    exchange = started(market(), Order("BUY", 500, "MKT"), seed=1)
    events = exchange.advance(T0 + 0.5)
    assert fills(events) == [(200, 100.01), (300, 100.02)]
    assert statuses(events) == ["PendingSubmit", "Submitted", "Submitted", "Filled"]


def test_what_was_taken_is_gone_until_the_book_is_refreshed():
    exchange = started(market(), limit("BUY", 200, 100.01), limit("BUY", 200, 100.01), seed=1)
    assert fills(exchange.advance(T0 + 0.9)) == [(200, 100.01)]
    assert fills(exchange.advance(T0 + 1.0)) == [(200, 100.01)]


def test_a_resting_order_waits_for_the_queue_ahead_of_it():
    shown = market().trade(1, T0 + 1, 99.99, 250, -1).trade(1, T0 + 2, 99.99, 120, -1)
    exchange = started(shown, limit("BUY", 100, 99.99))
    assert fills(exchange.advance(T0 + 1.5)) == []
    assert fills(exchange.advance(T0 + 2.5)) == [(70, 99.99)]


def test_cancels_ahead_move_an_order_up():
    shown = market().show(1, T0 + 0.5, [(99.99, 40)], ASKS).trade(1, T0 + 2, 99.99, 120, -1)
    assert fills(started(shown, limit("BUY", 100, 99.99)).advance(T0 + 3)) == [(80, 99.99)]


def test_a_print_through_the_limit_fills_at_once():
    shown = market().trade(1, T0 + 1.5, 99.98, 60, -1)
    assert fills(started(shown, limit("BUY", 100, 99.99)).advance(T0 + 3)) == [(60, 99.99)]


def test_a_print_that_our_own_side_began_leaves_us_waiting():
    shown = market().show(1, T0 + 0.5, [(99.99, 1)], ASKS).trade(1, T0 + 2.5, 99.99, 500, 1)
    assert fills(started(shown, limit("BUY", 100, 99.99)).advance(T0 + 3)) == []


def test_a_dark_print_fills_nobody():
    shown = market().trade(1, T0 + 1.5, 99.5, 60, -1, dark=True)
    assert fills(started(shown, limit("BUY", 100, 99.99)).advance(T0 + 3)) == []


def test_a_print_is_shared_by_price_then_time():
    shown = market().trade(1, T0 + 1.5, 99.97, 250, -1)
    exchange = started(
        shown, limit("BUY", 100, 99.98), limit("BUY", 100, 99.99), limit("BUY", 100, 99.98)
    )
    told = [each for each in exchange.advance(T0 + 3) if isinstance(each, Executed)]
    assert [(each.order_id, each.execution.shares) for each in told] == [
        (2, 100),
        (1, 100),
        (3, 50),
    ]


def test_a_book_that_comes_to_a_resting_order_fills_it():
    shown = market().show(1, T0 + 1.5, [(99.9, 100)], [(99.95, 30), (99.99, 500)])
    exchange = started(shown, limit("BUY", 100, 99.97), seed=1)
    assert fills(exchange.advance(T0 + 2)) == [(30, 99.95)]


def test_now_and_then_an_order_trades_better_than_displayed_inside_the_spread():
    prices = set()
    for seed in range(60):
        prices |= set(fills(started(market(), Order("BUY", 10, "MKT"), seed=seed).advance(T0 + 1)))
    assert prices == {(10, 100.01), (10, 100.0)}


def test_ioc_takes_what_is_there_and_ends():
    events = started(market(), limit("BUY", 300, 100.01, tif="IOC"), seed=1).advance(T0 + 1)
    assert fills(events) == [(200, 100.01)]
    assert statuses(events)[-1] == "Cancelled"
    assert errors(events) == [(202, "Order Canceled - reason:")]


def test_fok_takes_all_or_nothing():
    none = started(market(), limit("BUY", 300, 100.01, tif="FOK")).advance(T0 + 1)
    assert fills(none) == []
    assert statuses(none)[-1] == "Cancelled"
    whole = started(market(), limit("BUY", 300, 100.02, tif="FOK"), seed=1).advance(T0 + 1)
    assert fills(whole) == [(200, 100.01), (100, 100.02)]


def test_a_stop_triggers_on_the_last_price_and_becomes_a_market_order():
    stop = Order("SELL", 100, "STP", aux_price=99.9)
    shown = market().trade(1, T0 + 1, 99.95, 10, -1).trade(1, T0 + 2, 99.9, 10, -1)
    exchange = started(shown, stop, seed=1)
    early = exchange.advance(T0 + 1.5)
    assert statuses(early) == ["PendingSubmit", "PreSubmitted"]
    assert [each for each in early if isinstance(each, StatusChanged)][-1].why_held == "trigger"
    late = exchange.advance(T0 + 3)
    assert statuses(late) == ["Submitted", "Filled"]
    assert fills(late) == [(100, 99.99)]


def test_a_stop_limit_rests_at_its_limit_once_triggered():
    order = Order("BUY", 100, "STP LMT", lmt_price=100.0, aux_price=100.02)
    shown = market().trade(1, T0 + 1, 100.02, 10, 1).trade(1, T0 + 2, 99.97, 70, -1)
    assert fills(started(shown, order).advance(T0 + 3)) == [(70, 100.0)]


@pytest.mark.parametrize("percent", [None, 0.2])
def test_a_trailing_stop_follows_up_and_not_down(percent):
    order = Order(
        "SELL",
        100,
        "TRAIL",
        aux_price=None if percent else 0.2,
        trailing_percent=percent,
    )
    shown = market()
    for second, price in enumerate((100.0, 100.5, 100.4, 100.31, 100.29), 1):
        shown.trade(1, T0 + second, price, 10, 1)
    exchange = started(shown, order)
    assert fills(exchange.advance(T0 + 4.5)) == []
    opened = [each for each in exchange.open_orders() if isinstance(each, Opened)]
    assert opened[0].order.trail_stop_price == pytest.approx(100.3, abs=0.002)
    assert len(fills(exchange.advance(T0 + 6))) == 1


def test_a_trailing_stop_limit_rests_by_its_offset():
    order = Order("SELL", 50, "TRAIL LIMIT", aux_price=0.1, lmt_price_offset=0.02)
    shown = market().trade(1, T0 + 1, 100.3, 9, 1).trade(1, T0 + 2, 100.2, 9, -1)
    exchange = started(shown.trade(1, T0 + 3, 100.3, 20, 1), order)
    assert fills(exchange.advance(T0 + 4)) == [(20, 100.18)]


def test_an_adaptive_order_works_from_the_near_to_the_far_side():
    asked = limit(
        "BUY", 100, 100.02, algo_strategy="Adaptive", algo_params=(("adaptivePriority", "Urgent"),)
    )
    exchange = started(market(), asked, seed=1)
    assert fills(exchange.advance(T0 + 3)) == []
    assert fills(exchange.advance(T0 + 8)) in ([(100, 100.01)], [(100, 100.0)])


def test_an_adaptive_order_whose_limit_was_changed_filled_beyond_the_new_one():
    urgent = {"algo_strategy": "Adaptive", "algo_params": (("adaptivePriority", "Urgent"),)}
    for changed in (T0 + 2.5, T0 + 3.5):
        # It works from 100.01 down to the bid, and is on its way when its limit goes up.
        shown = market().trade(1, T0 + 3.6, 100.3, 500, 1)
        exchange = started(shown, limit("SELL", 50, 99.99, **urgent), seed=1)
        exchange.advance(changed)
        place(exchange, limit("SELL", 50, 100.2, **urgent), now=changed)
        assert fills(exchange.advance(T0 + 8)) == [(50, 100.2)]


def test_a_day_order_ends_with_the_session_and_a_gtc_waits_for_the_next():
    shown = market().trade(1, T0 + DAY, 99.5, 500, -1)
    exchange = started(shown, limit("BUY", 10, 99.9), limit("BUY", 10, 99.9, tif="GTC"))
    events = exchange.advance(CLOSES + 1)
    assert statuses(events, 1)[-1] == "Cancelled"
    assert statuses(events, 2)[-1] == "PreSubmitted"
    later = exchange.advance(T0 + DAY + 1)
    assert statuses(later, 2) == ["Submitted", "Filled"]


def test_an_order_outside_hours_waits_and_says_so():
    exchange = Exchange(market(), CLOSES + 60)
    place(exchange, limit("BUY", 10, 99.9), now=CLOSES + 60)
    events = exchange.advance(CLOSES + 61)
    assert statuses(events) == ["PendingSubmit", "PreSubmitted"]
    warning = (
        "Order Message:\nBUY 10 SPY ARCA\nWarning: your order will not be placed at the exchange "
        "until 2026-01-06 09:30:00 US/Eastern"
    )
    assert errors(events) == [(399, warning)]
    assert statuses(exchange.advance(OPENS + DAY + 1)) == ["Submitted"]


def test_outside_rth_works_limits_in_extended_hours():
    exchange = Exchange(market(), CLOSES + 60, seed=1)
    place(exchange, limit("BUY", 10, 100.01, outside_rth=True), now=CLOSES + 60)
    assert len(fills(exchange.advance(CLOSES + 61))) == 1


def test_nothing_is_taken_in_a_halt():
    shown = market()
    shown.halts.append((1, T0, T0 + 30))
    exchange = started(shown, Order("BUY", 10, "MKT"))
    assert fills(exchange.advance(T0 + 29.5)) == []
    assert len(fills(exchange.advance(T0 + 31))) == 1


def test_the_closing_auction_fills_moc_before_loc_and_no_more_than_it_traded():
    shown = market()
    shown.crosses[1, "close"] = Cross(CLOSES + 2, 100.4, 150)
    loc = Order("BUY", 100, "LOC", lmt_price=100.5)
    low = Order("BUY", 100, "LOC", lmt_price=100.3)
    exchange = started(shown, loc, low, Order("BUY", 100, "MOC"))
    assert fills(exchange.advance(CLOSES + 1)) == []
    told = [each for each in exchange.advance(CLOSES + 3) if isinstance(each, Executed)]
    assert [(each.order_id, each.execution.shares, each.execution.price) for each in told] == [
        (3, 100, 100.4),
        (1, 50, 100.4),
    ]
    assert exchange.open_orders() == []


def test_an_opening_order_trades_in_the_next_opening_auction():
    shown = market()
    shown.crosses[1, "open"] = Cross(OPENS + DAY, 101.0, 150)
    exchange = started(shown, Order("BUY", 100, "MKT", tif="OPG"))
    assert fills(exchange.advance(OPENS + DAY)) == [(100, 101.0)]


def test_an_order_on_two_contracts_keeps_each_on_its_own():
    shown = market().trade(2, T0 + 1, 99.5, 10, -1)
    exchange = started(shown, limit("BUY", 10, 99.98))
    place(exchange, limit("BUY", 10, 99.98), order_id=2, contract=AAPL)
    told = [each for each in exchange.advance(T0 + 2) if isinstance(each, Executed)]
    assert [each.order_id for each in told] == [2]
    assert told[0].contract == AAPL


def test_unknown_and_untradable_contracts_are_refused():
    exchange = started(market(), limit("BUY", 1, 5.0), contract=Contract(symbol="NOPE"))
    assert errors(exchange.advance(T0 + 1)) == [
        (200, "No security definition has been found for the request")
    ]
    place(exchange, limit("BUY", 1, 5.0), contract=SPX, now=T0 + 1, order_id=2)
    events = exchange.advance(T0 + 2)
    assert errors(events)[0][0] == 201
    assert statuses(events, 2) == ["Inactive"]


def test_far_from_the_market_the_book_is_looked_at_less_often():
    class Counting(Scripted):
        looks = 0

        def quote(self, contract, at):
            self.looks += 1
            return super().quote(contract, at)

    counts = []
    for price in (99.9, 90.0):
        shown = Counting(books=market().books)
        exchange = started(shown, limit("BUY", 100, price))
        exchange.advance(T0 + 1)
        before = shown.looks
        exchange.advance(T0 + 101)
        counts.append(shown.looks - before)
    assert counts == [100, 10]


def test_an_order_that_comes_near_again_by_a_change_is_looked_at_each_second():
    shown = market().show(1, T0 + 14.5, [(99.8, 100)], [(99.9, 500)])
    exchange = started(shown, limit("BUY", 100, 90.0), seed=1)
    exchange.advance(T0 + 13)
    place(exchange, limit("BUY", 100, 99.95), now=T0 + 13.5)
    assert fills(exchange.advance(T0 + 16)) == [(100, 99.9)]


def test_a_print_that_is_over_never_fills_an_order_that_was_changed_since():
    """Prints that no order had waited for were found again once a limit came to reach them."""
    shown = market().trade(1, T0 + 3, 99.0, 500, -1).trade(1, T0 + 5, 99.0, 500, -1)
    exchange = started(shown, limit("BUY", 100, 98.0))
    exchange.advance(T0 + 2.5)
    exchange.next_at()
    exchange.advance(T0 + 5)
    place(exchange, limit("BUY", 100, 99.5), now=T0 + 5)
    assert fills(exchange.advance(T0 + 9)) == []

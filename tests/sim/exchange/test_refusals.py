"""What the broker refuses, cancels and changes, in TWS's own codes and texts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quanticity.sim.exchange import Exchange, Fate, Opened, Order
from tests.sim.exchange.asking import (
    codes,
    errors,
    fills,
    limit,
    market,
    place,
    started,
    statuses,
)
from tests.sim.exchange.scripted import AAPL, CLOSES, ES, HOURS, T0, Scripted


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (limit("BUY", 10, 99.995), 110),
        (limit("BUY", 10, -1.0), 110),
        (Order("BUY", 10, "STP", aux_price=100.001), 110),
        (Order("BUY", 10, "TRAIL", aux_price=0.015), 110),
        (limit("BUY", 10, None), 321),
        (Order("BUY", 10, "STP LMT", lmt_price=100.0), 321),
        (Order("HOLD", 10, "MKT"), 321),
        (limit("BUY", 10, 99.0, account="DU0"), 321),
        (limit("BUY", 0, 99.0), 434),
        (limit("BUY", 0.5, 99.0), 10243),
        (limit("BUY", 10, 99.0, tif="GTX"), 10052),
        (Order("BUY", 10, "MOC", tif="GTC"), 113),
        (Order("BUY", 10, "STP", aux_price=101.0, tif="IOC"), 111),
        (Order("BUY", 10, "PEG MID"), 387),
        (limit("BUY", 10, 99.0, algo_strategy="Twap"), 387),
    ],
)
def test_an_order_that_is_wrong_as_such_is_refused_and_never_exists(order, code):
    exchange = started(market(), order)
    events = exchange.advance(T0 + 1)
    assert codes(events) == [code]
    assert statuses(events) == []
    assert exchange.open_orders() == exchange.completed() == []


def test_the_tick_text_is_tws_own():
    (told,) = errors(started(market(), limit("BUY", 10, 99.995)).advance(T0 + 1))
    assert told[1] == "The price does not conform to the minimum price variation for this contract."


def test_a_price_that_is_no_multiple_of_the_tick_of_a_future_is_refused():
    exchange = started(
        market().show(3, T0, [(6000.0, 5)], [(6000.25, 5)]),
        limit("BUY", 1, 6000.1),
        limit("BUY", 1, 6000.25),
        contract=ES,
    )
    events = exchange.advance(T0 + 1)
    assert codes(events) == [110]
    assert len(fills(events)) == 1


def test_too_much_for_the_account_is_rejected_with_both_figures():
    exchange = started(market(), limit("BUY", 30_000, 99.9))
    events = exchange.advance(T0 + 1)
    assert statuses(events) == ["Inactive"]
    ((code, text),) = errors(events)
    assert code == 201
    assert text.startswith("Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN")
    assert "LOAN VALUE [1002850.00 USD] MUST EXCEED THE INITIAL MARGIN [1500000.00 USD]" in text
    assert [each.state.status for each in exchange.completed()] == ["Inactive"]


def test_an_order_whose_margin_cannot_be_computed_is_rejected():
    exchange = started(market(), Order("BUY", 1, "MKT"), contract=ES)
    ((code, text),) = errors(exchange.advance(T0 + 1))
    assert code == 201
    assert "cannot be computed: no price for ES" in text


def test_what_frees_funds_is_taken_even_by_a_poor_account():
    shown = market().show(1, T0 + 5, [(40.0, 9000)], [(40.02, 9000)])
    exchange = started(shown, Order("BUY", 15_000, "MKT"))
    exchange.advance(T0 + 60)
    place(exchange, Order("SELL", 100, "MKT"), order_id=2, now=T0 + 60)
    place(exchange, Order("BUY", 20_000, "MKT"), order_id=3, now=T0 + 60)
    events = exchange.advance(T0 + 62)
    assert statuses(events, 2)[-1] == "Filled"
    assert statuses(events, 3) == ["Inactive"]


def test_the_twenty_first_working_order_on_a_side_is_rejected():
    exchange = started(market(), *(limit("BUY", 1, 99.0) for _ in range(21)))
    place(exchange, limit("SELL", 1, 101.0), order_id=30)
    place(exchange, limit("BUY", 1, 99.0), order_id=31, contract=AAPL)
    events = exchange.advance(T0 + 1)
    assert [code for code, _ in errors(events)] == [201]
    assert statuses(events, 21) == ["Inactive"]
    exchange.cancel(7, 1, T0 + 1)
    exchange.advance(T0 + 2)
    place(exchange, limit("BUY", 1, 99.0), order_id=32, now=T0 + 2)
    assert statuses(exchange.advance(T0 + 3), 32)[-1] == "Submitted"


def test_orders_of_the_closing_auction_come_too_late_ten_minutes_before():
    exchange = Exchange(market(), CLOSES - 500)
    place(exchange, Order("BUY", 10, "MOC"), now=CLOSES - 500)
    assert codes(exchange.advance(CLOSES - 499)) == [201]


def test_a_number_that_was_used_is_a_duplicate():
    exchange = started(market(), limit("BUY", 10, 99.0), Order("BUY", 10, "MKT"))
    exchange.advance(T0 + 1)
    exchange.cancel(7, 1, T0 + 1)
    exchange.advance(T0 + 2)
    place(exchange, limit("BUY", 10, 99.0), order_id=1, now=T0 + 2)
    place(exchange, Order("BUY", 20, "MKT"), order_id=2, now=T0 + 2)
    assert errors(exchange.advance(T0 + 3)) == [
        (103, "Duplicate order id"),
        (104, "Cannot modify a filled order."),
    ]
    assert exchange.next_order_id(7) == 3
    assert exchange.next_order_id(8) == 1


def test_a_number_stays_used_when_its_day_is_over():
    exchange = started(market(), Order("BUY", 10, "MKT"))
    exchange.advance(T0 + 11 * 3600)
    assert exchange.completed() == []
    place(exchange, limit("BUY", 10, 99.0), now=T0 + 11 * 3600)
    assert codes(exchange.advance(T0 + 11 * 3600 + 1)) == [103]


def test_numbers_belong_to_their_clients():
    exchange = started(market(), limit("BUY", 10, 99.0))
    place(exchange, limit("BUY", 20, 98.0), client=8)
    exchange.advance(T0 + 1)
    assert len(exchange.open_orders()) == 4
    assert len(exchange.open_orders(8)) == 2
    exchange.cancel(8, 1, T0 + 1)
    exchange.advance(T0 + 2)
    assert exchange.open_orders(8) == []


def test_cancels_of_what_is_unknown_or_over_have_their_own_codes():
    exchange = started(market(), Order("BUY", 10, "MKT"))
    exchange.advance(T0 + 1)
    exchange.cancel(7, 99, T0 + 1)
    exchange.cancel(7, 1, T0 + 1)
    assert errors(exchange.advance(T0 + 2)) == [
        (10147, "OrderId 99 that needs to be cancelled is not found."),
        (10148, "OrderId 1 that needs to be cancelled can not be cancelled, state: Filled."),
    ]


def test_a_cancel_is_told_when_it_has_arrived():
    exchange = started(market(), limit("BUY", 10, 99.0))
    exchange.advance(T0 + 1)
    exchange.cancel(7, 1, T0 + 1)
    events = exchange.advance(T0 + 2)
    assert statuses(events) == ["PendingCancel", "Cancelled"]
    assert errors(events) == [(202, "Order Canceled - reason:")]


def test_a_cancel_can_come_too_late():
    shown = market().trade(1, T0 + 1.01, 99.0, 500, -1)
    exchange = started(shown, limit("BUY", 10, 99.5))
    exchange.advance(T0 + 1)
    exchange.cancel(7, 1, T0 + 1)
    events = exchange.advance(T0 + 2)
    assert statuses(events) == ["PendingCancel", "Filled"]
    assert codes(events) == [10148]


def test_an_order_that_is_still_on_its_way_is_cancelled_at_once():
    exchange = started(market(), Order("BUY", 10, "MKT"))
    exchange.cancel(7, 1, T0 + 0.01)
    events = exchange.advance(T0 + 1)
    assert statuses(events) == ["PendingSubmit", "ApiCancelled"]
    assert fills(events) == []


def test_a_global_cancel_ends_everything():
    exchange = started(market(), limit("BUY", 10, 99.0), limit("SELL", 10, 101.0))
    place(exchange, limit("BUY", 20, 98.0), client=8)
    exchange.advance(T0 + 1)
    exchange.cancel_all(T0 + 1)
    exchange.advance(T0 + 2)
    assert exchange.open_orders() == []


def test_a_change_of_price_takes_what_it_now_reaches():
    exchange = started(market(), limit("BUY", 10, 99.0))
    exchange.advance(T0 + 1)
    place(exchange, limit("BUY", 10, 100.01), now=T0 + 1.5)
    events = exchange.advance(T0 + 2)
    assert len(fills(events)) == 1
    assert [each.order.lmt_price for each in events if isinstance(each, Opened)] == [100.01]


def test_a_change_of_price_goes_to_the_end_of_the_queue():
    shown = market().trade(1, T0 + 3, 99.99, 350, -1)
    exchange = started(shown, limit("BUY", 100, 99.99), limit("BUY", 100, 99.99))
    exchange.advance(T0 + 1)
    place(exchange, limit("BUY", 100, 99.0), now=T0 + 1)
    place(exchange, limit("BUY", 100, 99.99), now=T0 + 2)
    events = exchange.advance(T0 + 4)
    assert statuses(events, 1) == []
    assert fills(events) == [(50, 99.99)]


def test_a_change_of_what_the_order_is_is_refused():
    exchange = started(market(), limit("BUY", 10, 99.0))
    exchange.advance(T0 + 1)
    place(exchange, limit("SELL", 10, 99.0), now=T0 + 1)
    place(exchange, limit("BUY", 10, 99.0), contract=AAPL, now=T0 + 1)
    place(exchange, limit("BUY", 10, 99.005), now=T0 + 1)
    assert codes(exchange.advance(T0 + 2)) == [105, 105, 110]


def test_a_larger_quantity_must_be_borne_by_the_account():
    exchange = started(market(), limit("BUY", 10, 99.0))
    exchange.advance(T0 + 1)
    place(exchange, limit("BUY", 90_000, 99.0), now=T0 + 1)
    events = exchange.advance(T0 + 2)
    assert codes(events) == [201]
    assert statuses(events) == []


def test_an_empty_time_in_force_is_set_to_day_and_said():
    exchange = started(market(), limit("BUY", 10, 99.0, tif=""))
    events = exchange.advance(T0 + 1)
    assert errors(events) == [(10349, "Order TIF was set to DAY based on order preset.")]
    assert statuses(events)[-1] == "Submitted"
    assert {each.order.tif for each in events if isinstance(each, Opened)} == {"DAY"}


def test_outside_rth_is_ignored_for_market_orders_and_said():
    exchange = started(market(), Order("BUY", 10, "MKT", outside_rth=True))
    assert codes(exchange.advance(T0 + 1)) == [2109]


def test_an_order_goes_inactive_and_its_reason_comes_late():
    exchange = started(market())
    fate = Fate(inactive="No trading permissions", late=5.0)
    place(exchange, limit("BUY", 10, 100.01), fate=fate)
    early = exchange.advance(T0 + 4)
    assert statuses(early) == ["PendingSubmit", "Inactive"]
    assert errors(early) == []
    late = exchange.advance(T0 + 6)
    assert errors(late) == [(201, "Order rejected - reason:No trading permissions")]


def test_a_what_if_tells_margins_and_commission_and_places_nothing():
    exchange = started(market(), replace(limit("BUY", 100, 100.0), what_if=True))
    (told,) = exchange.advance(T0 + 1)
    assert isinstance(told, Opened)
    state = told.state
    assert (state.init_margin_before, state.init_margin_after) == (0.0, 5000.0)
    assert state.maint_margin_after == 2500.0
    assert state.commission == 1.0
    assert state.equity_with_loan_after == pytest.approx(1e6 - 1.0)
    assert exchange.open_orders() == exchange.completed() == []


def test_a_what_if_without_a_price_says_so_instead_of_a_figure():
    exchange = started(market(), Order("BUY", 1, "MKT", what_if=True), contract=ES)
    (told,) = exchange.advance(T0 + 1)
    assert isinstance(told, Opened)
    assert told.state.init_margin_after is None
    assert told.state.warning_text == "no price for ES"


def test_a_contract_that_has_expired_is_unknown():
    shown = market().show(3, T0, [(6000.0, 5)], [(6000.25, 5)])
    shown.listings[3] = replace(shown.listings[3], expires=T0)
    exchange = started(shown, limit("BUY", 1, 6000.25), contract=ES)
    assert codes(exchange.advance(T0 + 1)) == [200]


def test_a_contract_without_any_session_ahead_is_refused_and_ends_what_waits_for_one():
    class Delisted(Scripted):
        def session(self, contract, at):
            if at >= CLOSES:
                raise LookupError("SPY trades no more")
            return super().session(contract, at)

    shown = Delisted(books=market().books, hours=replace(HOURS, extended_closes=CLOSES))
    exchange = started(shown, limit("BUY", 10, 99.0, tif="GTC"))
    events = exchange.advance(CLOSES + 1)
    assert errors(events) == [(202, "Order Canceled - reason:the contract no longer trades")]
    place(exchange, limit("BUY", 10, 99.0), order_id=2, now=CLOSES + 1)
    assert codes(exchange.advance(CLOSES + 2)) == [201]


def test_an_order_that_is_being_cancelled_says_so_until_it_is():
    shown = market().trade(1, T0 + 1.01, 99.0, 5, -1)
    exchange = started(shown, limit("BUY", 10, 99.5))
    exchange.advance(T0 + 1)
    exchange.cancel(7, 1, T0 + 1)
    events = exchange.advance(T0 + 2)
    assert statuses(events) == ["PendingCancel", "PendingCancel", "Cancelled"]
    assert fills(events) == [(5, 99.5)]


def test_a_waiting_order_that_may_now_trade_outside_hours_begins_then():
    exchange = Exchange(market(), CLOSES + 60, seed=1)
    place(exchange, limit("BUY", 10, 100.01), now=CLOSES + 60)
    exchange.advance(CLOSES + 61)
    place(exchange, limit("BUY", 10, 100.01, outside_rth=True), now=CLOSES + 61)
    assert statuses(exchange.advance(CLOSES + 62))[-1] == "Filled"


def test_a_change_to_ioc_ends_what_rests():
    exchange = started(market(), limit("BUY", 10, 99.0))
    exchange.advance(T0 + 1)
    place(exchange, limit("BUY", 10, 99.0, tif="IOC"), now=T0 + 1)
    assert statuses(exchange.advance(T0 + 2))[-1] == "Cancelled"

"""Cash, positions, profit and loss, margin: against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.exchange import Contract, Exchange, Listing, Order
from quanticity.sim.exchange.accounts import Account
from quanticity.sim.exchange.commissions import commission
from quanticity.sim.exchange.margin import Holding, requirement
from tests.sim.exchange.asking import limit, market, place, started
from tests.sim.exchange.scripted import AAPL, ES, EUR, LISTINGS, SPY, T0, Scripted, option


def held(exchange):
    return {each.contract.con_id: each for each in exchange.positions(exchange.accounts[0])}


def cash(exchange, currency="USD"):
    return exchange.cash(exchange.accounts[0])[currency]


def figure(exchange, key, currency="USD"):
    (found,) = [
        each.value
        for each in exchange.values(exchange.accounts[0])
        if (each.key, each.currency) == (key, currency)
    ]
    return float(found)


def flat(price, con_id=1, spread=0.0):
    """A market with one price, deep on both sides."""
    return market().show(con_id, T0 - 5, [(price - spread, 9e6)], [(price + spread, 9e6)])


def test_average_cost_has_commissions_in_it_and_cash_has_paid_them():
    exchange = started(flat(100.0), limit("BUY", 100, 100.0))
    exchange.advance(T0 + 1)
    assert held(exchange)[1].average_cost == pytest.approx(100.01)
    assert cash(exchange) == pytest.approx(1e6 - 10_000 - 1)


def test_a_round_trip_realises_its_profit_less_both_commissions():
    shown = flat(100.0).show(1, T0 + 5, [(101.0, 1e6)], [(101.0, 1e6)])
    exchange = started(shown, limit("BUY", 100, 100.0))
    exchange.advance(T0 + 6)
    pnl = exchange.pnl("DU1234567", 1)
    assert (pnl.daily, pnl.unrealized, pnl.realized) == (99.0, pytest.approx(99.0), 0.0)
    place(exchange, limit("SELL", 100, 101.0), order_id=2, now=T0 + 6)
    exchange.advance(T0 + 8)
    assert held(exchange) == {}
    pnl = exchange.pnl("DU1234567")
    assert pnl.realized == pnl.daily == pytest.approx(98.0)
    assert cash(exchange) == pytest.approx(1e6 + 98)


def test_a_fill_beyond_zero_closes_all_and_opens_the_rest():
    account = Account(name="A", cash={"USD": 0.0})
    assert account.trade(SPY, 1.0, 100, 10.0, 1.0) is None
    assert account.trade(SPY, 1.0, -150, 12.0, 3.0) == pytest.approx(200 - 1 - 2)
    position = account.positions[1]
    assert position.quantity == -50
    assert position.average_cost == pytest.approx(12.0 - 1 / 50)
    assert account.cash["USD"] == pytest.approx(-1000 - 1 + 1800 - 3)


TRADES = st.lists(
    st.tuples(st.integers(-20, 20).filter(bool), st.integers(1, 500), st.integers(0, 300)),
    min_size=1,
    max_size=20,
)


@given(trades=TRADES, mark=st.integers(1, 500), kind=st.sampled_from((SPY, ES)))
def test_realised_and_open_profit_are_all_that_was_made(trades, mark, kind):
    account = Account(name="A", cash={"USD": 0.0})
    made = 0.0
    for signed, price, fee in trades:
        account.trade(kind, 50.0, signed, price, fee / 100)
        made += signed * (mark - price) * 50 - fee / 100
    position = account.positions[kind.con_id]
    open_profit = position.value(mark) - position.cost
    assert account.realized.get("USD", 0.0) + open_profit == pytest.approx(made, abs=1e-6)
    worth = position.value(mark) - (position.paid if kind is ES else 0.0)
    assert account.cash["USD"] + worth == pytest.approx(made, abs=1e-6)


def test_a_future_pays_only_what_it_realises():
    shown = flat(6000.0, 3).show(3, T0 + 5, [(6010.0, 99)], [(6010.0, 99)])
    exchange = started(shown, limit("BUY", 2, 6000.0), contract=ES)
    exchange.advance(T0 + 1)
    assert cash(exchange) == pytest.approx(1e6 - 4.5)
    assert figure(exchange, "InitMarginReq") == 24_000
    assert figure(exchange, "MaintMarginReq") == 22_000
    assert [figure(exchange, f"InitMarginReq-{one}") for one in "SC"] == [0, 24_000]
    assert [figure(exchange, f"MaintMarginReq-{one}") for one in "SC"] == [0, 22_000]
    place(exchange, Order("SELL", 2, "MKT"), order_id=2, contract=ES, now=T0 + 6)
    exchange.advance(T0 + 8)
    assert cash(exchange) == pytest.approx(1e6 + 1000 - 9)


def test_spot_currency_exchanges_one_balance_for_the_other():
    shown = flat(1.1, 4)
    shown.rates["EUR"] = 1.1
    exchange = started(shown, Order("BUY", 50_000, "MKT"), contract=EUR)
    exchange.advance(T0 + 1)
    assert cash(exchange, "EUR") == 50_000
    assert cash(exchange) == pytest.approx(1e6 - 55_000 - 2)
    assert figure(exchange, "NetLiquidation") == pytest.approx(1e6 - 2)
    assert figure(exchange, "InitMarginReq") == pytest.approx(55_000 * 0.025)
    assert figure(exchange, "InitMarginReq-S") == pytest.approx(55_000 * 0.025)
    assert figure(exchange, "InitMarginReq-C") == 0


def test_a_value_without_its_rate_is_not_told_as_a_figure():
    market = flat(1.1, 4)
    market.rates["EUR"] = 1.1
    exchange = started(market, Order("BUY", 50_000, "MKT"), contract=EUR)
    exchange.advance(T0 + 1)
    del market.rates["EUR"]
    shown = {each.key: each.value for each in exchange.values("DU1234567")}
    assert "NetLiquidation" not in shown
    assert shown["Unavailable"] == "no rate of EUR in USD"
    pnl = exchange.pnl("DU1234567")
    assert (pnl.daily, pnl.reason) == (None, "no rate of EUR in USD")


def test_equity_margin_and_buying_power():
    exchange = started(flat(100.0), limit("BUY", 1000, 100.0))
    exchange.advance(T0 + 1)
    fee = 5.0
    assert figure(exchange, "NetLiquidation") == pytest.approx(1e6 - fee)
    assert figure(exchange, "StockMarketValue") == 100_000
    assert figure(exchange, "InitMarginReq") == 50_000
    assert figure(exchange, "MaintMarginReq") == 25_000
    assert figure(exchange, "AvailableFunds") == pytest.approx(1e6 - fee - 50_000)
    assert figure(exchange, "ExcessLiquidity") == pytest.approx(1e6 - fee - 25_000)
    assert figure(exchange, "BuyingPower") == pytest.approx(4 * (1e6 - fee - 50_000))


def test_daily_figures_begin_anew_when_the_day_ends():
    shown = flat(100.0).show(1, T0 + 5, [(102.0, 1e6)], [(102.0, 1e6)])
    exchange = started(shown, limit("BUY", 100, 100.0))
    exchange.advance(T0 + 10 * 3600 - 1)
    assert exchange.pnl("DU1234567").daily == pytest.approx(199)
    assert len(exchange.executions()) == 1
    exchange.advance(T0 + 10 * 3600)
    assert exchange.pnl("DU1234567").daily == 0
    assert exchange.pnl("DU1234567", 1).daily == 0
    assert exchange.pnl("DU1234567").unrealized == pytest.approx(199)
    assert exchange.executions() == []


def test_after_the_close_a_position_counts_at_its_last_quote():
    """An option has no quote at night: accounts that held one were worth nothing anybody knew."""

    class Closing(Scripted):
        def quote(self, contract, at):
            session = self.session(contract, at)
            open_now = session.opens <= at < session.closes
            return super().quote(contract, at) if open_now and at != T0 + 60 else None

    shown = Closing(books=flat(100.0).books)
    exchange = Exchange(shown, T0, seed=1)
    place(exchange, limit("BUY", 10, 100.0))
    exchange.advance(T0 + 60)
    assert exchange.pnl("DU1234567").reason == "no price for SPY"
    for hours in (7, 9, 15):
        exchange.advance(T0 + hours * 3600)
        assert exchange.pnl("DU1234567").value == pytest.approx(1e6 - 1)
    assert exchange.pnl("DU1234567").daily == 0


def test_accounts_are_apart():
    exchange = Exchange(market(), T0, accounts=("DU1", "DU2"), seed=1)
    place(exchange, limit("BUY", 10, 100.01, account="DU2"))
    exchange.advance(T0 + 1)
    assert exchange.positions("DU1") == []
    assert [each.quantity for each in exchange.positions("DU2")] == [10]
    assert exchange.cash("DU1") == {"USD": 1e6}
    with pytest.raises(KeyError):
        exchange.positions("DU3")


@pytest.mark.parametrize(
    ("contract", "quantity", "value", "charge"),
    [
        (SPY, 10, 1000.0, 1.0),
        (SPY, 1000, 100_000.0, 5.0),
        (SPY, 100, 20.0, 0.2),
        (LISTINGS[3].contract, 3, 1.0, 6.75),
        (option(11, "C", 100).contract, 1, 100.0, 1.0),
        (option(11, "C", 100).contract, 10, 1000.0, 6.5),
        (EUR, 20_000, 22_000.0, 2.0),
        (EUR, 1e6, 1.1e6, 22.0),
        (Contract(sec_type="CRYPTO"), 1, 60_000.0, 108.0),
        (SPY, 0, 0.0, 0.0),
    ],
)
def test_commissions_follow_their_schedules(contract, quantity, value, charge):
    assert commission(contract, quantity, value) == charge


def test_the_least_commission_is_charged_once_an_order():
    shown = market().trade(1, T0 + 1, 99.5, 10, -1).trade(1, T0 + 2, 99.5, 10, -1)
    exchange = started(shown, limit("BUY", 20, 99.9))
    exchange.advance(T0 + 3)
    charges = [
        exchange.commission(each.execution.exec_id).commission for each in exchange.executions()
    ]
    assert charges == [1.0, 0.0]


# Margin, by hand.


def hold(right, strike, quantity, price, *, spot=100.0, expires=None):
    listing = option(int(strike) * (1 if right == "C" else -1), right, strike)
    if expires is not None:
        listing = replace(listing, expires=expires)
    return Holding(listing, quantity, price, 1.0, spot)


CALL_SPREAD = (hold("C", 105, -1, 2), hold("C", 110, 1, 1))
UNLISTED_MARGIN = replace(LISTINGS[3], margin=None)


def stock(quantity):
    return Holding(LISTINGS[1], quantity, 100.0, 1.0)


@pytest.mark.parametrize(
    ("name", "holdings", "initial"),
    [
        ("long stock", [stock(100)], 5000),
        ("short stock", [stock(-100)], 5000),
        ("long options bind nothing", [hold("C", 100, 5, 2.0)], 0),
        ("a debit vertical binds nothing", [hold("C", 100, 1, 2), hold("C", 105, -1, 1)], 0),
        ("a credit vertical its width", [hold("C", 100, -1, 2), hold("C", 105, 1, 1)], 500),
        (
            "a condor one of its widths",
            [
                hold("P", 90, 1, 1),
                hold("P", 95, -1, 2),
                hold("C", 105, -1, 2),
                hold("C", 110, 1, 1),
            ],
            500,
        ),
        ("a naked call 20 % less what it is out", [hold("C", 105, -1, 1.5)], 150 + 1500),
        ("a far naked call at least 10 %", [hold("C", 130, -1, 0.1)], 10 + 1000),
        ("a naked put", [hold("P", 95, -2, 1.5)], 2 * (150 + 1500)),
        ("a far naked put 10 % of its strike", [hold("P", 60, -1, 0.1)], 10 + 600),
        ("a covered call only its shares", [stock(100), hold("C", 105, -1, 1.5)], 5000),
        ("shares cover once", [stock(100), hold("C", 105, -2, 1.5)], 5000 + 1650),
        (
            "another expiry covers nothing",
            [hold("C", 105, -1, 1.5), hold("C", 100, 1, 3.0, expires=T0 + 9e6)],
            1650,
        ),
        (
            "a ratio spread its width and the naked one",
            [hold("C", 100, 1, 2.0), hold("C", 105, -2, 1.0)],
            100 + 1500,
        ),
        (
            "a future by its share",
            [Holding(replace(LISTINGS[3], margin=None), 1, 6000, 1.0)],
            30_000,
        ),
        ("a future by its listing", [Holding(LISTINGS[3], -2, 6000, 1.0)], 24_000),
        ("crypto is paid in full", [Holding(Listing(Contract(sec_type="CRYPTO")), 1, 9.0, 1.0)], 9),
    ],
)
def test_margins_by_hand(name, holdings, initial):
    assert requirement(holdings, 0.0)[0] == pytest.approx(initial), name


SPREADS = st.lists(
    st.tuples(
        st.sampled_from("CP"),
        st.integers(18, 22).map(lambda step: step * 5.0),
        st.integers(-4, 4).filter(bool),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each[:2],
)


@given(legs=SPREADS)
def test_margin_is_never_below_zero_and_covers_what_defined_risk_can_lose(legs):
    holdings = [hold(right, strike, quantity, 1.0) for right, strike, quantity in legs]
    initial, maintenance = requirement(holdings, 0.0)
    assert initial == maintenance >= 0
    calls = sum(quantity for right, _, quantity in legs if right == "C")
    puts = sum(quantity for right, _, quantity in legs if right == "P")
    if calls >= 0 and puts >= 0:
        for spot in range(0, 200, 5):
            pays = sum(
                quantity * 100 * max(spot - strike if right == "C" else strike - spot, 0)
                for right, strike, quantity in legs
            )
            assert initial >= -pays - 1e-6


def test_a_naked_option_without_a_price_of_its_underlying_has_no_margin():
    with pytest.raises(ValueError, match="no price for the underlying of SPY 260105C105"):
        requirement([hold("C", 105, -1, 1.0, spot=None)], 0.0)


def test_two_stocks_are_two_positions():
    exchange = started(market(), limit("BUY", 10, 100.01), seed=1)
    place(exchange, limit("SELL", 10, 99.99), order_id=2, contract=AAPL)
    exchange.advance(T0 + 1)
    assert {key: each.quantity for key, each in held(exchange).items()} == {1: 10, 2: -10}

"""What must hold of any orders in any market."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.sim.exchange import (
    Commission,
    Event,
    Exchange,
    Executed,
    Opened,
    Order,
    Settled,
    StatusChanged,
)
from quanticity.sim.exchange.floor import REFRESH
from quanticity.sim.exchange.state import decode
from tests.conftest import SOAK
from tests.sim.exchange.scripted import MARKETS, SPY, T0, drawn
from tests.sim.exchange.scripts import END, SECONDS, do, orders, play, scripts

pytestmark = pytest.mark.timeout(3600 if SOAK else 120)
# To draw a market takes longer than to play one.
SEEDS = st.integers(0, 2**32 if SOAK else MARKETS - 1)
OVER = {"Filled", "Cancelled", "ApiCancelled", "Inactive"}
ALL = settings(max_examples=1200 if SOAK else 60)
PACES = st.lists(st.sampled_from((0.004, 0.03, 0.1, 0.5, 1.0, 2.5, 9.0)), min_size=1, max_size=5)


def own(executed: Executed) -> bool:
    """Whether an execution is the order's own, and not a leg's of its combo."""
    return executed.execution.exec_id.endswith(".01.01")


def number(figure: float | None) -> float:
    """A figure that must be there."""
    assert figure is not None
    return figure


@ALL
@given(script=scripts(), seed=SEEDS)
def test_filled_and_remaining_always_make_the_quantity(script, seed):
    _, _, events = play(script, seed)
    quantity: dict[int, float] = {}
    filled: dict[int, float] = defaultdict(float)
    for each in events:
        if isinstance(each, Opened):
            quantity[each.order_id] = each.order.total_quantity
        elif isinstance(each, Executed) and own(each):
            filled[each.order_id] += each.execution.shares
            assert each.execution.cumulative == pytest.approx(filled[each.order_id])
        elif isinstance(each, StatusChanged) and each.order_id in quantity:
            assert each.filled == pytest.approx(filled[each.order_id])
            assert each.filled + each.remaining == pytest.approx(quantity[each.order_id])
            assert each.remaining >= 0


@ALL
@given(script=scripts(), seed=SEEDS)
def test_events_come_in_the_order_of_time(script, seed):
    _, _, events = play(script, seed)
    times = [each.time for each in events]
    assert times == sorted(times)


@ALL
@given(script=scripts(), seed=SEEDS)
def test_no_fill_is_worse_than_the_limit(script, seed):
    _, _, events = play(script, seed)
    terms: dict[int, Order] = {}
    for each in events:
        if isinstance(each, Opened):
            terms[each.order_id] = each.order
        elif isinstance(each, Executed) and own(each):
            order = terms[each.order_id]
            if order.lmt_price is not None:
                assert order.sign * (each.execution.price - order.lmt_price) <= 1e-6


@ALL
@given(script=scripts(), seed=SEEDS)
def test_fills_at_a_print_never_exceed_what_it_printed(script, seed):
    market, _, events = play(script, seed)
    filled: dict[tuple[int, float], float] = defaultdict(float)
    printed: dict[tuple[int, float], float] = defaultdict(float)
    for each in events:
        if isinstance(each, Executed) and each.execution.last_liquidity == 1:
            filled[each.contract.con_id, each.execution.time] += each.execution.shares
    for con_id, rows in market.trades.items():
        for time, _, size, _ in rows:
            printed[con_id, time] += size
    for where, shares in filled.items():
        assert shares <= printed[where] + 1e-6


@ALL
@given(script=scripts(con_ids=(1, 11, 12, 0)), seed=SEEDS)
def test_what_is_taken_from_the_book_was_displayed(script, seed):
    market, _, events = play(script, seed)
    taken: dict[tuple[int, str, int], float] = defaultdict(float)
    for each in events:
        if isinstance(each, Executed) and each.contract.con_id:
            told = each.execution
            if told.last_liquidity == 2:
                taken[each.contract.con_id, told.side, int(told.time // REFRESH)] += told.shares
    for (con_id, side, second), shares in taken.items():
        shown: dict[float, float] = {}
        start, until = second * REFRESH, (second + 1) * REFRESH
        books = market.books[con_id]
        inside = [each for each in books if start <= each.time < until]
        inside += [each for each in books if each.time < start][-1:]
        for book in inside:
            for level in book.asks if side == "BOT" else book.bids:
                shown[level.price] = max(shown.get(level.price, 0.0), level.size)
        assert shares <= sum(shown.values()) + 1e-6


@ALL
@given(data=st.data(), seed=SEEDS)
def test_own_orders_are_filled_by_price_then_time(data, seed):
    """Where a print filled an order, no better one that came before still waits after it."""
    market = drawn(seed, SECONDS)
    exchange = Exchange(market, T0, seed=seed)
    script = []
    for number in range(1, data.draw(st.integers(2, 8)) + 1):
        asked = data.draw(orders(1, number, kinds=("LMT",), groups=False))
        asked = replace(asked, tif="DAY", transmit=True, outside_rth=False, algo_strategy="")
        script.append(asked)
        exchange.place(7, number, SPY, asked, T0 + number)
    events = exchange.advance(END)
    left = {number: asked.total_quantity for number, asked in enumerate(script, 1)}
    over: set[int] = set()
    arrived: dict[int, float] = {}
    pending: list[tuple[float, int]] = []
    for each in events:
        while pending and each.time > pending[0][0]:
            _check_priority(pending.pop(0), script, left, over, arrived)
        if isinstance(each, StatusChanged):
            if each.status == "Submitted":
                arrived.setdefault(each.order_id, each.time)
            if each.status in OVER:
                over.add(each.order_id)
        elif isinstance(each, Executed):
            left[each.order_id] -= each.execution.shares
            if each.execution.last_liquidity == 1:
                pending.append((each.time, each.order_id))


def _check_priority(filled, script, left, over, arrived):
    at, number = filled
    mine = script[number - 1]
    for other, asked in enumerate(script, 1):
        better = asked.sign * ((asked.lmt_price or 0) - (mine.lmt_price or 0))
        before = better > 1e-9 or (abs(better) < 1e-9 and other < number)
        if asked.action == mine.action and before and arrived.get(other, at) < at:
            assert left[other] == 0 or other in over, f"{number} was filled before {other}"


@ALL
@given(script=scripts(), seed=SEEDS)
def test_what_is_over_never_fills_again(script, seed):
    _, _, events = play(script, seed)
    over = set()
    for each in events:
        if isinstance(each, StatusChanged) and each.status in OVER:
            assert each.order_id not in over, "an order ended twice"
            over.add(each.order_id)
        elif isinstance(each, StatusChanged | Executed):
            assert each.order_id not in over


@ALL
@given(script=scripts(most=20), seed=SEEDS)
def test_cash_and_positions_fold_from_the_executions(script, seed):
    market, exchange, events = play(script, seed)
    cash: dict[str, float] = {"USD": 1e6}
    held: dict[int, float] = defaultdict(float)
    open_paid: dict[int, float] = defaultdict(float)
    for each in events:
        if isinstance(each, Commission):
            cash[each.currency] -= each.commission
        if isinstance(each, Settled):
            contract, signed, price = each.contract, each.quantity, each.price
        elif isinstance(each, Executed) and each.contract.sec_type != "BAG":
            contract, signed, price = each.contract, each.execution.signed, each.execution.price
        else:
            continue
        value = signed * price * market.listings[contract.con_id].multiplier
        held[contract.con_id] += signed
        if contract.sec_type == "FUT":
            open_paid[contract.con_id] += value
        else:
            cash["USD"] -= value
    positions = {each.contract.con_id: each for each in exchange.positions(exchange.accounts[0])}
    assert {key: value for key, value in held.items() if value} == {
        key: each.quantity for key, each in positions.items()
    }
    # A future pays what it realised: what was paid in all, less what the open position cost.
    for con_id, paid in open_paid.items():
        cash["USD"] -= paid - (positions[con_id].paid if con_id in positions else 0.0)
    assert exchange.cash(exchange.accounts[0])["USD"] == pytest.approx(cash["USD"], abs=0.01)


@ALL
@given(script=scripts(most=20), seed=SEEDS)
def test_profit_and_loss_is_what_equity_grew_by(script, seed):
    """Before the day ends: daily is equity's growth, and realised with open profit, and the sum
    of the positions' own."""
    market, script_end = drawn(seed, SECONDS), T0 + SECONDS * 0.74
    exchange = Exchange(market, T0 - 1, seed=seed)
    for step in script:
        if step.at < script_end:
            do(exchange, step)
    exchange.advance(script_end)
    account = exchange.accounts[0]
    total = exchange.pnl(account)
    held = exchange._state.accounts[account].positions
    parts = [exchange.pnl(account, con_id) for con_id in held]
    daily, realized, unrealized, value = (
        number(each) for each in (total.daily, total.realized, total.unrealized, total.value)
    )
    assert daily == pytest.approx(value - 1e6, abs=0.01)
    assert daily == pytest.approx(realized + unrealized, abs=0.01)
    assert sum(number(each.daily) for each in parts) == pytest.approx(daily, abs=0.01)
    assert sum(number(each.realized) for each in parts) == pytest.approx(realized, abs=0.01)


@ALL
@given(data=st.data(), seed=SEEDS, kind=st.sampled_from((1, 3)))
def test_one_cancels_all_never_fills_two_beyond_its_rule(data, seed, kind):
    exchange = Exchange(drawn(seed, SECONDS), T0, seed=seed)
    quantity = {}
    for number in range(1, data.draw(st.integers(2, 5)) + 1):
        asked = data.draw(orders(1, number, groups=False))
        asked = replace(asked, transmit=True, oca_group="g", oca_type=kind)
        quantity[number] = asked.total_quantity
        exchange.place(7, number, SPY, asked, T0)
    filled: dict[int, float] = defaultdict(float)
    for each in exchange.advance(END):
        if isinstance(each, Executed):
            filled[each.order_id] += each.execution.shares
    if kind == 1:
        assert len(filled) <= 1
    assert sum(shares / quantity[number] for number, shares in filled.items()) <= 1 + 1e-9


@ALL
@given(script=scripts(), seed=SEEDS, paces=PACES)
def test_many_small_steps_give_what_one_step_gives(script, seed, paces):
    def slowly(exchange, until):
        told, turn = [], 0
        while exchange.now < until:
            turn += 1
            told += exchange.advance(min(until, exchange.now + paces[turn % len(paces)]))
        return told, exchange

    assert play(script, seed, between=slowly)[2] == play(script, seed)[2]


@ALL
@given(script=scripts(), seed=SEEDS)
def test_something_happens_only_when_it_was_due(script, seed):
    def by_alarm(exchange, until):
        told = exchange.advance(exchange.now)
        while (due := exchange.next_at()) <= until:
            happened = exchange.advance(due)
            assert all(each.time == due for each in happened)
            told += happened
        return told, exchange

    assert play(script, seed, between=by_alarm)[2] == play(script, seed)[2]


@ALL
@given(script=scripts(), seed=SEEDS, paces=PACES)
def test_saving_and_restoring_at_any_moment_changes_nothing(script, seed, paces):
    def through_bytes(exchange, until):
        told: list[Event] = []
        for pace in paces:
            told += exchange.advance(min(until, exchange.now + pace)) if pace != 0.5 else []
            saved = exchange.save()
            restored = Exchange(drawn(seed, SECONDS), T0 - 1, seed=1)
            restored.restore(saved)
            assert decode(restored.save()) == decode(saved)
            exchange = restored
        return told, exchange

    _, last, events = play(script, seed, between=through_bytes)
    _, straight, expected = play(script, seed)
    assert events == expected
    assert last.values(last.accounts[0]) == straight.values(straight.accounts[0])

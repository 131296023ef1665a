"""Messages byte by byte, and every kind of message through ib_async's own decoder."""

from __future__ import annotations

from typing import Any

import pytest
from ib_async.decoder import Decoder
from ib_async.wrapper import Wrapper

from quanticity.sim.exchange import events
from quanticity.sim.exchange.model import ComboLeg, Contract, Order, OrderState
from quanticity.sim.gateway.open_order import completed_order, open_order
from quanticity.sim.gateway.order_fields import read_order
from quanticity.sim.gateway.skew import skewed
from quanticity.sim.gateway.told import tell
from quanticity.sim.gateway.wire import UNSET_DOUBLE, BadField, Fields, frame
from tests.sim.gateway.raw import Raw
from tests.sim.gateway.rig import on_virtual_clock

SPY = Contract(
    con_id=756733, symbol="SPY", primary_exchange="ARCA", local_symbol="SPY", trading_class="SPY"
)
STOP = Order(
    action="SELL",
    total_quantity=5.0,
    order_type="TRAIL LIMIT",
    lmt_price=600.5,
    aux_price=1.5,
    tif="GTC",
    account="DU1",
    trail_stop_price=602.0,
    lmt_price_offset=0.25,
    parent_id=3,
    oca_group="both",
    oca_type=1,
    outside_rth=True,
    order_ref="mine",
)
SPREAD = Order(
    action="BUY",
    total_quantity=2.0,
    lmt_price=-1.25,
    algo_strategy="Adaptive",
    algo_params=(("adaptivePriority", "Urgent"),),
    smart_combo_routing=(("NonGuaranteed", "1"),),
    leg_prices=(1.5, None),
)
BAG = Contract(
    con_id=28812380,
    symbol="SPY",
    sec_type="BAG",
    combo_legs=(ComboLeg(11, 1, "BUY"), ComboLeg(12, 2, "SELL", "CBOE")),
)


# What ib_async sends for a limit order, after the message's number and the order's id.
LIMIT = (
    "0,SPY,STK,,0.0,,,SMART,,USD,,,,,BUY,10,LMT,600,,DAY,,,O,0,,1,0,0,0,0,0,0,0,,"
    "0.0,,,,,,,,0,,-1,0,,,0,,,0,0,,0,,,,,,0,,,,,0,,,,,,,,,,,0,,,0,0,,,0,,0,0,0,0,"
    ",,,,,,0,,,,,,,,,0,0,0,0"
)


class Seen(Wrapper):
    """Keeps what the decoder hands out."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def openOrder(self, *given: Any) -> None:  # noqa: N802
        self.calls.append(given)

    def completedOrder(self, *given: Any) -> None:  # noqa: N802
        self.calls.append(given)


class Pipe:
    """A session that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, name: str, *fields: Any) -> None:
        self.sent.append(frame(*fields))

    def error(self, rid: int, code: Any) -> None:
        self.sent.append(frame(4, 2, rid, code.number, code.text))


def decoded(number: int, fields: tuple[Any, ...]) -> tuple[Any, ...]:
    seen = Seen()
    payload = frame(number, *fields)[4:].decode()
    handler = Decoder(seen, 157).handlers[number]
    handler(payload.split("\0")[:-1])
    return seen.calls[0]


@pytest.mark.parametrize(("contract", "order"), [(SPY, STOP), (BAG, SPREAD)])
def test_every_field_of_an_open_order_stands_in_its_place(contract: Contract, order: Order):
    state = OrderState(
        status="PreSubmitted",
        init_margin_before=1.0,
        maint_margin_before=2.0,
        equity_with_loan_before=3.0,
        init_margin_after=11.0,
        maint_margin_after=22.0,
        equity_with_loan_after=33.0,
        commission=1.25,
        commission_currency="USD",
        warning_text="careful",
    )
    told = events.Opened(0.0, 7, 42, 1_000_001, contract, order, state)
    rid, found, placed, status = decoded(5, open_order(told))
    assert (rid, placed.orderId, placed.clientId, placed.permId) == (42, 42, 7, 1_000_001)
    assert (found.conId, found.symbol, found.secType) == (
        contract.con_id,
        contract.symbol,
        contract.sec_type,
    )
    assert (found.exchange, found.currency) == (contract.exchange, contract.currency)
    _same_terms(placed, order)
    assert placed.trailStopPrice == (order.trail_stop_price or UNSET_DOUBLE)
    assert placed.parentId == order.parent_id
    assert not placed.whatIf
    _same_legs(found, placed, contract, order)
    assert (status.status, status.warningText, status.commission) == (
        "PreSubmitted",
        "careful",
        1.25,
    )
    assert (status.initMarginBefore, status.initMarginChange, status.initMarginAfter) == (
        "1.0",
        "10.0",
        "11.0",
    )
    assert float(status.equityWithLoanChange) == 30.0


@pytest.mark.parametrize(("contract", "order"), [(SPY, STOP), (BAG, SPREAD)])
def test_every_field_of_a_completed_order_stands_in_its_place(contract: Contract, order: Order):
    state = OrderState(status="Filled", completed_time=1_767_798_000.0)
    told = events.Opened(0.0, 7, 42, 1_000_001, contract, order, state)
    found, done, status = decoded(101, completed_order(told, 2.0))
    assert (done.permId, done.filledQuantity, status.status) == (1_000_001, 2.0, "Filled")
    assert (status.completedTime, status.completedStatus) == (
        "20260107-10:00:00",
        "Filled Size: 2",
    )
    _same_terms(done, order)
    _same_legs(found, done, contract, order)


def _same_terms(placed: Any, order: Order) -> None:
    assert (placed.action, placed.totalQuantity, placed.orderType, placed.tif) == (
        order.action,
        order.total_quantity,
        order.order_type,
        order.tif,
    )
    assert (placed.lmtPrice, placed.auxPrice) == (order.lmt_price or 0.0, order.aux_price or 0.0)
    assert (placed.account, placed.orderRef, placed.outsideRth) == (
        order.account,
        order.order_ref,
        order.outside_rth,
    )
    assert (placed.ocaGroup, placed.ocaType) == (order.oca_group, order.oca_type)
    assert placed.algoStrategy == order.algo_strategy
    assert tuple((p.tag, p.value) for p in placed.algoParams or ()) == order.algo_params


def _same_legs(found: Any, placed: Any, contract: Contract, order: Order) -> None:
    assert [(leg.conId, leg.ratio, leg.action, leg.exchange) for leg in found.comboLegs] == [
        (leg.con_id, leg.ratio, leg.action, leg.exchange) for leg in contract.combo_legs
    ]
    assert [leg.price for leg in placed.orderComboLegs] == [
        UNSET_DOUBLE if price is None else price for price in order.leg_prices
    ]
    assert tuple((p.tag, p.value) for p in placed.smartComboRoutingParams or ()) == (
        order.smart_combo_routing
    )


def test_what_happened_to_an_order_byte_by_byte():
    pipe: Any = Pipe()
    tell(
        pipe,
        events.StatusChanged(
            time=0.0,
            client=7,
            order_id=42,
            status="Submitted",
            filled=2.0,
            remaining=3.0,
            average_price=600.25,
            perm_id=99,
            parent_id=3,
            last_price=600.5,
            why_held="child",
        ),
    )
    told = events.Execution(
        exec_id="0001.01.01",
        time=1_767_798_000.0,
        account="DU1",
        exchange="ARCA",
        side="BOT",
        shares=2.0,
        price=600.25,
        perm_id=99,
        client=7,
        order_id=42,
        cumulative=2.0,
        average_price=600.25,
        order_ref="mine",
        last_liquidity=2,
    )
    tell(pipe, events.Executed(0.0, 7, 42, SPY, told))
    tell(pipe, events.Commission(0.0, 7, "0001.01.01", 1.0, "USD", None))
    tell(pipe, events.Error(0.0, 7, 42, 201, "Order rejected - reason:no"))
    contract = "756733\0SPY\0STK\0\x000.0\0\0\0SMART\0USD\0SPY\0SPY\0"
    execution = (
        f"11\0-1\x0042\0{contract}0001.01.01\x0020260107  10:00:00\0DU1\0ARCA\0BOT\x002.0\x00600.25"
        "\x0099\x007\x000\x002.0\x00600.25\0mine\0\0\0\x002\0"
    )
    assert [message[4:].decode() for message in pipe.sent] == [
        "3\x0042\0Submitted\x002.0\x003.0\x00600.25\x0099\x003\x00600.5\x007\0child\x000.0\0",
        execution,
        "59\x001\x000001.01.01\x001.0\0USD\x001.7976931348623157E308\x001.7976931348623157E308\0\0",
        "4\x002\x0042\x00201\0Order rejected - reason:no\0",
    ]
    assert all(int.from_bytes(m[:4], "big") == len(m) - 4 for m in pipe.sent)


@pytest.mark.parametrize("missing", [1, 2, 16, 40, 80])
def test_an_order_that_is_cut_off_is_no_order(missing: int):
    whole = ["1", *LIMIT.split(",")]
    payload = "".join(f"{field}\0" for field in whole)
    assert read_order(Fields(payload.encode())).order.action == "BUY"
    cut = "".join(f"{field}\0" for field in whole[:-missing])
    with pytest.raises(BadField, match="one more is needed"):
        read_order(Fields(cut.encode()))


def test_a_skewed_message_is_moved_and_nothing_else_of_it():
    trade = frame(99, 1, 2, 1_767_798_000, 600.5, 100, 0, "ARCA", "")
    assert skewed(trade, -45.0) == frame(99, 1, 2, 1_767_797_955, 600.5, 100, 0, "ARCA", "")
    volume = frame(46, 6, 1, 48, "600.5;1;1767798000123;10;600.4;true")
    assert skewed(volume, 2.0) == frame(46, 6, 1, 48, "600.5;1;1767798002123;10;600.4;true")
    stamp = frame(46, 6, 1, 45, "1767798000")
    assert skewed(stamp, 1.4) == frame(46, 6, 1, 45, "1767798001")
    assert skewed(frame(9, 1, 5), 60.0) == frame(9, 1, 5)
    assert skewed(frame(46, 6, 1, 84, "P"), 60.0) == frame(46, 6, 1, 84, "P")


@on_virtual_clock()
async def test_market_data_depth_and_trades_byte_by_byte(gateway, clock):
    raw = await Raw.started(gateway)
    spy = gateway.directory.plain("SPY")
    contract = (spy.con_id, *[""] * 11)
    raw.send(1, 11, 5, *contract, False, "", True, False, "")
    told = await raw.frames(0.05)
    assert told[0] == ["58", "1", "5", "1"]
    assert told[1] == ["81", "5", "0.01", "9c0001", "3"]
    assert told[-1] == ["57", "1", "5"]
    quote = gateway.market.quote("SPY", clock.now())
    assert ["1", "6", "5", "1", str(quote.bid), str(quote.bid_size), "0"] in told
    raw.send(10, 5, 6, *contract, 2, True, "")
    book = gateway.market.book("SPY", clock.now())
    rows = await raw.frames(0.01)
    best = book.asks[0]
    assert rows[0] == [
        "13",
        "1",
        "6",
        "0",
        best.venue,
        "0",
        "0",
        str(best.price),
        str(best.size),
        "1",
    ]
    assert len(rows) == 4

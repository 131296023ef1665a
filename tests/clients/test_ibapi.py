"""What the official client, unmodified, sees of the simulated gateway: an independent decoder."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from gateway import PATIENCE
from ibapi.client import EClient
from ibapi.contract import ComboLeg, Contract
from ibapi.order import Order
from ibapi.tag_value import TagValue
from ibapi.wrapper import EWrapper

_ids = itertools.count(301)
_INFORMATION = {2104, 2106, 2107, 2108, 2119, 2152, 2158, 399, 10349}


class App(EWrapper, EClient):
    """Keeps every callback with its arguments."""

    def __init__(self) -> None:
        EWrapper.__init__(self)
        EClient.__init__(self, wrapper=self)
        self.seen: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        if name not in _WATCHED:
            return found
        return lambda *given: self.seen[name].append(given)

    def errors(self) -> list[int]:
        """Codes of errors, without what is only information."""
        return [given[1] for given in self.seen["error"] if given[1] not in _INFORMATION]


_WATCHED = {
    *("error", "nextValidId", "managedAccounts", "currentTime", "contractDetails"),
    *("contractDetailsEnd", "tickPrice", "tickSize", "tickString", "tickOptionComputation"),
    *("updateMktDepth", "updateMktDepthL2", "tickByTickAllLast", "tickByTickBidAsk"),
    *("realtimeBar", "historicalData", "historicalDataEnd", "position", "positionEnd"),
    *("accountSummary", "accountSummaryEnd", "orderStatus", "openOrder", "openOrderEnd"),
    *("execDetails", "execDetailsEnd", "commissionReport", "pnl", "updateAccountValue"),
    *("securityDefinitionOptionParameter", "securityDefinitionOptionParameterEnd"),
    *("completedOrder", "completedOrdersEnd"),
}


@contextmanager
def connected(port: int, client: int | None = None) -> Iterator[App]:
    """A connection with its reading thread."""
    app = App()
    app.connect("127.0.0.1", port, client or next(_ids))
    thread = threading.Thread(target=app.run, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        app.disconnect()
        thread.join(5)


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait until something holds."""
    ends = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < ends, f"in {PATIENCE:g} s there was not {what}"
        time.sleep(0.02)
    return found


def stock(symbol: str) -> Contract:
    """A stock by SMART."""
    made = Contract()
    made.symbol, made.secType, made.exchange, made.currency = symbol, "STK", "SMART", "USD"
    return made


def order(action: str, quantity: float, kind: str, price: float = 0.0) -> Order:
    """An order for the day. Two defaults of this old client are refused by newer servers."""
    made = Order()
    made.action, made.totalQuantity, made.orderType = action, quantity, kind
    if kind == "LMT":
        made.lmtPrice = price
    if kind == "STP":
        made.auxPrice = price
    made.eTradeOnly = made.firmQuoteOnly = False
    return made


def quote(app: App, contract: Contract, request: int) -> tuple[float, float]:
    """Bid and ask of a contract."""
    app.reqMktData(request, contract, "", False, False, [])

    def side(kind: int) -> Any:
        return next((g[2] for g in app.seen["tickPrice"] if g[0] == request and g[1] == kind), None)

    bid = until(lambda: side(1), "a bid")
    ask = until(lambda: side(2), "an ask")
    app.cancelMktData(request)
    return bid, ask


def test_it_connects(port: int) -> None:
    with connected(port) as app:
        until(lambda: app.seen["nextValidId"], "a next id")
        until(lambda: app.seen["managedAccounts"], "accounts")
        assert app.serverVersion() == 157
        app.reqCurrentTime()
        until(lambda: app.seen["currentTime"], "the time")
        assert not app.errors()


def test_an_id_that_is_taken_is_refused(port: int) -> None:
    with connected(port, client=88) as app:
        until(lambda: app.seen["nextValidId"], "a next id")
        with connected(port, client=88) as other:
            until(lambda: 326 in other.errors(), "error 326")
        assert app.isConnected()


def test_contracts_and_option_parameters(port: int) -> None:
    with connected(port) as app:
        until(lambda: app.seen["nextValidId"], "a next id")
        app.reqContractDetails(1, stock("SPY"))
        until(lambda: app.seen["contractDetailsEnd"], "the end of details")
        ((_, detail),) = app.seen["contractDetails"]
        assert detail.contract.conId > 0
        assert detail.longName
        app.reqSecDefOptParams(2, "SPY", "", "STK", detail.contract.conId)
        until(lambda: app.seen["securityDefinitionOptionParameterEnd"], "parameters")
        assert any(len(given[6]) > 10 for given in app.seen["securityDefinitionOptionParameter"])
        app.reqContractDetails(3, stock("ZZZNOT"))
        until(lambda: 200 in app.errors(), "error 200")


def test_data_of_every_kind(port: int) -> None:
    with connected(port) as app:
        until(lambda: app.seen["nextValidId"], "a next id")
        spy = stock("SPY")
        app.reqMktData(1, spy, "233", False, False, [])
        app.reqMktDepth(2, stock("AAPL"), 10, True, [])
        app.reqTickByTickData(3, stock("QQQ"), "AllLast", 0, False)
        app.reqRealTimeBars(4, spy, 5, "TRADES", False, [])
        app.reqHistoricalData(5, spy, "", "1800 S", "1 min", "TRADES", 0, 2, False, [])
        until(lambda: {given[1] for given in app.seen["tickPrice"]} >= {1, 2}, "a quote")
        until(lambda: len(app.seen["updateMktDepthL2"]) > 20, "a book")
        until(lambda: len(app.seen["tickByTickAllLast"]) > 2, "prints")
        assert all(given[6] for given in app.seen["tickByTickAllLast"])
        until(lambda: app.seen["historicalDataEnd"], "the past")
        assert len(app.seen["historicalData"]) >= 20
        until(lambda: app.seen["realtimeBar"], "a bar")
        app.cancelMktDepth(2, True)
        app.cancelTickByTickData(3)
        app.cancelRealTimeBars(4)
        app.cancelMktData(1)
        assert not app.errors()


def test_accounts(port: int) -> None:
    with connected(port) as app:
        until(lambda: app.seen["managedAccounts"], "accounts")
        ((account,),) = app.seen["managedAccounts"]
        app.reqAccountSummary(1, "All", "NetLiquidation,BuyingPower")
        app.reqPositions()
        app.reqPnL(2, account, "")
        until(lambda: app.seen["accountSummaryEnd"], "a summary")
        until(lambda: app.seen["positionEnd"], "positions")
        until(lambda: app.seen["pnl"], "profit and loss")
        assert {given[2] for given in app.seen["accountSummary"]} == {
            *("NetLiquidation", "BuyingPower")
        }


def test_orders_rest_fill_and_are_cancelled(port: int) -> None:
    with connected(port) as app:
        until(lambda: app.seen["nextValidId"], "a next id")
        first = app.seen["nextValidId"][0][0]
        spy = stock("SPY")
        bid, _ = quote(app, spy, 9)

        def status(number: int) -> Any:
            told = [given for given in app.seen["orderStatus"] if given[0] == number]
            return told[-1][1] if told else None

        app.placeOrder(first, spy, order("BUY", 5, "LMT", round(bid * 0.9, 2)))
        until(lambda: status(first) == "Submitted", "a resting order")
        app.cancelOrder(first)
        until(lambda: status(first) == "Cancelled", "its end")
        app.placeOrder(first + 1, spy, order("BUY", 5, "MKT"))
        until(lambda: status(first + 1) == "Filled", "a fill")
        until(lambda: app.seen["execDetails"], "its execution")
        until(lambda: app.seen["commissionReport"], "its commission")
        app.placeOrder(first + 2, spy, order("SELL", 5, "STP", round(bid * 0.8, 2)))
        until(lambda: status(first + 2) in ("PreSubmitted", "Submitted"), "a stop at work")
        app.cancelOrder(first + 2)
        until(lambda: status(first + 2) == "Cancelled", "its end")
        app.reqCompletedOrders(False)
        until(lambda: app.seen["completedOrdersEnd"], "completed orders")
        assert len(app.seen["completedOrder"]) >= 3
        assert set(app.errors()) <= {202}


def test_trailing_and_adaptive_orders_and_a_bracket(port: int) -> None:
    with connected(port) as app:
        until(lambda: app.seen["nextValidId"], "a next id")
        first = app.seen["nextValidId"][0][0]
        spy = stock("SPY")
        bid, ask = quote(app, spy, 9)

        def status(number: int) -> Any:
            told = [given for given in app.seen["orderStatus"] if given[0] == number]
            return told[-1][1] if told else None

        def told(number: int) -> Any:
            return next(given[2] for given in app.seen["openOrder"] if given[0] == number)

        trailing = order("SELL", 1, "TRAIL")
        trailing.trailingPercent = 10.0
        adaptive = order("BUY", 1, "LMT", round(bid * 0.9, 2))
        adaptive.algoStrategy = "Adaptive"
        adaptive.algoParams = [TagValue("adaptivePriority", "Normal")]
        app.placeOrder(first, spy, trailing)
        app.placeOrder(first + 1, spy, adaptive)
        at_work = ("PreSubmitted", "Submitted")
        for number in (first, first + 1):
            until(lambda number=number: status(number) in at_work, "an order at work")
        assert told(first).trailingPercent == 10.0
        assert told(first + 1).algoStrategy == "Adaptive"
        assert [one.value for one in told(first + 1).algoParams] == ["Normal"]

        entry, gain = order("BUY", 3, "LMT", round(ask * 1.01, 2)), order("SELL", 3, "LMT", 0.0)
        gain.lmtPrice, stop = round(ask * 1.2, 2), order("SELL", 3, "STP", round(bid * 0.8, 2))
        gain.parentId = stop.parentId = first + 2
        entry.transmit = gain.transmit = False
        for number, one in enumerate((entry, gain, stop), first + 2):
            app.placeOrder(number, spy, one)
        until(lambda: status(first + 2) == "Filled", "the entry's fill")
        until(lambda: status(first + 3) == "Submitted", "its target at work")
        app.cancelOrder(first + 4)
        until(lambda: status(first + 4) == "Cancelled", "the end of its stop")
        for number in (first, first + 1, first + 3):
            if status(number) != "Cancelled":
                app.cancelOrder(number)
            until(lambda number=number: status(number) == "Cancelled", "its end")
        assert set(app.errors()) <= {202}


def test_a_spread(port: int) -> None:
    with connected(port) as app:
        until(lambda: app.seen["nextValidId"], "a next id")
        first = app.seen["nextValidId"][0][0]
        bid, _ = quote(app, stock("SPY"), 9)
        app.reqContractDetails(1, stock("SPY"))
        until(lambda: app.seen["contractDetailsEnd"], "details")
        con_id = app.seen["contractDetails"][0][1].contract.conId
        app.reqSecDefOptParams(2, "SPY", "", "STK", con_id)
        until(lambda: app.seen["securityDefinitionOptionParameterEnd"], "parameters")
        given = next(
            one for one in app.seen["securityDefinitionOptionParameter"] if one[1] == "SMART"
        )
        expiry = sorted(given[5])[1]
        strikes = sorted(sorted(given[6], key=lambda one: abs(one - bid))[:2])
        legs = []
        for number, (strike, action) in enumerate(zip(strikes, ("BUY", "SELL"), strict=True)):
            option = stock("SPY")
            option.secType, option.lastTradeDateOrContractMonth = "OPT", expiry
            option.strike, option.right = strike, "C"
            app.reqContractDetails(20 + number, option)
            until(
                lambda number=number: any(
                    one[0] == 20 + number for one in app.seen["contractDetails"]
                ),
                "an option",
            )
            leg = ComboLeg()
            leg.conId = next(
                one[1].contract.conId
                for one in app.seen["contractDetails"]
                if one[0] == 20 + number
            )
            leg.ratio, leg.action, leg.exchange = 1, action, "SMART"
            legs.append(leg)
        bag = stock("SPY")
        bag.secType, bag.comboLegs = "BAG", legs
        app.placeOrder(first, bag, order("BUY", 1, "LMT", round(strikes[1] - strikes[0], 2)))

        def filled() -> bool:
            return any(one[0] == first and one[1] == "Filled" for one in app.seen["orderStatus"])

        until(filled, "the spread")
        of_legs = {one[1].conId for one in app.seen["execDetails"] if one[1].secType == "OPT"}
        assert of_legs == {leg.conId for leg in legs}


@pytest.mark.parametrize("junk", [b"", b"GET / HTTP/1.1\r\n\r\n", b"API\0\xff\xff\xff\xff"])
def test_it_lives_on_after_junk(port: int, junk: bytes) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", port), 5) as raw:
        raw.sendall(junk)
    with connected(port) as app:
        until(lambda: app.seen["nextValidId"], "a next id")

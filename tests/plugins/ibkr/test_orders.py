"""Orders of all clients: those at work with their status, and how the others ended."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plugins.ibkr.contracts import Asked
from plugins.ibkr.library import LibraryLine, _module
from plugins.ibkr.orders import Orders
from tests.plugins.ibkr.rig import Desk, on_virtual_clock
from tests.plugins.ibkr.test_faults import TINY

SPY = Asked("SPY", "STK", "SMART", "USD", con_id=1)
KEY = "raw:ibkr:account:orders"
UNSET = 1.7976931348623157e308


class Deaf:
    """Somebody who places orders, and listens to nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *given: None


async def trader(desk: Desk) -> Any:
    """The library's client of another connection."""

    async def opened(protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
        return desk.gateway.attach(protocol)

    line = LibraryLine(Deaf(), opened)
    await line.connect("127.0.0.1", 7497, 12, 5.0)
    desk.lines.append(line)
    return line._client


def order(**terms: Any) -> Any:
    """An order of the library's."""
    return _module("order").Order(account="DU1234567", tif="DAY", **terms)


@on_virtual_clock(desk=TINY)
async def test_an_order_of_another_client_is_told_with_its_status_and_its_end(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(6)
    assert (await desk.get(KEY))["orders"] == []
    client = await trader(desk)
    contract = _module("contract").Contract(
        symbol="SPY", secType="STK", exchange="SMART", currency="USD"
    )
    resting = order(action="BUY", totalQuantity=100, orderType="LMT", lmtPrice=1.0)
    client.placeOrder(1, contract, resting)
    await desk.clock.sleep(11)
    told = await desk.get(KEY)
    (row,) = told["orders"]
    assert (row["symbol"], row["side"], row["type"]) == ("SPY", "BUY", "LMT")
    assert (row["client_id"], row["order_id"], row["status"]) == (12, 1, "Submitted")
    assert (row["quantity"], row["filled"], row["remaining"]) == (100, 0, 100)
    assert (row["limit"], row["account"]) == (1.0, "DU1234567")
    assert (told["ended"], told["reason"], told["state"]) == ([], None, "live")
    client.placeOrder(2, contract, order(action="BUY", totalQuantity=5, orderType="MKT"))
    client.cancelOrder(1)
    await desk.clock.sleep(11)
    told = await desk.get(KEY)
    assert told["orders"] == []
    ends = {row["type"]: row["status"] for row in told["ended"]}
    assert ends == {"LMT": "Cancelled", "MKT": "Filled"}
    filled = next(row for row in told["ended"] if row["type"] == "MKT")
    assert (filled["filled"], filled["remaining"]) == (5, None)
    assert not +desk.gateway.counters.violations
    desk.gateway.outages.restart(0.0, 30.0)
    await desk.clock.sleep(10)
    assert (await desk.get(KEY))["state"] == "lost"


@on_virtual_clock(desk=TINY)
async def test_an_order_that_was_filled_between_two_lists_was_never_told(desk: Desk):
    await desk.settled()
    client = await trader(desk)
    await desk.clock.sleep(22)
    contract = _module("contract").Contract(
        symbol="SPY", secType="STK", exchange="SMART", currency="USD"
    )
    client.placeOrder(1, contract, order(action="BUY", totalQuantity=5, orderType="MKT"))
    await desk.clock.sleep(28)
    (row,) = (await desk.get(KEY))["ended"]
    assert (row["status"], row["filled"]) == ("Filled", 5)
    assert not +desk.gateway.counters.violations


ids = st.frozensets(st.integers(1, 6))


@given(st.lists(st.tuples(ids, ids)))
def test_what_is_shown_is_the_last_whole_list_and_what_is_gone_has_ended(lists):
    orders, now, ever = Orders(), 0.0, frozenset[int]()
    assert orders.shown()["orders"] is None
    assert orders.shown()["reason"]
    before: frozenset[int] | None = None
    last = -float("inf")
    for at_work, told in lists:
        now += 5.0
        orders.asked(now)
        for one in at_work:
            orders.order(one, SPY, {"status": "PreSubmitted", "limit": UNSET})
            orders.status(one, {"status": "Submitted", "filled": 1.0, "remaining": 2.0})
        if before is not None:
            assert {row["perm_id"] for row in orders.shown()["orders"]} == before
        asks = orders.whole(now)
        gone = (before or frozenset()) - at_work
        assert asks == (bool(gone) or now - last >= 15)
        last = now if asks else last
        ever = (ever | gone) - at_work
        shown = orders.shown()
        assert {row["perm_id"] for row in shown["orders"]} == at_work
        assert all((row["status"], row["limit"]) == ("Submitted", None) for row in shown["orders"])
        for one in told:
            orders.ended(one, SPY, {"status": "Filled", "filled": 3.0})
        orders.ended_whole(now)
        ends = {row["perm_id"]: row for row in orders.shown()["ended"]}
        assert set(ends) == (ever | told) - at_work
        for one, row in ends.items():
            assert row["status"] == ("Filled" if one in told else None)
            assert (row.get("said") is None) == (one in told)
        before = at_work


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), max_size=40))
def test_the_list_is_asked_for_every_few_seconds_and_again_where_its_answer_was_lost(steps):
    orders, now, asked, is_open = Orders(), 1000.0, -float("inf"), False
    for step, answered in steps:
        now += step
        if orders.is_due(now):
            assert not 0 <= now - asked < (20 if is_open else 5)
            orders.asked(now)
            asked, is_open = now, True
        else:
            assert 0 <= now - asked < 20
        if answered:
            orders.whole(now)
            is_open = False

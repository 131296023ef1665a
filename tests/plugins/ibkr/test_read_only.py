"""TWS as it comes: its API is read-only, and asks a person about whatever else is wanted."""

from __future__ import annotations

from typing import Any

from plugins.ibkr.contracts import Asked
from plugins.ibkr.errors import Means, meaning
from plugins.ibkr.orders import Orders
from tests.plugins.ibkr.rig import Desk, on_virtual_clock
from tests.plugins.ibkr.test_faults import TINY

ORDERS = "raw:ibkr:account:orders"


def writable(status: Any) -> Any:
    (found,) = (one for one in status["prerequisites"] if "read-only" in one["what"])
    return found


@on_virtual_clock(desk=TINY, read_only=True)
async def test_a_read_only_api_was_asked_for_orders_every_five_seconds(desk: Desk):
    """Each time TWS shows a dialog, which waits for somebody to answer it."""
    await desk.settled()
    await desk.clock.sleep(120)
    assert desk.gateway.counters.refused["read only"] == 1
    assert not +desk.gateway.counters.violations
    told = await desk.get(ORDERS)
    assert told["orders"] is told["ended"] is None
    assert told["reason"] == "the API is read-only: it takes no orders, and tells of none"
    assert writable(await desk.get("monitoring:ibkr:status")) == {
        "what": "the API is not read-only",
        "ok": False,
        "do": "uncheck 'Read-Only API' in Configure, API, Settings",
    }
    # Everything else is as ever.
    assert (await desk.get("raw:ibkr:account:positions"))["positions"] == []
    assert (await desk.get("market:SPY:book"))["bids"]


@on_virtual_clock(desk=TINY, read_only=True)
async def test_after_a_reconnection_it_is_asked_once_more(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(20)
    desk.gateway.read_only = False
    desk.gateway.outages.restart(0.0, 5.0)
    await desk.clock.sleep(40)
    assert (await desk.get(ORDERS))["orders"] == []
    assert writable(await desk.get("monitoring:ibkr:status"))["ok"] is True


def test_any_other_request_that_is_not_valid_says_nothing_of_it():
    said = "Error validating request.-'bV' : cause - "
    assert meaning(321, said + "Please enter a valid symbol").means is Means.REFUSED
    assert meaning(321, said + "The API interface is currently in Read-Only mode.").means is (
        Means.READ_ONLY
    )


@on_virtual_clock(desk=TINY)
async def test_a_subscription_that_a_read_only_api_refused_was_thought_to_be_live(desk: Desk):
    await desk.settled()
    known = desk.handler.desk
    (book,) = (one for one in known.roster.by_id.values() if one.stream == "book")
    said = (
        "Error validating request.-'bV' : cause - The API interface is currently in Read-Only mode."
    )
    desk.handler._error(book.number, 321, said)
    await desk.clock.sleep(30)
    assert book.id not in known.roster.by_id
    left_out = (await desk.get("monitoring:ibkr:subscriptions"))["left_out"]
    assert [one["reason"][:9] for one in left_out if one["stream"] == "book"] == ["error 321"]


def test_lists_of_orders_that_came_after_a_refusal_stayed_as_they_were_and_looked_fresh() -> None:
    spy = Asked("SPY", "STK", "SMART", "USD", con_id=1)
    orders = Orders()
    orders.asked(100.0)
    orders.refuse("read-only")
    orders.ended(1, spy, {})
    orders.ended_whole(101.0)
    assert (orders.shown()["ended"], orders.time) == (None, 0.0)
    # Somebody said yes to the dialog: from here on the list is told as ever.
    orders.order(2, spy, {})
    orders.whole(102.0)
    shown = orders.shown()
    assert ([row["perm_id"] for row in shown["orders"]], shown["reason"]) == ([2], None)
    assert not orders.refused
    assert orders.is_due(108.0)

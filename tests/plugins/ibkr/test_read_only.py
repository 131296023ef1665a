"""TWS as it comes: its API is read-only, and asks a person about whatever else is wanted."""

from __future__ import annotations

from typing import Any

from plugins.ibkr.errors import Means, meaning
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

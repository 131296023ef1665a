"""A gateway that makes things up, and one that is edited around: what is remembered has a bound."""

from __future__ import annotations

from typing import Any

from plugins.ibkr.settings import IbkrParams
from tests.plugins.ibkr.rig import Desk, on_virtual_clock
from tests.plugins.ibkr.test_edits import ONE

LEAST: dict[str, Any] = {**ONE, "options": ()}


@on_virtual_clock(desk=LEAST)
async def test_names_of_farms_codes_and_answers_that_were_made_up_were_remembered_for_ever(
    desk: Desk,
):
    await desk.settled()
    (session,) = desk.gateway.sessions
    for number in range(1000):
        session.send("error", 4, 2, -1, 2104, f"Market data farm connection is OK:farm{number}")
        session.send("error", 4, 2, 5_000_000 + number, 30_000 + number, "made up")
        session.send("bar", 17, 6_000_000 + number, "a", "b", 1, "1767798000", *[1] * 7)
    for _ in range(1000):
        session.send("error", 4, 2, -1, 2103, "Market data farm connection is broken:farm999")
    await desk.clock.sleep(6)
    handler = desk.handler
    farms = (await desk.get("monitoring:ibkr:status"))["farms"]
    assert len(farms) == 100
    assert farms["farm999"] == "a market-data farm is down"
    counts = handler.desk.counts
    assert sum(name.startswith("code_") for name in counts) <= 301
    assert sum(count for name, count in counts.items() if name.startswith("code_")) >= 3000
    await desk.settled()
    assert (await desk.get("raw:ibkr:SPY"))["state"] == "live"


@on_virtual_clock(start=1_767_847_440.0, desk={**LEAST, "depth": (), "bars": ()})  # 23:44 Eastern
async def test_symbols_were_edited_all_the_time_while_the_nightly_restart_struck(desk: Desk):
    await desk.settled()
    lists = (("SPY",), ("SPY", "AAPL"), ("AAPL", "QQQ"), ("QQQ", "SPY"), ("MSFT",))
    struck = 0
    for turn in range(240):
        stocks = lists[turn % len(lists)]
        given = {**desk.params.model_dump(exclude_unset=True), "stocks": stocks}
        revised = IbkrParams(**given)
        assert desk.source.revise(revised)
        desk.source.params = desk.params = revised
        await desk.clock.sleep(0.5)
        struck += not desk.gateway.sessions
    assert struck
    await desk.clock.sleep(120)
    await desk.settled(120)
    streams = {key[0] for each in desk.gateway.sessions for key in each.streams}
    assert desk.gateway.open_streams("line") == 1, streams
    assert dict(+desk.gateway.counters.violations) == {}
    assert set(desk.handler.desk.instruments) == {"MSFT"}


@on_virtual_clock(desk=LEAST, accounts=tuple(f"DU{number:07}" for number in range(1000)))
async def test_a_login_of_a_thousand_accounts_left_no_room_for_anything_else(desk: Desk):
    assert await desk.settled() < 10
    await desk.clock.sleep(60)
    assert desk.gateway.counters.connections["opened"] == 1
    assert dict(+desk.gateway.counters.violations) == {}
    assert (await desk.get("raw:ibkr:SPY"))["state"] == "live"

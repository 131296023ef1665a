"""What edits of the section did wrong while the handler ran: all on the one connection."""

from __future__ import annotations

from typing import Any

from plugins.ibkr.settings import IbkrParams
from tests.plugins.ibkr.rig import Desk, on_virtual_clock

ONE: dict[str, Any] = {
    **dict.fromkeys(("futures", "fx", "crypto", "internals", "ticks", "indices", "history"), ()),
    **dict.fromkeys(("stocks", "depth", "bars", "options"), ("SPY",)),
}


async def edited(desk: Desk, seconds: float = 8.0, **params: Any) -> None:
    """Edit some fields, and wait; the connection must stay."""
    opened = desk.gateway.counters.connections["opened"]
    given = {**desk.params.model_dump(exclude_unset=True), **params}
    revised = IbkrParams(**given)
    assert list(revised.slips()) == []
    assert desk.source.revise(revised)
    desk.source.params = desk.params = revised
    await desk.clock.sleep(seconds)
    assert desk.gateway.counters.connections["opened"] == opened
    assert dict(desk.gateway.counters.violations) == {}


@on_virtual_clock(desk={**ONE, "levels": 3})
async def test_a_book_stayed_as_short_as_it_was_first_asked_for(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(3)
    assert len((await desk.get("raw:ibkr:depth:SPY"))["bids"]) == 3
    await edited(desk, levels=8)
    assert len((await desk.get("raw:ibkr:depth:SPY"))["bids"]) == 8


@on_virtual_clock(desk=ONE)
async def test_options_that_were_dropped_and_added_again_stayed_away_for_six_hours(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(5)
    await edited(desk, options=())
    gone = await desk.get("raw:ibkr:options:SPY:0DTE")
    assert (gone["state"], gone["reason"]) == ("lost", "it is not wanted any more")
    await edited(desk, options=("SPY",))
    back = await desk.get("raw:ibkr:options:SPY:0DTE")
    assert back["state"] == "live"
    assert back["data"]


@on_virtual_clock(desk=ONE)
async def test_a_contract_that_was_corrected_went_on_with_what_it_had_been(desk: Desk):
    await desk.settled()
    asked = desk.handler.desk.roster.by_id
    before = {one.number for one in asked.values() if "SPY" in one.subject}
    await edited(desk, contracts={"SPY": {"exchange": "ARCA"}})
    await desk.settled()
    assert not before & {one.number for one in asked.values()}
    assert desk.handler.desk.instruments["SPY"].contract.exchange == "ARCA"
    assert (await desk.get("raw:ibkr:SPY"))["state"] == "live"


@on_virtual_clock(desk={**ONE, "contracts": {"SPY": {"ib_symbol": "ZZNONE"}}})
async def test_a_wrong_contract_that_was_corrected_was_not_asked_for_within_an_hour(desk: Desk):
    await desk.clock.sleep(10)
    assert await desk.get("raw:ibkr:SPY") is None
    await edited(desk, contracts={})
    assert (await desk.get("raw:ibkr:SPY"))["state"] == "live"


@on_virtual_clock(desk=ONE)
async def test_what_was_dropped_from_a_list_came_back_with_the_next_loss(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(8)
    await edited(desk, bars=(), depth=())
    assert (await desk.get("raw:ibkr:bars:SPY"))["state"] == "lost"
    before = len(desk.writes)
    desk.gateway.sessions[0].channel.reset()
    await desk.clock.sleep(8)
    late = {write.key for write in desk.writes[before:]}
    assert "raw:ibkr:SPY" in late
    assert not {"raw:ibkr:bars:SPY", "raw:ibkr:depth:SPY"} & late


@on_virtual_clock(desk={**ONE, "limits": {"books": 0}})
async def test_a_limit_of_none_was_told_as_one_that_others_had_used_up(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(6)
    left = (await desk.get("monitoring:ibkr:subscriptions"))["left_out"]
    assert left == [
        {"stream": "book", "subject": "SPY", "reason": "there are no depth books to be had"}
    ]

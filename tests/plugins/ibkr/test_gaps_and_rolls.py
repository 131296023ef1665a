"""A stream that ends without a word, and a future whose month ends, while all else goes on."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from plugins.ibkr.allotment import Stream
from quanticity.clock import VirtualClock, run_virtual
from quanticity.sim.gateway.gateway import Gateway
from tests.plugins.ibkr.observer import Watched
from tests.plugins.ibkr.rig import TEN, Desk, market, on_virtual_clock
from tests.plugins.ibkr.test_faults import TINY

# ES of March 2026 ends on the 20th; eight days before, June takes over.
EVE = datetime(2026, 3, 11, 23, 59, 40, tzinfo=ZoneInfo("America/New_York")).timestamp()
FUTURE = {**TINY, "stocks": (), "depth": (), "ticks": (), "bars": ()}


def test_a_stream_that_falls_silent_in_trading_time_is_a_gap_and_is_asked_for_again():
    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock)
        try:
            async with Watched(gateway, clock, **TINY) as desk:
                await desk.settled()
                await clock.sleep(5)
                (session,) = gateway.sessions
                roster = desk.handler.desk.roster
                number = roster.by_id[Stream.BOOK, "SPY"].number
                del session.streams["book", number]
                await clock.sleep(28)
                assert desk.handler.desk.counts["gaps"] == 0
                await clock.sleep(5)
                assert desk.handler.desk.counts["gaps"] == 1
                told = [text for level, text in desk.said if level == "WARNING"]
                assert [text.partition(" s of")[0] for text in told] == [
                    "ibkr: SPY book: nothing for 31"
                ]
                await clock.sleep(32)
                assert roster.by_id[Stream.BOOK, "SPY"].number != number
                assert (await desk.get("market:SPY:book"))["time"] > clock.now() - 3
                assert desk.handler.desk.counts["gaps"] == 1
                desk.no_limit_is_broken()
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)


@on_virtual_clock(start=EVE, desk=FUTURE)
async def test_on_the_day_of_the_roll_the_next_month_takes_over(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(5)
    before = await desk.get("raw:ibkr:futures:ES")
    assert (before["local_symbol"], before["rolls"], before["state"]) == (
        *("ESH6", "2026-03-12", "live"),
    )
    await desk.clock.sleep(30)
    await desk.settled()
    await desk.clock.sleep(3)
    after = await desk.get("raw:ibkr:futures:ES")
    assert (after["local_symbol"], after["month"][:6], after["state"]) == ("ESM6", "202606", "live")
    rows = [orjson.loads(write.data) for write in desk.writes if write.key == "raw:ibkr:futures:ES"]
    (lost,) = [row for row in rows if row["state"] == "lost"]
    assert (lost["local_symbol"], lost["reason"]) == ("ESH6", "the front month rolled")
    (session,) = desk.gateway.sessions
    held = [getattr(one, "security", None) for one in session.streams.values()]
    futures = [one.contract.local_symbol for one in held if one and one.contract.symbol == "ES"]
    assert futures == ["ESM6"], "and nobody goes on paying a line for the old month"
    assert not +desk.gateway.counters.violations
    assert desk.gateway.counters.connections["opened"] == 1

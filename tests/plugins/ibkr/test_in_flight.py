"""Requests and answers that pass each other on the line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from plugins.ibkr.allotment import Stream
from plugins.ibkr.lanes import Lane
from quanticity.clock import VirtualClock, run_virtual
from quanticity.sim.gateway.gateway import Gateway
from tests.plugins.ibkr.observer import Watched
from tests.plugins.ibkr.rig import TEN, market
from tests.plugins.ibkr.test_faults import TINY


def watched(test: Callable[[Watched], Awaitable[None]], **params: Any) -> None:
    """Run a test on a settled desk whose streams may be asked for again."""

    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock)
        try:
            async with Watched(gateway, clock, **params) as desk:
                await desk.settled()
                await clock.sleep(16)
                await test(desk)
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)


def test_what_was_asked_for_while_word_of_the_return_was_on_its_way_streamed_to_nobody():
    async def test(desk: Watched) -> None:
        handler, line = desk.handler, desk.lines[-1]._client.conn.transport
        line.pause_reading()
        desk.gateway.outages.disconnect(1.0, 1101)
        await desk.clock.sleep(2)
        # The gateway is back, and the handler has heard nothing of it all.
        by_id = handler.desk.roster.by_id
        for stream in (Stream.BOOK, Stream.TICKS):
            handler.subscriber.cancel(by_id[stream, "SPY"])
        handler.subscriber.sync()
        await desk.clock.sleep(0.1)
        assert handler.desk.up
        line.resume_reading()
        await desk.clock.sleep(0.1)
        await desk.settled()
        await desk.clock.sleep(5)
        desk.all_rules()

    watched(test, **TINY)


def test_prints_that_came_while_the_cancel_waited_in_its_lane_were_lost():
    async def test(desk: Watched) -> None:
        handler = desk.handler
        for _ in range(80):
            handler.desk.push(Lane.DATA, "busy", lambda line: line.cancel_market_data(10**6))
        # As after answers that were lost.
        handler._anew(tell=True)
        handler._look()
        await desk.clock.sleep(1)
        assert len(handler.desk.roster.leaving) == len(desk.params.all_symbols) + 3
        await desk.settled()
        await desk.clock.sleep(5)
        assert not handler.desk.roster.leaving
        desk.all_rules()

    watched(test, **TINY)

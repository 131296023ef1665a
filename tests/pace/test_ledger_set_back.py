"""A server whose clock is set back: what was written by the clock before lies hours ahead."""

from __future__ import annotations

import asyncio

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.config.schema.endpoint import LONGEST_TIMEOUT, Endpoint
from quanticity.config.schema.source import Source
from quanticity.model import Priority
from quanticity.pace.ledger import FAR, MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.schedule import Scheduler
from tests.clock.wall import Settable
from tests.pace.vendor import Log, Vendor, feed
from tests.pace.wire import Wire

LENGTH, LIMIT = 60.0, 40
SPEC = BudgetSpec((WindowSpec(LENGTH, LIMIT, LIMIT),), reserve=1, grace=1.0)


def test_no_request_takes_so_long_that_its_slot_is_taken_for_one_of_before() -> None:
    assert LONGEST_TIMEOUT + BudgetSpec((), reserve=0).grace < FAR
    for made in (Source, Endpoint):
        limits = made.model_json_schema()["properties"]["timeout_seconds"]
        most = [one.get("maximum") for one in limits.get("anyOf", [limits])]
        assert LONGEST_TIMEOUT in most


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("back", [3600.0, 5 * 3600.0])
def test_nothing_was_granted_for_as_long_as_the_clock_had_been_set_back(
    processes: int, back: float
) -> None:
    async def main(clock: VirtualClock) -> tuple[Vendor, float]:
        vendor, servers = Vendor(clock, 1, (0.0, 0.2), (0.0, 0.2)), Settable(clock)
        ledger = MemoryLedger(servers)
        wires = [Wire(ledger, clock, one, 0.004) for one in range(processes)]
        schedulers = [Scheduler(clock, MarketCalendar(), wire) for wire in wires]
        for one in schedulers:
            jobs = [feed(f"f{n}", Priority.IMPORTANT, LENGTH, vendor, Log()) for n in range(60)]
            one.replace(jobs, {"v": SPEC})
        tasks = [asyncio.create_task(one.run()) for one in schedulers]
        await clock.sleep(2 * LENGTH + 50.0)
        servers.set_by(-back)
        await clock.sleep(2 * LENGTH)
        since = clock.now()
        await clock.sleep(3 * LENGTH)
        for one in schedulers:
            await one.stop(5.0)
        await asyncio.gather(*tasks)
        return vendor, since

    vendor, since = run_virtual(main)
    assert vendor.most_in(LENGTH) <= LIMIT
    assert vendor.between(since, since + 3 * LENGTH) >= 0.9 * 3 * LIMIT

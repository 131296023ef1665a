"""A ledger that has lost all that was written to it: a server without a file that was started
again, or a FLUSHALL by somebody else."""

from __future__ import annotations

import asyncio

import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from tests.pace.sharing import sharing
from tests.pace.vendor import Vendor

LENGTH, LIMIT = 60.0, 40
SPEC = BudgetSpec((WindowSpec(LENGTH, LIMIT, LIMIT),), reserve=1, grace=1.0)


@pytest.mark.parametrize("away", [0.0, 2.0, 50.0])
@pytest.mark.parametrize("at", [3 * LENGTH + 5, 3 * LENGTH + 40])
@pytest.mark.parametrize("wants", [(80, 80), (80, 3), (30, 30)])
def test_processes_had_what_they_held_once_more_when_the_ledger_had_been_emptied(
    away: float, at: float, wants: tuple[int, int]
) -> None:
    async def main(clock: VirtualClock) -> tuple[Vendor, float]:
        ledgers = MemoryLedger(clock), MemoryLedger(clock)
        vendor, wires, schedulers = sharing(clock, ledgers[0], wants, SPEC, LENGTH)
        tasks = [asyncio.create_task(one.run()) for one in schedulers]
        await clock.sleep(at)
        for wire in wires:
            wire.cut = bool(away)
        await clock.sleep(away)
        for wire in wires:
            wire.cut = False
            wire.lead_to(ledgers[1])
        await clock.sleep(3 * LENGTH)
        since = clock.now()
        await clock.sleep(5 * LENGTH)
        assert not any(one.state().ledger_away for one in schedulers)
        for one in schedulers:
            await one.stop(5.0)
        await asyncio.gather(*tasks)
        return vendor, since

    vendor, since = run_virtual(main)
    assert vendor.most_in(LENGTH) <= LIMIT
    # And it flows again, as far as it ever does for two who share so little.
    assert vendor.between(since, since + 5 * LENGTH) >= 0.9 * 5 * min(LIMIT, sum(wants))

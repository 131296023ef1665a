"""A ledger that is back as it was some seconds ago: a server with snapshots only was killed, or a
replica that had not heard of the last slots took over."""

from __future__ import annotations

import asyncio
import copy

import pytest
from loguru import logger

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.schedule import Scheduler
from tests.pace.sharing import sharing
from tests.pace.vendor import Log, Vendor, feed
from tests.pace.wire import Wire

LENGTH, LIMIT = 60.0, 40
SPEC = BudgetSpec((WindowSpec(LENGTH, LIMIT, LIMIT),), reserve=1, grace=1.0)
TOLD = "the store has lost the slots that were written to it"


def lived(
    wants: tuple[int, ...], ago: float, away: float, at: float
) -> tuple[Vendor, float, list[str]]:
    """Processes through a loss of the ledger's last `ago` seconds; when all was well again."""
    lines: list[str] = []

    async def main(clock: VirtualClock) -> tuple[Vendor, float]:
        ledgers = MemoryLedger(clock), MemoryLedger(clock)
        vendor, wires, schedulers = sharing(clock, ledgers[0], wants, SPEC, LENGTH)
        tasks = [asyncio.create_task(one.run()) for one in schedulers]
        await clock.sleep(at - ago)
        ledgers[1]._books = copy.deepcopy(ledgers[0]._books)
        await clock.sleep(ago)
        for wire in wires:
            wire.cut = True
        await clock.sleep(away)
        for number, wire in enumerate(wires):
            wire.lead_to(ledgers[1])
            wire.come_back()
            await clock.sleep(0.7 * number)
        await clock.sleep(3 * LENGTH)
        since = clock.now()
        await clock.sleep(5 * LENGTH)
        assert not any(one.state().ledger_away for one in schedulers)
        for one in schedulers:
            await one.stop(5.0)
        await asyncio.gather(*tasks)
        return vendor, since

    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING")
    try:
        return *run_virtual(main), lines
    finally:
        logger.remove(sink)


@pytest.mark.parametrize("away", [0.05, 2.0])
@pytest.mark.parametrize("ago", [1.0, 20.0, 55.0])
@pytest.mark.parametrize("wants", [(80, 80), (80, 3), (30, 30), (60, 20, 20)])
def test_processes_had_what_the_ledger_had_forgotten_once_more(
    away: float, ago: float, wants: tuple[int, ...]
) -> None:
    for at in (3 * LENGTH + 5, 3 * LENGTH + 40):
        vendor, since, _ = lived(wants, ago, away, at)
        assert vendor.most_in(LENGTH) <= LIMIT
        assert vendor.between(since, since + 5 * LENGTH) >= 0.9 * 5 * min(LIMIT, sum(wants))


@pytest.mark.parametrize("wants", [(80,), (80, 3)])
def test_a_ledger_that_has_lost_nothing_is_told_nothing_again(wants: tuple[int, ...]) -> None:
    vendor, _, lines = lived(wants, 0.0, 2.0, 3 * LENGTH + 5)
    assert vendor.most_in(LENGTH) <= LIMIT
    assert not [line for line in lines if TOLD in line]


def test_one_that_is_alone_tells_it_anew_for_whoever_comes() -> None:
    _, _, lines = lived((80,), 20.0, 0.05, 3 * LENGTH + 5)
    assert [TOLD in line for line in lines].count(True) == 1


def test_what_a_ledger_still_has_is_not_counted_twice() -> None:
    """Of a day's limit, half would be gone for the rest of the day."""

    async def main(clock: VirtualClock) -> tuple[int, int]:
        vendor = Vendor(clock, 1, (0.0, 0.2), (0.0, 0.2))
        ledgers = MemoryLedger(clock), MemoryLedger(clock)
        wire = Wire(ledgers[0], clock, 1, 0.004)
        scheduler = Scheduler(clock, MarketCalendar(), wire)
        spec = BudgetSpec((WindowSpec(86_400.0, 500_000, 500_000),), grace=1.0)
        jobs = [feed(f"f{one}", Priority.IMPORTANT, 10.0, vendor, Log()) for one in range(20)]
        scheduler.replace(jobs, {"v": spec})
        task = asyncio.create_task(scheduler.run())
        await clock.sleep(300.0)
        ledgers[1]._books = copy.deepcopy(ledgers[0]._books)
        await clock.sleep(30.0)
        wire.lead_to(ledgers[1])
        wire.come_back()
        await clock.sleep(10.0)
        await scheduler.stop(5.0)
        await task
        return len(ledgers[1]._books["v"].bases), len(vendor.arrivals)

    written, arrived = run_virtual(main)
    assert arrived > 500
    assert written == pytest.approx(arrived, abs=2)

"""What the vendor asks one process to do, it asks of all who share the token."""

from __future__ import annotations

import numpy as np
import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.outlook import Outlook
from quanticity.pace.ports import Word
from quanticity.pace.spread import Demand
from tests.pace.test_durable import Process
from tests.pace.vendor import Vendor

SPEC = BudgetSpec((WindowSpec(10.0, 20, 20),), None, None, (0, 0, 0, 0), 1, grace=1.0)
WAIT = 40.0


def test_a_stop_that_one_process_heard_was_nothing_to_the_other() -> None:
    async def main(clock: VirtualClock) -> None:
        ledger, vendor = MemoryLedger(clock), Vendor(clock, 1, (0.0, 0.05), (0.0, 0.05))
        first, second = (Process(clock, ledger, vendor, SPEC, seed) for seed in (1, 2))
        await clock.sleep(25)
        asked = clock.now()
        first.scheduler.says("v", Word(wait=WAIT))
        # What is under way arrives, and the next exchange takes the word along.
        await clock.sleep(1.5)
        arrived = len(vendor.arrivals)
        third = Process(clock, ledger, vendor, SPEC, 3)
        await clock.sleep(WAIT - 2)
        assert len(vendor.arrivals) == arrived
        for other in (second, third):
            told = other.scheduler.state().budgets["v"]
            assert told.stopped_until == pytest.approx(asked + WAIT, abs=0.1)
        await clock.sleep(10)
        assert len(vendor.arrivals) > arrived
        for one in (first, second, third):
            await one.stop()

    run_virtual(main)


def test_who_comes_soon_after_a_stop_asked_all_the_same() -> None:
    """One that was alone said nothing of it until its next word that it is there, 20 s later."""

    async def main(clock: VirtualClock) -> None:
        ledger, vendor = MemoryLedger(clock), Vendor(clock, 1, (0.0, 0.05), (0.0, 0.05))
        first = Process(clock, ledger, vendor, SPEC, 1)
        await clock.sleep(25)
        first.scheduler.says("v", Word(wait=WAIT))
        await clock.sleep(0.5)
        arrived = len(vendor.arrivals)
        second = Process(clock, ledger, vendor, SPEC, 2)
        await clock.sleep(WAIT - 1)
        assert len(vendor.arrivals) == arrived
        for one in (first, second):
            await one.stop()

    run_virtual(main)


def test_a_long_stop_was_forgotten_where_the_process_that_heard_it_was_gone_for_a_while() -> None:
    """`Retry-After: 3600`, and whoever came two minutes after a crash asked at once."""

    async def main(clock: VirtualClock) -> None:
        ledger, vendor = MemoryLedger(clock), Vendor(clock, 1, (0.0, 0.05), (0.0, 0.05))
        first = Process(clock, ledger, vendor, SPEC, 1)
        await clock.sleep(25)
        asked = clock.now()
        first.scheduler.says("v", Word(wait=3600.0))
        await clock.sleep(0.5)
        await first.stop()
        await clock.sleep(120)
        arrived = len(vendor.arrivals)
        second = Process(clock, ledger, vendor, SPEC, 2)
        await clock.sleep(3400)
        assert len(vendor.arrivals) == arrived
        told = second.scheduler.state().budgets["v"]
        assert told.stopped_until == pytest.approx(asked + 3600, abs=0.1)
        await clock.sleep(100)
        assert len(vendor.arrivals) > arrived
        await second.stop()

    run_virtual(main)


def test_a_word_does_not_grow_on_its_way_from_one_to_the_other() -> None:
    """Each tells what it heard itself: else both would hear their own word back, a bit later."""

    async def main(clock: VirtualClock) -> None:
        ledger, vendor = MemoryLedger(clock), Vendor(clock, 1, (0.0, 0.05), (0.0, 0.05))
        first, second = (Process(clock, ledger, vendor, SPEC, seed) for seed in (1, 2))
        await clock.sleep(25)
        first.scheduler.says("v", Word(wait=WAIT))
        await clock.sleep(30)
        assert first.scheduler.budgets["v"].gate.tight.heard_until > 0
        assert second.scheduler.budgets["v"].gate.tight.heard_until == 0
        for one in (first, second):
            await one.stop()

    run_virtual(main)


def test_an_outlook_of_a_version_that_tells_of_no_stop_is_read() -> None:
    nothing = np.zeros(0, np.int64), np.zeros(0, np.int64)
    packed = Outlook(3, 100.0, 1e-6, Demand({}), (nothing,) * 4, 12.5).pack()
    found = Outlook.unpack(packed)
    assert found is not None
    assert found.stopped == 12.5
    before = Outlook.unpack(packed[:-8])
    assert before is not None
    assert before.stopped == 0

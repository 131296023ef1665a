"""Processes that draw on one budget over one ledger, each on a wire of its own."""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.clock import MarketCalendar, VirtualClock
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed
from tests.pace.wire import Wire


def sharing(
    clock: VirtualClock, ledger: MemoryLedger, wants: Sequence[int], spec: BudgetSpec, every: float
) -> tuple[Vendor, list[Wire], list[Scheduler]]:
    """One process for each of `wants`, with so many feeds of `every` seconds; none runs yet."""
    vendor = Vendor(clock, 1, (0.0, 0.2), (0.0, 0.2))
    wires = [Wire(ledger, clock, one, 0.004) for one in range(len(wants))]
    schedulers = [Scheduler(clock, MarketCalendar(), wire) for wire in wires]
    for one, count in zip(schedulers, wants, strict=True):
        jobs = [
            feed(f"f{index}", Priority.IMPORTANT, every, vendor, Log()) for index in range(count)
        ]
        one.replace(jobs, {"v": spec})
    return vendor, wires, schedulers

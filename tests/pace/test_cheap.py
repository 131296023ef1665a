"""What deciding whose turn it is costs a request: next to nothing beside the request itself."""

from __future__ import annotations

import asyncio
import time

from quanticity.clock import VirtualClock, run_virtual
from quanticity.pace.planned import planned_feeds
from tests.pace.test_shipped_alpha_vantage import MINUTE, play, root, shipped

# The notes' limiter took 0.22 ms for each; a bare task that sleeps twice takes about 0.025.
NOTES = 8.0


def bare(count: int) -> float:
    """CPU seconds of as many tasks that only sleep as long as a run does."""

    async def one(clock: VirtualClock) -> None:
        await clock.sleep(1.0)
        await clock.sleep(0.1)

    async def main(clock: VirtualClock) -> None:
        for _ in range(count // 100):
            await asyncio.gather(*(one(clock) for _ in range(100)))

    began = time.process_time()
    run_virtual(main)
    return time.process_time() - began


def test_a_turn_costs_less_than_the_notes_limiter_took() -> None:
    """B33, as a ratio: here with all that a run takes on a virtual clock."""
    feeds = planned_feeds(root())
    ratios = []
    for _ in range(3):
        began = time.process_time()
        shown = play("2026-03-04 11:00", 10 * MINUTE, shipped(), feeds)
        spent = time.process_time() - began
        assert len(shown.arrivals) > 1000
        ratios.append(spent / bare(len(shown.arrivals)))
    assert min(ratios) < NOTES

"""Runs under way while reloads come: no feed is asked for twice at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ports import Job, Lane
from quanticity.pace.schedule import Scheduler

LASTS = 10.0

# What a feed is after each reload: (its interval, its budget), or None where it is gone.
Given = tuple[float, str] | None
EDITS: dict[str, Sequence[Given]] = {
    "edited twice": [(60.0, "v"), (50.0, "v"), (40.0, "v")],
    "taken out and put back": [(60.0, "v"), None, (60.0, "v")],
    "put back twice": [(60.0, "v"), None, (60.0, "v"), None, (60.0, "v")],
    "moved there and back": [(60.0, "v"), (60.0, "w"), (60.0, "v")],
    "moved and put back": [(60.0, "v"), None, (60.0, "w")],
}


def started(edits: Sequence[Given], between: float = 1.0) -> tuple[list[float], int]:
    """When runs of a feed began, each of which lasts, and how many turns are held at the end."""

    async def main(clock: VirtualClock) -> tuple[list[float], int]:
        found: list[float] = []
        begin = clock.now()

        async def run(lane: Lane) -> None:
            found.append(clock.now() - begin)
            slot = await lane.slot()
            await clock.sleep(LASTS)
            slot.headers()
            slot.done()

        scheduler = Scheduler(clock, MarketCalendar())
        running = asyncio.create_task(scheduler.run())
        for number, given in enumerate(edits):
            jobs = (
                [Job("a", given[1], Priority.IMPORTANT, run, given[0], fingerprint=str(number))]
                if given is not None
                else []
            )
            scheduler.replace(jobs)
            await clock.sleep(between)
        await clock.sleep(2 * LASTS - between * len(edits))
        scheduler.replace([])
        await clock.sleep(2 * LASTS)
        await scheduler.stop(1.0)
        await running
        held = sum(len(one.turns) + len(one.leaving) for one in scheduler.budgets.values())
        return found, held

    return run_virtual(main)


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS.keys())
def test_a_feed_edited_twice_or_put_back_while_it_was_asked_for_was_asked_for_twice_at_once(
    edits: Sequence[Given],
) -> None:
    found, held = started(edits)
    assert found == pytest.approx([0.0, LASTS], abs=0.2)
    assert held == 0

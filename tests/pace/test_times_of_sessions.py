"""Times of day at which a session of the market begins or ends."""

from __future__ import annotations

from datetime import datetime

import pytest

from quanticity.clock import EASTERN, MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ports import Job, Lane
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import run_for

DAY = 86_400.0


def eastern(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


def started(at: str, start: str, seconds: float) -> list[str]:
    """When a job of a time of day began, Eastern, after the run that it is due at once."""

    async def main(clock: VirtualClock) -> list[float]:
        found: list[float] = []

        async def run(lane: Lane) -> None:
            found.append(clock.now())
            slot = await lane.slot()
            slot.headers()
            slot.done()

        scheduler = Scheduler(clock, MarketCalendar())
        scheduler.replace([Job("daily", "v", Priority.BACKGROUND, run, at=(at,))])
        await run_for(scheduler, clock, seconds)
        return found[1:]

    moments = run_virtual(main, start=eastern(start))
    return [f"{datetime.fromtimestamp(moment, EASTERN):%m-%d %H:%M}" for moment in moments]


@pytest.mark.parametrize("at", ["04:00", "09:30", "12:00", "16:00", "20:00"])
def test_a_run_due_at_the_moment_a_session_begins_was_put_off_to_the_next_day_for_ever(
    at: str,
) -> None:
    assert started(at, "2026-01-05T01:30", 2 * DAY) == [f"01-05 {at}", f"01-06 {at}"]


def test_a_run_due_at_the_early_close_of_a_half_day_was_left_out() -> None:
    assert started("13:00", "2026-11-26T20:30", 1.5 * DAY) == ["11-27 13:00"]


def test_a_run_due_at_midnight_was_left_out_on_the_days_of_the_clocks_too() -> None:
    # Clocks go forward on March 8, and back on November 1.
    days = ["sun 00:00", "2026-03-07T12:00", "2026-10-31T12:00"]
    assert started(days[0], days[1], 2 * DAY) == ["03-08 00:00"]
    assert started(days[0], days[2], 2 * DAY) == ["11-01 00:00"]

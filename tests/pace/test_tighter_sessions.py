"""A tighter limit begins with a session: nothing is lent just before that is missed just after."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from dataclasses import dataclass, replace

import pytest

from quanticity.clock import MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import NO_LIMIT, BudgetSpec, WindowSpec
from quanticity.pace.schedule import Scheduler
from tests.pace.test_schedule import eastern
from tests.pace.vendor import Log, Vendor, feed

CALENDAR = MarketCalendar()
CLOSED = frozenset(Session) - {Session.MARKET_HOURS}
OPEN = frozenset({Session.MARKET_HOURS})
WEEKEND = frozenset({Session.WEEKEND})
HOLIDAY = frozenset({Session.HOLIDAY})
MINUTE, TEN = WindowSpec(60.0, 60, 60), WindowSpec(10.0, 15, 15)
SHARES = (30, 15, 6, 0)


@dataclass(frozen=True)
class Turn:
    """A window that holds from a moment on, beside (or instead of) the one that always does."""

    at: str
    sessions: frozenset[Session]
    always: WindowSpec
    then: WindowSpec
    shares: tuple[int, int, int, int] = (0, 0, 0, 0)
    processes: int = 1

    @property
    def spec(self) -> BudgetSpec:
        sometimes = ((self.sessions, self.then),)
        return BudgetSpec((self.always,), None, None, self.shares, 1, sometimes=sometimes)

    @property
    def critical(self) -> float:
        """Seconds between critical requests: a third of what there is then."""
        return 3.0 * self.then.length / self.then.usable


TURNS = {
    "at the close": Turn("2026-01-05 16:00", CLOSED, MINUTE, replace(MINUTE, limit=30, usable=30)),
    "with shares": Turn(
        "2026-01-05 16:00", CLOSED, MINUTE, replace(MINUTE, limit=30, usable=30), SHARES
    ),
    "of a half day": Turn("2026-11-27 13:00", CLOSED, MINUTE, WindowSpec(60.0, 20, 20)),
    "at the open": Turn("2026-01-05 09:30", OPEN, MINUTE, WindowSpec(60.0, 20, 20)),
    "a holiday at midnight": Turn("2026-11-26 00:00", HOLIDAY, MINUTE, WindowSpec(60.0, 30, 30)),
    "of ten seconds": Turn("2026-01-10 00:00", WEEKEND, MINUTE, WindowSpec(10.0, 5, 5)),
    "of a minute beside ten seconds": Turn(
        "2026-01-05 16:00", CLOSED, TEN, WindowSpec(60.0, 30, 30)
    ),
    "of two minutes": Turn("2026-01-05 16:00", CLOSED, MINUTE, WindowSpec(120.0, 90, 90)),
    "for two processes": Turn(
        "2026-01-05 16:00", CLOSED, MINUTE, WindowSpec(60.0, 30, 30), processes=2
    ),
}


def play(turn: Turn) -> tuple[Vendor, Log, float]:
    """Feeds that want three times what there is, from before the change to after it."""
    span = max(turn.always.length, turn.then.length)
    lead = 2.2 * span

    async def main(clock: VirtualClock) -> tuple[Vendor, Log, float]:
        vendor, log, rng = Vendor(clock), Log(), random.Random(0)
        ledger = MemoryLedger(clock) if turn.processes > 1 else None
        schedulers = [Scheduler(clock, CALENDAR, ledger) for _ in range(turn.processes)]
        jobs = [
            feed(f"c{n}", Priority.CRITICAL, 10 * turn.critical, vendor, log) for n in range(10)
        ]
        lower = (Priority.IMPORTANT, Priority.IMPORTANT, Priority.NICE_TO_HAVE, Priority.BACKGROUND)
        for n in range(90):
            jobs.append(feed(f"f{n}", lower[n % 4], rng.choice([20.0, 30.0, 60.0]), vendor, log))
        for number, scheduler in enumerate(schedulers):
            scheduler.replace(jobs[number :: turn.processes], {"v": turn.spec})
        running = [asyncio.create_task(scheduler.run()) for scheduler in schedulers]
        await clock.sleep(lead + 1.2 * span)
        for scheduler in schedulers:
            await scheduler.stop(60.0)
        await asyncio.gather(*running)
        return vendor, log, eastern(turn.at)

    return run_virtual(main, start=eastern(turn.at) - lead)


@pytest.mark.parametrize("name", TURNS)
def test_critical_was_late_when_a_tighter_limit_began_for_what_was_lent_just_before(
    name: str,
) -> None:
    """By 10 to 44 s in the minute after the close: only the looser limit was looked ahead at."""
    turn = TURNS[name]
    vendor, log, at = play(turn)
    span = turn.then.length
    assert log.lateness(Priority.CRITICAL, at - span)[-1] <= 1.0
    # Nothing is kept back but for that, either.
    ideal = (turn.then.usable - 1) / (turn.then.length + 0.2)
    assert vendor.between(at, at + span) >= 0.9 * ideal * span


@pytest.mark.parametrize("name", ["of a minute beside ten seconds", "of two minutes"])
def test_a_longer_window_began_with_what_a_shorter_one_still_held(name: str) -> None:
    """Of what it holds from before its session only the last seconds were counted."""
    turn = TURNS[name]
    vendor, _, at = play(turn)
    # What is under way when it begins may arrive in it.
    after = [moment for moment in vendor.arrivals if moment > at + 0.4]
    assert after
    for moment in after:
        held = bisect_right(vendor.arrivals, moment) - bisect_right(
            vendor.arrivals, moment - turn.then.length + 1e-9
        )
        assert held <= turn.then.limit


def test_a_limit_of_the_next_session_that_is_edited_holds_in_the_look_ahead_at_once() -> None:
    """Limits of now that stayed the same were taken for nothing changed."""
    turn = TURNS["at the close"]

    async def main(clock: VirtualClock) -> float:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"c{n}", Priority.CRITICAL, 60.0, vendor, log) for n in range(10)]
        jobs += [feed(f"f{n}", Priority.BACKGROUND, 20.0, vendor, log) for n in range(60)]
        scheduler.replace(jobs, {"v": replace(turn.spec, sometimes=())})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(70.0)
        scheduler.replace(jobs, {"v": turn.spec})
        await clock.sleep(140.0)
        await scheduler.stop(60.0)
        await running
        return log.lateness(Priority.CRITICAL, eastern(turn.at) - 60.0)[-1]

    assert run_virtual(main, start=eastern(turn.at) - 140.0) <= 1.0


def test_a_window_that_only_counts_is_not_shown() -> None:
    spec = TURNS["of two minutes"].spec
    counting = spec.counting(Session.MARKET_HOURS)
    assert [window.usable for window in counting.windows] == [60, NO_LIMIT]
    assert counting.main == MINUTE
    assert spec.counting(Session.WEEKEND) == spec.within(Session.WEEKEND)

    async def main(clock: VirtualClock) -> list[int]:
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.configure({"v": spec})
        return [window.usable for window in scheduler.state().budgets["v"].windows]

    assert run_virtual(main, start=eastern("2026-01-05 11:00")) == [60]

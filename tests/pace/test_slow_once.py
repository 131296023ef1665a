"""A vendor that was slow for a while is not taken for slow for ever."""

from __future__ import annotations

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.round_trip import FIRST_GUESS, KEPT, RoundTrip
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed
from tests.pace.wire import Wire

WINDOW, LIMIT = 2.5, 20
SLOW, QUICK = 12.0, 0.05
SPEC = BudgetSpec((WindowSpec(WINDOW, LIMIT, LIMIT),), None, None, (0, 0, 0, 0), 1, grace=1.0)


def test_the_lower_group_of_one_process_starved_beside_critical_of_another() -> None:
    """It took only its own answers for how long a slot is held, and had none any more."""

    async def main(clock: VirtualClock) -> None:
        ledger, vendor, log = MemoryLedger(clock), Vendor(clock, 1, (0.0, 0.0), (SLOW, SLOW)), Log()
        plenty = Scheduler(clock, MarketCalendar(), Wire(ledger, clock, 1, 0.004))
        plenty.replace(
            [feed(f"low{i}", Priority.BACKGROUND, 0.2, vendor, log) for i in range(10)],
            {"v": SPEC},
        )
        critical = Scheduler(clock, MarketCalendar(), Wire(ledger, clock, 2, 0.004))
        critical.replace(
            [feed(f"high{i}", Priority.CRITICAL, WINDOW / 2, vendor, log) for i in range(5)],
            {"v": SPEC},
        )
        tasks = [asyncio.create_task(plenty.run())]
        await clock.sleep(2 * SLOW)
        vendor.back = (QUICK, QUICK)
        await clock.sleep(SLOW)
        tasks.append(asyncio.create_task(critical.run()))
        await clock.sleep(4 * SLOW)
        since = clock.now()
        before = len(vendor.arrivals)
        await clock.sleep(10 * WINDOW)
        # Half of the limit is critical's; most of the other half flows.
        assert len(vendor.arrivals) - before >= 0.9 * 10 * LIMIT
        late = log.lateness(Priority.CRITICAL, since)
        assert late[len(late) * 99 // 100] <= 0.1
        for one in (plenty, critical):
            await one.stop(30.0)
        await asyncio.gather(*tasks)

    run_virtual(main)


SECONDS = st.floats(0.001, 30.0)


@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=20), st.lists(SECONDS))
def test_what_nothing_renews_fades_and_no_further_than_to_the_first_guess(
    answers: list[tuple[float, float]], pauses: list[float]
) -> None:
    trip, now = RoundTrip(), 1000.0
    for seconds, pause in answers:
        now += pause
        trip.add(seconds, now)
        assert seconds <= trip.high
        assert trip.low <= trip.usual(now) <= trip.high
    high = trip.high
    moments = list(itertools.accumulate(pauses, initial=now))
    seen = [trip.longest(at) for at in moments]
    assert seen == sorted(seen, reverse=True)
    assert all(min(high, FIRST_GUESS) <= longest <= high for longest in seen)
    # It is kept for a while, and gone after twice that.
    assert trip.longest(now + 0.99 * KEPT * high) == high
    assert trip.longest(now + 2 * KEPT * high + 1) == min(high, FIRST_GUESS)


def test_a_quick_answer_after_a_pause_brought_the_slow_ones_back() -> None:
    trip = RoundTrip()
    for _ in range(20):
        trip.add(12.0, 100.0)
    trip.add(0.05, 1000.0)
    assert trip.high <= FIRST_GUESS
    assert trip.usual(1000.0) <= FIRST_GUESS
    # Without a pause they are not forgotten so soon.
    trip.add(12.0, 1001.0)
    trip.add(0.05, 1001.1)
    assert trip.high > 11

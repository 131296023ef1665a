"""Windows that hold in some sessions only: less while the market is closed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

import pytest
from pydantic import ValidationError

from quanticity.clock import MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.config.schema import Root
from quanticity.config.schema.limits import RateLimits, Window
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, budget_spec, budgets_of
from quanticity.pace.plan import plan
from quanticity.pace.schedule import Scheduler
from tests.pace.test_schedule import eastern
from tests.pace.test_shipped_alpha_vantage import root as shipped_alpha_vantage
from tests.pace.vendor import Log, Vendor, feed, run_for

CALENDAR = MarketCalendar()
MINUTE = 60.0
CLOSED = Window(limit=30, seconds=MINUTE, market_state="closed")
LIMITS = RateLimits(
    windows=(Window(limit=60, seconds=MINUTE), CLOSED),
    shares={Priority.CRITICAL: 30, Priority.IMPORTANT: 12},
)


def arrivals(start: str, minutes: int, spec: BudgetSpec, *, durable: bool = False) -> list[float]:
    """Of feeds that want three times as much as there is at any time."""

    async def main(clock: VirtualClock) -> list[float]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR, MemoryLedger(clock) if durable else None)
        groups = [Priority.CRITICAL, *[Priority.IMPORTANT] * 5, *[Priority.BACKGROUND] * 6]
        jobs = [feed(f"f{n}", groups[n % 12], 20.0, vendor, log) for n in range(60)]
        scheduler.replace(jobs, {"v": spec})
        await run_for(scheduler, clock, minutes * MINUTE)
        return vendor.arrivals

    return run_virtual(main, start=eastern(start))


def most(found: list[float]) -> int:
    return max(bisect_right(found, at + MINUTE - 1e-9) - index for index, at in enumerate(found))


def split(found: list[float]) -> tuple[list[float], list[float]]:
    """Arrivals while the market is open, and while it is closed."""
    regular = [CALENDAR.session(at) is Session.MARKET_HOURS for at in found]
    return (
        [at for at, is_open in zip(found, regular, strict=True) if is_open],
        [at for at, is_open in zip(found, regular, strict=True) if not is_open],
    )


@pytest.mark.parametrize("durable", [False, True])
@pytest.mark.parametrize("start", ["2026-03-04 15:50", "2026-03-04 09:20"])
def test_while_the_market_is_closed_less_is_asked_however_much_is_wanted(
    start: str, durable: bool
) -> None:
    spec = replace(budget_spec(LIMITS), max_in_flight=2)
    regular, closed = split(arrivals(start, 20, spec, durable=durable))
    assert most(regular) <= 60
    # Each of ten minutes is used, but for what the change of the session leaves.
    assert len(regular) >= 0.9 * 9 * 58
    # Two may be under way when the session changes.
    assert most(closed) <= 30 + 2
    assert len(closed) >= 0.9 * 9 * 29


def test_shares_and_reserve_shrink_with_the_limit() -> None:
    spec = budget_spec(LIMITS)
    assert spec.main is not None
    assert (spec.main.usable, spec.shares, spec.reserve) == (60, (30, 12, 0, 0), 2)
    for session in Session:
        within = spec.within(session)
        assert within.main is not None
        if session is Session.MARKET_HOURS:
            assert within == replace(spec, sometimes=())
        else:
            assert (within.main.usable, within.shares, within.reserve) == (30, (15, 6, 0, 0), 1)


def test_a_window_that_is_longer_than_any_other_of_its_session_is_added() -> None:
    five = Window(limit=100, seconds=300, market_state="extended")
    spec = budget_spec(RateLimits(requests_per_minute=60, windows=(five,)))
    lengths = [window.length for window in spec.within(Session.PRE_MARKET).windows]
    assert lengths == [60.0, 300.0]
    assert [window.length for window in spec.within(Session.WEEKEND).windows] == [60.0]


def test_a_looser_window_of_a_session_loosens_nothing() -> None:
    loose = Window(limit=500, seconds=MINUTE, market_state="closed")
    spec = budget_spec(RateLimits(requests_per_minute=60, windows=(loose,)))
    assert spec.within(Session.WEEKEND).windows == spec.windows


@pytest.mark.parametrize("more", [{"per": "hour"}, {"per": "day", "reset": "20:00 UTC"}])
def test_a_long_window_holds_in_all_sessions(more: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="up to ten minutes"):
        Window.model_validate({"limit": 5, "market_state": "closed", **more})


def test_plan_counts_it() -> None:
    endpoint = {
        "path": "/x",
        "interval_seconds": 1,
        "redis_key": "raw:x",
        "ttl_seconds": 60,
        "priority": "critical",
    }
    limits = {"windows": [{"limit": 90, "seconds": 60}, CLOSED.model_dump(exclude_none=True)]}
    source = {"base_url": "https://x.example", "rate_limits": limits}
    root = Root.model_validate(
        {
            "data_sources": {
                "x": {**source, "endpoints": {"e": {**endpoint, "priority": "critical"}}}
            }
        }
    )
    shown = plan(root)
    assert shown.exit_status == 1
    short = {one.session for one in shown.shortages}
    assert short == set(Session) - {Session.MARKET_HOURS}
    limits_of = {
        one.session: one.budgets[0].windows[0].usable for one in shown.sessions if one.budgets
    }
    assert limits_of[Session.MARKET_HOURS] == 90
    assert limits_of[Session.WEEKEND] == 30


def test_the_shipped_limit_of_alpha_vantage_while_closed() -> None:
    """B20: at most 300 a minute, whatever is asked for at night."""
    spec = budgets_of(shipped_alpha_vantage())["alpha_vantage"]
    for session in Session:
        main = spec.within(session).main
        assert main is not None
        assert main.usable == (590 if session is Session.MARKET_HOURS else 300)

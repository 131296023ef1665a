"""A reload plans anew for the budgets that it changed, and for no other."""

from __future__ import annotations

from dataclasses import replace

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.schedule import Scheduler
from quanticity.pace.spread import Demand
from tests.pace.vendor import Log, Vendor, feed


def spec(limit: int) -> BudgetSpec:
    return BudgetSpec((WindowSpec(60.0, limit, limit),), None, None, (0, 0, 0, 0), 1)


def test_only_budgets_with_other_jobs_or_limits_are_planned_anew() -> None:
    async def main(clock: VirtualClock) -> None:
        vendor, log = Vendor(clock, 1), Log()
        scheduler = Scheduler(clock, MarketCalendar())
        one = feed("one", Priority.CRITICAL, 30.0, vendor, log)
        other = replace(feed("other", Priority.CRITICAL, 30.0, vendor, log), budget="w")
        limits = {"v": spec(20), "w": spec(20)}

        def planned() -> dict[str, Demand]:
            return {name: budget.own_demand for name, budget in scheduler.budgets.items()}

        def anew(since: dict[str, Demand]) -> set[str]:
            return {name for name, plan in planned().items() if plan is not since[name]}

        scheduler.replace([one, other], limits)
        before = planned()
        scheduler.replace([one, other], limits)
        assert anew(before) == set()
        edited = replace(one, fingerprint="edited")
        scheduler.replace([edited, other], limits)
        assert anew(before) == {"v"}
        before = planned()
        scheduler.replace([edited, other], limits | {"w": spec(30)})
        assert anew(before) == {"w"}
        before = planned()
        scheduler.replace([other], limits | {"w": spec(30)})
        assert anew(before) == {"v"}

    run_virtual(main)

"""Where more is wanted than may be in flight, by what a request may take, a plan says so."""

from __future__ import annotations

import pytest

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.planned import BudgetPlan, PlannedFeed
from quanticity.pace.rooms import rooms_beside
from tests.pace.test_limits_beside import planned
from tests.pace.test_plan import LONGEST_TRIP, worst_shown

ONE = {"requests_per_minute": 6000, "max_in_flight": 1}


def of_open_hours(symbols: int) -> BudgetPlan:
    sessions = planned(ONE, symbols).sessions
    return next(one for one in sessions if one.session is Session.MARKET_HOURS).budgets[0]


def test_a_schedule_that_the_places_in_flight_do_not_hold_was_said_to_fit() -> None:
    """Twelve critical calls a second of 0.2 s each, one at once: `fits`, and exit status 0."""
    found = planned(ONE, symbols=12)
    assert found.exit_status == 1
    said = str(next(one for one in found.shortages if one.session is Session.MARKET_HOURS))
    assert "critical wants 12 calls a second" in said
    assert "can have 5 with 1 in flight, at 0.2 s a request" in said


@pytest.mark.parametrize(("feeds", "short"), [(4, False), (12, True)], ids=["four", "twelve"])
def test_a_run_is_short_of_places_in_flight_where_its_plan_is(feeds: int, short: bool) -> None:
    spec = BudgetSpec((WindowSpec(1.0, 100, 100),), max_in_flight=1)
    wanted = [PlannedFeed(f"f{one}", "v", "v", Priority.CRITICAL, 1.0) for one in range(feeds)]
    (age,) = worst_shown(spec, wanted, 0).values()
    # Five a second: each of twelve has its turn once in 2.4 s on an average.
    assert (age > 2.4) is short
    assert planned(ONE, feeds).exit_status == short


def test_a_plan_says_how_slow_a_vendor_may_be() -> None:
    fits = of_open_hours(3)
    assert fits.in_flight is not None
    assert fits.in_flight.busy == pytest.approx(0.8)
    assert fits.in_flight.enough_up_to == pytest.approx(0.25)
    assert not any(group.short for group in fits.groups)


def test_a_lower_group_that_critical_leaves_no_place_is_a_warning() -> None:
    found = planned(ONE, symbols=5)
    assert found.verdict == "short"
    assert {one.group for one in found.shortages} == {Priority.IMPORTANT}


def test_the_place_that_is_kept_for_critical_is_not_counted_for_others() -> None:
    spec = BudgetSpec(max_in_flight=3)
    (beside,) = rooms_beside(spec, [1.0], LONGEST_TRIP)
    assert beside.calls == pytest.approx(2 / 0.2)
    (lone,) = rooms_beside(spec, [0.0], LONGEST_TRIP)
    assert lone.calls == pytest.approx(3 / 0.2)

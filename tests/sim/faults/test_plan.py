"""Plans: each fault on its occasions, the same for the same seed, and counted."""

import itertools
import math
from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import EASTERN
from quanticity.sim.faults import CATALOG, FaultPlan, NoFaults, Rule, Where, shipped_plans
from quanticity.sim.faults.catalog import (
    Disconnect,
    Drop,
    DuplicateExecution,
    Latency,
    LostCallback,
    NightlyRestart,
    OneLegOnly,
    SchemaDrift,
    ServerError,
    Truncated,
)
from quanticity.sim.faults.fault import EXECUTION, PLACE, SEND, TIME

HTTP, SOCKET, WIRE, ORDERS = Where.HTTP, Where.SOCKET, Where.WIRE, Where.ORDERS
NOON = 1_767_632_400.0  # Monday 2026-01-05 12:00 Eastern
# One event of each kind of each place.
EVENTS = (
    (HTTP, "alpha_vantage/query"),
    (SOCKET, "unusual_whales price:SPY"),
    *((WIRE, kind) for kind in ("connect", TIME, f"{SEND} tick price")),
    *((ORDERS, kind) for kind in ("place BAG", "status", "open order", EXECUTION, "commission")),
)


def http(fault, **when):
    return Rule(fault, frozenset({HTTP}), **when)


def fired(plan, moments, where=HTTP, kind="uw/api/x"):
    """The moments, from noon, at which something struck."""
    return [at for at in moments if plan.fire(kind, where, NOON + at) is not None]


def test_a_rule_without_more_strikes_the_first_event_once():
    plan = FaultPlan([http(Drop())], begins=NOON)
    assert fired(plan, range(10)) == [0]


def test_an_occasion_waits_for_its_event_and_what_was_missed_is_not_made_up_for():
    plan = FaultPlan([http(Drop(), at=5, every=10)], begins=NOON)
    assert fired(plan, [0, 4.9, 5, 6, 14.9, 15.1, 52, 53, 54.9, 55]) == [5, 15.1, 52, 55]


def test_a_window_strikes_all_that_comes_while_it_is_open():
    plan = FaultPlan([http(Drop(), at=5, every=20, lasting=3)], begins=NOON)
    assert fired(plan, range(30)) == [5, 6, 7, 25, 26, 27]


def test_no_more_strikes_than_asked_for():
    plan = FaultPlan([http(Drop(), at=1, every=2, times=3)], begins=NOON)
    assert fired(plan, range(30)) == [1, 3, 5]


def test_a_rate_is_kept_and_two_rates_add_up():
    plan = FaultPlan([http(Drop(), rate=0.2), http(Latency(), rate=0.1)], seed=3, begins=NOON)
    fired(plan, range(10_000))
    assert plan.counters["http.drop"] / 10_000 == pytest.approx(0.2, abs=0.02)
    assert plan.counters["http.latency"] / 10_000 == pytest.approx(0.1, abs=0.02)


def test_what_strikes_once_is_not_crowded_out_by_a_storm():
    plan = FaultPlan(
        [http(Latency(), lasting=60), http(SchemaDrift(), lasting=60), http(Drop(), at=30)],
        begins=NOON,
    )
    assert len(fired(plan, range(60))) == 60
    assert plan.counters["http.drop"] == 1
    # And of two storms each has its share.
    assert abs(plan.counters["http.latency"] - plan.counters["http.schema_drift"]) <= 1


def test_only_events_that_match_are_struck():
    plan = FaultPlan([http(Drop(), lasting=9, matching="/option-chains")], begins=NOON)
    assert plan.fire("uw/api/stock/SPY/spot", HTTP, NOON) is None
    assert plan.fire("uw/api/stock/SPY/option-chains", HTTP, NOON) == Drop()
    assert plan.fire("uw/api/stock/SPY/option-chains", SOCKET, NOON) is None


def test_a_time_of_day_is_the_next_such_time_in_new_york():
    rule = Rule(NightlyRestart(), frozenset({WIRE}), at=time(23, 45))
    plan = FaultPlan([rule], begins=NOON)
    due = plan.next_at(WIRE, NOON)
    assert datetime.fromtimestamp(due, EASTERN).isoformat() == "2026-01-05T23:45:00-05:00"
    assert plan.fire(TIME, WIRE, due - 1) is None
    assert plan.fire(TIME, WIRE, due) == NightlyRestart()
    late = FaultPlan([rule], begins=due + 60)
    assert late.next_at(WIRE, due + 60) == due + 86_400


def test_whoever_sleeps_until_the_next_moment_misses_none():
    rules = [
        Rule(Disconnect(), frozenset({WIRE}), at=10, every=30, times=3),
        Rule(NightlyRestart(), frozenset({WIRE}), at=25),
    ]
    plan = FaultPlan(rules, begins=NOON)
    seen, now = [], NOON
    while (now := plan.next_at(WIRE, now)) < math.inf:
        fault = plan.fire(TIME, WIRE, now)
        assert fault is not None
        seen.append((now - NOON, fault.name))
    assert seen == [
        (10, "disconnect"),
        (25, "nightly_restart"),
        (40, "disconnect"),
        (70, "disconnect"),
    ]


def test_what_is_injected_waits_for_an_event_that_it_can_strike():
    plan = FaultPlan()
    plan.inject(Drop(), OneLegOnly(), Disconnect())
    assert plan.fire("uw/api", HTTP, NOON) == Drop()
    assert plan.fire("uw/api", HTTP, NOON) is None
    assert plan.fire(f"{PLACE} STK", ORDERS, NOON) is None
    assert plan.fire(f"{PLACE} BAG", ORDERS, NOON) == OneLegOnly()
    assert plan.next_at(WIRE, NOON) == NOON
    assert plan.fire(TIME, WIRE, NOON) == Disconnect()
    assert not plan.active(HTTP)


def test_the_plan_begins_with_the_first_question_where_it_is_not_said():
    plan = FaultPlan([http(Drop(), at=5)])
    assert fired(plan, [100, 104, 105, 106]) == [105]


def test_counters_say_where_and_how_often():
    plan = FaultPlan([Rule.anywhere(Drop(), every=1)], begins=NOON)
    fired(plan, range(3))
    fired(plan, range(3), SOCKET, "uw price:SPY")
    assert plan.counters == {"http.drop": 3}
    assert plan.struck("drop") == 3


@pytest.mark.parametrize("name", CATALOG)
def test_each_fault_by_its_name_strikes_where_it_says(name):
    plan = FaultPlan.named(name, begins=NOON)
    for at in range(30):
        for where, kind in EVENTS:
            plan.fire(kind, where, NOON + at)
    assert plan.struck(name) >= 1
    assert {key.partition(".")[0] for key in plan.counters} <= set(CATALOG[name].strikes)


@pytest.mark.parametrize("name", [name for name in shipped_plans() if name != "calm"])
def test_everything_in_a_shipped_plan_strikes_in_a_day(name):
    plan = FaultPlan.named(name, seed=1, begins=NOON)
    for at in range(0, 86_400, 2):
        for where, kind in EVENTS:
            plan.fire(kind, where, NOON + at)
    assert {rule.fault.name for rule in plan.rules} == {
        key.partition(".")[2] for key in plan.counters
    }


def test_calm_and_no_faults_strike_nothing():
    for plan in (FaultPlan.named("calm"), NoFaults()):
        assert [plan.fire(kind, where, NOON) for where, kind in EVENTS] == [None] * len(EVENTS)
        assert plan.next_at(WIRE, NOON) == math.inf
        assert not any(plan.active(where) for where in Where)


PLACES = st.sets(st.sampled_from(list(Where)), min_size=1)


@given(seed=st.integers(0, 100_000), places=PLACES, faults=st.integers(1, 6))
def test_what_a_seed_makes_up_stays_in_its_places_and_all_of_it_strikes(seed, places, faults):
    plan = FaultPlan.random(seed, where=places, faults=faults, seconds=60, begins=NOON)
    kinds = {rule.fault.name for rule in plan.rules}
    able = [kind for kind in CATALOG.values() if set(kind.strikes) & places]
    assert len(kinds) == min(faults, len(able))
    assert all(rule.where <= places for rule in plan.rules)
    for step in range(240):
        for where, kind in EVENTS:
            plan.fire(kind, where, NOON + step / 4)
    assert {key.partition(".")[2] for key in plan.counters} == kinds


RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from([Drop(), Latency(), Truncated(), ServerError(), LostCallback()]),
        st.frozensets(st.sampled_from([HTTP, SOCKET, ORDERS]), min_size=1),
        at=st.floats(0, 50),
        every=st.none() | st.floats(0.5, 30),
        lasting=st.none() | st.floats(0.1, 20),
        rate=st.none() | st.floats(0.01, 1),
        times=st.none() | st.integers(1, 4),
    ),
    max_size=6,
)
MOMENTS = st.lists(st.floats(0, 100), max_size=60).map(sorted)


@given(RULES, MOMENTS, st.integers(0, 1000))
def test_the_same_questions_have_the_same_answers(rules, moments, seed):
    asked = [(EVENTS[index % len(EVENTS)], at) for index, at in enumerate(moments)]
    plans = [FaultPlan(rules, seed=seed, begins=NOON) for _ in range(2)]
    answers = [[plan.fire(kind, where, NOON + at) for (where, kind), at in asked] for plan in plans]
    assert answers[0] == answers[1]
    assert sum(plans[0].counters.values()) == sum(one is not None for one in answers[0])


@given(RULES, MOMENTS, st.integers(0, 1000))
def test_one_place_does_not_change_what_strikes_in_another(rules, moments, seed):
    alone = FaultPlan([rule for rule in rules if rule.where == {HTTP}], seed=seed, begins=NOON)
    beside = FaultPlan(
        [rule for rule in rules if rule.where == {HTTP} or HTTP not in rule.where],
        seed=seed,
        begins=NOON,
    )
    for at in moments:
        beside.fire("uw price:SPY", SOCKET, NOON + at)
        beside.fire(EXECUTION, ORDERS, NOON + at)
        assert beside.fire("uw/x", HTTP, NOON + at) == alone.fire("uw/x", HTTP, NOON + at)


@given(
    at=st.floats(0, 1000),
    every=st.floats(0.5, 400),
    times=st.integers(1, 20),
    begins=st.floats(0, 2e9),
)
def test_occasions_come_once_each_whatever_the_rounding(at, every, times, begins):
    plan = FaultPlan(
        [Rule(Disconnect(), frozenset({WIRE}), at=at, every=every, times=times)], begins=begins
    )
    seen, now = [], begins
    while (due := plan.next_at(WIRE, now)) < math.inf:
        assert due >= now
        now = due
        assert plan.fire(TIME, WIRE, now) is not None
        assert plan.fire(TIME, WIRE, now) is None
        seen.append(now)
    assert len(seen) == times
    for before, after in itertools.pairwise(seen):
        assert after - before == pytest.approx(every, abs=1e-5)


def test_duplicates_and_lost_callbacks_may_share_an_event_kind():
    rules = [
        Rule(DuplicateExecution(), frozenset({ORDERS}), lasting=60),
        Rule(LostCallback(), frozenset({ORDERS}), lasting=60),
    ]
    plan = FaultPlan(rules, begins=NOON)
    for at in range(10):
        plan.fire(EXECUTION, ORDERS, NOON + at)
    assert plan.counters == {"orders.duplicate_execution": 5, "orders.lost_callback": 5}

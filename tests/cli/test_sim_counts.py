"""What is said of the faults at the end of a simulated day."""

from __future__ import annotations

from quanticity.cli.sim_counts import faults_in_words
from quanticity.sim.faults import FaultPlan

NOON = 1_767_632_400.0  # Monday 2026-01-05 12:00 Eastern


def test_that_no_fault_struck_did_not_say_that_the_day_was_too_short() -> None:
    plan = FaultPlan.named("nightly_restart", begins=NOON)
    assert plan.first_after() == 2.0
    assert faults_in_words(plan, 1.5) == (
        "no fault struck: the first occasion is 2.0 s after the day's begin, and it went on for "
        "1.5 s; run it longer, or faster with --time-scale"
    )


def test_that_no_fault_struck_did_not_say_what_they_strike() -> None:
    plan = FaultPlan.named("server_error", begins=NOON)
    said = faults_in_words(plan, plan.first_after() + 1)
    assert said == "no fault struck: those of this plan strike requests, and too few came"


def test_a_calm_day_has_nothing_to_explain_and_what_struck_is_counted() -> None:
    assert faults_in_words(FaultPlan.named("calm"), 60.0) == "no fault struck"
    plan = FaultPlan.named("server_error", begins=NOON)
    plan.counters["http.server_error"] = 3
    assert faults_in_words(plan, 60.0) == "faults that struck: http.server_error 3"

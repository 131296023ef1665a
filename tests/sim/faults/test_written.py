"""Plans in YAML: what may be written, and what is said of a mistake."""

import pytest

from quanticity.errors import ConfigError
from quanticity.sim.faults import FaultPlan, Rule, Where, shipped_plans
from quanticity.sim.faults.catalog import Drop, Latency, NightlyRestart
from quanticity.sim.faults.written import rules_in

WRITTEN = """\
about: a day of mine
faults:
  - {fault: latency, where: http, matching: /option-chains, at: 30, for: 10, with: {seconds: 3}}
  - {fault: nightly_restart, at: 23:45}
  - {fault: drop, where: [http, socket], rate: 0.25, times: 4}
"""

MISTAKES = """\
faults:
  - {fault: latancy}
  - {fault: latency, with: {seconds: -1}}
  - {fault: duplicate_client, where: http}
  - {fault: nightly_restart, at: 25:10}
  - fault: disconnect
    rate: 0.5
  - fault: drop
    evry: 5
  - {fault: drop, rate: 1.5}
"""


def write(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def problems(folder, text):
    with pytest.raises(ConfigError) as caught:
        rules_in(write(folder, text))
    return [str(problem) for problem in caught.value.problems]


def test_a_plan_in_a_file(tmp_path):
    latency, restart, drop = rules_in(write(tmp_path, WRITTEN))
    assert latency == Rule(
        Latency(seconds=3), frozenset({Where.HTTP}), "/option-chains", at=30, lasting=10
    )
    assert (restart.fault, str(restart.at)) == (NightlyRestart(), "23:45:00")
    assert drop == Rule(Drop(), frozenset({Where.HTTP, Where.SOCKET}), rate=0.25, times=4)


def test_every_mistake_is_told_with_its_line_and_what_was_meant(tmp_path):
    told = problems(tmp_path, MISTAKES.replace("    evry: 5\n", "").replace("1.5", "0.5"))
    assert told == [
        "mine.yaml:2:6: there is no fault 'latancy'; did you mean 'latency'?",
        "mine.yaml:3:29: 'seconds' should be greater than 0, not -1",
        "mine.yaml:4:31: 'duplicate_client' cannot strike at http; it strikes at wire",
        "mine.yaml:5:30: 'at' cannot be '25:10'; seconds, or a time of day: \"23:45\"",
        "mine.yaml:7:5: 'disconnect' strikes at a moment, not all that comes; give 'at' or 'every'",
    ]


def test_fields_that_do_not_exist_or_cannot_be_are_told(tmp_path):
    told = problems(tmp_path, MISTAKES)
    assert told == [
        "mine.yaml:9:5: unknown field 'evry'; did you mean 'every'?",
        "mine.yaml:10:19: 'rate' should be less than or equal to 1, not 1.5",
    ]


def test_a_share_of_nothing_is_a_mistake(tmp_path):
    (told,) = problems(tmp_path, "faults: [{fault: drop, rate: 0.5, every: 60}]\n")
    assert told.startswith("mine.yaml:1:24: 'rate' with 'every' strikes a share of nothing")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        FaultPlan.named(str(tmp_path / "none.yaml"))


def test_names_are_joined_and_the_nearest_is_offered(tmp_path):
    path = write(tmp_path, WRITTEN)
    plan = FaultPlan.named(f"flaky+one_leg_only+{path}")
    names = {rule.fault.name for rule in plan.rules}
    assert {"one_leg_only", "nightly_restart", "info_10349"} <= names
    with pytest.raises(ConfigError) as caught:
        FaultPlan.named("flakey+drp")
    assert [str(problem) for problem in caught.value.problems] == [
        "there is no plan of faults 'flakey'; did you mean 'flaky'?",
        "there is no plan of faults 'drp'; did you mean 'drop'?",
    ]


def test_random_has_a_seed_of_its_own_or_that_of_the_market():
    rules = FaultPlan.named("random:7", seed=1).rules
    assert rules == FaultPlan.named("random", seed=7).rules
    assert rules != FaultPlan.named("random", seed=1).rules


def test_every_shipped_plan_says_what_kind_of_day_it_is():
    assert all(about for about, _ in shipped_plans().values())
    assert {"calm", "flaky", "stormy", "broker_outage", "vendor_outage"} <= set(shipped_plans())


def test_occasions_without_any_time_between_them_were_taken_and_counted_beyond_all_numbers(
    tmp_path,
):
    (told,) = problems(tmp_path, "faults: [{fault: latency, every: 1.0e-309}]\n")
    assert told.startswith("mine.yaml:1:27: 'every' should be greater than or equal to 0.001")

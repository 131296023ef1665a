"""What a plan says holds when the config runs."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from quanticity.clock import MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.config.schema.root import Root
from quanticity.model import Priority
from quanticity.pace.ages import START, worst_ages
from quanticity.pace.limits import BudgetSpec, WindowSpec, budgets_of
from quanticity.pace.plan import plan
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.ports import Job
from quanticity.pace.rules import Rules
from quanticity.pace.schedule import Scheduler
from quanticity.pace.shares import can_have
from quanticity.pace.staleness import Staleness
from tests.pace.test_schedule import NOTES, eastern
from tests.pace.vendor import Log, Vendor, feed, noting, run_for

CALENDAR = MarketCalendar()
SOAK = bool(os.environ.get("QUANTICITY_SOAK"))
# By how much is wanted of what there is: with few feeds and many, in windows of each length.
SEEDS = {0.9: range(24), 3.0: range(24)} if SOAK else {0.9: (0, 5), 3.0: (2, 10)}
# The worst comes seldom: many runs are needed to meet it.
RUNS = tuple(range(0, 12_000, 1_000))
NOTES_FILE = Path(__file__).parents[1] / "reference" / "notes.yaml"


def root(critical: float, share: int = 60) -> Root:
    return Root.model_validate(
        {
            "data_sources": {
                "vendor": {
                    "base_url": "http://127.0.0.1",
                    "rate_limits": {
                        "requests_per_minute": 120,
                        "buffer": 10,
                        "shares": {"critical": share, "important": 40},
                    },
                    "endpoints": {
                        "quote": {
                            "path": "/quote/{symbol}",
                            "symbols": ["SPY", "QQQ"],
                            "interval_seconds": critical,
                            "redis_key": "raw:vendor:quote:{symbol}",
                            "ttl_seconds": 60,
                            "priority": "critical",
                            "cost_per_call": 0.01,
                        }
                    },
                }
            }
        }
    )


def test_a_config_that_fits_says_so_and_exits_0() -> None:
    found = plan(root(60.0))
    assert found.verdict == "fits"
    assert found.exit_status == 0
    assert found.calls_per_trading_day["vendor"] == pytest.approx(2 * 24 * 60)
    assert found.cost_per_trading_day == pytest.approx(28.8)
    json.dumps(found.to_dict())


def test_a_critical_group_beyond_its_share_is_an_error() -> None:
    tree = root(1.0).model_dump(mode="json", exclude_defaults=True)
    quote = tree["data_sources"]["vendor"]["endpoints"]["quote"]
    # One session is enough: each that is over its limit is rehearsed.
    quote["conditions"] = {"time_range": "09:30-16:00"}
    found = plan(Root.model_validate(tree))
    assert found.exit_status == 1
    assert "critical wants 120 calls a minute" in str(found.shortages[0])


def test_a_second_with_one_call_was_planned_to_let_one_through_each_second() -> None:
    """It is held for its round trip, too: with answers after half a second, two in three."""
    tree = root(1.0).model_dump(mode="json", exclude_defaults=True)
    source = tree["data_sources"]["vendor"]
    source["rate_limits"] = {"requests_per_second": 1, "buffer": 0}
    quote = source["endpoints"]["quote"]
    quote |= {"symbols": ["SPY"], "conditions": {"time_range": "09:30-16:00"}}
    found = plan(Root.model_validate(tree), trip=1.0, ages=False)
    assert found.exit_status == 1
    said = "wants 1 calls a second in market_hours and can have 0.667 with each held for 1.5 s"
    assert said in str(found.shortages[0])
    quote["interval_seconds"] = 1.5
    assert plan(Root.model_validate(tree), trip=1.0, ages=False).exit_status == 0


def test_a_lower_group_can_not_have_what_critical_borrows_beyond_its_share() -> None:
    # 107 less what important and nice_to_have own is 67: critical is lent it before they are.
    spec = BudgetSpec((WindowSpec(60.0, 110, 110),), None, None, (55, 27, 13, 0), 3)
    wants = (90.0, 60.0, 20.0, 0.0)
    assert [can_have(spec, rank, wants) for rank in range(3)] == [55, 27, 13]
    assert can_have(spec, 1, (60.0, 30.0, 13.0, 0.0)) == 107 - 60 - 13


def test_the_notes_load_and_fit() -> None:
    config = Root.model_validate(yaml.safe_load(NOTES_FILE.read_text()))
    spec = budgets_of(config)["unusual_whales"]
    assert spec.shares == (60, 40, 7, 0)
    assert spec.burst == 20
    found = plan(config)
    assert found.verdict == "fits"
    open_hours = next(one for one in found.sessions if one.session is Session.MARKET_HOURS)
    groups = {one.group: one.calls_per_minute for one in open_hours.budgets[0].groups}
    assert groups[Priority.CRITICAL] == pytest.approx(3.0)
    assert groups[Priority.IMPORTANT] == pytest.approx(1.5)
    assert groups[Priority.BACKGROUND] == pytest.approx(1 / 60)


def test_an_endpoint_with_a_time_range_is_planned_for_those_hours_only() -> None:
    def calls(time_range: str) -> dict[Session, float]:
        tree = root(60.0).model_dump(mode="json", exclude_defaults=True)
        quote = tree["data_sources"]["vendor"]["endpoints"]["quote"]
        quote["conditions"] = {"time_range": time_range}
        made = plan(Root.model_validate(tree))
        return {one.session: one.budgets[0].calls_per_day for one in made.sessions}

    found = calls("09:30-16:15")
    assert found[Session.MARKET_HOURS] == pytest.approx(2 * 60 * 6.5)
    assert found[Session.AFTER_HOURS] == pytest.approx(2 * 15)
    assert found[Session.PRE_MARKET] == found[Session.OVERNIGHT] == 0
    assert calls("22:00-02:00")[Session.OVERNIGHT] == pytest.approx(2 * 60 * 4)


# How long a request takes in these runs, at the longest.
LONGEST_TRIP = 0.4
MONDAY = eastern("2026-01-05 11:00")
Mark = tuple[Priority, float | None, int]


def random_feeds(seed: int, most: float) -> tuple[BudgetSpec, list[PlannedFeed]]:
    """A budget, and feeds that want up to `most` times what it allows.

    Where that is more than it allows, critical wants more than its share in some.
    """
    rng = random.Random(seed)
    length, limit = rng.choice([(10.0, 40), (30.0, 60), (60.0, 110)])
    shares = (limit // 2, limit // 4, limit // 8, 0)
    spec = BudgetSpec((WindowSpec(length, limit, limit),), None, None, shares, 1 + limit // 50)
    load, rates = rng.uniform(0.3, most), [0.0] * 4
    critical = shares[0] * (1.6 if most > 1 and rng.random() < 0.3 else 1.0)
    feeds: list[PlannedFeed] = []
    while sum(rates) < load * limit and len(feeds) < 300:
        group = rng.choice([Priority.CRITICAL, Priority.IMPORTANT, Priority.NICE_TO_HAVE])
        interval, calls = length * rng.choice([0.5, 1.0, 2.0]), rng.choice([1, 1, 1, 2])
        wants = calls * length / interval
        if group is Priority.CRITICAL and rates[0] + wants > critical:
            continue
        rates[group.rank] += wants
        feeds.append(PlannedFeed(f"f{len(feeds)}", "v", "v", group, interval, calls=calls))
    return spec, feeds


def worst_shown(spec: BudgetSpec, feeds: list[PlannedFeed], seed: int) -> dict[Mark, float]:
    """The oldest that values of alike feeds got in a run, the start left out."""
    length = spec.windows[0].length

    async def main(clock: VirtualClock) -> dict[Mark, float]:
        vendor, log, ends = Vendor(clock, seed), Log(), dict[str, list[tuple[float, float]]]()
        scheduler = Scheduler(clock, CALENDAR)

        def job(one: PlannedFeed) -> Job:
            made = feed(one.id, one.group, one.interval or 1.0, vendor, log, calls=one.calls)
            return noting(made, clock, ends)

        began = clock.now()
        scheduler.replace([job(one) for one in feeds], {"v": spec})
        await run_for(scheduler, clock, (START + (100 if length < 30 else 60)) * length)
        # Once everybody in the group has had one run, and the start is over.
        round_ends = dict.fromkeys(Priority, began + START * length)
        for one in feeds:
            for asked, _ in ends.get(one.id, [])[:1]:
                round_ends[one.group] = max(round_ends[one.group], asked)
        worst: dict[Mark, float] = {}
        for one in feeds:
            mark = (one.group, one.interval, one.calls)
            ages = [
                there - asked
                for (asked, _), (_, there) in pairwise(ends.get(one.id, []))
                if asked >= round_ends[one.group]
            ]
            worst[mark] = max(worst.get(mark, 0.0), *ages, 0.0)
        return worst

    # Where in their intervals feeds are due depends on the moment.
    return run_virtual(main, start=MONDAY + random.Random(seed).uniform(0, 7200))


def planned_and_shown(seed: int, most: float) -> list[tuple[Mark, float | None, float]]:
    """What is planned for each sort of feed, and the worst that some runs show."""
    spec, feeds = random_feeds(seed, most)
    ages = worst_ages(
        spec,
        feeds,
        Rules(),
        Session.MARKET_HOURS,
        dict.fromkeys(Priority, 1.0),
        LONGEST_TRIP,
    )
    runs = [worst_shown(spec, feeds, seed + again) for again in RUNS]
    planned = {(one.group, one.interval, one.calls): ages[one.id] for one in feeds}
    return [(mark, age, max(run[mark] for run in runs)) for mark, age in planned.items()]


@pytest.mark.parametrize(("most", "seeds"), SEEDS.items(), ids=map(str, SEEDS))
def test_runs_show_no_more_than_the_worst_age_planned_and_at_most_a_fifth_less(
    most: float, seeds: Sequence[int]
) -> None:
    classes, beyond = 0, []
    for seed in seeds:
        for mark, planned, shown in planned_and_shown(seed, most):
            assert planned is not None, (seed, mark, shown)
            assert shown <= planned, (seed, mark, planned, shown)
            classes += 1
            if planned > 1.2 * shown:
                beyond.append((seed, mark, planned, shown))
    assert classes > 3 * len(seeds)
    # Of many there is one whose worst comes once in hundreds of windows: the rehearsals met it and
    # these runs did not.
    assert len(beyond) <= 1 + classes // 200, beyond


def test_one_rehearsal_in_which_nobody_waited_stood_for_a_budget_nearly_full() -> None:
    for mark, planned, shown in planned_and_shown(7, 0.9):
        assert planned is not None
        assert shown <= planned, (mark, planned, shown)


def test_limits_of_age_stretch_with_the_cadence_of_the_session() -> None:
    stale = Staleness(NOTES, CALENDAR)

    def limit(moment: str) -> float:
        return stale.limit(180.0, Priority.CRITICAL, 60.0, eastern(moment))

    assert limit("2026-03-04 11:00") == 180.0
    assert limit("2026-03-04 08:00") == 420.0
    assert limit("2026-03-04 17:00") == 240.0
    # Just after the open the last value of the pre-market may still stand.
    assert limit("2026-03-04 09:30:30") == 450.0
    assert limit("2026-03-04 09:36") == 180.0

"""What a plan says holds when the config runs."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from quanticity.clock import MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.config.schema.root import Root
from quanticity.model import Priority
from quanticity.pace.ages import worst_ages
from quanticity.pace.limits import BudgetSpec, WindowSpec, budgets_of
from quanticity.pace.plan import plan
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.rules import Rules
from quanticity.pace.schedule import Scheduler
from quanticity.pace.staleness import Staleness
from tests.pace.test_schedule import NOTES, eastern
from tests.pace.vendor import Log, Vendor, feed, run_for

CALENDAR = MarketCalendar()
NOTES_FILE = Path(__file__).parents[3] / "shared" / "reference" / "notes.yaml"


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
    found = plan(root(1.0))
    assert found.exit_status == 1
    assert "critical wants 120 calls a minute" in str(found.shortages[0])


def test_the_notes_load_and_fit() -> None:
    if not NOTES_FILE.exists():
        pytest.skip("the reference folder is not beside this repository")
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


@pytest.mark.parametrize("seed", range(6))
def test_where_the_limits_hold_the_worst_age_planned_is_what_a_run_shows_within_20_percent(
    seed: int,
) -> None:
    rng = random.Random(seed)
    length, limit = rng.choice([(10.0, 40), (30.0, 60), (60.0, 110)])
    shares = (limit // 2, limit // 4, limit // 8, 0)
    spec = BudgetSpec((WindowSpec(length, limit, limit),), None, None, shares, 1 + limit // 50)
    load, rates = rng.uniform(0.3, 0.9), [0.0] * 4
    feeds: list[PlannedFeed] = []
    while sum(rates) < load * limit and len(feeds) < 150:
        group = rng.choice([Priority.CRITICAL, Priority.IMPORTANT, Priority.NICE_TO_HAVE])
        interval = length * rng.choice([0.5, 1.0, 2.0])
        if group is Priority.CRITICAL and rates[0] + length / interval > shares[0]:
            continue
        rates[group.rank] += length / interval
        feeds.append(PlannedFeed(f"f{len(feeds)}", "v", "v", group, interval))
    ages = worst_ages(spec, feeds, Rules(), Session.MARKET_HOURS, dict.fromkeys(Priority, 1.0), 0.2)

    async def main(clock: VirtualClock) -> dict[str, float]:
        vendor, log = Vendor(clock, seed), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(one.id, one.group, one.interval or 1.0, vendor, log) for one in feeds]
        scheduler.replace(jobs, {"v": spec})
        since = clock.now() + 5 * length
        await run_for(scheduler, clock, 40 * length)
        found = {}
        for name, runs in log.runs.items():
            gaps = [b - a for (_, a), (_, b) in pairwise(runs) if a >= since]
            found[name] = max(gaps, default=0.0)
        return found

    shown = run_virtual(main)
    worst: dict[tuple[Priority, float | None], float] = {}
    for one in feeds:
        mark = (one.group, one.interval)
        # A value is as old as its own request's way there, to the end of the next one's.
        worst[mark] = max(worst.get(mark, 0.0), shown.get(one.id, 0.0) + 0.2)
    for one in feeds:
        planned = ages[one.id]
        if planned is None:
            continue
        run = worst[one.group, one.interval]
        assert run <= planned <= 1.2 * run, (one, planned, run)


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

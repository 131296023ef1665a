"""The shipped Alpha Vantage feeds under the virtual clock: what goes first, and when."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from quanticity.clock import EASTERN, MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.config.schema import Root
from quanticity.config.schema.limits import Window
from quanticity.pace.limits import BudgetSpec, budget_spec
from quanticity.pace.planned import PlannedFeed, planned_feeds
from quanticity.pace.rules import rules_of
from quanticity.pace.schedule import Scheduler
from tests.pace.test_schedule import eastern
from tests.pace.vendor import Log, Vendor, feed, run_for

CALENDAR = MarketCalendar()
CONFIG = Path(__file__).parents[2] / "config" / "data_sources.yaml"
MINUTE = 60.0
TECHNICALS = ("rsi", "macd", "bbands", "atr")


@cache
def root() -> Root:
    """The shipped config with Alpha Vantage alone."""
    written = yaml.load(CONFIG.read_text(), yaml.CSafeLoader)
    # Sections of plugins are theirs to check.
    tree = {name: value for name, value in written.items() if name in Root.model_fields}
    sources = tree["data_sources"]
    tree["data_sources"] = {"alpha_vantage": sources["alpha_vantage"]}
    return Root.model_validate(tree)


@dataclass
class Shown:
    """What some time of it showed: starts by endpoint, and arrivals at the vendor."""

    runs: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    arrivals: list[float] = field(default_factory=list)


def play(start: str, seconds: float, spec: BudgetSpec, feeds: list[PlannedFeed]) -> Shown:
    async def main(clock: VirtualClock) -> Shown:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [
            replace(
                feed(one.id, one.group, 1.0, vendor, log, budget=one.budget),
                interval=one.interval,
                at=one.at,
            )
            for one in feeds
        ]
        scheduler.replace(jobs, {"alpha_vantage": spec}, rules_of(root()))
        await run_for(scheduler, clock, seconds)
        shown = Shown(arrivals=vendor.arrivals)
        for one in feeds:
            name = one.id.split(".")[1].split("#")[0]
            shown.runs.setdefault(name, []).extend(log.runs.get(one.id, []))
            skipped = scheduler.state().jobs[one.id].skipped
            shown.skipped[name] = shown.skipped.get(name, 0) + skipped
        return shown

    return run_virtual(main, start=eastern(start))


def shipped(limit: int | None = None) -> BudgetSpec:
    """What the config allows; or what it would, were its windows of so many a minute."""
    limits = root().data_sources["alpha_vantage"].rate_limits
    if limit is not None:
        small = Window(limit=limit, seconds=MINUTE)
        limits = limits.model_copy(update={"windows": (small,)})
    return budget_spec(limits)


@pytest.mark.parametrize("limit", [60, 90])
def test_on_overshoot_technicals_are_dropped_and_never_greeks(limit: int) -> None:
    """B21. The feeds want 114 calls a minute of market hours, and have 60 or 90."""
    minutes = 20
    feeds = planned_feeds(root())
    began = eastern("2026-03-04 11:00")
    shown = play("2026-03-04 11:00", minutes * MINUTE, shipped(limit), feeds)
    chains = shown.runs["realtime_options"]
    assert shown.skipped["realtime_options"] == 0
    assert len(chains) >= 3 * 12 * minutes
    assert max(start - due for due, start in chains if due > began) < 0.5
    wanted = 20 * minutes
    technicals = sum(len(shown.runs[name]) for name in shown.runs if name.startswith(TECHNICALS))
    assert technicals < wanted / 20
    # What the critical ones leave goes to the index's chain and to bars, before any technical.
    important = len(shown.runs["index_options"]) + len(shown.runs["intraday"])
    assert important > 10 * technicals
    if limit == 90:
        assert len(shown.runs["index_options"]) >= 0.95 * 12 * minutes


def test_with_the_shipped_limits_every_feed_of_market_hours_is_on_time() -> None:
    began = eastern("2026-03-04 11:00")
    shown = play("2026-03-04 11:00", 10 * MINUTE, shipped(), planned_feeds(root()))
    assert not any(shown.skipped[name] for name in ("realtime_options", "index_options"))
    since = began + MINUTE
    late = [start - due for runs in shown.runs.values() for due, start in runs if due >= since]
    assert max(late) < 1.0


def test_the_four_chains_of_five_seconds_start_apart() -> None:
    """B16: the notes put a second between two; here they are spread over all five by themselves."""
    began = eastern("2026-03-04 11:00")
    shown = play("2026-03-04 11:00", 5 * MINUTE, shipped(), planned_feeds(root()))
    runs = (*shown.runs["realtime_options"], *shown.runs["index_options"])
    starts = sorted(start for _, start in runs if start > began + MINUTE)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert min(gaps) > 0.5
    assert max(gaps) < 2.5
    assert len(starts) == pytest.approx(4 * 48, abs=4)


def test_history_runs_at_night_and_on_sunday_within_300_calls_a_minute_while_closed() -> None:
    """B20. From Friday's close to Monday's opening, whatever else the source asks then."""
    feeds = planned_feeds(root())
    seconds = 65.5 * 3600
    shown = play("2026-01-09 16:00", seconds, shipped(), feeds)
    told = [
        datetime.fromtimestamp(start, EASTERN).strftime("%a %H:%M")
        for _, start in sorted(shown.runs["historical_options"])
    ]
    # Once when it is new, like every feed; then at its times.
    assert told == ["Fri 16:00"] * 3 + ["Fri 16:45"] * 3 + ["Sun 18:00"] * 3
    closed = [at for at in shown.arrivals if CALENDAR.session(at) is not Session.MARKET_HOURS]
    assert len(closed) > 1000
    most = max(bisect_right(closed, at + MINUTE) - index for index, at in enumerate(closed))
    assert most <= 300

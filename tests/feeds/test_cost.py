"""What has been spent, and who may still spend."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from quanticity.config.schema.limits import CostBudget
from quanticity.feeds.cost import CostMeter
from quanticity.model import Priority
from tests.feeds.loopback import CALENDAR, Bench, answering, whole_bench
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW

DAY = 86_400.0


def meter(**budget: Any) -> CostMeter:
    return CostMeter(CostBudget.model_validate(budget) if budget else None, CALENDAR)


def test_spending_is_counted_by_trading_day_and_endpoint() -> None:
    spent = meter()
    spent.spend("a", 0.5, NOW)
    spent.spend("a", 0.5, NOW)
    spent.spend("b", 2.0, NOW + DAY)
    assert (spent.today(NOW), spent.today(NOW + DAY), spent.month(NOW)) == (1.0, 2.0, 3.0)
    assert spent.by_endpoint(NOW) == {"a": 1.0}
    # Saturday belongs to Friday.
    assert spent.today(NOW + 4 * DAY) == spent.today(NOW + 5 * DAY)


@pytest.mark.parametrize(
    ("when_reached", "stopped"),
    [
        ("drop_background", [Priority.BACKGROUND]),
        ("critical_only", [Priority.IMPORTANT, Priority.NICE_TO_HAVE, Priority.BACKGROUND]),
        ("stop", list(Priority)),
    ],
)
def test_a_spent_budget_stops_whom_it_should(when_reached: str, stopped: list[Priority]) -> None:
    spent = meter(per_day=1.0, when_reached=when_reached)
    assert all(spent.holds(group, NOW) is None for group in Priority)
    spent.spend("a", 1.0, NOW)
    assert [group for group in Priority if spent.holds(group, NOW)] == stopped
    assert all(spent.holds(group, NOW + DAY) is None for group in Priority)


def test_a_month_is_a_calendar_month() -> None:
    spent = meter(per_month=1.0, when_reached="stop")
    spent.spend("a", 1.0, NOW)
    held = spent.holds(Priority.CRITICAL, NOW + 20 * DAY)
    assert held == "the month's cost budget is spent (1 of 1)"
    assert spent.holds(Priority.CRITICAL, NOW + 28 * DAY) is None


def test_a_restart_forgets_nothing() -> None:
    before, after = meter(), meter()
    before.spend("a", 0.25, NOW)
    after.restore(before.saved())
    assert after.by_endpoint(NOW) == {"a": 0.25}
    assert not before.changed


@pytest.mark.parametrize("saved", [None, b"", b"{", b"[]", b'{"2026-01-05": 7}'])
def test_what_cannot_be_read_counts_as_nothing_spent(saved: bytes | None) -> None:
    spent = meter()
    spent.restore(saved)
    assert spent.month(NOW) == 0


def test_every_request_is_paid_for_retries_too() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        await bench.run("quote")
        assert bench.vendor.cost.today(NOW) == pytest.approx(0.03)
        await bench.vendor.close()
        assert b"quote" in bench.store.states["cost:v"]

    whole_bench(
        answering("", status=500),
        {"cost_per_call": 0.01, "retry_policy": {"attempts": 3, "base_seconds": 0.001}},
        check,
    )


def test_what_was_spent_is_told_with_what_may_be() -> None:
    spent = meter(per_day=5)
    spent.spend("chains", 0.5, NOW + DAY)
    spent.spend("chains", 1.0, NOW)
    spent.spend("quote", 0.25, NOW)
    assert spent.told("v", NOW) == {
        "source": "v",
        "today": 1.25,
        "month": 1.75,
        "endpoints": {"chains": 1.0, "quote": 0.25},
        "per_day": 5,
        "per_month": None,
    }


def test_what_never_left_this_machine_costs_nothing() -> None:
    async def main() -> None:
        bench = Bench("http://vendor.invalid", {"quote": {"path": "/q", "cost_per_call": 1}})
        await bench.run("quote")
        assert bench.vendor.cost.today(NOW) == 0
        await bench.vendor.close()

    asyncio.run(main())


def test_a_feed_waits_while_its_budget_is_spent() -> None:
    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        feed = bench.feeds["quote"]
        assert feed.ready(bench.clock.now()) is None
        await bench.run("quote")
        held = feed.ready(bench.clock.now())
        assert held is not None
        assert held[0] == "the day's cost budget is spent (1 of 0.5)"

    whole_bench(
        answering("{}"),
        {"cost_per_call": 1, "priority": "background"},
        check,
        cost_budget={"per_day": 0.5},
    )

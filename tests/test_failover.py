"""A whole system whose first vendor becomes slow, and quick again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from quanticity.app import App
from quanticity.cli.standin import StandIn
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.loader import Loader
from quanticity.config.location import find_config
from quanticity.feeds.status import STATUS_KEY
from quanticity.pace.plan import plan
from quanticity.pace.planned import planned_feeds
from quanticity.sim.faults import FaultPlan, NoFaults, Rule, Where
from quanticity.sim.faults.catalog import Latency

MONDAY_10_EASTERN = 1_767_625_200.0
CONFIG = """\
data_sources:
  av:
    base_url: "https://www.alphavantage.co"
    auth: {type: query, name: apikey, token_env: AV_API_KEY}
    rate_limits: {requests_per_minute: 590}
    endpoints:
      bars:
        path: /query
        params: {function: TIME_SERIES_INTRADAY, symbol: "{symbol}", interval: 1min}
        symbols: [SPY]
        interval_seconds: 0.3
        redis_key: "raw:av:bars:{symbol}"
        ttl_seconds: 30
  cboe:
    base_url: "https://cdn.cboe.com/api/global/delayed_quotes"
    rate_limits: {requests_per_minute: 200}
    endpoints:
      quotes:
        path: "/quotes/{symbol}.json"
        symbols: [SPY]
        interval_seconds: 0.5
        redis_key: "raw:cboe:quotes:{symbol}"
        ttl_seconds: 30
aggregates:
  quote:
    method: failover
    sources: [av.bars, cboe.quotes]
    failover: {p95_seconds: 0.2, for_seconds: 1, back_after_seconds: 0.5}
    redis_key: "quote:{symbol}"
"""


class Told:
    """What a person was told, a line each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *told: self.lines.append(f"{name} {' '.join(map(str, told))}")


async def seen(what: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    for _ in range(int(seconds / 0.05)):
        if found := await what():
            return found
        await asyncio.sleep(0.05)
    raise TimeoutError


def test_a_vendor_that_becomes_slow_gives_way_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "data_sources.yaml").write_text(CONFIG)
    clock = LiveClock(start=MONDAY_10_EASTERN)
    calendar = MarketCalendar()
    vendors = StandIn(clock, calendar, 7, (0, 5))
    slow = FaultPlan([Rule(Latency(seconds=0.4), frozenset({Where.HTTP}), "/query", rate=1)])
    told = Told()

    async def main() -> None:
        app = App(
            find_config(folder),
            "dev",
            tmp_path / "data",
            told,
            calendar=calendar,
            clock_for=lambda loaded: clock,
            stand_in_for=lambda loaded, clock: vendors,
            environ={"AV_API_KEY": "k"},
        )
        await app.start()
        store = app._store
        assert store is not None
        running = asyncio.create_task(app.run(asyncio.Event(), 60))

        async def primary_is(name: str) -> Any:
            found = await store.get("quote:SPY")
            return found if found is not None and list(found.inputs) == [name] else None

        try:
            first = await seen(lambda: primary_is("av.bars"))
            assert "Meta Data" in first.data
            vendors.server.faults = slow
            turned = await seen(lambda: primary_is("cboe.quotes"))
            assert turned.data["symbol"] == "SPY"
            vendors.server.faults = NoFaults()
            await seen(lambda: primary_is("av.bars"))

            async def published() -> Any:
                state = json.loads(await store.get_raw(STATUS_KEY) or b"{}")
                (failover,) = state["failovers"]
                return failover["active"] == "av.bars" and failover

            failover = await seen(published)
            assert (failover["name"], failover["key"]) == ("quote", "quote:{symbol}")
            figures = json.loads(await store.get_raw("monitoring:api:av:metrics") or b"{}")
            assert figures["fetches"] > 0
            alerts = [each.data for _, each in await store.events("monitors:data")]
            assert [each["kind"] for each in alerts] == ["failover", "failover"]
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await app.stop()

    asyncio.run(main())
    late, again = (line for line in told.lines if "aggregate quote" in line)
    assert late.startswith("problem aggregate quote av.bars is slow (p95 0.4")
    assert late.endswith("1 s above 0.2 s); cboe.quotes is primary now")
    assert again.startswith("recovered aggregate quote av.bars is quick again (p95 0.0")
    assert again.endswith("and primary; cboe.quotes stands by")


def test_plan_counts_the_stand_by_as_if_it_were_primary_all_day(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "data_sources.yaml").write_text(CONFIG)
    loaded = Loader(folder, "dev", {"AV_API_KEY": "k"}).load()
    planned = plan(loaded.root, planned_feeds(loaded.root), ages=False)
    (open_hours,) = (each for each in planned.sessions if each.session == "market_hours")
    assert {each.budget: each.calls_per_minute for each in open_hours.budgets} == {
        "av": 200.0,
        "cboe": 120.0,
    }

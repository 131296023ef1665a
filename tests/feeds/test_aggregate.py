from __future__ import annotations

import asyncio
from typing import Any

import orjson

from quanticity.clock import VirtualClock, run_virtual
from quanticity.config.schema.root import Aggregate
from quanticity.errors import StoreError, StoreUnavailable
from quanticity.feeds.aggregate import Aggregator, Input
from quanticity.logs import logger
from quanticity.model import Envelope, Kind, Write
from tests.feeds.fakes import MemoryStore

SPEC = Aggregate(
    sources=("uw.greek_flow", "ib.trades"), redis_key="aggregated:flow:{symbol}", ttl_seconds=300
)
FLOW = Input("uw.greek_flow", "raw:uw:greek_flow:{symbol}")
TRADES = Input("ib.trades", "raw:ibkr:trades:{symbol}")
PRINTS = Input("ib.trades", "raw:ibkr:prints:{symbol}", Kind.EVENTS)
ALERTS = Input("ib.trades", "raw:uw:flow_alerts")


class Desk:
    def __init__(self, clock: VirtualClock, *inputs: Input, **given: Any) -> None:
        self.clock = clock
        self.store = MemoryStore()
        self.aggregator = Aggregator(
            "flow", SPEC, inputs or (FLOW, TRADES), self.store, clock, **given
        )
        self.task = asyncio.create_task(self.aggregator.run())

    def put(self, key: str, data: Any, kind: Kind = Kind.LATEST) -> bool:
        now = self.clock.now()
        self.store.put(Write(key, orjson.dumps(data), "test", now, now, 60, kind))
        return self.aggregator.changed(key)

    @property
    def merged(self) -> list[Write]:
        return [write for write in self.store.writes if write.key.startswith("aggregated:")]

    def value(self, symbol: str = "SPY") -> Any:
        return self.store.latest[f"aggregated:flow:{symbol}"].data

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def minute(clock: VirtualClock, **more: Any) -> dict[str, Any]:
    return {"timestamp": clock.now(), **more}


def test_inputs_that_come_together_are_one_merge() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        assert desk.put("raw:uw:greek_flow:SPY", {"data": [minute(clock, delta="1")]})
        assert desk.put("raw:ibkr:trades:SPY", [minute(clock, size=5)])
        await clock.sleep(1)
        (write,) = desk.merged
        assert write.ttl == 300
        assert write.inputs == {"uw.greek_flow": "1-0", "ib.trades": "2-0"}
        assert write.source == "aggregate.flow"
        value = desk.value()
        assert (value["symbol"], value["missing"]) == ("SPY", [])
        assert value["sources"] == ["uw.greek_flow", "ib.trades"]
        (row,) = value["rows"]
        assert row["sources"]["uw.greek_flow"]["delta"] == "1"
        assert row["sources"]["ib.trades"]["size"] == 5
        await desk.stop()

    run_virtual(scenario)


def test_a_later_change_merges_anew_and_symbols_stay_apart() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        desk.put("raw:uw:greek_flow:SPY", [minute(clock, n=1)])
        await clock.sleep(1)
        desk.put("raw:uw:greek_flow:QQQ", [minute(clock, n=2)])
        await clock.sleep(1)
        assert [write.key for write in desk.merged] == [
            "aggregated:flow:SPY",
            "aggregated:flow:QQQ",
        ]
        assert desk.value()["missing"] == ["ib.trades"]
        assert desk.value("QQQ")["rows"][0]["sources"]["uw.greek_flow"]["n"] == 2
        await desk.stop()

    run_virtual(scenario)


def test_keys_that_are_no_input_are_none_of_its_business() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        assert not desk.put("raw:uw:greek_flow:SPY:2026", {})
        assert not desk.put("aggregated:flow:SPY", {})
        assert not desk.put("raw:uw:other:SPY", {})
        await clock.sleep(1)
        assert desk.aggregator.stats.merges == 0
        await desk.stop()

    run_virtual(scenario)


def test_events_are_inputs_and_only_the_newest_rows_are_kept() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock, FLOW, PRINTS, most_rows=10)
        for number in range(30):
            desk.put("raw:ibkr:prints:SPY", minute(clock, size=number), Kind.EVENTS)
            await clock.sleep(61)
        rows = desk.value()["rows"]
        assert [row["sources"]["ib.trades"]["size"] for row in rows] == list(range(20, 30))
        assert desk.aggregator.stats.merges == 30
        await desk.stop()

    run_virtual(scenario)


def test_events_that_have_expired_stayed_in_what_was_merged_of_them() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock, FLOW, PRINTS)
        for number in range(2):
            desk.put("raw:ibkr:prints:SPY", minute(clock, size=number), Kind.EVENTS)
            await clock.sleep(100)
        old = desk.store.streams.pop("raw:ibkr:prints:SPY")
        desk.put("raw:uw:greek_flow:SPY", {"data": [minute(clock, delta="1")]})
        await clock.sleep(100)
        assert desk.value()["missing"] == ["ib.trades"]
        assert len(desk.value()["rows"]) == 1
        # Nor do they come back with the next event.
        desk.store.streams["raw:ibkr:prints:SPY"] = old[:1]
        desk.put("raw:ibkr:prints:SPY", minute(clock, size=7), Kind.EVENTS)
        await clock.sleep(1)
        del desk.store.streams["raw:ibkr:prints:SPY"][0]
        desk.put("raw:ibkr:prints:SPY", minute(clock, size=8), Kind.EVENTS)
        await clock.sleep(1)
        sizes = [row["sources"].get("ib.trades", {}).get("size") for row in desk.value()["rows"]]
        assert 0 not in sizes
        await desk.stop()

    run_virtual(scenario)


def test_a_feed_of_all_symbols_gives_each_its_own_rows() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock, FLOW, ALERTS)
        for symbol in ("SPY", "QQQ"):
            desk.put(f"raw:uw:greek_flow:{symbol}", [minute(clock, n=1)])
        await clock.sleep(1)
        alerts = [minute(clock, ticker="SPY", id=1), minute(clock, ticker="TSLA", id=2)]
        assert desk.put("raw:uw:flow_alerts", {"data": alerts})
        await clock.sleep(1)
        assert desk.value()["rows"][-1]["sources"]["ib.trades"]["id"] == 1
        assert "ib.trades" not in desk.value("QQQ")["rows"][-1]["sources"]
        await desk.stop()

    run_virtual(scenario)


def test_without_any_value_nothing_is_written() -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        assert not await desk.aggregator.merge({"symbol": "SPY"})
        assert desk.merged == []
        await desk.stop()

    run_virtual(scenario)


def test_a_store_that_is_away_delays_a_merge_and_loses_none() -> None:
    class Away(MemoryStore):
        away = True

        async def get(self, key: str) -> Envelope | None:
            if self.away:
                raise StoreUnavailable("the store is away")
            return await super().get(key)

    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        store = Away()
        desk.store = desk.aggregator._store = store
        desk.put("raw:uw:greek_flow:SPY", [minute(clock, n=1)])
        await clock.sleep(5)
        assert desk.aggregator.stats.failures > 1
        assert "away" in desk.aggregator.stats.error
        store.away = False
        await clock.sleep(5)
        assert desk.value()["rows"][0]["sources"]["uw.greek_flow"]["n"] == 1
        assert desk.aggregator.stats.error == ""
        await desk.stop()

    run_virtual(scenario)


def test_an_input_that_is_no_json_was_told_anew_at_each_of_its_values() -> None:
    """The place of the mistake moves with the times before it, and other symbols are well."""
    lines: list[str] = []
    sink = logger.add(lines.append, level="WARNING")

    class Half(MemoryStore):
        asked = 0

        async def get(self, key: str) -> Envelope | None:
            if key.endswith("SPY") and self.broken:
                self.asked += 1
                raise StoreError(f"{key}: what is stored is not JSON (char {100 + self.asked})")
            return await super().get(key)

        broken = True

    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        store = Half()
        desk.store = desk.aggregator._store = store
        for _ in range(5):
            for symbol in ("SPY", "QQQ"):
                desk.put(f"raw:uw:greek_flow:{symbol}", [minute(clock, n=1)])
                await clock.sleep(2)
        assert desk.aggregator.stats.failures == 5
        assert "not JSON" in desk.aggregator.stats.error
        assert desk.value("QQQ")["rows"]
        store.broken = False
        desk.put("raw:uw:greek_flow:SPY", [minute(clock, n=1)])
        await clock.sleep(2)
        assert desk.aggregator.stats.error == ""
        await desk.stop()

    run_virtual(scenario)
    logger.remove(sink)
    assert len(lines) == 1


def test_one_value_that_cannot_be_written_anew_ended_the_aggregate_for_all_symbols() -> None:
    """A body may be as deep as `max_depth` allows; a merge writes it some levels deeper."""

    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        deep: Any = 1
        for _ in range(251):
            deep = [deep]
        told: list[str] = []
        sink = logger.add(lambda line: told.append(str(line)), level="WARNING", format="{message}")
        for _ in range(3):
            await clock.sleep(1)
            desk.put("raw:uw:greek_flow:SPY", {"data": [minute(clock, deep=deep)]})
            desk.put("raw:uw:greek_flow:QQQ", {"data": [minute(clock, delta="1")]})
        await clock.sleep(1)
        logger.remove(sink)
        assert desk.value("QQQ")["rows"]
        assert desk.aggregator.stats.failures >= 3
        assert len(told) == 1
        assert told[0].startswith("aggregate flow: ")
        assert not desk.task.done()
        await desk.stop()

    run_virtual(scenario)

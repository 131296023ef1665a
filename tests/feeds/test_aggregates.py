from __future__ import annotations

import asyncio
from typing import Any

import orjson

from quanticity.clock import VirtualClock, run_virtual
from quanticity.config.effective import Effective, resolve
from quanticity.config.schema import Root
from quanticity.config.schema.root import Aggregate
from quanticity.config.secrets import Secrets
from quanticity.feeds.aggregate import Input
from quanticity.feeds.aggregates import Aggregates, inputs_of
from quanticity.model import Kind, Write
from quanticity.store.memory import MemoryStore

FLOW = Aggregate(sources=("uw.greek_flow", "ibkr.trades"), redis_key="aggregated:flow:{symbol}")


def effective(**greek_flow: Any) -> Effective:
    endpoint = {
        "path": "/x/{symbol}",
        "interval_seconds": 60,
        "symbols": ["SPY"],
        "redis_key": "raw:uw:greek_flow:{symbol}",
        "ttl_seconds": 60,
    }
    source = {"base_url": "http://x", "endpoints": {"greek_flow": endpoint | greek_flow}}
    return resolve(Root.model_validate({"data_sources": {"uw": source}}), Secrets({}))


def test_a_transforms_value_is_read_where_there_is_one() -> None:
    assert inputs_of(FLOW, effective()) == (
        Input("uw.greek_flow", "raw:uw:greek_flow:{symbol}"),
        Input("ibkr.trades", "raw:ibkr:trades:{symbol}"),
    )
    transformed = inputs_of(FLOW, effective(transform="parse"))
    assert transformed[0].key == "feed:uw:greek_flow:{symbol}"
    named = inputs_of(FLOW, effective(transform="parse", output_key="feed:x:{symbol}"))
    assert named[0].key == "feed:x:{symbol}"
    assert inputs_of(FLOW, effective(kind="events"))[0].kind is Kind.EVENTS


def test_a_write_of_an_input_becomes_an_aggregate_and_a_reload_keeps_what_stays() -> None:
    async def scenario(clock: VirtualClock) -> None:
        store = MemoryStore(clock)
        aggregates = Aggregates(store, clock)
        aggregates.update({"flow": FLOW}, effective())
        await asyncio.sleep(0)
        now = clock.now()

        def put(symbol: str) -> None:
            data = orjson.dumps([{"timestamp": now, "n": 1}])
            store.put(Write(f"raw:uw:greek_flow:{symbol}", data, "uw.greek_flow", now, now, 600))

        await clock.sleep(0.1)
        put("SPY")
        await clock.sleep(2)
        found = await store.get("aggregated:flow:SPY")
        assert found is not None
        assert found.data["missing"] == ["ibkr.trades"]
        kept = aggregates.running["flow"]
        aggregates.update({"flow": FLOW}, effective())
        assert aggregates.running["flow"] is kept
        aggregates.update({"flow": FLOW}, effective(transform="parse"))
        assert aggregates.running["flow"] is not kept
        aggregates.update({}, effective())
        assert not aggregates.running
        put("QQQ")
        await clock.sleep(2)
        assert await store.get("aggregated:flow:QQQ") is None
        await aggregates.close()

    run_virtual(scenario)


def test_an_aggregate_that_was_edited_waited_for_an_input_to_change() -> None:
    """With a feed of an hour that was up to an hour, though all that it needs was there."""

    async def scenario(clock: VirtualClock) -> None:
        store = MemoryStore(clock)
        now = clock.now()
        data = orjson.dumps([{"timestamp": now, "n": 1}])
        store.put(Write("raw:uw:greek_flow:SPY", data, "uw.greek_flow", now, now, 600))
        aggregates = Aggregates(store, clock)
        aggregates.update({"flow": FLOW}, effective())
        await clock.sleep(2)
        assert await store.get("aggregated:flow:SPY") is not None
        edited = FLOW.model_copy(update={"redis_key": "aggregated:other:{symbol}"})
        aggregates.update({"flow": edited}, effective())
        await clock.sleep(2)
        assert await store.get("aggregated:other:SPY") is not None
        await aggregates.close()

    run_virtual(scenario)

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


def test_an_aggregate_of_a_symbol_that_was_taken_out_was_written_for_ever() -> None:
    """By the feed of all symbols in one, for each symbol that ever was."""
    endpoint = {"interval_seconds": 60, "ttl_seconds": 600}
    both = FLOW.model_copy(update={"sources": ("uw.flow", "uw.all")})

    def config(*symbols: str) -> Effective:
        own = {"path": "/x/{symbol}", "redis_key": "raw:uw:flow:{symbol}", "symbols": symbols}
        of_all = {"path": "/all", "redis_key": "raw:uw:all"}
        endpoints = {"flow": endpoint | own, "all": endpoint | of_all}
        source = {"base_url": "http://x", "endpoints": endpoints}
        return resolve(Root.model_validate({"data_sources": {"uw": source}}), Secrets({}))

    async def scenario(clock: VirtualClock) -> None:
        store = MemoryStore(clock)
        aggregates = Aggregates(store, clock)
        aggregates.update({"flow": both}, config("SPY", "QQQ"))

        async def put(key: str) -> None:
            now = clock.now()
            data = orjson.dumps([{"timestamp": now, "n": 1}])
            store.put(Write(key, data, "uw.x", now, now, 600))
            await clock.sleep(2)

        async def written() -> dict[str, float]:
            found = {one: await store.get(f"aggregated:flow:{one}") for one in ("SPY", "QQQ")}
            return {one: made.received for one, made in found.items() if made is not None}

        await clock.sleep(0.1)
        for key in ("raw:uw:flow:SPY", "raw:uw:flow:QQQ", "raw:uw:all"):
            await put(key)
        before = await written()
        aggregates.update({"flow": both}, config("SPY"))
        await put("raw:uw:all")
        after = await written()
        assert after["SPY"] > before["SPY"]
        assert after["QQQ"] == before["QQQ"]
        aggregates.update({"flow": both}, config("SPY", "QQQ"))
        await put("raw:uw:flow:QQQ")
        assert (await written())["QQQ"] > after["QQQ"]
        await aggregates.close()

    run_virtual(scenario)


def test_symbols_that_a_plugin_brings_up_are_not_forgotten_by_an_edit() -> None:
    async def scenario(clock: VirtualClock) -> None:
        store = MemoryStore(clock)
        aggregates = Aggregates(store, clock)
        aggregates.update({"flow": FLOW}, effective())
        aggregates.running["flow"].look({"symbol": "TSLA"})
        aggregates.update({"flow": FLOW}, effective())
        assert ("TSLA",) in aggregates.running["flow"]._known
        await aggregates.close()

    run_virtual(scenario)


def test_a_symbol_with_a_colon_was_merged_once_and_never_again() -> None:
    async def scenario(clock: VirtualClock) -> None:
        store = MemoryStore(clock)
        aggregates = Aggregates(store, clock)
        aggregates.update({"flow": FLOW}, effective(symbols=["X:BTC"]))

        def put(symbol: str, figure: int) -> None:
            now = clock.now()
            data = orjson.dumps([{"timestamp": now, "n": figure}])
            store.put(Write(f"raw:uw:greek_flow:{symbol}", data, "uw.greek_flow", now, now, 600))

        async def latest(symbol: str) -> Any:
            await clock.sleep(2)
            found = await store.get(f"aggregated:flow:{symbol}")
            return found and found.data["rows"][-1]["sources"]["uw.greek_flow"]["n"]

        await clock.sleep(1)
        put("X:BTC", 1)
        assert await latest("X:BTC") == 1
        put("X:BTC", 2)
        assert await latest("X:BTC") == 2
        # The same for one that comes with an edit; what else has more parts is another feed's.
        aggregates.update({"flow": FLOW}, effective(symbols=["X:BTC", "X:ETH"]))
        put("X:ETH", 3)
        put("SPY:2026-01-16", 4)
        assert await latest("X:ETH") == 3
        assert await latest("SPY:2026-01-16") is None
        await aggregates.close()

    run_virtual(scenario)

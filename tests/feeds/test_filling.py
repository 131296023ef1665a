"""A key that holds a live value, with the rows that it misses and an older one has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from quanticity.clock import EASTERN, VirtualClock, run_virtual
from quanticity.config.effective import Effective, resolve
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets
from quanticity.feeds.aggregates import Aggregates
from quanticity.logs import logger
from quanticity.model import Envelope, Write
from quanticity.store.memory import MemoryStore
from quanticity.views.base import stored
from quanticity.views.chain import Chain

SPEC = {
    "method": "fill",
    "sources": ["av.live", "av.close"],
    "fill": {"rows": "contracts", "key": "option_symbol", "until": "expiry"},
    "redis_key": "aggregated:chain:{symbol}",
    "ttl_seconds": 30,
}
NOW = datetime(2026, 1, 5, 11, 0, tzinfo=EASTERN).timestamp()


def endpoint(name: str) -> Mapping[str, Any]:
    return {
        "path": "/x/{symbol}",
        "interval_seconds": 5,
        "symbols": ["SPY"],
        "redis_key": f"raw:av:{name}:{{symbol}}",
        "ttl_seconds": 30,
    }


ROOT = Root.model_validate(
    {
        "data_sources": {
            "av": {
                "base_url": "http://x",
                "endpoints": {name: endpoint(name) for name in ("live", "close")},
            }
        },
        "aggregates": {"chain": SPEC},
    }
)


class Desk:
    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.store = MemoryStore(clock)
        self.aggregates = Aggregates(self.store, clock)
        self.aggregates.update(ROOT.aggregates, self.effective)

    @property
    def effective(self) -> Effective:
        return resolve(ROOT, Secrets({}))

    async def put(self, name: str, data: Any, *, at: float | None = None, ttl: float = 30) -> None:
        now = self.clock.now()
        written = now if at is None else at
        key, text = f"raw:av:{name}:SPY", orjson.dumps(data)
        self.store.put(Write(key, text, f"av.{name}", written, now, ttl))
        await self.clock.sleep(1)

    async def found(self) -> Envelope | None:
        return await self.store.get("aggregated:chain:SPY")


def contract(strike: int, **more: Any) -> dict[str, Any]:
    name = f"SPY260220C{strike:05d}000"
    return {"option_symbol": name, "expiry": "2026-02-20", "strike": strike, "right": "C"} | more


def chain(*strikes: int, **more: Any) -> dict[str, Any]:
    return {"symbol": "SPY", "contracts": [contract(strike, **more) for strike in strikes]}


def on_a_desk(work: Callable[[Desk], Awaitable[None]]) -> None:
    async def scenario(clock: VirtualClock) -> None:
        desk = Desk(clock)
        await clock.sleep(0.1)
        try:
            await work(desk)
        finally:
            await desk.aggregates.close()

    run_virtual(scenario, start=NOW)


def test_strikes_that_the_live_chain_misses_come_of_the_last_close() -> None:
    async def work(desk: Desk) -> None:
        close = NOW - 72 * 3600
        await desk.put("close", chain(590, 600, 610, bid=1.0), at=close, ttl=400_000)
        await desk.put("live", chain(600, bid=2.0))
        found = await desk.found()
        assert found is not None
        # As old as the live one, whatever stands behind it.
        assert NOW <= found.timestamp < NOW + 2
        assert found.data == {
            "symbol": "SPY",
            "contracts": [
                contract(600, bid=2.0),
                contract(590, bid=1.0, filled_from="av.close"),
                contract(610, bid=1.0, filled_from="av.close"),
            ],
            "filled": {"av.close": {"rows": 2, "timestamp": close}},
            "missing": [],
        }
        raw = {name: await desk.store.get(f"raw:av:{name}:SPY") for name in ("live", "close")}
        assert found.inputs == {f"av.{name}": one.seq for name, one in raw.items() if one}
        # The strike comes up live: what was filled in for it is gone.
        await desk.put("live", chain(600, 610, bid=2.1))
        found = await desk.found()
        assert found is not None
        assert [row.get("filled_from") for row in found.data["contracts"]] == [
            *(None, None),
            "av.close",
        ]

    on_a_desk(work)


def test_rows_of_the_close_alone_never_pass_for_a_chain() -> None:
    async def work(desk: Desk) -> None:
        await desk.put("close", chain(590, 600), ttl=400_000)
        assert await desk.found() is None
        await desk.put("live", chain(600))
        assert await desk.found() is not None
        # The live chain comes no more, and the close once again: nothing is made of it alone.
        await desk.clock.sleep(35)
        await desk.put("close", chain(590, 600), ttl=400_000)
        assert await desk.found() is None

    on_a_desk(work)


def test_a_source_that_fills_and_is_not_there_is_named() -> None:
    async def work(desk: Desk) -> None:
        await desk.put("live", chain(600))
        found = await desk.found()
        assert found is not None
        assert found.data == chain(600) | {"filled": {}, "missing": ["av.close"]}

    on_a_desk(work)


def test_a_source_without_rows_is_told_once_and_stops_no_live_value() -> None:
    async def work(desk: Desk) -> None:
        said = list[str]()
        sink = logger.add(lambda line: said.append(line), level="WARNING", format="{message}")
        try:
            await desk.put("close", {"data": []}, ttl=400_000)
            for strike in (600, 601):
                await desk.put("live", chain(strike))
                found = await desk.found()
                assert found is not None
                assert found.data == chain(strike) | {"filled": {}, "missing": ["av.close"]}
            await desk.put("live", {"odd": 1})
        finally:
            logger.remove(sink)
        where = "there is no list of rows at 'contracts'"
        assert [line.strip() for line in said] == [
            f"aggregate chain: av.close: {where}",
            f"aggregate chain: av.live: {where}",
        ]
        assert desk.aggregates.running["chain"].stats.failures == 3

    on_a_desk(work)


def test_what_reads_chains_reads_a_filled_one() -> None:
    async def work(desk: Desk) -> None:
        await desk.put("close", chain(590, 600, bid=1.0, ask=1.1), ttl=400_000)
        await desk.put("live", chain(600, bid=2.0, ask=2.1))
        raw = await desk.store.get_raw("aggregated:chain:SPY")
        assert raw is not None
        read = Chain.of(stored(raw))
        assert list(read.strike) == [600.0, 590.0]
        assert list(read.bid) == [2.0, 1.0]
        assert not read.bad

    on_a_desk(work)

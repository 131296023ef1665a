"""What ships as `quotes:{symbol}`: Alpha Vantage's price, the broker's while that vendor is slow.

The shipped config, pacer, transform and handler at work for ten minutes of the virtual clock,
against the simulated vendors and the simulated gateway of one world.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from yarl import URL

from benchmarks.in_process import ROOT_URL, Inline, Vendors
from quanticity.cli.status import failover_line
from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.config.effective import Effective, EffectiveEndpoint, EffectiveSource
from quanticity.config.loader import load
from quanticity.feeds.http import Answer
from quanticity.feeds.runner import FeedRunner
from quanticity.feeds.standin import Rewriter
from quanticity.model import Envelope
from quanticity.pace.slot import Slot
from quanticity.sim.faults import FaultPlan, NoFaults, Rule, Where
from quanticity.sim.faults.catalog import Latency
from quanticity.sim.gateway.gateway import Gateway
from quanticity.sim.vendors.faults import delay_of
from quanticity.sim.vendors.registry import address_for
from quanticity.sim.vendors.server import SimVendors
from tests.plugins.ibkr.rig import TEN, Desk, market
from tests.test_failover import Told

CONFIG = Path(__file__).parents[1] / "config"
BARS = "alpha_vantage.intraday"
SYMBOL = "IWM"
FEW: dict[str, tuple[str, ...]] = {"stocks": (SYMBOL,)} | dict.fromkeys(
    ("depth", "ticks", "bars", "indices", "futures", "fx", "crypto", "internals", "options",
     "history"), ()
)  # fmt: skip


class SlowVendors(Vendors):
    """The simulated vendors, answering as late as their fault plan has it."""

    def rewrite(self, effective: Effective) -> Effective:
        """Only what is primary is asked, for one symbol."""
        addresses = Rewriter(lambda _, url: address_for(url, ROOT_URL, self.server.vendors))
        return Effective(
            {name: _alone(source) for name, source in addresses(effective).sources.items()}
        )

    def connect(self, feeds: FeedRunner) -> None:
        super().connect(feeds)
        for recipe in feeds.roster.recipes.values():
            recipe.decodes = True  # the transform looks inside

    async def ask(
        self, slot: Slot, method: str, url: URL, headers: Mapping[str, str], data: bytes | None
    ) -> Answer:
        fault = self.server.faults.fire(f"alpha_vantage{url.path}", Where.HTTP, self._clock.now())
        await self._clock.sleep(delay_of(fault, self._random.uniform))
        return await super().ask(slot, method, url, headers, data)


def _alone(source: EffectiveSource) -> EffectiveSource:
    def shown(given: EffectiveEndpoint) -> EffectiveEndpoint:
        if given.id != BARS:
            return replace(given, off="not of this test")
        return replace(given, endpoint=given.endpoint.model_copy(update={"symbols": (SYMBOL,)}))

    endpoints = {name: shown(each) for name, each in source.endpoints.items()}
    return replace(source, endpoints=endpoints)


class BriefDesk(Desk):
    """A handler whose store keeps few changes: they are followed at once."""

    changes_cap = 100


@dataclass
class Quotes:
    """Feeds and a handler at work on one store."""

    desk: Desk
    vendors: SlowVendors
    feeds: FeedRunner
    told: Told

    async def source(self) -> str:
        """Who gave the quote."""
        return str((await self.value()).data["source"])

    async def value(self) -> Envelope:
        found = await self.desk.store.get(f"quotes:{SYMBOL}")
        assert found is not None
        return found

    def status(self) -> str:
        """The line of `status`."""
        (failover,) = self.feeds.aggregates.failovers()
        return failover_line(dict(failover), self.desk.clock.now())


def at_work(check: Callable[[Quotes], Awaitable[None]]) -> None:
    async def main(clock: VirtualClock) -> None:
        asyncio.get_running_loop().set_default_executor(Inline())
        calendar = MarketCalendar()
        gateway = Gateway(market(), clock)
        vendors = SlowVendors(SimVendors(clock, calendar, 7), clock, 7, lambda *_: None)
        told = Told()
        async with BriefDesk(gateway, clock, **FEW) as desk:
            feeds = FeedRunner(
                clock, calendar, desk.store, None, lambda: told, rewrite=vendors.rewrite
            )
            await feeds.start(load(CONFIG, "demo", {}))
            vendors.connect(feeds)
            polling = asyncio.create_task(feeds.run())
            try:
                await check(Quotes(desk, vendors, feeds, told))
            finally:
                polling.cancel()
                await asyncio.gather(polling, return_exceptions=True)
                await feeds.stop(0.1)
        await gateway.stop()

    run_virtual(main, start=TEN)


def test_quotes_are_the_brokers_while_alpha_vantage_is_slow_and_come_back() -> None:
    async def check(quotes: Quotes) -> None:
        desk, clock = quotes.desk, quotes.desk.clock
        await clock.sleep(60)
        first = await quotes.value()
        newest = (await desk.get(f"feed:av:bars:{SYMBOL}"))["rows"][-1]
        assert first.data == {
            "symbol": SYMBOL,
            "source": BARS,
            "price": newest["close"],
            "time": newest["time"],
            "bid": None,
            "ask": None,
            "reason": f"{BARS} has no bid, no ask",
        }
        assert quotes.status().startswith(f"quotes: {BARS} (p95 0.0")
        assert quotes.status().endswith("s) is primary; ibkr.quote stands by")

        slow = Rule(Latency(seconds=3.0), frozenset({Where.HTTP}), "/query", rate=1)
        quotes.vendors.server.faults = FaultPlan([slow])
        await clock.sleep(175)
        assert await quotes.source() == BARS, "not before three minutes of it"
        await clock.sleep(40)
        turned = await quotes.value()
        theirs = await desk.get(f"raw:ibkr:{SYMBOL}")
        assert list(turned.data) == list(first.data), "read alike, whoever gave it"
        assert turned.data == {
            "symbol": SYMBOL,
            "source": "ibkr.quote",
            "price": theirs["last"],
            "time": theirs["time"],
            "bid": theirs["bid"],
            "ask": theirs["ask"],
            "reason": None,
        }
        assert turned.data["bid"] < turned.data["ask"]
        assert 0 <= clock.now() - turned.data["time"] < 5
        assert turned.timestamp == await desk.stamp(f"raw:ibkr:{SYMBOL}")
        assert list(turned.inputs or ()) == ["ibkr.quote"]
        assert "quotes: ibkr.quote is primary for " in quotes.status()
        assert f"; {BARS} (slow, p95 3" in quotes.status()

        quotes.vendors.server.faults = NoFaults()
        await clock.sleep(225)
        assert await quotes.source() == "ibkr.quote", "not before it was quick for three minutes"
        await clock.sleep(50)
        assert await quotes.source() == BARS
        alerts = [each["kind"] for each in await desk.events("monitors:data")]
        assert alerts == ["failover", "failover"]
        assert [line.split(" ")[0] for line in quotes.told.lines if "aggregate" in line] == [
            "problem",
            "recovered",
        ]

    at_work(check)

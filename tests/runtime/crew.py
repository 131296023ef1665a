"""Components that misbehave, recipes of them, and workers as processes over a real server."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quanticity.api import Analytic, At, Component, Context, Every, Inputs, Key, Kind, Source
from quanticity.clock import Calendar, LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import ConfigError, Problem
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.binding import bind
from quanticity.runtime.process import Post
from quanticity.runtime.recipe import Built
from quanticity.runtime.shunned import Shunned
from quanticity.runtime.supervisor import Lost, Supervisor
from tests.runtime.plain import Beat, Chained, Double, Sum
from tests.store.running import environment


class Hangs(Analytic):
    """Never returns, once its price is 13."""

    name = "hangs"
    time_budget = 0.2
    reads = {"price": Key("raw:price:{symbol}")}
    writes = {"out": Key("feed:hangs:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        while inputs.price.data["p"] == 13:
            pass
        return {"out": inputs.price.data["p"]}, None


class Eats(Analytic):
    """Keeps 8 MB more with each run."""

    name = "eats"
    trigger = Every(0.02)
    writes = {"out": Key("feed:eats:{symbol}")}
    kept: list[bytearray] = []

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        self.kept.append(bytearray(b"x") * (8 << 20))
        return {"out": len(self.kept)}, None


class Gulps(Eats):
    """Wants all at once, more than there is."""

    name = "gulps"
    writes = {"out": Key("feed:gulps:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        return {"out": len(bytearray(1 << 40))}, None


class Leaves(Hangs):
    """Ends its process, once its price is 13."""

    name = "leaves"
    writes = {"out": Key("feed:leaves:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        if inputs.price.data["p"] == 13:
            os._exit(7)
        return {"out": 1}, None


class Dated(Double):
    """Runs at a time of day, for which the calendar is looked at as soon as it is bound."""

    name = "dated"
    trigger = At("09:31")
    writes = {"twice": Key("feed:dated:{symbol}")}


class Also(Sum):
    """Reads the same events, and may have read less far."""

    name = "also"
    writes = {
        "total": Key("feed:also_total:{symbol}"),
        "each": Key("feed:also:{symbol}", kind=Kind.EVENTS, cap=1_000_000),
    }


class Raises(Double):
    name = "raises"
    writes = {"twice": Key("feed:raises:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        raise RuntimeError("no good")


class Ticker(Source):
    """Brings a price in by itself, ten times a second."""

    name = "ticker"
    writes = {"price": Key("raw:price:{symbol}")}

    async def run(self, context: Context) -> None:
        number = 0
        while True:
            number += 1
            context.put("price", {"p": number}, timestamp=context.now())
            await context.sleep(0.1)


class Breaks(Ticker):
    name = "breaks"
    writes = {"price": Key("raw:broken:{symbol}")}

    async def run(self, context: Context) -> None:
        raise RuntimeError("the socket is gone")


class Lacks(Ticker):
    """Finds nobody there until somebody says so."""

    name = "lacks"
    reads = {"there": Key("raw:there")}
    writes = {"price": Key("raw:lacked:{symbol}")}

    async def run(self, context: Context) -> None:
        while True:
            there = await context.get("there")
            context.fares("" if there is not None else "nobody is there; start it")
            await context.sleep(0.1)


class Seizes(Ticker):
    """Never gives the loop back, once it has brought one price in."""

    name = "seizes"
    time_budget = 0.3
    writes = {"price": Key("raw:seized:{symbol}")}

    async def run(self, context: Context) -> None:
        context.put("price", {"p": 1}, timestamp=context.now())
        await context.sleep(0.2)
        while True:
            pass


class Delegates(Seizes):
    """The same in a task that it begins."""

    name = "delegates"
    writes = {"price": Key("raw:delegated:{symbol}")}

    async def run(self, context: Context) -> None:
        await asyncio.create_task(super().run(context))


class Hoards(Ticker):
    """Keeps 16 MB more with each step."""

    name = "hoards"
    writes = {"price": Key("raw:hoarded:{symbol}")}
    kept: list[bytearray] = []

    async def run(self, context: Context) -> None:
        while True:
            self.kept.append(bytearray(b"x") * (16 << 20))
            await context.sleep(0.05)


PURE = (Beat, Chained, Double, Sum, Also, Hangs, Eats, Gulps, Leaves, Raises, Dated)
ALL: dict[str, type[Component]] = {
    one.name: one for one in (*PURE, Ticker, Breaks, Lacks, Seizes, Delegates, Hoards)
}


@dataclass(frozen=True)
class Names:
    """A recipe: components by name, each for some symbols."""

    components: tuple[str, ...]
    symbols: tuple[str, ...] = ("SPY",)
    params: dict[str, Any] = field(default_factory=dict)
    refused: str = ""

    @property
    def folders(self) -> tuple[Path, ...]:
        return ()

    def shun(self, one: Shunned) -> None:
        raise AssertionError("nothing here hangs while it is loaded")

    def build(self, calendar: Calendar) -> Built:
        if self.refused:
            raise ConfigError([Problem("plugins/x.py", 3, 1, self.refused)])
        found = []
        for name in self.components:
            component = ALL[name]
            given = self.params if component.Params.model_fields else {}
            found += [
                bind(component, component.Params(**given), {"symbol": symbol})
                for symbol in self.symbols
            ]
        return Built(found, PlainAges())


@asynccontextmanager
async def supervised(
    data: Path, recipe: Names, *, memory: int = 1 << 30, **post: Any
) -> AsyncIterator[tuple[Supervisor, list[Lost]]]:
    """A worker under its supervisor, started, ended afterwards."""
    lost: list[Lost] = []
    clock = LiveClock()
    where = Post(StoreSettings(), data, clock, environment(), **post)
    supervisor = Supervisor(where, recipe, clock, memory=memory, on_lost=lost.append)
    running = asyncio.create_task(supervisor.run())
    try:
        async with asyncio.timeout(30):
            await supervisor.started.wait()
        yield supervisor, lost
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def becomes(check: Callable[[], Any], within: float = 90.0) -> float:
    """Wait until `await check()` is true; how long it took."""
    began = time.monotonic()
    while not await check():
        assert time.monotonic() - began < within, "it did not happen in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - began

"""`sim gateway`: a gateway that speaks the TWS protocol, as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quanticity.cli.sim_counts import CountersOption, faults_in_words
from quanticity.cli.sim_day import (
    FaultsOption,
    ScenarioOption,
    SeedOption,
    SimulatedDay,
    StartOption,
    TimeScaleOption,
)
from quanticity.cli.sim_serving import (
    DurationOption,
    PortOption,
    announce,
    listening,
    until_stopped,
)
from quanticity.clock import MarketCalendar, eastern
from quanticity.errors import QuanticityError

if TYPE_CHECKING:
    from quanticity.sim.faults import FaultPlan
    from quanticity.sim.gateway.gateway import Gateway
    from quanticity.sim.gateway.kept import Kept

# How often state is kept, and how often streams are told what came, seconds of real time.
_KEEP = 2.0
_LOOK = 0.1

StateOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Keep orders, positions and contract ids in DIR, and go on from there.",
        show_default=False,
    ),
]


def register(sim: typer.Typer) -> None:
    """Add the command."""
    sim.command(epilog="Example: quanticity sim gateway --port 4002 --scenario crash")(gateway)


def gateway(
    port: PortOption = 0,
    seed: SeedOption = 7,
    scenario: ScenarioOption = "quiet",
    faults: FaultsOption = "calm",
    time_scale: TimeScaleOption = 1.0,
    start: StartOption = None,
    data: StateOption = None,
    counters: CountersOption = None,
    duration: DurationOption = None,
) -> None:
    """Speak the TWS protocol (server version 157) over the simulated market and exchange.

    ib_async, ib_insync and ibapi connect to it as they are. A line of JSON says where. SIGTERM
    ends it with 0; with --data it goes on from there, at the moment at which it ended.
    """
    day = SimulatedDay(seed, scenario, faults, time_scale, start)
    asyncio.run(_gateway(day, port, data, counters, duration))


async def _gateway(
    day: SimulatedDay,
    port: int,
    data: Path | None,
    counters: Path | None,
    duration: float | None,
) -> None:
    from quanticity.sim.gateway.gateway import Gateway
    from quanticity.sim.gateway.kept import read
    from quanticity.sim.gateway.world_market import WorldMarket
    from quanticity.sim.market.world import World

    calendar = MarketCalendar()
    kept = None if data is None else read(data)
    day = _from_where_it_was(day, kept)
    clock, plan = day.begin(calendar)
    market = WorldMarket(World(day.seed, calendar, day.scenario))
    look = max(_LOOK, _LOOK * day.time_scale)
    served = Gateway(market, clock, plan, seed=day.seed, look=look)
    if kept is not None:
        served.restore(kept.issued, kept.exchange)
    keeping: asyncio.Task[None] | None = None
    try:
        found = await listening(served.serve(port=port))
        if data is not None:
            _keep(data, day, served)
            keeping = asyncio.get_running_loop().create_task(_keep_on(data, day, served))
        announce({"gateway": {"port": found, "pid": os.getpid()}}, day, _lines(served, found))
        await until_stopped(lambda: _counts(served, plan), counters, duration)
        typer.echo(faults_in_words(plan.counters))
    finally:
        if keeping is not None:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
        await served.stop()
        if data is not None:
            _keep(data, day, served)


def _from_where_it_was(day: SimulatedDay, kept: Kept | None) -> SimulatedDay:
    """The day, begun where a kept gateway was. QuanticityError where that was another market."""
    if kept is None:
        return day
    if (kept.seed, kept.scenario) != (day.seed, day.scenario):
        raise QuanticityError(
            f"what was kept is of seed {kept.seed} and scenario {kept.scenario}, not of seed "
            f"{day.seed} and scenario {day.scenario}: give those, or another --data"
        )
    return replace(day, start=datetime.fromtimestamp(kept.now, UTC).isoformat())


def _keep(data: Path, day: SimulatedDay, served: Gateway) -> None:
    from quanticity.sim.gateway.kept import Kept, write

    desk = served.desk
    now = max(served.clock.now(), desk.exchange.now)
    issued = served.directory.issued()
    write(data, Kept(now, day.seed, day.scenario, issued, desk.exchange.save()))


async def _keep_on(data: Path, day: SimulatedDay, served: Gateway) -> None:
    while True:
        await asyncio.sleep(_KEEP)
        _keep(data, day, served)


def _lines(served: Gateway, port: int) -> list[str]:
    moment = eastern(served.clock.now())
    return [
        f"accounts {', '.join(served.accounts)}; it is {moment:%A %Y-%m-%d %H:%M} Eastern",
        f"connect with IB().connectAsync('127.0.0.1', {port}, clientId=1)",
    ]


def _counts(served: Gateway, plan: FaultPlan) -> dict[str, Any]:
    return {**served.counters.as_dict(), "fired": dict(plan.counters)}

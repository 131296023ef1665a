"""`sim gateway`: a gateway that speaks the TWS protocol, as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quanticity.cli.sim_counts import CountersOption
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
    attended,
    listening,
    struck_at,
)
from quanticity.clock import Calendar, Clock, MarketCalendar, eastern
from quanticity.errors import QuanticityError
from quanticity.logs import logger

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
    """Speak the TWS protocol (server version 157) over the simulated market and broker.

    ib_async, ib_insync and ibapi connect to it as they are; a line of JSON says where.

    Ctrl-C or SIGTERM ends it with 0. With --data it goes on at the moment at which it ended.
    """
    day = SimulatedDay(seed, scenario, faults, time_scale, start)
    asyncio.run(_gateway(day, port, data, counters, duration))


async def _gateway(
    asked: SimulatedDay,
    port: int,
    data: Path | None,
    counters: Path | None,
    duration: float | None,
) -> None:
    calendar = MarketCalendar()
    with resumed(asked, data) as (day, kept):
        clock, plan = day.begin(calendar)
        async with serving(day, clock, calendar, plan, port, data, kept) as (served, found):
            where, lines = {"gateway": where_gateway_is(found)}, lines_of_gateway(served, found)
            count = partial(counts_of_gateway, served, plan)
            await attended(day, plan, where, lines, count, counters, duration)


@contextlib.contextmanager
def resumed(day: SimulatedDay, data: Path | None) -> Iterator[tuple[SimulatedDay, Kept | None]]:
    """The day, begun where a gateway whose state is in `data` was, and that state.

    `data` is ours alone as long as the block lasts. QuanticityError where it is another's, or of
    another market.
    """
    from quanticity.sim.gateway.kept import alone, read

    if data is None:
        yield day, None
        return
    with alone(data):
        kept = read(data)
        yield _from_where_it_was(day, kept), kept


@contextlib.asynccontextmanager
async def serving(
    day: SimulatedDay,
    clock: Clock,
    calendar: Calendar,
    plan: FaultPlan,
    port: int,
    data: Path | None,
    kept: Kept | None,
    *,
    keep_every: float = _KEEP,
) -> AsyncIterator[tuple[Gateway, int]]:
    """A gateway that listens, and its port, for as long as the block lasts.

    Its state is kept in `data` every so many seconds of real time, and at the end.
    """
    from quanticity.sim.gateway.gateway import Gateway
    from quanticity.sim.gateway.kept import set_aside
    from quanticity.sim.gateway.world_market import WorldMarket
    from quanticity.sim.market.world import World

    staged = kept.on if kept is not None and kept.on else _staged(calendar, clock)
    on = date.fromisoformat(staged)
    market = WorldMarket(World(day.seed, calendar, day.scenario, on=on))
    look = max(_LOOK, _LOOK * day.time_scale)
    served = Gateway(market, clock, plan, seed=day.seed, look=look)
    if kept is not None and data is not None:
        try:
            served.restore(kept.issued, kept.exchange)
        except QuanticityError as error:
            # What was read in part is not gone on from.
            set_aside(data, str(error))
            served = Gateway(market, clock, plan, seed=day.seed, look=look)
    keeping: asyncio.Task[None] | None = None
    try:
        found = await listening(served.serve(port=port))
        if data is not None:
            _keep(data, day, staged, served)
            work = _keep_on(data, day, staged, served, keep_every)
            keeping = asyncio.get_running_loop().create_task(work)
        yield served, found
    finally:
        if keeping is not None:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
        await served.stop()
        if data is not None:
            _keep(data, day, staged, served)


def where_gateway_is(port: int) -> dict[str, Any]:
    """Port and process of a gateway that listens."""
    return {"port": port, "pid": os.getpid()}


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


def _staged(calendar: Calendar, clock: Clock) -> str:
    """The day of the scenario: the first one. Those before and after it are quiet."""
    return calendar.trading_date(clock.now()).isoformat()


def _keep(data: Path, day: SimulatedDay, staged: str, served: Gateway) -> None:
    from quanticity.sim.gateway.kept import Kept, write

    desk = served.desk
    now = max(served.clock.now(), desk.exchange.now)
    issued = served.directory.issued()
    write(data, Kept(now, day.seed, day.scenario, issued, desk.exchange.save(), staged))


async def _keep_on(
    data: Path, day: SimulatedDay, staged: str, served: Gateway, every: float
) -> None:
    told = ""
    while True:
        await asyncio.sleep(every)
        try:
            _keep(data, day, staged, served)
        except QuanticityError as error:
            # What was kept last is still there, and a full disk may have room again.
            served.counters.refused["state not kept"] += 1
            if told != str(error):
                logger.warning("gateway: {}", error)
            told = str(error)
        else:
            if told:
                logger.warning("gateway: its state is kept again")
            told = ""


def lines_of_gateway(served: Gateway, port: int) -> list[str]:
    """What people want to know of a gateway that listens."""
    moment = eastern(served.clock.now())
    return [
        f"accounts {', '.join(served.accounts)}; it is {moment:%A %Y-%m-%d %H:%M} Eastern",
        f"connect with IB().connectAsync('127.0.0.1', {port}, clientId=1)",
    ]


def counts_of_gateway(served: Gateway, plan: FaultPlan) -> dict[str, Any]:
    """What a gateway has counted, and the faults that struck."""
    return {**served.counters.as_dict(), "fired": struck_at(plan, "wire", "orders")}

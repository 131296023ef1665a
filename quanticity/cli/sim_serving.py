"""What the commands of `sim` do alike: say where they listen, go on until told, count."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlsplit

import orjson
import typer

from quanticity.cli.sim_counts import Count, faults_in_words, keep_counts
from quanticity.cli.sim_day import SimulatedDay
from quanticity.cli.standin import table_of_hosts
from quanticity.cli.stopping import stop_at_signals
from quanticity.clock import LiveClock
from quanticity.errors import QuanticityError

if TYPE_CHECKING:
    from quanticity.sim.faults import FaultPlan
    from quanticity.sim.vendors.server import SimVendors

T = TypeVar("T")

PortOption = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Port on loopback; 0 picks one.")
]
DurationOption = Annotated[
    float | None,
    typer.Option("--duration", min=0, help="Stop after so many seconds.", show_default=False),
]


async def listening(opening: Awaitable[T]) -> T:
    """What a server's start gives. QuanticityError where its port cannot be had."""
    try:
        return await opening
    except OSError as error:
        # asyncio's own words name the address.
        raise QuanticityError(f"no port to listen at: {error.strerror or error}") from None


async def attended(
    day: SimulatedDay,
    plan: FaultPlan,
    where: Mapping[str, Any],
    lines: Iterable[str],
    count: Count,
    counters: Path | None,
    duration: float | None,
) -> None:
    """Say where what listens is, go on until told to stop, and say which faults struck."""
    announce(where, day, lines)
    clock = LiveClock()
    began = clock.monotonic()
    await until_stopped(count, counters, duration)
    typer.echo(faults_in_words(plan, (clock.monotonic() - began) * day.time_scale))


def announce(where: Mapping[str, Any], day: SimulatedDay, lines: Iterable[str]) -> None:
    """One line of JSON for programs, then what people want to know."""
    typer.echo(orjson.dumps(where).decode())
    pace = "" if day.time_scale == 1 else f", {day.time_scale:g} times as fast as real time"
    typer.echo(
        f"scenario {day.scenario}, faults {day.faults}, seed {day.seed}{pace} (Ctrl-C stops)"
    )
    for line in lines:
        typer.echo(f"  {line}")


async def until_stopped(count: Count, counters: Path | None, duration: float | None) -> None:
    """Go on until a signal comes or the time is over; what is counted is kept in a file."""
    stop = asyncio.Event()
    stop_at_signals(stop)
    loop = asyncio.get_running_loop()
    keeping = loop.create_task(keep_counts(counters, count)) if counters else None
    waiting = loop.create_task(stop.wait())
    try:
        watched = {waiting} if keeping is None else {waiting, keeping}
        await asyncio.wait(watched, timeout=duration, return_when=asyncio.FIRST_COMPLETED)
        if keeping is not None and keeping.done():
            keeping.result()
    finally:
        tasks = [task for task in (waiting, keeping) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def where_vendors_are(server: SimVendors) -> dict[str, Any]:
    """Address, port and process of simulated vendors that listen."""
    return {"url": server.url, "port": urlsplit(server.url).port, "pid": os.getpid()}


def lines_of_vendors(server: SimVendors) -> list[str]:
    """A line for each real host: where it stands here."""
    return [f"{host:<36} {url}" for host, url in table_of_hosts(server)]


def counts_of_vendors(server: SimVendors, plan: FaultPlan) -> dict[str, Any]:
    """Requests that arrived, by vendor; arrivals over a limit; faults that struck."""
    arrived, over = server.counts()
    return {"arrivals": arrived, "over_limits": over, "faults": struck_at(plan, "http", "socket")}


def struck_at(plan: FaultPlan, *places: str) -> dict[str, int]:
    """How often each fault struck in some places, as `http.drop`."""
    fired = dict(plan.counters)
    return {name: count for name, count in fired.items() if name.startswith(places)}

"""`sim`: what stands in for the world, on its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from quanticity.cli import sim_gateway
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
    counts_of_vendors,
    lines_of_vendors,
    listening,
    until_stopped,
    where_vendors_are,
)
from quanticity.cli.standin import open_recorded
from quanticity.clock import MarketCalendar

sim = typer.Typer(no_args_is_help=True, help="Run the simulated market alone.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    sim_gateway.register(sim)
    app.add_typer(sim, name="sim")


@sim.command(epilog="Example: quanticity sim vendors --port 8900 --scenario crash --faults flaky")
def vendors(
    recorded: Annotated[
        Path | None,
        typer.Option(
            "--recorded", metavar="DIR", help="Serve recorded bodies of DIR where there are some."
        ),
    ] = None,
    port: PortOption = 0,
    seed: SeedOption = 7,
    scenario: ScenarioOption = "quiet",
    faults: FaultsOption = "calm",
    time_scale: TimeScaleOption = 1.0,
    start: StartOption = None,
    counters: CountersOption = None,
    duration: DurationOption = None,
) -> None:
    """Serve every shipped endpoint in its true shape, with the vendor's limits and errors.

    A line of JSON says where, then a table for people.
    """
    day = SimulatedDay(seed, scenario, faults, time_scale, start)
    asyncio.run(_vendors(day, recorded, port, counters, duration))


async def _vendors(
    day: SimulatedDay,
    recorded: Path | None,
    port: int,
    counters: Path | None,
    duration: float | None,
) -> None:
    from quanticity.sim.vendors.server import SimVendors

    calendar = MarketCalendar()
    clock, plan = day.begin(calendar)
    bodies = open_recorded(recorded) if recorded else None
    server = SimVendors(
        *(clock, calendar, day.seed),
        recorded=bodies,
        port=port,
        plan=plan,
        scenario=day.scenario,
    )
    try:
        await listening(server.start())
        lines = [*lines_of_vendors(server), *(bodies.describe() if bodies else ())]
        announce({"vendors": where_vendors_are(server)}, day, lines)
        await until_stopped(
            lambda: {"vendors": counts_of_vendors(server, plan)}, counters, duration
        )
        typer.echo(faults_in_words(plan.counters))
    finally:
        await server.stop()

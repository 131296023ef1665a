"""`sim`: what stands in for the world, on its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quanticity.cli import sim_gateway
from quanticity.cli.sim_counts import CountersOption
from quanticity.cli.sim_day import (
    FaultsOption,
    ScenarioOption,
    SeedOption,
    SimulatedDay,
    StartOption,
    TimeScaleOption,
)
from quanticity.cli.sim_gateway import StateOption
from quanticity.cli.sim_serving import (
    DurationOption,
    PortOption,
    attended,
    counts_of_vendors,
    lines_of_vendors,
    listening,
    where_vendors_are,
)
from quanticity.cli.standin import StandIn, open_recorded
from quanticity.clock import Calendar, MarketCalendar
from quanticity.errors import ConfigError, Problem

if TYPE_CHECKING:
    from quanticity.sim.gateway.kept import Kept

sim = typer.Typer()
_DELAY_MS = (5.0, 40.0)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    sim_gateway.register(sim)
    app.add_typer(sim, name="sim")


@sim.callback(
    invoke_without_command=True,
    epilog="Example: quanticity sim --scenario crash --faults flaky",
)
def both(
    context: typer.Context,
    port: PortOption = 0,
    gateway_port: Annotated[
        int,
        typer.Option("--gateway-port", min=0, max=65535, help="Port of the gateway; 0 picks one."),
    ] = 0,
    seed: SeedOption = 7,
    scenario: ScenarioOption = "quiet",
    faults: FaultsOption = "calm",
    time_scale: TimeScaleOption = 1.0,
    start: StartOption = None,
    data: StateOption = None,
    counters: CountersOption = None,
    duration: DurationOption = None,
) -> None:
    """Run the simulated market: its vendors and its gateway, by one clock.

    A line of JSON says where both listen, then a table for people.
    """
    given = [name for name in context.params if _is_given(context, name)]
    if context.invoked_subcommand is not None:
        if given:
            said = f"'--{given[0].replace('_', '-')}' stands before '{context.invoked_subcommand}'"
            raise ConfigError([Problem("sim", 0, 0, said, "write it behind")])
        return
    day = SimulatedDay(seed, scenario, faults, time_scale, start)
    asyncio.run(_both(day, (port, gateway_port), data, counters, duration))


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


async def _both(
    asked: SimulatedDay,
    ports: tuple[int, int],
    data: Path | None,
    counters: Path | None,
    duration: float | None,
) -> None:
    calendar = MarketCalendar()
    with sim_gateway.resumed(asked, data) as (day, kept):
        await _serve_both(day, calendar, kept, ports, data, counters, duration)


async def _serve_both(
    day: SimulatedDay,
    calendar: Calendar,
    kept: Kept | None,
    ports: tuple[int, int],
    data: Path | None,
    counters: Path | None,
    duration: float | None,
) -> None:
    clock, plan = day.begin(calendar)
    # In a thread of their own: a large body does not hold up the gateway's streams.
    stand_in = StandIn(
        *(clock, calendar, day.seed, _DELAY_MS), scenario=day.scenario, plan=plan, port=ports[0]
    )
    server = stand_in.server
    try:
        await listening(stand_in.start())
        async with sim_gateway.serving(day, clock, calendar, plan, ports[1], data, kept) as (
            gateway,
            port,
        ):
            where = {
                "gateway": sim_gateway.where_gateway_is(port),
                "vendors": where_vendors_are(server),
            }
            lines = [*sim_gateway.lines_of_gateway(gateway, port), *lines_of_vendors(server)]

            def count() -> dict[str, Any]:
                return {
                    "gateway": sim_gateway.counts_of_gateway(gateway, plan),
                    "vendors": counts_of_vendors(server, plan),
                }

            await attended(day, plan, where, lines, count, counters, duration)
    finally:
        await stand_in.stop()


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
        where = {"vendors": where_vendors_are(server)}
        await attended(
            *(day, plan, where, lines),
            lambda: {"vendors": counts_of_vendors(server, plan)},
            counters,
            duration,
        )
    finally:
        await server.stop()

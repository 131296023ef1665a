"""`sim`: what stands in for the world, on its own."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from quanticity.cli.standin import demo_start, open_recorded, table_of_hosts
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.errors import QuanticityError

sim = typer.Typer(no_args_is_help=True, help="Run simulated vendors alone.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(sim, name="sim")


@sim.command(epilog="Example: quanticity sim vendors --port 8900")
def vendors(
    recorded: Annotated[
        Path | None,
        typer.Option(
            "--recorded", metavar="DIR", help="Serve recorded bodies of DIR where there are some."
        ),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port on loopback; 0 picks one.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same day.")] = 7,
    duration: Annotated[
        float | None, typer.Option("--duration", help="Stop after so many seconds.")
    ] = None,
) -> None:
    """Serve every shipped endpoint in its true shape, with the vendor's limits and errors."""
    asyncio.run(_serve(recorded, port, seed, duration))


async def _serve(recorded: Path | None, port: int, seed: int, duration: float | None) -> None:
    from quanticity.sim.vendors.server import SimVendors

    calendar = MarketCalendar()
    clock = LiveClock(demo_start(calendar, LiveClock().now()))
    bodies = open_recorded(recorded) if recorded else None
    server = SimVendors(clock, calendar, seed, recorded=bodies, port=port)
    try:
        root = await server.start()
    except OSError as error:
        # asyncio's own words name the address.
        raise QuanticityError(f"no port to listen at: {error.strerror or error}") from None
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    typer.echo(f"simulated vendors on {root} (Ctrl-C stops)")
    for host, url in table_of_hosts(server):
        typer.echo(f"  {host:<36} {url}")
    if bodies is not None:
        for line in bodies.describe():
            typer.echo(f"  {line}")
    try:
        await asyncio.wait_for(stop.wait(), duration)
    except TimeoutError:
        pass
    finally:
        await server.stop()

"""`run`: the morning's start, then the live table until it is stopped."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from quanticity.app import App
from quanticity.background import started
from quanticity.cli.board import Board
from quanticity.cli.gateway_beside import gateway_of
from quanticity.cli.lines import Lines, describe_work
from quanticity.cli.logged import Logged
from quanticity.cli.options import ConfigOption, DataOption, EnvOption, Place, resolve
from quanticity.cli.problems import line_of, tell
from quanticity.cli.screen import screen
from quanticity.cli.sim_names import stand_in_of
from quanticity.cli.standin import clock_of
from quanticity.cli.stopping import stop_at_signals
from quanticity.clock import Clock, LiveClock, MarketCalendar
from quanticity.errors import ConfigError, Problem, QuanticityError, StoreInUse, StoreUnavailable
from quanticity.feeds.message import one_line
from quanticity.heap import gives_back, settle
from quanticity.logs import configure, file_only, let_go
from quanticity.runtime import forks
from quanticity.runtime.config_recipe import recipe_of
from quanticity.store.alone import is_taken
from quanticity.words import seconds

ROLES = ("feeds",)

_DRAW_EVERY = 0.5
_SUMMARY_EVERY = 60.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity run --env demo --duration 60")(run)


def run(
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    duration: Annotated[
        float | None,
        typer.Option("--duration", metavar="SECONDS", help="Stop by itself after so long.", min=0),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Fetch every feed once, then stop.")] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="DIR", help="Record everything into this folder."),
    ] = None,
    roles: Annotated[
        str,
        typer.Option(
            "--roles", metavar="LIST", help=f"What this process does: {', '.join(ROLES)}."
        ),
    ] = ",".join(ROLES),
) -> None:
    """Start everything, tick down the list, and keep every key fresh until Ctrl-C.

    Exit status 1 when the start failed, and with `--once` when a feed did.
    """
    _check_roles(roles)
    place = resolve(env, config, data)
    # The processes of the plugins may stand elsewhere.
    folder = record.absolute() if record is not None else None
    gives_back()
    failed = asyncio.run(_run(place, duration, once=once, record=folder))
    if failed:
        raise typer.Exit(1)


def _check_roles(roles: str) -> None:
    from quanticity.spec import near

    for role in filter(None, (name.strip() for name in roles.split(","))):
        if role not in ROLES:
            hint = near(role, ROLES) or f"there are {', '.join(ROLES)}"
            raise ConfigError([Problem("--roles", 0, 0, f"there is no role '{role}'", hint)])


async def _run(
    place: Place, duration: float | None, *, once: bool, record: Path | None = None
) -> bool:
    """Run to the end; True where the start failed, or (once) a feed did."""
    console = screen()
    drawing = console.is_terminal and sys.stdout.isatty()
    _open_log(place.data, drawing=drawing)
    stop = asyncio.Event()
    stop_at_signals(stop)
    calendar = MarketCalendar()
    wall = LiveClock()
    lines = Lines(sys.stdout, lambda: app.when()[11:19])
    app = App(
        place.location,
        place.env,
        place.data,
        Logged(lines),
        calendar=calendar,
        clock_for=lambda loaded: clock_of(loaded, calendar, wall),
        stand_in_for=lambda loaded, clock: stand_in_of(loaded, clock, calendar),
        recipe_for=recipe_of,
        gateway_for=lambda loaded, clock: gateway_of(loaded, clock, place.data),
        once=once,
        record=record,
    )
    board = None
    if drawing:
        title = f"quanticity · {place.env}"
        board = Board(console, title, app.rows, app.summary, app.now, app.when)
        app.report = Logged(board)
    try:
        await app.start()
    except QuanticityError as error:
        _say_why(error)
        await app.stop()
        let_go(keep=not isinstance(error, StoreInUse) and not is_taken(place.data))
        await asyncio.to_thread(forks.ended)
        return True
    except BaseException:
        let_go()
        raise
    let_go()
    settle()
    if board is not None:
        board.start()
    began = wall.monotonic()
    showing = started(_show(app, board, lines, wall), "the table")
    try:
        await app.run(stop, duration)
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        if board is not None:
            board.stop()
        await app.stop()
        await asyncio.to_thread(forks.ended)
        last = app.summary()
        if board is None:
            lines.summary(last)
        ran = seconds(wall.monotonic() - began)
        app.report.step(
            "stopped", True, f"after {ran}: {describe_work(last)}; nothing left running"
        )
    return once and last.failing > 0


def _open_log(data: Path, *, drawing: bool) -> None:
    """Lines of the log go to a file; without a table also to standard error.

    Those of the start wait: where another run has the folder, its file is none of ours.
    """
    try:
        configure(
            "INFO" if drawing else "WARNING",
            terminal=not drawing,
            file=data / "quanticity.log",
            held=True,
        )
    except OSError as error:
        raise StoreUnavailable(
            f"the data directory {data} cannot be used: {error.strerror}; "
            "name another with --data or QUANTICITY_DATA"
        ) from None


async def _show(app: App, board: Board | None, lines: Lines, wall: Clock) -> None:
    while True:
        if board is not None:
            board.draw()
            await wall.sleep(_DRAW_EVERY)
        else:
            await wall.sleep(_SUMMARY_EVERY)
            lines.summary(app.summary())


def _say_why(error: QuanticityError) -> None:
    """What stopped the start: on the terminal, and kept in the log."""
    if not isinstance(error, ConfigError):
        typer.echo(line_of(error), err=True)
        file_only.error("{}", one_line(str(error)))
        return
    tell(error.problems)
    for problem in error.problems:
        file_only.error("{}", one_line(str(problem)))

"""`replay`: a recording run again, to verify it, or with today's plugins."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from quanticity.cli.options import (
    ConfigOption,
    EnvOption,
    Format,
    FormatOption,
    Place,
    program,
    resolve,
)
from quanticity.cli.screen import console, emit
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.loader import load
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import QuanticityError
from quanticity.journal.reader import Recording, open_recording
from quanticity.journal.tap import tapped
from quanticity.replay.differences import Verdict
from quanticity.replay.play import Played, Player, times_of
from quanticity.replay.todays import rebound
from quanticity.replay.verify import Verifier
from quanticity.runtime.ages import feed_ages
from quanticity.runtime.loader import Plugins, plugin_folders
from quanticity.store.opening import open_store
from quanticity.words import count, seconds

_FAILURES_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity replay recordings/monday --verify")(replay)


def replay(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A recording.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Run every recorded run again and compare it.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="DIR", help="Record what is written, as a recording of its own."
        ),
    ] = None,
    data: Annotated[
        Path,
        typer.Option("--data", metavar="DIR", help="Folder of the store that is written to."),
    ] = Path(".quanticity/replay"),
    env: EnvOption = None,
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Run today's plugins over a recording: in its time, writing keys as live does.

    With `--verify` nothing is written: each recorded run is run again on its recorded inputs, and
    every difference is told. Exit status 1 where there is one, or where the recording is damaged.
    """
    recording = open_recording(folder)
    place = resolve(env, config, None)
    plugins = plugin_folders(place.location).refresh()
    for problem in plugins.problems:
        typer.echo(str(problem), err=True)
    if verify:
        _verify(recording, plugins, format)
        return
    target = data.absolute() / place.env
    whole = into.absolute() if into is not None else None
    played = asyncio.run(_play(recording, plugins, place, target, whole))
    if format is Format.JSON:
        emit(asdict(played))
        return
    typer.echo(
        f"{count(played.values, 'value')}, {count(played.runs, 'run')} ({played.failed:,} failed), "
        f"{count(played.outputs, 'output')} in {seconds(played.took)}: "
        f"{seconds(played.span)} at {times_of(played):,.0f} times real time"
    )
    if into is not None:
        typer.echo(f"written into {into}; verify it with: {program()} replay {into} --verify")


def _verify(recording: Recording, plugins: Plugins, format: Format) -> None:
    screen = console()
    if screen.is_terminal and format is Format.TEXT:
        with screen.status("reading") as shown:

            def tell(verdict: Verdict) -> None:
                shown.update(f"{count(verdict.runs, 'run')} compared, {verdict.differed:,} differ")

            verifier = Verifier(recording, plugins.components, LiveClock(), on_progress=tell)
            verdict = verifier.run()
    else:
        verdict = Verifier(recording, plugins.components, LiveClock()).run()
    if format is Format.JSON:
        emit(verdict.as_data())
    else:
        for line in verdict.lines():
            typer.echo(line)
    if not verdict.same:
        raise typer.Exit(1)


async def _play(
    recording: Recording, plugins: Plugins, place: Place, data: Path, into: Path | None
) -> Played:
    bindings, problems = rebound(recording, plugins.components)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if not bindings and problems:
        raise QuanticityError("none of the recorded components is there any more")
    loaded, calendar, clock = load(place.location.base, place.env), MarketCalendar(), LiveClock()
    failures: dict[str, None] = {}

    def failed(where: str, error: str) -> None:
        if len(failures) < _FAILURES_SHOWN and f"{where} {error}" not in failures:
            failures[f"{where} {error}"] = None
            typer.echo(f"{where}: {error}", err=True)

    async with AsyncExitStack() as ended:
        # A store of its own: recorded prices do not belong among live ones.
        store = await open_store(StoreSettings(), data, clock, {})
        ended.push_async_callback(store.close)
        player = Player(
            recording,
            bindings,
            feed_ages(loaded, calendar, bindings),
            calendar,
            store,
            clock,
            on_damage=lambda damage: typer.echo(f"damaged: {damage}", err=True),
            on_failure=failed,
        )
        if into is not None:
            recorded = tapped(store, clock, into, "replay", began=recording.started)
            player.tap = await ended.enter_async_context(recorded)
        return await player.run()

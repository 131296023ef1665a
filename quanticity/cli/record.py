"""`record`: everything that the running system takes in and runs, into a folder."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from quanticity.cli.attach import with_store
from quanticity.cli.options import ConfigOption, DataOption, EnvOption, resolve
from quanticity.cli.stopping import stop_at_signals
from quanticity.clock import LiveClock
from quanticity.errors import QuanticityError
from quanticity.journal.segment import SUFFIX
from quanticity.journal.tap import WORD, WORD_LIFE, word
from quanticity.store.redis_store import RedisStore
from quanticity.words import seconds

_RENEW_EVERY = 0.5
_GONE = 0.001
# By then every process has seen the word, and begun.
_PATIENCE = 3.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity record recordings/monday --duration 3600")(record)


def record(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to record into.")],
    env: EnvOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    duration: Annotated[
        float | None,
        typer.Option("--duration", metavar="SECONDS", help="Stop by itself after so long.", min=0),
    ] = None,
) -> None:
    """Record the running system until Ctrl-C: every value, and every run of a component.

    The system goes on as before, also where the disk is slow or full. `run --record DIR` records
    from the first value on.
    """
    place = resolve(env, config, data)
    whole = folder.absolute()
    took = with_store(place, lambda store: _record(store, whole, duration))
    size = sum(path.stat().st_size for path in _files(whole))
    typer.echo(f"recorded for {seconds(took)} into {folder}: {size / 1e6:,.1f} MB")


def _files(folder: Path) -> set[Path]:
    return set(folder.glob(f"*{SUFFIX}"))


async def _record(store: RedisStore, folder: Path, duration: float | None) -> float:
    stop = asyncio.Event()
    stop_at_signals(stop)
    clock = LiveClock()
    said = word(folder, uuid4().hex)
    before = _files(folder)
    began, begun = clock.monotonic(), False
    try:
        while not stop.is_set():
            store.put_plain(WORD, said, WORD_LIFE)
            await store.flush()
            took = clock.monotonic() - began
            if not begun and _files(folder) - before:
                begun = True
                ends = "Ctrl-C ends it"
                if duration is not None:
                    ends = f"for {seconds(duration)}; {ends} sooner"
                typer.echo(f"recording into {folder}, {ends}")
            if not begun and took > _PATIENCE:
                raise QuanticityError(
                    f"nobody records into {folder}: no system runs here that could, or it cannot "
                    "write there (its log says why)"
                )
            if duration is not None and took >= duration:
                break
            wait = _RENEW_EVERY if duration is None else min(_RENEW_EVERY, duration - took)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await stop.wait()
    finally:
        store.put_plain(WORD, "", _GONE)
        await store.flush()
        # They see it a moment later, and write what waits.
        await clock.sleep(2 * _RENEW_EVERY)
    return clock.monotonic() - began
